"""Forms of the register. They only turn what was typed into Python values; the services decide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from assets.attributes import PREFIX
from assets.choices import AssetState, AttributeKind, RelationKind
from assets.filters import CONFIRMED_CHOICES, LEFT_CHOICES, LONGEST_QUERY, WARRANTY_CHOICES
from assets.lifecycle import Command
from assets.models import Asset, AssetAttribute, AssetType, Vendor, VendorContract
from assets.models.asset import TEXT_LENGTH
from assets.services.acts import REASON_LENGTH, data_of
from helpdesk.accounts.models import Department
from helpdesk.common.forms import PlainForm

_UNCHOSEN = [("", "—")]


class DayInput(forms.DateInput):
    """The browser's own choice of a day."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def person_field(label: Any, **more: Any) -> forms.CharField:
    """A person by name, chosen from a list that the page offers; who is meant finds the view out."""
    return forms.CharField(label=label, max_length=200, **more)


def text_of(value: Any) -> str:
    """A stored value as a field sends it."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def texts_of(row: Any, names: Iterable[str]) -> dict[str, str]:
    """The values of a row as its form sends them; rows of other tables by their ids."""
    return {name: text_of(getattr(row, row._meta.get_field(name).attname)) for name in names}


class FilterForm(forms.Form):
    """The filters above the register."""

    q = forms.CharField(label=_("Words"), required=False, max_length=LONGEST_QUERY)
    type = forms.ModelChoiceField(
        label=_("Type"),
        required=False,
        empty_label=_("All types"),
        queryset=AssetType.objects.all(),
        to_field_name="code",
    )
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All states")), *AssetState.choices])
    department = forms.ModelChoiceField(
        label=_("Department"),
        required=False,
        empty_label=_("All departments"),
        queryset=Department.objects.filter(is_retired=False),
    )
    warranty = forms.ChoiceField(
        label=_("Warranty"), required=False, choices=[("", _("Any warranty")), *WARRANTY_CHOICES]
    )
    confirmed = forms.ChoiceField(
        label=_("Confirmation"),
        required=False,
        choices=[("", _("Confirmed or not")), *CONFIRMED_CHOICES],
    )
    left = forms.ChoiceField(label=_("Holder"), required=False, choices=[("", _("Any holder")), *LEFT_CHOICES])


class ContractField(forms.ModelChoiceField):
    def label_from_instance(self, obj: VendorContract) -> str:
        return f"{obj.vendor.name} · {obj.number}"


class AssetForm(PlainForm):
    """Everything that is noted of an asset of one type, its own attributes last."""

    tag = forms.CharField(label=_("Asset tag"), max_length=60)
    name = forms.CharField(
        label=pgettext_lazy("asset", "Name"),
        required=False,
        max_length=120,
        help_text=_("Only where it is called something, such as “Meeting room 3”."),
    )
    manufacturer = forms.CharField(label=_("Manufacturer"), required=False, max_length=80)
    model = forms.CharField(label=_("Model"), required=False, max_length=120)
    serial = forms.CharField(label=_("Serial number"), required=False, max_length=80)
    hostname = forms.CharField(label=_("Computer name"), required=False, max_length=120)
    ip = forms.CharField(label=_("IP address"), required=False, max_length=60)
    mac = forms.CharField(label=_("MAC address"), required=False, max_length=40)
    location = forms.CharField(label=_("Place"), required=False, max_length=120)
    department = forms.ModelChoiceField(
        label=_("Department"), required=False, empty_label="—", queryset=Department.objects.filter(is_retired=False)
    )
    vendor = forms.ModelChoiceField(
        label=_("Vendor"), required=False, empty_label="—", queryset=Vendor.objects.filter(is_retired=False)
    )
    contract = ContractField(
        label=_("Contract"), required=False, empty_label="—", queryset=VendorContract.objects.select_related("vendor")
    )
    warranty_until_on = forms.DateField(label=_("Warranty until"), required=False, widget=DayInput)
    purchased_on = forms.DateField(label=_("Purchased on"), required=False, widget=DayInput)
    order_number = forms.CharField(label=_("Order number"), required=False, max_length=80)
    price = forms.CharField(label=_("Price"), required=False, max_length=60)
    notes = forms.CharField(
        label=_("Notes"),
        required=False,
        max_length=TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For the desk only."),
    )

    def __init__(
        self,
        *args: Any,
        kind: AssetType,
        asset: Asset | None = None,
        typed: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        """`typed` is shown in place of what stands there, and not checked yet."""
        kwargs["initial"] = {**(self.texts_of(asset) if asset is not None else {}), **(typed or {})}
        super().__init__(*args, **kwargs)
        self.kind = kind
        if asset is not None:
            # What is retired meanwhile may stay.
            for name in ("department", "vendor"):
                field = self.fields[name]
                field.queryset = field.queryset | field.queryset.model.objects.filter(pk=getattr(asset, f"{name}_id"))
        if kind.is_software:
            for name in ("hostname", "ip", "mac", "location"):
                del self.fields[name]
        for definition in kind.attributes.all():
            self.fields[PREFIX + definition.code] = _attribute_field(definition)

    @classmethod
    def texts_of(cls, asset: Any) -> dict[str, str]:
        """What the fields send of an asset, or of a version of it, that nobody touches."""
        return texts_of(asset, cls.base_fields) | {
            PREFIX + code: text_of(value) for code, value in asset.attributes.items()
        }

    def own_fields(self) -> list[forms.BoundField]:
        """The attributes of the type."""
        return [self[name] for name in self.fields if name.startswith(PREFIX)]

    def common_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if not name.startswith(PREFIX)]

    def details(self) -> dict[str, Any]:
        """The answers as `register_asset` and `change_asset` take them."""
        given = {name: value for name, value in self.cleaned_data.items() if not name.startswith(PREFIX)}
        own = {name.removeprefix(PREFIX): value for name, value in self.cleaned_data.items() if name not in given}
        return {**given, "type": self.kind, "attributes": own}


def _attribute_field(definition: AssetAttribute) -> forms.Field:
    common: dict[str, Any] = {"label": definition.name, "required": False}
    if definition.kind == AttributeKind.CHOICE:
        return forms.ChoiceField(
            **common, choices=[*_UNCHOSEN, *((option.code, option.name) for option in definition.options)]
        )
    if definition.kind == AttributeKind.YES_NO:
        return forms.ChoiceField(**common, choices=[*_UNCHOSEN, ("true", _("Yes")), ("false", _("No"))])
    if definition.kind == AttributeKind.DATE:
        return forms.CharField(**common, max_length=20, widget=DayInput)
    return forms.CharField(**common, max_length=500)


def _area(length: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": 2, "maxlength": length})


_ACT_FIELDS: dict[str, Any] = {
    "person": lambda: person_field(_("Person")),
    "lent_until_on": lambda: forms.DateField(label=_("Lent until"), widget=DayInput),
    "reason": lambda: forms.CharField(label=_("Reason"), max_length=REASON_LENGTH, widget=_area(REASON_LENGTH)),
    "condition": lambda: forms.CharField(
        label=_("Condition"),
        max_length=REASON_LENGTH,
        widget=_area(REASON_LENGTH),
        help_text=_("Scratches, missing parts. The person reads this."),
    ),
    "accessories": lambda: forms.CharField(
        label=_("Accessories"), max_length=REASON_LENGTH, help_text=_("Power supply, bag, dongle …")
    ),
}


class ActForm(PlainForm):
    """The answers that one act takes; what it needs comes first."""

    def __init__(self, *args: Any, command: Command, needs: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in data_of(command):
            self.fields[name] = _ACT_FIELDS[name]()
            self.fields[name].required = name in needs


class ScreenForm(PlainForm):
    """The person's word on the agent's device."""

    signed_name = forms.CharField(
        label=_("Name of the person"), max_length=120, help_text=_("The person writes their own name.")
    )
    words = forms.CharField(label=_("Remarks"), required=False, max_length=REASON_LENGTH, widget=_area(REASON_LENGTH))


class WordsForm(PlainForm):
    """What is not right, in the person's words."""

    words = forms.CharField(label=_("What is not right?"), max_length=REASON_LENGTH, widget=_area(REASON_LENGTH))


class RelationForm(PlainForm):
    """How this asset belongs to another."""

    kind = forms.ChoiceField(label=_("This asset is"), choices=RelationKind.choices)
    other = forms.CharField(label=_("Tag of the other asset"), max_length=60)
