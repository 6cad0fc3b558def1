"""Stored calendars as working time: own special days first, then public holidays, then the weekday."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

import holidays

from escalation.business_time import Calendar, Windows, windows
from escalation.models import BusinessCalendar, CalendarDay, DayKind

# The State Council publishes the next year's days off and make-up working days in autumn.
NOTICE_EXPECTED_FROM = 10  # October
COUNTRIES_WITH_MAKEUP_DAYS = ("CN",)


def working_time(calendar: BusinessCalendar) -> Calendar:
    """The calendar as arithmetic. Kept while the calendar's revision stands, so that its days are worked out once."""
    return _working_time(calendar.pk, calendar.revision)


@lru_cache(maxsize=64)
def _working_time(pk: int, revision: UUID) -> Calendar:
    calendar = BusinessCalendar.objects.get(pk=pk)
    return assemble(calendar, list(calendar.days.all()))


def assemble(calendar: BusinessCalendar, days: list[CalendarDay]) -> Calendar:
    """The calendar with these special days as arithmetic. Raises ValueError for hours that are none."""
    week = tuple(windows(*texts) for texts in calendar.hours)
    makeup = windows(*calendar.makeup_hours) or next((hours for hours in week if hours), ())
    own = {row.on: _hours_of(row, week, makeup) for row in days}
    public = _public_days(calendar, makeup)

    def special(day: date) -> Windows | None:
        return own[day] if day in own else public(day)

    return Calendar(ZoneInfo(calendar.timezone), week, special)


def _hours_of(row: CalendarDay, week: tuple[Windows, ...], makeup: Windows) -> Windows:
    if row.kind == DayKind.OFF:
        return ()
    return windows(*row.hours) or week[row.on.weekday()] or makeup


def _public_days(calendar: BusinessCalendar, makeup: Windows) -> Callable[[date], Windows | None]:
    if not calendar.country:
        return lambda day: None
    known = holidays.country_holidays(calendar.country, subdiv=calendar.subdivision or None)

    def public(day: date) -> Windows | None:
        if day in known:
            return ()
        # Asking `in` has loaded the year, and with it the weekends that are worked.
        return makeup if day in known.weekend_workdays else None

    return public


def countries() -> dict[str, list[str]]:
    """The countries whose holidays are known, with the codes of their parts."""
    return holidays.list_supported_countries(include_aliases=False)


def year_without_notice(calendar: BusinessCalendar, *, at: datetime) -> int | None:
    """The coming year if, from October on, nobody has told yet which weekends are worked in it; else None."""
    today = at.astimezone(ZoneInfo(calendar.timezone)).date()
    if calendar.country not in COUNTRIES_WITH_MAKEUP_DAYS or today.month < NOTICE_EXPECTED_FROM:
        return None
    year = today.year + 1
    if calendar.days.filter(on__year=year, kind=DayKind.WORKING).exists():
        return None
    known = holidays.country_holidays(calendar.country, years=year)
    return None if any(day.year == year for day in known.weekend_workdays) else year
