"""Chat channels: the bot's address is entered and never shown again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy

from helpdesk.common.administration import reason_of
from notifications import chat_programs
from notifications.admin.destinations import DestinationAdmin, DestinationForm
from notifications.models import ChatChannel
from notifications.models.destination import URL_LENGTH
from notifications.services import destinations as services
from tickets.choices import Act
from tickets.lifecycle import Command

# Enough to know that there is something to do, little enough to be read.
USUAL = [
    Act.SUBMITTED.value,
    Command.ASSIGN.value,
    Command.REJECT.value,
    Command.REOPEN.value,
    Act.TARGET_MISSED.value,
    Act.HANDOVER_OFFERED.value,
    Act.INCIDENT_DECLARED.value,
    Act.INCIDENT_UPDATE.value,
]


class ChatForm(DestinationForm):
    address = forms.CharField(
        label=gettext_lazy("Address of the bot"),
        required=False,
        max_length=URL_LENGTH,
        widget=forms.TextInput(attrs={"class": "vLargeTextField", "autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["address"]
        if self.instance.pk is None:
            field.help_text = gettext_lazy(
                "As WeCom, DingTalk, Feishu, Lark, Slack or Teams give it for a bot of the group. It is kept like a "
                "password and not shown again."
            )
        else:
            field.help_text = gettext_lazy("It is kept and not shown. Leave this empty to keep the present one.")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors:
            self.judge(lambda: services.refuse_bad_channel(self.wanted(cleaned), cleaned["address"]))
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        """The service judges in words whose channel it is."""
        return {*super()._get_validation_exclusions(), "team", "person"}  # type: ignore[misc]


@admin.register(ChatChannel)
class ChatChannelAdmin(DestinationAdmin):
    form = ChatForm
    list_display = ("name", "program", "whose", "told_of", "state", "in_use")
    list_select_related = ("team", "person")
    autocomplete_fields = ("team", "person")

    def field_groups(self, obj: Any) -> Any:
        return [
            (gettext_lazy("Where to"), {"fields": ["name", "address", "language"]}),
            (
                gettext_lazy("Whose it is"),
                {
                    "fields": [("team", "person")],
                    "description": gettext_lazy(
                        "A team's channel hears of the team's tickets. A person's hears of those given to them, and of "
                        "their own requests. Confidential tickets are never told of."
                    ),
                },
            ),
            (gettext_lazy("What of"), {"fields": ["codes"]}),
        ]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"codes": USUAL, **super().get_changeform_initial_data(request)}

    @admin.display(description=gettext_lazy("chat program"))
    def program(self, row: ChatChannel) -> str:
        return chat_programs.LABELS.get(row.service, row.service)

    @admin.display(description=gettext_lazy("whose it is"))
    def whose(self, row: ChatChannel) -> str:
        return str(row.team or row.person)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        services.save_channel(
            channel=obj,
            address=form.cleaned_data["address"],
            actor=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
            reason=reason_of(form),
        )
