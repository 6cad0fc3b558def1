"""Forms of vendor cases. They only turn what was typed into Python values; the services decide."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from assets.models import Vendor, VendorContact, VendorContract
from helpdesk.accounts.models import User
from helpdesk.common.forms import MomentField, PlainForm
from tickets.choices import WaitsFor
from tickets.disclosure import LABELS, filled_fields, is_personal, stored_value, worded_value
from tickets.models import Attachment, Ticket, VendorCase, VendorMessage, WaitingReason
from tickets.models.ticket import SUBJECT_LENGTH, TEXT_LENGTH
from tickets.services.vendors.disclosing import Chosen
from tickets.services.vendors.speaking import Word

SHOWN_OF_VALUE = 60


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "maxlength": TEXT_LENGTH})


class VendorCaseForm(PlainForm):
    """What a vendor, chosen before, is to do for a ticket."""

    subject = forms.CharField(
        label=_("Subject"), max_length=SUBJECT_LENGTH, help_text=_("The vendor reads it; name no person.")
    )
    question = forms.CharField(
        label=_("What is the vendor to do?"),
        max_length=TEXT_LENGTH,
        widget=_area(4),
        help_text=_("For the liaison, who writes to the vendor. It isn't sent by itself."),
    )
    severity = forms.ChoiceField(label=_("Severity"), choices=VendorCase.Severity.choices)
    contract = forms.ModelChoiceField(
        label=_("Contract"), required=False, empty_label=_("None"), queryset=VendorContract.objects.none()
    )
    contact = forms.ModelChoiceField(
        label=pgettext_lazy("at a vendor", "Contact"),
        required=False,
        empty_label="—",
        queryset=VendorContact.objects.none(),
    )
    reference = forms.CharField(label=_("Their number"), required=False, max_length=80)
    next_chase_at = MomentField(
        label=_("Chase next"), help_text=_("The liaison is told then, if the case is still open.")
    )
    waiting_reason = forms.ModelChoiceField(
        label=_("Does the ticket wait for it?"),
        required=False,
        empty_label=_("No, work goes on meanwhile"),
        queryset=WaitingReason.objects.none(),
    )

    def __init__(self, vendor: Vendor, *args: Any, can_wait: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contract"].queryset = vendor.contracts.all()
        self.fields["contact"].queryset = vendor.contacts.all()
        if can_wait:
            reasons = WaitingReason.objects.filter(is_retired=False, waits_for=WaitsFor.VENDOR)
            self.fields["waiting_reason"].queryset = reasons
        else:
            del self.fields["waiting_reason"]


class _DisclosingForm(PlainForm):
    """A text, and what of the ticket goes along with it. Nothing is chosen by itself."""

    body = forms.CharField(label=_("Text of the mail"), max_length=TEXT_LENGTH, widget=_area(8))
    fields_sent = forms.MultipleChoiceField(
        label=_("Details of the ticket that go along"), required=False, widget=forms.CheckboxSelectMultiple
    )
    files_sent = forms.MultipleChoiceField(
        label=_("Files that go along"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Look through them first: screenshots and logs often show names and addresses."),
    )
    is_needed = forms.BooleanField(
        label=_("I have looked: the vendor needs the personal data among it."), required=False
    )
    next_chase_at = MomentField(label=_("Chase next"), required=False, help_text=_("Empty: as planned."))

    def __init__(self, ticket: Ticket, viewer: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        files = Attachment.objects.visible_to(viewer).filter(ticket=ticket).order_by("pk")
        for name, choices in (
            ("fields_sent", [(field, _field_label(ticket, field)) for field in filled_fields(ticket)]),
            ("files_sent", [(str(file.uuid), file.name) for file in files]),
        ):
            self.fields[name].choices = choices
            if not choices:
                del self.fields[name]

    def word(self) -> Word:
        given = self.cleaned_data
        chosen = Chosen(given.get("fields_sent", ()), given.get("files_sent", ()), given["is_needed"])
        return Word(given["body"], chosen, given["next_chase_at"])


def _field_label(ticket: Ticket, field: str) -> str:
    """The field with the beginning of what it holds, and a word of warning."""
    value = worded_value(field, stored_value(ticket, field))
    facts = {"field": str(LABELS[field]), "value": " ".join(value.split())[:SHOWN_OF_VALUE]}
    if is_personal(field):
        return gettext("%(field)s (may hold personal data): %(value)s") % facts
    return gettext("%(field)s: %(value)s") % facts


class WriteForm(_DisclosingForm):
    """A mail to the vendor."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput, initial=lambda: uuid.uuid4().hex)


class LogForm(_DisclosingForm):
    """A contact that somebody writes down."""

    direction = forms.ChoiceField(
        label=_("Who spoke?"),
        choices=[(VendorMessage.Direction.IN, _("The vendor")), (VendorMessage.Direction.OUT, _("We"))],
        initial=VendorMessage.Direction.IN,
        widget=forms.RadioSelect,
    )
    channel = forms.ChoiceField(
        label=_("By way of"), choices=VendorMessage.Channel.choices, initial=VendorMessage.Channel.PHONE
    )
    body = forms.CharField(label=_("What was said?"), max_length=TEXT_LENGTH, widget=_area(5))
    field_order = ("direction", "channel", "body", "next_chase_at", "fields_sent", "files_sent", "is_needed")


class PromiseForm(PlainForm):
    """What the vendor promises."""

    promised_at = MomentField(label=_("The vendor answers by"))
    next_chase_at = MomentField(label=_("Chase next"), required=False, help_text=_("Empty: when the promise is due."))


class ChaseForm(PlainForm):
    """When to look after the vendor."""

    next_chase_at = MomentField(label=_("Chase next"))


class DetailsForm(PlainForm):
    """What is known of the case besides its log."""

    reference = forms.CharField(label=_("Their number"), required=False, max_length=80)
    severity = forms.ChoiceField(label=_("Severity"), choices=VendorCase.Severity.choices)
    contract = forms.ModelChoiceField(
        label=_("Contract"), required=False, empty_label=_("None"), queryset=VendorContract.objects.none()
    )
    contact = forms.ModelChoiceField(
        label=pgettext_lazy("at a vendor", "Contact"),
        required=False,
        empty_label="—",
        queryset=VendorContact.objects.none(),
    )
    visit_from_at = MomentField(label=_("They come from"), required=False)
    visit_until_at = MomentField(label=_("They leave at"), required=False)
    cost_amount = forms.CharField(label=_("Cost"), required=False, max_length=60)
    cost_note = forms.CharField(label=_("About the cost"), required=False, max_length=300)

    def __init__(self, case: VendorCase, *args: Any, **kwargs: Any) -> None:
        initial = {name: getattr(case, name) for name in self.base_fields}
        super().__init__(*args, initial=initial, **kwargs)
        self.fields["contract"].queryset = case.vendor.contracts.all()
        self.fields["contact"].queryset = case.vendor.contacts.all()


class CloseForm(PlainForm):
    """How the case ended."""

    outcome = forms.ChoiceField(
        label=_("How did it end?"), choices=VendorCase.Outcome.choices, widget=forms.RadioSelect
    )
    words = forms.CharField(label=_("What came of it?"), max_length=TEXT_LENGTH, widget=_area(3))
    is_resumed = forms.BooleanField(label=_("Go on with the ticket, which waits for the vendor"), required=False)

    def __init__(self, *args: Any, is_waiting: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["is_resumed"].initial = is_waiting
        if not is_waiting:
            del self.fields["is_resumed"]
