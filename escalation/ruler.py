"""Working time read off a table instead of walked day by day: for thousands of questions about the same years. Pure.

It answers as `Calendar.between` does.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime, timedelta

from escalation.business_time import EPOCH, MICROSECOND, ONE_DAY, Calendar

MARGIN = timedelta(days=400)  # by which the table reaches further than it was asked, so that it is seldom made anew


class Ruler:
    """The working spans of a calendar in order, each with the working time that lies before it, in microseconds."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self._first = self._last = EPOCH
        self._begins: list[int] = []
        self._ends: list[int] = []
        self._before: list[int] = []

    def between(self, start: datetime, end: datetime) -> int:
        """Microseconds of working time from `start` to `end`; none when they are swapped."""
        if not self._begins or start < self._first or end > self._last:
            self._cover(start, end)
        return max(0, self._position(end) - self._position(start))

    def _position(self, at: datetime) -> int:
        instant = (at - EPOCH) // MICROSECOND
        place = bisect_right(self._begins, instant) - 1
        if place < 0:
            return 0
        return self._before[place] + min(instant, self._ends[place]) - self._begins[place]

    def _cover(self, start: datetime, end: datetime) -> None:
        is_new = not self._begins
        first = start - MARGIN if is_new or start < self._first else self._first
        last = end + MARGIN if is_new or end > self._last else self._last
        self._first, self._last = first, last
        self._begins, self._ends, self._before = [], [], []
        total = 0
        day, last_day = first.astimezone(self.calendar.zone).date(), last.astimezone(self.calendar.zone).date()
        while day <= last_day:
            for begins, ends in self.calendar.spans_on(day):
                self._begins.append(begins)
                self._ends.append(ends)
                self._before.append(total)
                total += ends - begins
            day += ONE_DAY
