"""How the caller wants to be told: everybody's own settings, as on the page."""

from __future__ import annotations

from typing import Any, cast

from rest_framework import serializers as s
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.accounts.models import User
from helpdesk.common.errors import InvalidInput
from helpdesk.common.models import OutboxMessage
from helpdesk.common.rest.docs import document
from helpdesk.common.rest.fields import CodeChoiceField, CodeField, StrictSerializer, WholeNumberField
from helpdesk.common.rest.shapes import shape
from helpdesk.common.rest.views import ApiView
from notifications import groups
from notifications.services.preferences import MODES, Mode, days_off_on_offer, save_wishes, wishes_of

Channel = OutboxMessage.Channel
CHANNELS = (Channel.EMAIL, Channel.IN_APP)
CHOICES = {channel: [(mode.value, mode.label) for mode in MODES[channel]] for channel in CHANNELS}


class GroupInput(StrictSerializer):
    code = CodeField(max_length=20)
    email = CodeChoiceField(CHOICES[Channel.EMAIL], required=False)
    in_app = CodeChoiceField(CHOICES[Channel.IN_APP], required=False)


class PreferencesInput(StrictSerializer):
    groups = s.ListField(child=GroupInput(), required=False, max_length=len(groups.GROUPS))
    quiet_from = s.TimeField(
        required=False, allow_null=True, help_text="In the caller's time zone; null: no quiet hours."
    )
    quiet_until = s.TimeField(required=False, allow_null=True, help_text="May be on the next day.")
    days_off = CodeField(required=False, allow_blank=True, max_length=20, help_text="A code of `days_off_on_offer`.")
    digest_hour = WholeNumberField(required=False)


PreferencesShape = shape(
    "NotificationPreferencesShape",
    groups=s.ListField(
        child=shape(
            "NotificationGroupShape",
            code=s.CharField(),
            title=s.CharField(),
            is_mandatory=s.BooleanField(help_text="Always told at once."),
            email=s.ChoiceField(CHOICES[Channel.EMAIL]),
            in_app=s.ChoiceField(CHOICES[Channel.IN_APP]),
        )()
    ),
    quiet_from=s.TimeField(allow_null=True),
    quiet_until=s.TimeField(allow_null=True),
    days_off=s.CharField(help_text="Empty: mails come every day."),
    days_off_on_offer=s.DictField(child=s.CharField(), help_text="Codes and what they mean."),
    digest_hour=s.IntegerField(),
    timezone=s.CharField(),
)


class Preferences(ApiView):
    @document("Read my notification settings", answer=PreferencesShape)
    def get(self, request: Request) -> Response:
        """What the caller is told of on each channel, and when mails rest."""
        return Response(_as_read(self.viewer))

    @document("Change my notification settings", body=PreferencesInput, answer=PreferencesShape)
    def patch(self, request: Request) -> Response:
        """What isn't named stays as it is. Holds from now on, also for what is still waiting to be sent."""
        given = self.read_input(PreferencesInput(data=request.data))
        person = cast(User, self.viewer)
        wishes = wishes_of(person)
        modes: dict[tuple[str, str], str] = {
            (one["code"], str(channel)): one[channel]
            for one in given.pop("groups", ())
            for channel in CHANNELS
            if channel in one
        }
        times: dict[str, Any] = {
            "quiet_from": wishes.quiet.starts,
            "quiet_until": wishes.quiet.ends,
            "days_off": wishes.days_off,
            "digest_hour": wishes.digest_hour,
        }
        try:
            save_wishes(person=person, modes=modes, **{**times, **given})
        except InvalidInput as error:
            # The service names a choice by the field that the page has for it.
            known = {name: texts for name, texts in error.fields.items() if name in times}
            others = [text for name, texts in error.fields.items() if name not in times for text in texts]
            raise InvalidInput(fields={**known, **({"groups": others} if others else {})}) from None
        return Response(_as_read(person))


def _as_read(person: User) -> dict[str, Any]:
    wishes = wishes_of(person)
    return {
        "groups": [
            {
                "code": group.code,
                "title": str(group.title),
                "is_mandatory": group.is_mandatory,
                **{channel: wishes.modes.get((group.code, channel), Mode.AT_ONCE) for channel in CHANNELS},
            }
            for group in groups.groups_for(person)
        ],
        "quiet_from": wishes.quiet.starts,
        "quiet_until": wishes.quiet.ends,
        "days_off": wishes.days_off,
        "days_off_on_offer": days_off_on_offer(person),
        "digest_hour": wishes.digest_hour,
        "timezone": str(wishes.zone),
    }
