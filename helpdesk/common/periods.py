"""Stretches of days as people type them into a search: `2026-11`, `>2026-11-01`, `7d`, `today`. Pure."""

from __future__ import annotations

import re
from datetime import date, timedelta

EARLIEST, LATEST = date(1970, 1, 1), date(2200, 1, 1)
TODAY = frozenset({"today", "今天", "今日"})
YESTERDAY = frozenset({"yesterday", "昨天", "昨日"})
_LAST = re.compile(r"(\d{1,4})\s*(d|day|days|天|日|w|week|weeks|周)")
_DATE = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?|月?)|年?)")
_COMPARED = re.compile(r"(>=|<=|>|<)\s*(.+)")

Period = tuple[date, date]


def read_period(text: str, today: date) -> Period | None:
    """First day and the day after the last one; None where the text is no period.

    A year, a month, a day, `today`, the last `7d` or `2w`, one of these behind `>`, `>=`, `<`, `<=`, or two with `..` between.
    """
    text = text.strip().lower()
    begin, dots, end = text.partition("..")
    if dots:
        first, last = _plain(begin, today), _plain(end, today)
        return (first[0], last[1]) if first and last and first[0] < last[1] else None
    compared = _COMPARED.fullmatch(text)
    if not compared:
        return _plain(text, today)
    period = _plain(compared[2], today)
    if period is None:
        return None
    first_day, after = period
    return {
        ">": (after, LATEST),
        ">=": (first_day, LATEST),
        "<": (EARLIEST, first_day),
        "<=": (EARLIEST, after),
    }[compared[1]]


def _plain(text: str, today: date) -> Period | None:
    text = text.strip()
    tomorrow = today + timedelta(days=1)
    if text in TODAY:
        return today, tomorrow
    if text in YESTERDAY:
        return today - timedelta(days=1), today
    last = _LAST.fullmatch(text)
    if last:
        days = int(last[1]) * (7 if last[2][0] in "w周" else 1)
        return tomorrow - timedelta(days=max(days, 1)), tomorrow
    return _calendar(text)


def _calendar(text: str) -> Period | None:
    found = _DATE.fullmatch(text)
    if not found:
        return None
    year, month, day = (int(part) if part else 0 for part in found.groups())
    try:
        first = date(year, month or 1, day or 1)
    except ValueError:
        return None
    if not EARLIEST <= first < LATEST:
        return None
    if day:
        return first, first + timedelta(days=1)
    return first, date(year + month // 12, month % 12 + 1, 1) if month else date(year + 1, 1, 1)
