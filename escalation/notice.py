"""A year's notice of holidays and make-up working days, as JSON. Pure: text in, days out.

    {"source": "国办发明电〔2025〕7号",
     "days": [{"date": "2026-01-01", "kind": "off", "name": "元旦"},
              {"date": "2026-01-04", "kind": "working", "name": "元旦"}]}

Files that write `"isOffDay": true` instead of `"kind"` are understood as well.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

MOST_DAYS = 200
EARLIEST, LATEST = date(2000, 1, 1), date(2199, 12, 31)


class Problem(Exception):
    """The notice can't be used. `code` says why, `place` where (a date, or the position of the entry)."""

    def __init__(self, code: str, place: str = "") -> None:
        super().__init__(code, place)
        self.code, self.place = code, place


@dataclass(frozen=True)
class NoticeDay:
    """One date of a notice: off or working, and the occasion."""

    on: date
    is_off: bool
    name: str


@dataclass(frozen=True)
class Notice:
    source: str
    days: tuple[NoticeDay, ...]


def read(text: str) -> Notice:
    """The notice in this text, its days in order. Raises Problem: no_json, no_days, too_many, bad_date, bad_kind, twice."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        raise Problem("no_json") from None
    entries = told.get("days") if isinstance(told, Mapping) else None
    if not isinstance(entries, list) or not entries:
        raise Problem("no_days")
    if len(entries) > MOST_DAYS:
        raise Problem("too_many")
    days: dict[date, NoticeDay] = {}
    for position, entry in enumerate(entries, start=1):
        day = _day(entry, str(position))
        if day.on in days:
            raise Problem("twice", day.on.isoformat())
        days[day.on] = day
    return Notice(_text(told.get("source"), 200), tuple(days[on] for on in sorted(days)))


def _day(entry: Any, position: str) -> NoticeDay:
    if not isinstance(entry, Mapping):
        raise Problem("bad_date", position)
    written = entry.get("date")
    try:
        on = date.fromisoformat(written) if isinstance(written, str) and len(written) == 10 else None
    except ValueError:
        on = None
    if on is None or not EARLIEST <= on <= LATEST:
        raise Problem("bad_date", position)
    is_off = {"off": True, "working": False}.get(str(entry.get("kind")), entry.get("isOffDay"))
    if not isinstance(is_off, bool):
        raise Problem("bad_kind", on.isoformat())
    return NoticeDay(on, is_off, _text(entry.get("name"), 120))


def _text(value: Any, length: int) -> str:
    return " ".join(value.split())[:length].replace("\x00", "") if isinstance(value, str) else ""
