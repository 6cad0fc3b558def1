"""The requester's forms: report a problem, correct it, answer."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assets.models import Asset
from helpdesk.accounts.models import User
from helpdesk.accounts.people_lookup import LONGEST, person_named
from helpdesk.common.errors import InvalidInput
from helpdesk.common.forms import MomentField
from tickets.asset_lookup import devices_of
from tickets.choices import IMPACT_ANSWERS, URGENCY_ANSWERS
from tickets.forms.commands import CategoryField
from tickets.models import Category, RequestKind, Ticket
from tickets.models.ticket import SUBJECT_LENGTH, TEXT_LENGTH
from tickets.priority import Urgency
from tickets.services.create import Request

KEY_LENGTH = 64
# What a draft keeps; files are kept by their ids beside it.
DRAFTED = (
    "subject",
    "category",
    "description",
    "error_message",
    "occurred_at",
    "steps",
    "for_whom",
    "person",
    "contact_phone",
    "contact_location",
    "device",
    "device_hostname",
    "device_ip",
    "impact",
    "urgency",
    "needed_by_at",
    "needed_by_reason",
)
# A draft is worth keeping only when one of these was typed; the rest is prefilled or chosen in a moment.
TYPED = ("subject", "description", "error_message", "steps")


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "maxlength": TEXT_LENGTH})


class DetailsForm(forms.Form):
    """What happened, on which device, how to reach the person: everything that can be corrected later."""

    subject = forms.CharField(
        label=gettext_lazy("What is wrong?"),
        max_length=SUBJECT_LENGTH,
        help_text=gettext_lazy("In a few words, for instance: the printer on floor 12 does nothing."),
        error_messages={"required": gettext_lazy("Say in a few words what is wrong.")},
    )
    description = forms.CharField(
        label=gettext_lazy("What did you do, and what did you see?"),
        max_length=TEXT_LENGTH,
        widget=_area(6),
        help_text=gettext_lazy("Your own words are fine. The more we know, the fewer questions we have to ask."),
        error_messages={"required": gettext_lazy("Describe what happens.")},
    )
    error_message = forms.CharField(
        label=gettext_lazy("Error message"),
        max_length=TEXT_LENGTH,
        required=False,
        widget=_area(2),
        help_text=gettext_lazy("Word for word, or attach a picture of it."),
    )
    occurred_at = MomentField(label=gettext_lazy("When did it happen?"), required=False)
    steps = forms.CharField(
        label=gettext_lazy("How can we make it happen again?"),
        max_length=TEXT_LENGTH,
        required=False,
        widget=_area(3),
        help_text=gettext_lazy("Step by step, if you know."),
    )
    device_hostname = forms.CharField(
        label=gettext_lazy("Computer name"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("On the sticker, for instance PC-20417."),
    )
    device_ip = forms.CharField(
        label=gettext_lazy("IP address"), max_length=45, required=False, help_text=gettext_lazy("If you know it.")
    )
    contact_phone = forms.CharField(label=gettext_lazy("Phone"), max_length=40, required=False)
    contact_location = forms.CharField(label=gettext_lazy("Seat or room"), max_length=120, required=False)

    DETAILS = (
        "subject",
        "description",
        "error_message",
        "occurred_at",
        "steps",
        "device_hostname",
        "device_ip",
        "contact_phone",
        "contact_location",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "f-%s", **kwargs})
        for name in ("contact_phone", "contact_location"):
            self.fields[name].widget.attrs["autocomplete"] = "tel" if name == "contact_phone" else "off"

    @classmethod
    def of(cls, ticket: Ticket) -> dict[str, Any]:
        """A ticket's present details, as initial answers."""
        return {name: getattr(ticket, name) for name in cls.DETAILS}

    def changes(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.DETAILS}


