"""The business calendars as others ask for them: which dates are days off. Make-up working days are none."""

from __future__ import annotations

from datetime import date

from escalation.calendars import working_time
from escalation.models import BusinessCalendar
from helpdesk.common.working_days import IsDayOff

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
