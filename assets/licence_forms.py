"""Forms of licences and their seats."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from assets.forms import ContractField, DayInput, person_field
from assets.models import Licence, Vendor, VendorContract
from assets.models.asset import TEXT_LENGTH
from assets.services.licences import MOST_DAYS, MOST_SEATS
from helpdesk.common.forms import PlainForm


class LicenceForm(PlainForm):
    """A licence. The key is written here and read elsewhere."""

    name = forms.CharField(label=pgettext_lazy("licence", "Name"), max_length=120)
    edition = forms.CharField(label=_("Edition"), required=False, max_length=80)
    seats = forms.IntegerField(label=_("Seats"), min_value=1, max_value=MOST_SEATS, initial=1)
    vendor = forms.ModelChoiceField(
        label=_("Vendor"), required=False, empty_label="—", queryset=Vendor.objects.filter(is_retired=False)
    )
    contract = ContractField(
        label=_("Contract"), required=False, empty_label="—", queryset=VendorContract.objects.select_related("vendor")
    )
    expires_on = forms.DateField(
        label=_("Last day"), required=False, widget=DayInput, help_text=_("Empty: it doesn't end.")
    )
    remind_days = forms.IntegerField(
        label=_("Remind this many days before"), min_value=0, max_value=MOST_DAYS, initial=30
    )
    key = forms.CharField(
        label=_("Licence key"), required=False, max_length=TEXT_LENGTH, widget=forms.Textarea(attrs={"rows": 2})
    )
    notes = forms.CharField(
        label=_("Notes"), required=False, max_length=TEXT_LENGTH, widget=forms.Textarea(attrs={"rows": 2})
    )
    is_retired = forms.BooleanField(label=_("Retired: no more seats are given"), required=False)

    def __init__(self, *args: Any, licence: Licence | None = None, **kwargs: Any) -> None:
        if licence is not None:
            kwargs["initial"] = {name: getattr(licence, name) for name in self.base_fields if name != "key"}
        super().__init__(*args, **kwargs)
        if licence is not None and licence.key:
            self.fields["key"].help_text = _("There is a key. Write here only to replace it.")
        if licence is not None and licence.vendor_id is not None:
            vendors = self.fields["vendor"]
            vendors.queryset = vendors.queryset | Vendor.objects.filter(pk=licence.vendor_id)


class SeatForm(PlainForm):
    """Who or what gets a seat."""

    person = person_field(_("Person"), required=False)
    asset = forms.CharField(
        label=_("Or an asset"), required=False, max_length=60, help_text=_("Its tag, where the licence goes with it.")
    )
