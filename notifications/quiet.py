"""When a person's mails rest. Pure: times and zones in, moments out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

SATURDAY = 5
LONGEST = 20  # ends in a row: a whole weekend with a quiet night before and behind has fewer


@dataclass(frozen=True)
class QuietTime:
    """Quiet from `starts` until `ends` (the next day if that is earlier), and at weekends if `weekends`."""

    starts: time | None = None
    ends: time | None = None
    weekends: bool = False

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
        if self.weekends and local.weekday() >= SATURDAY:
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
