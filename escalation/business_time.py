"""Working time: when a target of working hours is used up, and how much of it lies between two instants.

Pure arithmetic without Django, database or clock. A calendar is the set of instants whose wall clock, in the calendar's
time zone, lies in a working window of that day; all results follow from that set (M1.2-2, M3.4-2):

* Windows are half open, `[open, close)`; a window may end at 24:00, and a night shift is one window before midnight and
  one behind it.
* A target that is used up exactly at closing time is due at closing time, not at the next opening.
* A target of nothing is due at the first working instant.
* Days of 23 or 25 hours count the time that really passes. A wall clock time that the change skips means the instant of
  the change; one that comes twice means its first coming.
* Nothing is rounded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ONE_DAY = timedelta(days=1)
# A calendar that is closed for so long is not a calendar. Longer than any real closure, short enough to give up quickly.
LONGEST_CLOSURE = 750  # days


class NoWorkingTime(Exception):
    """The calendar has no working instant within two years of where it was asked."""


@dataclass(frozen=True)
class Window:
    """Working time of a day: wall clock from `open` (included) to `close` (not included), in minutes from midnight."""

    open: int
    close: int

    def __post_init__(self) -> None:
        if not 0 <= self.open < self.close <= 24 * 60:
            raise ValueError(f"{self.open} to {self.close} is no window of a day")


Windows = tuple[Window, ...]
Span = tuple[int, int]  # microseconds since 1970, [from, to)


def windows(*texts: str) -> Windows:
    """Windows as people write them: `windows("09:00-12:00", "13:30-24:00")`. Raises ValueError for anything else."""
    found = sorted((_window(text) for text in texts), key=lambda window: window.open)
    for before, after in zip(found, found[1:], strict=False):
        if after.open < before.close:
            raise ValueError("working windows of a day overlap")
    return tuple(found)


def _window(text: str) -> Window:
    first, _dash, last = text.partition("-")
    return Window(_minutes(first), _minutes(last))


def _minutes(text: str) -> int:
    hour, _colon, minute = text.strip().partition(":")
    if not (hour.isdigit() and len(minute) == 2 and minute.isdigit() and int(minute) < 60):
        raise ValueError(f"{text!r} is no time of day")
    return int(hour) * 60 + int(minute)


def nothing_special(day: date) -> None:
    """A calendar without exceptions: every day has the hours of its weekday."""


@dataclass(frozen=True)
class Calendar:
    """Working windows by weekday (Monday first), and days that have others.

    `special` answers for a local date which windows it has instead of its weekday's: none on a holiday, the usual ones on
    a make-up working day, None where nothing is special. It must give the same answer every time: days are remembered.
    """

    zone: ZoneInfo
    week: tuple[Windows, ...]
    special: Callable[[date], Windows | None] = nothing_special
    _days: dict[date, tuple[Span, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.week) != 7:
            raise ValueError("a week has seven days")

    def windows_on(self, day: date) -> Windows:
        """The working windows of a local date; none where nobody works."""
        instead = self.special(day)
        return self.week[day.weekday()] if instead is None else instead

    def is_working_day(self, day: date) -> bool:
        return bool(self.windows_on(day))

    def add(self, start: datetime, target: timedelta) -> datetime:
        """The earliest instant (UTC) at which `target` of working time has passed since `start`.

        A target of nothing gives the first working instant at or after `start`. Raises ValueError for a negative target
        or a naive start, NoWorkingTime where the calendar has none.
        """
        left = target // MICROSECOND
        if left < 0:
            raise ValueError("a target can't be negative")
        now = _microseconds(start)
        for begins, ends in self._spans(start):
            if ends <= now:
                continue
            begins = max(begins, now)
            if left <= ends - begins:
                return EPOCH + timedelta(microseconds=begins + left)
            left -= ends - begins
        raise AssertionError("spans end only by raising")

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The working time from `start` to `end`; none when they are swapped. Raises ValueError for naive ones."""
        first, last = _microseconds(start), _microseconds(end)
        worked = 0
        day, last_day = start.astimezone(self.zone).date(), end.astimezone(self.zone).date()
        while day <= last_day:
            for begins, ends in self._day(day):
                worked += max(0, min(ends, last) - max(begins, first))
            day += ONE_DAY
        return timedelta(microseconds=worked)

    def spans_on(self, day: date) -> tuple[Span, ...]:
        """The working spans of a local date, in order."""
        return self._day(day)

    def is_working_at(self, at: datetime) -> bool:
        now = _microseconds(at)
        return any(begins <= now < ends for begins, ends in self._day(at.astimezone(self.zone).date()))

    def _spans(self, start: datetime) -> Iterator[Span]:
        """Working spans in order, from the local day of `start` on."""
        day = start.astimezone(self.zone).date()
        closed_for = 0
        while closed_for < LONGEST_CLOSURE:
            spans = self._day(day)
            closed_for = 0 if spans else closed_for + 1
            yield from spans
            day += ONE_DAY
        raise NoWorkingTime(f"no working time within {LONGEST_CLOSURE} days of {start:%Y-%m-%d}")

    def _day(self, day: date) -> tuple[Span, ...]:
        known = self._days.get(day)
        if known is None:
            spans = (
                (self._instant(day, window.open), self._instant(day, window.close)) for window in self.windows_on(day)
            )
            known = self._days[day] = tuple((begins, ends) for begins, ends in spans if begins < ends)
        return known

    def _instant(self, day: date, minutes: int) -> int:
        """When the wall clock shows this time on this day, or would but for a change of the clock."""
        if minutes == 24 * 60:
            day, minutes = day + ONE_DAY, 0
        wall = datetime.combine(day, time(minutes // 60, minutes % 60))
        early, late = (_microseconds(wall.replace(tzinfo=self.zone, fold=fold)) for fold in (1, 0))
        if early < late:
            # Skipped: with the offset after the change it lies before it, with the one before the change behind it.
            return self._change(early, late)
        return late

    def _change(self, before: int, after: int) -> int:
        """The instant between these two at which the zone's offset changes, to the second."""
        low, high = before // 1_000_000, after // 1_000_000
        old = self._offset(low)
        while high - low > 1:
            middle = (low + high) // 2
            if self._offset(middle) == old:
                low = middle
            else:
                high = middle
        return high * 1_000_000

    def _offset(self, second: int) -> timedelta | None:
        return datetime.fromtimestamp(second, self.zone).utcoffset()


def _microseconds(at: datetime) -> int:
    if at.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return (at - EPOCH) // MICROSECOND
