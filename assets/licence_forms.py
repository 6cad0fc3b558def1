"""Forms of licences and their seats."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from assets.forms import ContractField, DayInput, person_field, texts_of
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

    remove_key = forms.BooleanField(label=_("Remove the key"), required=False)

    def __init__(self, *args: Any, licence: Licence | None = None, **kwargs: Any) -> None:
        if licence is not None:
            kwargs["initial"] = self.texts_of(licence) | {"is_retired": licence.is_retired}
        super().__init__(*args, **kwargs)
        if licence is not None and licence.key:
            self.fields["key"].help_text = _("There is a key. Write here only to replace it.")
        else:
            del self.fields["remove_key"]
        if licence is not None and licence.vendor_id is not None:
            vendors = self.fields["vendor"]
            vendors.queryset = vendors.queryset | Vendor.objects.filter(pk=licence.vendor_id)

    @classmethod
    def texts_of(cls, licence: Any) -> dict[str, str]:
        """What the fields send of a licence, or of a version of it, that nobody touches. The key isn't shown."""
        texts = texts_of(licence, [name for name in cls.base_fields if name not in ("key", "remove_key")])
        return texts | {"is_retired": "on" if licence.is_retired else ""}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("key") and cleaned.get("remove_key"):
            self.add_error("key", _("Write a new key, or have the present one removed."))
        return cleaned

    def answers(self) -> dict[str, Any]:
        """As the services take them; without the key where it stays as it is."""
        given = dict(self.cleaned_data)
        is_removed = given.pop("remove_key", False)
        if not given["key"] and not is_removed and "remove_key" in self.fields:
            del given["key"]
        return given


class SeatForm(PlainForm):
    """Who or what gets a seat."""

    person = person_field(_("Person"), required=False)
    asset = forms.CharField(
        label=_("Or an asset"), required=False, max_length=60, help_text=_("Its tag, where the licence goes with it.")
    )
