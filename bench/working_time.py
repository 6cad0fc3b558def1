"""How long the arithmetic of working time takes, in microseconds per call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from statistics import median
from time import perf_counter
from zoneinfo import ZoneInfo

import holidays

from escalation.business_time import Calendar, Windows, windows

START = datetime(2026, 9, 1, 1, 7, 36, tzinfo=UTC)
CALLS = 400


def _calendar() -> Calendar:
    """Two windows a day in Shanghai, with China's holidays and make-up working weekends."""
    hours = windows("09:00-12:00", "13:30-18:00")
    known = holidays.country_holidays("CN")

    def special(day: date) -> Windows | None:
        if day in known:
            return ()
        return hours if day in known.weekend_workdays else None

    return Calendar(ZoneInfo("Asia/Shanghai"), (hours,) * 5 + ((), ()), special)


def figures() -> Iterator[tuple[str, float, float]]:
    """Name, median microseconds, and what the project allows."""
    calendar = _calendar()
    for name, target, limit in (
        ("a month", timedelta(hours=160), 50),
        ("a year", timedelta(hours=1875), 1000),
    ):
        due = calendar.add(START, target)
        yield f"due after {name}", _median(partial(calendar.add, START, target)), limit
        yield f"working time in {name}", _median(partial(calendar.between, START, due)), limit


def _median(call: Callable[[], object]) -> float:
    taken = []
    for _number in range(CALLS):
        began = perf_counter()
        call()
        taken.append((perf_counter() - began) * 1_000_000)
    return median(taken)
