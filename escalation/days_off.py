"""The business calendars as others ask for them: which dates are days off, and what lies some working days on. Make-up
working days are no days off."""

from __future__ import annotations

from datetime import date, datetime

from escalation.calendars import working_time
from escalation.models import BusinessCalendar
from helpdesk.common.working_days import IsDayOff, at_same_time, nth_working_day

PREFIX = "calendar-"


def names() -> dict[str, str]:
    """Those in use that know a working hour."""
    return {
        f"{PREFIX}{row.pk}": row.name for row in BusinessCalendar.objects.filter(is_retired=False) if any(row.hours)
    }


def days_off(code: str) -> IsDayOff | None:
    number = code.removeprefix(PREFIX)
    if number == code or not number.isascii() or not number.isdigit():
        return None
    row = BusinessCalendar.objects.filter(pk=int(number[:9])).first()
    if row is None:
        return None
    calendar = working_time(row)

    def is_day_off(day: date) -> bool:
        return not calendar.is_working_day(day)

    return is_day_off


def later(at: datetime, count: int) -> datetime | None:
    """So many working days on, by the calendar in use that was set up first."""
    in_use = BusinessCalendar.objects.filter(is_retired=False).order_by("pk")
    row = next((row for row in in_use if any(row.hours)), None)
    if row is None:
        return None
    calendar = working_time(row)
    local = at.astimezone(calendar.zone)
    try:
        day = nth_working_day(local.date(), count, lambda day: not calendar.is_working_day(day))
    except OverflowError:
        return None
    return at_same_time(local, day)
