"""When a person's mails rest. Pure: times, zones and days off in, moments out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

SATURDAY = 5
LONGEST = 60  # ends in a row: three weeks off with quiet nights have fewer


def at_weekends(day: date) -> bool:
    """Saturdays and Sundays, whatever a calendar says."""
    return day.weekday() >= SATURDAY


def never(day: date) -> bool:
    return False


@dataclass(frozen=True)
class QuietTime:
    """Quiet from `starts` until `ends` (the next day if that is earlier), and on days off."""

    starts: time | None = None
    ends: time | None = None
    is_day_off: Callable[[date], bool] = never

    def end(self, at: datetime, zone: tzinfo) -> datetime | None:
        """When the quiet time around `at` is over; None if it isn't quiet then."""
        moment = at.astimezone(zone)
        for _turn in range(LONGEST):
            following = self._next_end(moment)
            if following is None:
                break
            moment = following
        return moment if moment > at else None

    def _next_end(self, local: datetime) -> datetime | None:
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        if self.is_day_off(local.date()):
            return midnight + timedelta(days=1)
        if self.starts is None or self.ends is None or self.starts == self.ends:
            return None
        clock = local.time()
        this_end = datetime.combine(local.date(), self.ends, tzinfo=local.tzinfo)
        if self.starts < self.ends:
            return this_end if self.starts <= clock < self.ends else None
        if clock < self.ends:
            return this_end
        return this_end + timedelta(days=1) if clock >= self.starts else None


def next_hour(at: datetime, hour: int, zone: tzinfo) -> datetime:
    """The next moment after `at` at which clocks there show the full `hour`."""
    local = at.astimezone(zone)
    moment = datetime.combine(local.date(), time(hour), tzinfo=zone)
    return moment if moment > at else moment + timedelta(days=1)
