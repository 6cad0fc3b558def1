"""What the API takes. Limits, guards and meaning are the services'; here every value has its type and its name."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from helpdesk.common.rest.fields import (
    CodeChoiceField,
    CodeField,
    InstantField,
    StrictSerializer,
    TextField,
    WholeNumberField,
)
from tickets.asset_lookup import LONGEST
from tickets.choices import GIVEN_REASON_CHOICES, IMPACT_CHOICES, URGENCY_CHOICES, CallDirection, Channel, MessageKind
from tickets.handover import MORE_PARTS, PARTS
from tickets.lifecycle import Command
from tickets.models.call import NUMBER_LENGTH
from tickets.models.ticket import TEXT_LENGTH
from tickets.services.create import TEXTS
from tickets.services.effects import REASON_LENGTH
from tickets.services.files import MAX_FILES

# How the API names what services and models call otherwise.
CONTACT = ("name", "department", "phone", "email", "location")
DEVICE = ("hostname", "ip")
FIELD_NAMES = {
    **{f"contact_{name}": f"contact.{name}" for name in CONTACT},
    **{f"device_{name}": f"device.{name}" for name in DEVICE},
    "asset": "device.asset",
    **{f"call_{name}": f"call.{name}" for name in ("direction", "number", "started_at")},
    "call_duration": "call.duration_seconds",
    "files": "attachments",
}
# What only the desk may say about a new ticket or message; for others these fields don't exist.
DESK_FIELDS = ("requester", "channel", "resolution", "call")
RECORDED_CHANNELS = [
    (channel.value, channel.label) for channel in (Channel.API, Channel.PHONE, Channel.EMAIL, Channel.WALK_IN)
]


def _text(name: str, **kwargs: Any) -> TextField:
    return TextField(max_length=TEXTS[name], required=False, allow_blank=True, **kwargs)


class ContactInput(StrictSerializer):
    name = _text("contact_name")
    department = _text("contact_department")
    phone = _text("contact_phone")
    email = _text("contact_email")
    location = _text("contact_location")


class DeviceInput(StrictSerializer):
    hostname = _text("device_hostname")
    ip = _text("device_ip", help_text="An IPv4 or IPv6 address.")


class NewDeviceInput(DeviceInput):
    asset = TextField(
        max_length=LONGEST, required=False, help_text="Tag, serial number or computer name of a registered asset."
    )


class ResolutionInput(StrictSerializer):
    outcome = CodeField()
    cause = TextField(max_length=TEXT_LENGTH)
    solution = TextField(max_length=TEXT_LENGTH)
    advice = TextField(max_length=TEXT_LENGTH)
    verification = TextField(max_length=TEXT_LENGTH)


class CallInput(StrictSerializer):
    direction = CodeChoiceField(CallDirection.choices, default=CallDirection.IN.value)
    number = TextField(max_length=NUMBER_LENGTH, required=False, allow_blank=True, help_text="The other side's.")
    started_at = InstantField()
    duration_seconds = WholeNumberField(required=False, help_text="Left out where nobody knows.")


class _ForViewer(StrictSerializer):
    """Without the desk's own fields for everybody else."""

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        viewer = self.context.get("viewer")
        if viewer is not None and not viewer.is_desk:
            for name in DESK_FIELDS:
                fields.pop(name, None)
        return fields


class _Described(StrictSerializer):
    """The descriptive fields of a ticket (M3.1-2 … M3.1-4)."""

    error_message = _text("error_message")
    occurred_at = InstantField(required=False, allow_null=True)
    steps = _text("steps")
    needed_by_at = InstantField(required=False, allow_null=True)
    needed_by_reason = _text("needed_by_reason", help_text="Why it is needed by then.")
    contact = ContactInput(required=False)
    device = DeviceInput(required=False)

    def described(self) -> dict[str, Any]:
        """The values under the names of the services."""
        given = dict(self.validated_data)
        for part in ("contact", "device"):
            given.update({f"{part}_{name}": value for name, value in given.pop(part, {}).items()})
        return given


def _files() -> serializers.ListField:
    return serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        max_length=MAX_FILES,
        help_text="Files uploaded to `attachments/` before.",
    )


