"""Days and suspicious texts as they stand in the lists that people keep."""

from __future__ import annotations

import re
from datetime import date, timedelta

from django.utils.translation import gettext as _

from helpdesk.common.unicode_forms import normal_form

EARLIEST, LATEST = 1970, 2200
_YEAR_FIRST = re.compile(r"(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})\s?日?(?: 0{1,2}:00(?::00)?)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_DAY_FIRST = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})")
_UNCERTAIN = re.compile(r"(\d{1,2})[-/](\d{1,2})[-/](\d{4})")
# What a spreadsheet shows where a cell lost its format: the day in its 1900 system, with the time as a fraction.
_SERIAL = re.compile(r"([2-9]\d{4})(?:\.\d{1,12})?")
_SERIAL_ZERO = date(1899, 12, 30)
_MEDIA = "application|audio|font|image|message|model|multipart|text|video"
_SCRIPT = re.compile(rf"(?:javascript|vbscript):|data:(?:{_MEDIA})/[\w.+-]+[;,]", re.IGNORECASE)


def read_day(text: str) -> date | None:
    """The day that is meant; None for nothing. Raises ValueError with a whole sentence.

    Numbers of five digits are days as spreadsheets count them (45000 is 2023-03-15), in the same years as all others.
    """
    given = normal_form("NFKC", text).strip()
    if not given:
        return None
    if match := _YEAR_FIRST.fullmatch(given) or _COMPACT.fullmatch(given):
        return _day(text, match[1], match[2], match[3])
    if match := _DAY_FIRST.fullmatch(given):
        return _day(text, match[3], match[2], match[1])
    if match := _UNCERTAIN.fullmatch(given):
        first, second = int(match[1]), int(match[2])
        if first <= 12 and second <= 12 and first != second:
            sentence = _("“%(value)s” can be two different days. Write it as 2026-03-02, the year first.")
            raise ValueError(sentence % {"value": given})
        month, day = (match[1], match[2]) if second > 12 else (match[2], match[1])
        return _day(text, match[3], month, day)
    if match := _SERIAL.fullmatch(given):
        serial = _SERIAL_ZERO + timedelta(days=int(match[1]))
        return _day(text, str(serial.year), str(serial.month), str(serial.day))
    raise _no_day(text)


def _day(text: str, year: str, month: str, day: str) -> date:
    if not EARLIEST <= int(year) <= LATEST:
        raise ValueError(_("The year has to be between %(first)d and %(last)d.") % {"first": EARLIEST, "last": LATEST})
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise _no_day(text) from None


def _no_day(text: str) -> ValueError:
    return ValueError(_("“%(value)s” is not a day. Write it as 2026-03-02.") % {"value": text.strip()[:60]})


def refuse_script(text: str) -> None:
    """Raise ValueError for addresses that would run a program for whoever follows them."""
    compact = "".join(text.split()).lstrip("\"'<")
    if _SCRIPT.match(compact):
        raise ValueError(_("This is a program in the shape of a link. Write the text without it."))
