"""What the API takes, and finding the rows that it names."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers as s

from assets.api.shapes import COMMANDS
from assets.choices import CustodyState, RelationKind
from assets.filters import AssetFilter
from assets.models import AssetType, Vendor, VendorContract
from assets.models.asset import TEXT_LENGTH
from assets.models.custody import WORDS_LENGTH
from assets.services.acts import REASON_LENGTH
from helpdesk.accounts.models import Department, User
from helpdesk.common.errors import InvalidInput
from helpdesk.common.rest.fields import (
    CodeChoiceField,
    CodeField,
    DayField,
    StrictSerializer,
    TextField,
    WholeNumberField,
)

TAG = OpenApiParameter(
    "tag",
    {"type": "string", "pattern": "^[^\\sa-z/?#]{1,40}$"},
    OpenApiParameter.PATH,
    description="The tag as it is stored, in capital letters.",
)


def _filter_parameter(name: str, field: Any) -> OpenApiParameter:
    choices = field.extra.get("choices")
    if choices is not None:
        return OpenApiParameter(name, {"type": "string", "enum": [code for code, _label in choices]})
    shortest = 0 if name == "q" else 1
    longest = field.extra.get("max_length", 60)
    return OpenApiParameter(name, {"type": "string", "minLength": shortest, "maxLength": longest})


FILTERS = [_filter_parameter(name, field) for name, field in AssetFilter.base_filters.items()]


def _text(length: int) -> TextField:
    return TextField(max_length=length, required=False, allow_blank=True)


class AssetChangeInput(StrictSerializer):
    version = WholeNumberField(required=False)
    tag = TextField(max_length=60, required=False)
    type = CodeField(required=False)
    name = _text(120)
    manufacturer = _text(80)
    model = _text(120)
    serial = _text(80)
    hostname = _text(120)
    ip = TextField(max_length=60, required=False, allow_blank=True, allow_null=True)
    mac = _text(40)
    location = _text(120)
    department = WholeNumberField(required=False, allow_null=True)
    vendor = WholeNumberField(required=False, allow_null=True, help_text="An id of `vendors/`.")
    contract = WholeNumberField(required=False, allow_null=True)
    warranty_until_on = DayField(required=False, allow_null=True)
    purchased_on = DayField(required=False, allow_null=True)
    order_number = _text(80)
    price = _text(60)
    notes = _text(TEXT_LENGTH)
    attributes = s.DictField(required=False, help_text="All values of the type's attributes, by code.")


class AssetInput(AssetChangeInput):
    version = None  # type: ignore[assignment]
    tag = TextField(max_length=60)
    type = CodeField(help_text="A code of `asset-types/`.")


class AssetTransitionInput(StrictSerializer):
    command = CodeChoiceField(COMMANDS)
    version = WholeNumberField(required=False)
    person = CodeField(required=False, max_length=150, help_text="A user name, for `hand_out` and `lend`.")
    lent_until_on = DayField(required=False)
    reason = _text(REASON_LENGTH)
    condition = _text(REASON_LENGTH)
    accessories = _text(REASON_LENGTH)


class AnswerInput(StrictSerializer):
    answer = CodeChoiceField([(code, code) for code in (CustodyState.ACCEPTED.value, CustodyState.DECLINED.value)])
    words = _text(WORDS_LENGTH)
    signed_name = TextField(
        max_length=120, required=False, help_text="By the desk: the name that the person wrote on its screen."
    )


class RelationInput(StrictSerializer):
    kind = CodeChoiceField(RelationKind.choices)
    other = CodeField(help_text="The tag of the other asset.")


class LicenceChangeInput(StrictSerializer):
    version = WholeNumberField(required=False)
    name = TextField(max_length=120, required=False)
    edition = _text(80)
    vendor = WholeNumberField(required=False, allow_null=True)
    contract = WholeNumberField(required=False, allow_null=True)
    key = _text(TEXT_LENGTH)
    seats = WholeNumberField(required=False)
    expires_on = DayField(required=False, allow_null=True)
    remind_days = WholeNumberField(required=False)
    notes = _text(TEXT_LENGTH)
    is_retired = s.BooleanField(required=False)


class LicenceInput(LicenceChangeInput):
    version = None  # type: ignore[assignment]
    name = TextField(max_length=120)


class SeatInput(StrictSerializer):
    person = CodeField(required=False, max_length=150, help_text="A user name; or give `asset`.")
    asset = CodeField(required=False, help_text="A tag.")


class StocktakeInput(StrictSerializer):
    name = TextField(max_length=120)
    location = _text(120)
    department = WholeNumberField(required=False, allow_null=True)
    type = CodeField(required=False, allow_null=True)


class CountInput(StrictSerializer):
    code = TextField(max_length=400, help_text="A tag, the address on a label, or a serial number.")
    place = _text(120)
    note = _text(300)


class StocktakeEndInput(StrictSerializer):
    lost = s.ListField(child=CodeField(), required=False, max_length=1000, help_text="Tags of missing assets.")
    reason = _text(REASON_LENGTH)


def named(rows: QuerySet[Any], field: str, **lookup: Any) -> Any:
    """The row that was named. Raises InvalidInput on `field`."""
    row = rows.filter(**lookup).first()
    if row is None:
        raise InvalidInput(fields={field: [_("There is no such entry.")]})
    return row


def named_person(viewer: User, username: str) -> User:
    """The active person with this user name. Raises InvalidInput on `person`."""
    found: User = named(User.objects.visible_to(viewer).active(), "person", username__iexact=username)
    return found


def with_rows(data: dict[str, Any], viewer: User) -> dict[str, Any]:
    """The data with rows in place of the codes and ids that name them. Raises InvalidInput with all that name nothing."""
    found, errors = dict(data), dict[str, list[str]]()
    sources: dict[str, tuple[QuerySet[Any], str]] = {
        "type": (AssetType.objects.visible_to(viewer), "code"),
        "department": (Department.objects.filter(is_retired=False), "pk"),
        "vendor": (Vendor.objects.visible_to(viewer), "pk"),
        "contract": (VendorContract.objects.filter(vendor__in=Vendor.objects.visible_to(viewer)), "pk"),
    }
    for name in sources.keys() & data.keys():
        if data[name] is not None:
            rows, key = sources[name]
            try:
                found[name] = named(rows, name, **{key: data[name]})
            except InvalidInput as refusal:
                errors |= refusal.sentences()
    if errors:
        raise InvalidInput(fields=errors)
    return found