class SubmitForm(DetailsForm):
    """A new report. It never speaks of priorities: two questions in everyday words lead to one."""

    ME, COLLEAGUE = "me", "colleague"
    # Tags are upper case.
    OTHER, NONE = "other", "none"

    category = CategoryField(
        label=gettext_lazy("What is it about?"),
        queryset=Category.objects.none(),
        required=False,
        empty_label=gettext_lazy("I am not sure"),
        error_messages={"invalid_choice": gettext_lazy("Choose one of the topics, or “I am not sure”.")},
    )
    for_whom = forms.ChoiceField(
        label=gettext_lazy("Who has the problem?"),
        choices=[(ME, gettext_lazy("I do")), (COLLEAGUE, gettext_lazy("A colleague, for whom I report it"))],
        widget=forms.RadioSelect,
    )
    person = forms.CharField(
        label=gettext_lazy("Which colleague?"),
        max_length=LONGEST,
        error_messages={"required": gettext_lazy("Say which colleague has the problem.")},
        help_text=gettext_lazy("Type the name and choose from the list. Both of you can follow the ticket."),
    )
    device = forms.ChoiceField(
        label=gettext_lazy("Which of your devices?"),
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": gettext_lazy("Choose one of your devices, another one, or none.")},
    )
    impact = forms.ChoiceField(
        label=gettext_lazy("Who is affected?"),
        choices=[(code.value, answer) for code, answer in IMPACT_ANSWERS.items()],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Say who is affected.")},
    )
    urgency = forms.ChoiceField(
        label=gettext_lazy("What does it stop?"),
        choices=[(code.value, answer) for code, answer in URGENCY_ANSWERS.items()],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Say what it stops.")},
    )
    needed_by_at = MomentField(
        label=gettext_lazy("By when do you need it?"),
        error_messages={"required": gettext_lazy("Say by when you need it.")},
    )
    needed_by_reason = forms.CharField(
        label=gettext_lazy("What happens then?"),
        max_length=300,
        error_messages={"required": gettext_lazy("Say what happens then.")},
    )
    submission_key = forms.CharField(max_length=KEY_LENGTH, widget=forms.HiddenInput)

    field_order = [*DRAFTED, "submission_key"]

    def __init__(
        self, viewer: User, data: Mapping[str, Any] | None = None, initial: dict[str, Any] | None = None
    ) -> None:
        self.viewer = viewer
        self.requester = viewer
        prefilled = {
            "for_whom": self.ME,
            "contact_phone": viewer.phone,
            "contact_location": viewer.location,
            "submission_key": uuid.uuid4().hex,
        }
        super().__init__(data, initial={**prefilled, **(initial or {})})
        offered = Category.objects.filter(is_retired=False)
        self.fields["category"].queryset = offered
        self.fields["person"].widget.attrs |= {"list": "people", "autocomplete": "off"}
        self._offer_devices()
        if data is not None:
            # These belong to one answer each; with another one they are hidden and not asked.
            self.fields["person"].required = data.get("for_whom") == self.COLLEAGUE
            for name in ("needed_by_at", "needed_by_reason"):
                self.fields[name].required = data.get("urgency") == Urgency.STOPPED

    def _offer_devices(self) -> None:
        """What the reporter has in use; without any they are asked for a name and an address.

        The first one is chosen, unless something else was named: one that they don't have is "another device".
        """
        wanted = str(self.data.get("device", "") if self.is_bound else self.initial.get("device") or "")
        self.devices = {device.tag: device for device in devices_of(self.viewer, self.viewer, wanted=wanted)}
        if not self.devices:
            del self.fields["device"]
            return
        own = [(tag, f"{device.title} · {tag}") for tag, device in self.devices.items()]
        more = [(self.OTHER, _("Another device")), (self.NONE, _("No device, or I don't know"))]
        self.fields["device"].choices = [*own, *more]
        if wanted not in (*self.devices, self.OTHER, self.NONE):
            has_named = wanted or self.initial.get("device_hostname") or self.initial.get("device_ip")
            self.initial["device"] = self.OTHER if has_named else own[0][0]

    def chosen_devices(self) -> list[Asset]:
        """The reporter's device that is chosen at present, if any."""
        chosen = self["device"].value() if self.devices else ""
        return [device for tag, device in self.devices.items() if tag == chosen]

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        if answers.get("for_whom") == self.COLLEAGUE and answers.get("person"):
            try:
                self.requester = person_named(self.viewer, answers["person"], field="person")
            except InvalidInput as error:
                self.add_error("person", [str(text) for text in error.fields["person"]])
        return answers

    def to_request(self, *, kind: RequestKind, attachments: list[str]) -> Request:
        """The answers as the service takes them. What still is the reporter's own phone or seat isn't the colleague's."""
        answers = self.cleaned_data
        is_stopped = answers["urgency"] == Urgency.STOPPED
        contact: dict[str, Any] = {name: answers[name] for name in ("contact_phone", "contact_location")}
        if self.requester.pk != self.viewer.pk:
            own = {"contact_phone": self.viewer.phone, "contact_location": self.viewer.location}
            contact = {name: None if value == own[name] else value for name, value in contact.items()}
        texts = {name: answers[name] for name in ("subject", "description", "error_message", "steps")}
        return Request(
            **{**texts, **contact, **self._device()},
            kind=kind,
            category=answers["category"],
            impact=answers["impact"],
            urgency=answers["urgency"],
            occurred_at=answers["occurred_at"],
            needed_by_at=answers["needed_by_at"] if is_stopped else None,
            needed_by_reason=answers["needed_by_reason"] if is_stopped else "",
            attachments=attachments,
        )

    def _device(self) -> dict[str, Any]:
        """The asset that was chosen, or what was typed. A colleague's device isn't among the reporter's own."""
        chosen = self.cleaned_data.get("device")
        if self.requester.pk == self.viewer.pk and chosen in self.devices:
            return {"asset": self.devices[chosen]}
        if self.requester.pk == self.viewer.pk and chosen == self.NONE:
            return {}
        return {name: self.cleaned_data[name] for name in ("device_hostname", "device_ip")}


class ReplyForm(forms.Form):
    """A message on one's own ticket."""

    body = forms.CharField(
        label=gettext_lazy("Add something"),
        max_length=TEXT_LENGTH,
        widget=_area(4),
        error_messages={"required": gettext_lazy("Write something first.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "reply-%s", **kwargs})


class WatcherForm(forms.Form):
    """Somebody who shall read along."""

    person = forms.CharField(
        label=gettext_lazy("Who shall follow this ticket too?"),
        max_length=LONGEST,
        help_text=gettext_lazy("Type the name and choose from the list. They read everything you can read here."),
        widget=forms.TextInput(attrs={"list": "people", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Say who shall follow this ticket.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "watcher-%s", **kwargs})
