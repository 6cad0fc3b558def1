"""The attributes that a type of asset has of its own, and the one check of their values for form, API and import.

Values stand in one JSON column: texts, whole or decimal numbers, dates as YYYY-MM-DD, codes of choices, true or false.
What isn't given isn't stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from helpdesk.common.bilingual import in_language
from helpdesk.common.errors import InvalidInput
from helpdesk.common.text import clean_text

LONGEST_VALUE = 500
# Beyond this many digits a number in JSON is no longer what was typed.
MOST_DIGITS = 15
PREFIX = "attributes."
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_YES = frozenset({"true", "yes", "y", "1", "on", "是", "有"})
_NO = frozenset({"false", "no", "n", "0", "off", "否", "无"})


@dataclass(frozen=True)
class Option:
    """One answer of an attribute of the kind choice."""

    code: str
    name_zh: str
    name_en: str

    @property
    def name(self) -> str:
        return in_language(self.name_zh, self.name_en, get_language())


class Definition(Protocol):
    """What the check asks of an attribute; `models.AssetAttribute` is one."""

    code: str
    kind: str
    is_required: bool

    @property
    def name(self) -> str: ...

    @property
    def options(self) -> list[Option]: ...


def clean_attributes(definitions: Iterable[Definition], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are stored, by code. Texts are read as people write them, in either language.

    Raises InvalidInput; its fields are called `attributes.<code>`. Empty values are left out.
    """
    known = {definition.code: definition for definition in definitions}
    errors: dict[str, list[str]] = {
        PREFIX + str(code): [_("There is no such attribute for this type.")] for code in values if code not in known
    }
    found: dict[str, Any] = {}
    for code, definition in known.items():
        given = values.get(code)
        try:
            value = None if given is None or given == "" else _read(definition, given)
        except InvalidInput as refusal:
            errors[PREFIX + code] = refusal.sentences().get(code, [])
            continue
        if value is not None and value != "":
            found[code] = value
        elif definition.is_required:
            errors[PREFIX + code] = [_("Fill in “%(name)s”.") % {"name": definition.name}]
    if errors:
        raise InvalidInput(fields=errors)
    return found


def attribute_text(definition: Definition, value: Any) -> str:
    """A stored value in words of the active language."""
    if definition.kind == "yes_no":
        return _("Yes") if value else _("No")
    if definition.kind == "choice":
        return next((option.name for option in definition.options if option.code == value), str(value))
    return str(value)


def _read(definition: Definition, given: Any) -> Any:
    if not isinstance(given, (str, int, float, Decimal, date, bool)):
        raise _wrong(definition, _("“%(name)s” takes a single value.") % {"name": definition.name})
    return _READERS[definition.kind](definition, given)


def _wrong(definition: Definition, sentence: str) -> InvalidInput:
    return InvalidInput(fields={definition.code: [sentence]})


def _text(definition: Definition, given: Any) -> str:
    return clean_text(str(given), field=definition.code, max_length=LONGEST_VALUE)


def _number(definition: Definition, given: Any) -> int | float:
    sentence = _("“%(name)s” has to be a number of at most %(digits)d digits.") % {
        "name": definition.name,
        "digits": MOST_DIGITS,
    }
    if isinstance(given, bool):
        raise _wrong(definition, sentence)
    try:
        number = Decimal(str(given).strip().replace(" ", ""))
    except InvalidOperation:
        raise _wrong(definition, sentence) from None
    if not number.is_finite() or len(number.as_tuple().digits) > MOST_DIGITS or abs(number.adjusted()) > MOST_DIGITS:
        raise _wrong(definition, sentence)
    return int(number) if number == number.to_integral_value() else float(number)


def _date(definition: Definition, given: Any) -> str:
    match = _DAY.fullmatch(str(given).strip())
    try:
        if match is None:
            raise ValueError
        return date(*(int(part) for part in match.groups())).isoformat()
    except ValueError:
        message = _("“%(name)s” has to be a date such as 2026-03-02.") % {"name": definition.name}
        raise _wrong(definition, message) from None


def _choice(definition: Definition, given: Any) -> str:
    wanted = str(given).strip().casefold()
    for option in definition.options:
        if wanted in {option.code.casefold(), option.name_zh.casefold(), option.name_en.casefold()}:
            return option.code
    names = " · ".join(option.name for option in definition.options)
    raise _wrong(definition, _("“%(name)s” has to be one of: %(names)s.") % {"name": definition.name, "names": names})


def _yes_no(definition: Definition, given: Any) -> bool:
    wanted = str(given).strip().casefold()
    if wanted in _YES:
        return True
    if wanted in _NO:
        return False
    raise _wrong(definition, _("“%(name)s” has to be yes or no.") % {"name": definition.name})


_READERS = {"text": _text, "number": _number, "date": _date, "choice": _choice, "yes_no": _yes_no}
