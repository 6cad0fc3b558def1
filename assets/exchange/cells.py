"""What the text of one cell stands for, by its column."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from assets.attributes import clean_attributes
from assets.choices import AttributeKind
from assets.exchange.names import AMBIGUOUS, Register
from assets.exchange.values import read_day, refuse_script
from assets.models import Asset, AssetAttribute, AssetType, Vendor, VendorContract
from helpdesk.accounts.models import Department
from helpdesk.common.errors import InvalidInput


class BadCell(Exception):
    """The cell can't be read; `sentence` says why, whole and translated."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__(sentence)


def read_cell(key: str, text: str, register: Register, asset: Asset) -> Any:
    """A row, a day, a state code, the id of a person, or the text itself for `details.clean_details`. Raises BadCell.

    What `asset` has already may stay, though nobody else would get it.
    """
    try:
        reader = _READERS.get(key)
        if reader is not None:
            return reader(text, register, asset)
        refuse_script(text)
    except ValueError as error:
        raise BadCell(str(error)) from None
    return text


def attribute_value(definition: AssetAttribute | None, text: str) -> Any:
    """The value as it is stored; days are read as in all other columns. Raises BadCell."""
    if definition is None:
        raise BadCell(_("There is no such attribute for this type. Empty the cell."))
    try:
        is_day = definition.kind == AttributeKind.DATE
        if not is_day:
            refuse_script(text)
        given = read_day(text) if is_day else text
        return clean_attributes([definition], {definition.code: given}).get(definition.code)
    except ValueError as error:
        raise BadCell(str(error)) from None
    except InvalidInput as refusal:
        raise BadCell(next(iter(refusal.sentences().values()))[0]) from None


def _day(text: str, register: Register, asset: Asset) -> date | None:
    return read_day(text)


def _type(text: str, register: Register, asset: Asset) -> AssetType:
    if not text:
        raise ValueError(_("Say what type of asset it is."))
    try:
        found = register.types[register.type_names.find(text)]
    except LookupError as error:
        known = " · ".join(register.type_names.name_of(pk) for pk, row in register.types.items() if not row.is_retired)
        raise _not_found(error, _("There is no type of this name. There are: %(known)s.") % {"known": known}) from None
    if found.is_retired and found.pk != asset.type_id:
        raise ValueError(_("This type is no longer offered. Choose another one."))
    return found


def _department(text: str, register: Register, asset: Asset) -> Department | None:
    if not text:
        return None
    try:
        return register.departments[register.department_names.find(text)]
    except LookupError as error:
        raise _not_found(error, _("There is no department of this name.")) from None


def _vendor(text: str, register: Register, asset: Asset) -> Vendor | None:
    if not text:
        return None
    try:
        return register.vendors[register.vendor_names.find(text)]
    except LookupError as error:
        raise _not_found(error, _("There is no vendor of this name in the register.")) from None


def _contract(text: str, register: Register, asset: Asset) -> VendorContract | None:
    if not text:
        return None
    try:
        return register.contracts[register.contract_names.find(text)]
    except LookupError as error:
        raise _not_found(error, _("There is no contract of this number in the register.")) from None


def _holder(text: str, register: Register, asset: Asset) -> int | None:
    if not text:
        return None
    try:
        person = register.find_person(text)
    except LookupError as error:
        sentence = _("Nobody here has this name. Write the user name or the e-mail address.")
        raise _not_found(error, sentence) from None
    if not person.is_active and person.pk != asset.holder_id:
        raise ValueError(
            _("%(name)s may no longer sign in, so nothing can be handed out to them.") % {"name": person.name}
        )
    return person.pk


def _state(text: str, register: Register, asset: Asset) -> str:
    if not text:
        return ""
    try:
        return register.state_names.find(text)
    except LookupError:
        known = " · ".join(register.state_names.name_of(code) for code in register.state_names.things())
        raise ValueError(_("There is no such state. There are: %(known)s.") % {"known": known}) from None


def _not_found(error: LookupError, sentence: str) -> ValueError:
    if error.args == (AMBIGUOUS,):
        return ValueError(_("This name means several. Write it with what tells them apart, as the export does."))
    return ValueError(sentence)


_READERS: dict[str, Callable[[str, Register, Asset], Any]] = {
    "type": _type,
    "department": _department,
    "vendor": _vendor,
    "contract": _contract,
    "holder": _holder,
    "state": _state,
    "lent_until_on": _day,
    "warranty_until_on": _day,
    "purchased_on": _day,
}
