"""What is asked while somebody talks on the phone (ux 2.8)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tickets.choices import CallDirection, MessageKind
from tickets.forms.desk import OnBehalfForm
from tickets.models.call import NUMBER_LENGTH
from tickets.services.calls import Call

# Longer than this the page was rather left open than the call held.
LONGEST_GUESS = timedelta(hours=4)
_LENGTH = re.compile(r"(?:(?P<hours>\d{1,2})[:：](?=\d+[:：]))?(?P<minutes>\d{1,3})(?:[:：](?P<seconds>[0-5]?\d))?")


class CallForm(OnBehalfForm):
    """The request of a caller, or a word on one of their open tickets (`existing`), with the facts of the call."""

    NOTE, MESSAGE = MessageKind.INTERNAL.value, MessageKind.PUBLIC.value

    channel = None
    existing = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)
    visibility = forms.ChoiceField(
        label=_("Who reads what you add?"),
        choices=[(NOTE, _("Internal note")), (MESSAGE, _("Message to the user"))],
        initial=NOTE,
        widget=forms.RadioSelect,
    )
    call_direction = forms.ChoiceField(
        label=_("Who rang whom?"),
        choices=CallDirection.choices,
        initial=CallDirection.IN.value,
        widget=forms.RadioSelect,
    )
    call_number = forms.CharField(label=_("Phone number"), required=False, max_length=NUMBER_LENGTH)
    call_duration = forms.CharField(
        label=_("Length of the call"),
        required=False,
        max_length=9,
        help_text=_("Minutes and seconds, for instance 3:20. Left empty: until you save."),
    )
    call_started_at = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["call_number"].widget.attrs |= {"autocomplete": "off", "inputmode": "tel"}
        self.fields["call_duration"].widget.attrs |= {"autocomplete": "off", "data-call-length": ""}
        # Asked only where there is an open ticket; without an answer nobody outside reads it.
        self.fields["visibility"].required = not self.is_bound
        if self.is_bound and self.data.get("existing"):
            # A word on a ticket that has its subject and kind.
            for name in ("subject", "kind"):
                self.fields[name].required = False

    def clean_call_duration(self) -> int | None:
        """Seconds; None for nothing typed."""
        typed = self.cleaned_data["call_duration"].strip()
        if not typed:
            return None
        found = _LENGTH.fullmatch(typed) if typed.isascii() or "：" in typed else None
        if found is None:
            raise forms.ValidationError(_("Write it like 3:20: minutes, a colon, seconds."))
        parts = {name: int(value or 0) for name, value in found.groupdict().items()}
        return parts["hours"] * 3600 + parts["minutes"] * 60 + parts["seconds"]

    def elapsed(self, at: datetime) -> int:
        """For how many seconds the call has been going on."""
        started_at = read_start(str(self["call_started_at"].value() or ""))
        return max(0, int((at - started_at).total_seconds())) if started_at else 0

    def call(self, at: datetime) -> Call:
        """The call as it is kept at this moment. Where nobody said how long it took, it has just ended."""
        answers = self.cleaned_data
        started_at = read_start(answers["call_started_at"]) or at
        seconds = answers["call_duration"]
        if seconds is None and timedelta(0) <= at - started_at <= LONGEST_GUESS:
            seconds = int((at - started_at).total_seconds())
        return Call(started_at, answers["call_direction"], answers["call_number"], seconds)


def read_start(text: str) -> datetime | None:
    """The instant that the page was given when it was opened; None for anything else."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if timezone.is_aware(moment) and 1970 < moment.year < 2200 else None
