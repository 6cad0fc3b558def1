"""When a clock passes a part of its target, and when it has to be looked at next. Pure.

Thresholds are per cent of the target at which somebody is told; 100 is the breach. What has been told is remembered as the
highest such part, so a clock that is looked at late, or twice, tells each part once (M3.4-2).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from escalation import segments
from escalation.business_time import Calendar
from escalation.segments import CRITICAL, SOON, Segments
from tickets.targets import CRITICAL_WITHIN

BREACH = 100


@dataclass(frozen=True)
class Meter:
    """A clock's segments beside what is promised: a target in working time of a calendar, and its thresholds."""

    segments: Segments
    calendar: Calendar
    target: timedelta
    thresholds: Sequence[int]

    def reached(self, percent: int) -> datetime | None:
        """When this part of the target is or was used up (UTC); None while that is open."""
        return segments.threshold(self.segments, self.calendar, self.target, percent)

    @property
    def due_at(self) -> datetime | None:
        return self.reached(BREACH)


@dataclass(frozen=True)
class Passed:
    """A threshold and the instant (UTC) at which it was passed, however late that is noticed."""

    percent: int
    reached_at: datetime


def passed(meter: Meter, *, told: int, at: datetime) -> list[Passed]:
    """The thresholds that were passed by `at` and come after what was told, in order."""
    instants = ((percent, meter.reached(percent)) for percent in sorted(meter.thresholds) if percent > told)
    return [Passed(percent, instant) for percent, instant in instants if instant is not None and instant <= at]


def still_told(meter: Meter, *, told: int, at: datetime) -> int:
    """What counts as told once another target holds: a part that lies ahead again will be told again."""
    known = (percent for percent in sorted(meter.thresholds, reverse=True) if percent <= told)
    for percent in known:
        instant = meter.reached(percent)
        if instant is not None and instant <= at:
            return percent
    return 0


def next_look(meter: Meter, *, told: int, at: datetime) -> datetime | None:
    """The next instant at which something is to be told, or at which the chip changes its look. None for a clock that
    was stopped or pauses."""
    if segments.is_stopped(meter.segments):
        return None
    return min(_instants(meter, told, at), default=None)


def _instants(meter: Meter, told: int, at: datetime) -> Iterator[datetime]:
    untold = next((percent for percent in sorted(meter.thresholds) if percent > told), None)
    if untold is not None:
        yield from _known((meter.reached(untold),))
    due_at = meter.due_at
    looks = [meter.reached(SOON), meter.reached(CRITICAL), due_at]
    if due_at is not None:
        looks.append(due_at - CRITICAL_WITHIN)
    yield from (instant for instant in _known(looks) if instant > at)


def _known(instants: Iterable[datetime | None]) -> Iterator[datetime]:
    return (instant for instant in instants if instant is not None)
