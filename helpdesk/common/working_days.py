"""Which days nobody works, asked of whoever keeps calendars. Who asks needs to know nothing about calendars."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

IsDayOff = Callable[[date], bool]
SATURDAY = 5
LONGEST_CLOSURE = timedelta(days=730)


@dataclass(frozen=True)
class Keeper:
    """`names` tells the names of the calendars on offer in the active language, by code; `days_off` finds one, also if it
    is no longer offered, and gives None for a code that it doesn't know. `later` finds the instant that lies so many working
    days behind another one by the desk's own calendar, and gives None where there is none."""

    names: Callable[[], Mapping[str, str]]
    days_off: Callable[[str], IsDayOff | None]
    later: Callable[[datetime, int], datetime | None]


_keepers: list[Keeper] = []


def kept_by(keeper: Keeper) -> None:
    """Told once, when an app is ready."""
    _keepers.append(keeper)


def calendar_names() -> dict[str, str]:
    """The calendars on offer, by code."""
    return {code: name for keeper in _keepers for code, name in keeper.names().items()}


def days_off_of(code: str) -> IsDayOff | None:
    """Whether a date is a day off by this calendar; None for an unknown one."""
    return next((found for keeper in _keepers if (found := keeper.days_off(code)) is not None), None)


def working_days_later(at: datetime, count: int) -> datetime:
    """The same time of day `count` working days on. Where nobody keeps a calendar, Saturday and Sunday are off."""
    for keeper in _keepers:
        found = keeper.later(at, count)
        if found is not None:
            return found
    local = timezone.localtime(at)
    day = nth_working_day(local.date(), count, lambda day: day.weekday() >= SATURDAY)
    return at_same_time(local, day)


def nth_working_day(day: date, count: int, is_day_off: IsDayOff) -> date:
    """The `count`-th working day behind a day. Raises OverflowError where there is none within two years."""
    last = day + LONGEST_CLOSURE
    while count:
        day += timedelta(days=1)
        if day > last:
            raise OverflowError("no working day within two years")
        count -= not is_day_off(day)
    return day


def at_same_time(local: datetime, day: date) -> datetime:
    """The instant on another day at which the wall clock shows what it shows in `local`."""
    return datetime.combine(day, time(local.hour, local.minute, local.second, local.microsecond), local.tzinfo)