class TicketInput(_ForViewer, _Described):
    subject = TextField(max_length=TEXTS["subject"])
    description = TextField(max_length=TEXTS["description"])
    kind = CodeField(default="incident", help_text="incident, request, security, question")
    category = CodeField(required=False, help_text="A code of `categories/`.")
    device = NewDeviceInput(required=False)
    impact = CodeChoiceField(IMPACT_CHOICES, required=False)
    urgency = CodeChoiceField(URGENCY_CHOICES, required=False)
    attachments = _files()
    requester = CodeField(
        required=False, max_length=150, help_text="Desk only: the user name of the person who has the problem."
    )
    channel = CodeChoiceField(RECORDED_CHANNELS, required=False, help_text="Desk only: how the request came in.")
    resolution = ResolutionInput(
        required=False, help_text="Desk only: solved at first contact. Category, impact and urgency are needed too."
    )
    call = CallInput(required=False, help_text="Desk only: the telephone call, by which `channel` is `phone`.")


class TicketChangeInput(_Described):
    version = WholeNumberField(help_text="The version you have seen.")
    subject = TextField(max_length=TEXTS["subject"], required=False)
    description = TextField(max_length=TEXTS["description"], required=False)


class WatcherInput(StrictSerializer):
    username = CodeField(max_length=150)


def escalation_fields() -> dict[str, serializers.Field[Any, Any, Any, Any]]:
    """What `escalate` takes. Which of it is missing the command says."""
    texts = {name: TextField(max_length=TEXT_LENGTH, required=False) for name in (*PARTS, *MORE_PARTS)}
    return {
        "reason_code": CodeChoiceField(GIVEN_REASON_CHOICES, required=False, help_text="Why it goes up."),
        **texts,
        "to_level": WholeNumberField(required=False, help_text="A level of the path; without it the next one."),
        "teams": serializers.ListField(
            child=WholeNumberField(), required=False, max_length=20, help_text="Of `multi_team`: ids of `teams/`."
        ),
        "files": serializers.ListField(
            child=serializers.UUIDField(), required=False, max_length=20, help_text="Files of the ticket to hand over."
        ),
        "is_forced": serializers.BooleanField(
            required=False, help_text="Leads, for P1 and P2: send an incomplete package."
        ),
    }


class TransitionInput(StrictSerializer):
    """A command with its data. Which fields a command needs and takes says `GET transitions/`."""

    command = CodeChoiceField([(command.value, command.value) for command in Command])
    version = WholeNumberField(help_text="The version you have seen.")
    category = CodeField(required=False)
    impact = CodeChoiceField(IMPACT_CHOICES, required=False)
    urgency = CodeChoiceField(URGENCY_CHOICES, required=False)
    kind = CodeField(required=False)
    team = WholeNumberField(required=False)
    assignee = CodeField(max_length=150, required=False)
    reason = TextField(max_length=REASON_LENGTH, required=False)
    waiting_reason = CodeField(required=False)
    next_action_at = InstantField(required=False)
    outcome = CodeField(required=False)
    cause = TextField(max_length=TEXT_LENGTH, required=False)
    solution = TextField(max_length=TEXT_LENGTH, required=False)
    advice = TextField(max_length=TEXT_LENGTH, required=False)
    verification = TextField(max_length=TEXT_LENGTH, required=False)
    tested_by = TextField(max_length=120, required=False, help_text="Without it: you.")
    tested_at = InstantField(required=False, help_text="Without it: now.")
    workaround_owner = CodeField(max_length=150, required=False, help_text="Who looks at a workaround again.")
    review_at = InstantField(required=False, help_text="When; a follow-up ticket is opened then.")

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), **escalation_fields()}


class MessageInput(_ForViewer):
    body = TextField(max_length=TEXT_LENGTH)
    kind = CodeChoiceField(
        MessageKind.choices, required=False, help_text="Without it: internal for the desk, public for others."
    )
    attachments = _files()
    version = WholeNumberField(
        required=False, help_text="The version you have seen: refused with 409 if others wrote since."
    )
    call = CallInput(required=False, help_text="Desk only: the telephone call in which this was said.")


class UploadInput(StrictSerializer):
    file = serializers.FileField(allow_empty_file=True, help_text="At most 20 MB; types as in the portal.")
