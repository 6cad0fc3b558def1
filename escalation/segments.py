"""What a clock has counted: a chain of segments, and everything that follows from it.

A clock never holds a moved deadline. It holds when it ran and when it paused; what is used up, when it is due and how it
stands follow from these segments, the calendar and the target in force. So another priority, policy or calendar works the
same history out anew, and no pause is lost (M1.2-2, M3.4-2).

Segments join without gaps: the running and the paused time together are always the time since the start. Pure: no
Django, no database; the instant is an argument.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from escalation.business_time import Calendar
from tickets.targets import CRITICAL_WITHIN, State

SOON = 75  # per cent of the target
CRITICAL = 90
NOTHING = timedelta(0)


@dataclass(frozen=True)
class Segment:
    """A stretch in which the clock ran, or paused. `ends` is None for the one that still lasts."""

    begins: datetime
    ends: datetime | None
    is_running: bool


Segments = tuple[Segment, ...]


def start(at: datetime, *, is_running: bool = True) -> Segments:
    """A new clock; one that starts while its ticket waits begins with a pause."""
    return (Segment(at, None, is_running),)


def switch(segments: Segments, at: datetime, *, is_running: bool) -> Segments:
    """Pause the clock or let it run again. Nothing changes if it does so already. Raises ValueError if it was stopped."""
    last = _lasting(segments)
    if last.is_running == is_running:
        return segments
    at = max(at, last.begins)
    return (*segments[:-1], Segment(last.begins, at, last.is_running), Segment(at, None, is_running))


def stop(segments: Segments, at: datetime) -> Segments:
    """End the clock, because what it waits for has happened. Raises ValueError if it was stopped already."""
    last = _lasting(segments)
    return (*segments[:-1], Segment(last.begins, max(at, last.begins), last.is_running))


def go_on(segments: Segments, at: datetime) -> Segments:
    """Let a stopped clock run on from what it had counted; the time in between was a pause. Raises ValueError if it runs."""
    last = segments[-1]
    if last.ends is None:
        raise ValueError("this clock was not stopped")
    at = max(at, last.ends)
    return (*segments, Segment(last.ends, at, is_running=False), Segment(at, None, is_running=True))


def is_stopped(segments: Segments) -> bool:
    return segments[-1].ends is not None


def is_paused(segments: Segments) -> bool:
    return segments[-1].ends is None and not segments[-1].is_running


def check(segments: Sequence[Segment]) -> None:
    """Raise ValueError unless the segments join in order and only the last one lasts."""
    if not segments:
        raise ValueError("a clock has at least one segment")
    for one, other in pairwise(segments):
        if one.ends != other.begins:
            raise ValueError("segments don't join")
    if any(segment.ends is not None and segment.ends < segment.begins for segment in segments):
        raise ValueError("a segment ends before it begins")


def used(segments: Segments, calendar: Calendar, at: datetime) -> timedelta:
    """The working time counted until `at`."""
    total = NOTHING
    for segment in segments:
        if segment.is_running and segment.begins < at:
            total += calendar.between(segment.begins, at if segment.ends is None else min(segment.ends, at))
    return total


def paused(segments: Segments, at: datetime) -> timedelta:
    """The real time for which the clock stood still until `at`."""
    return sum((_length(segment, at) for segment in segments if not segment.is_running), NOTHING)


def ran(segments: Segments, at: datetime) -> timedelta:
    """The real time for which the clock ran until `at`, nights and weekends included."""
    return sum((_length(segment, at) for segment in segments if segment.is_running), NOTHING)


def reached(segments: Segments, calendar: Calendar, amount: timedelta) -> datetime | None:
    """The instant (UTC) at which `amount` of working time was or will be counted; None if that isn't foreseeable,
    because the clock pauses or was stopped before."""
    left = amount
    for segment in segments:
        if not segment.is_running:
            continue
        instant = calendar.add(segment.begins, left)
        if segment.ends is None or instant <= segment.ends:
            return instant
        left -= calendar.between(segment.begins, segment.ends)
    return None


def due(segments: Segments, calendar: Calendar, target: timedelta) -> datetime | None:
    """When the target is or was used up. None while that is open: the clock pauses, or was stopped in time."""
    return reached(segments, calendar, target)


def threshold(segments: Segments, calendar: Calendar, target: timedelta, percent: int) -> datetime | None:
    """When this part of the target is or was used up; see `due`."""
    return reached(segments, calendar, target * percent / 100)


def state(segments: Segments, calendar: Calendar, target: timedelta, at: datetime) -> State:
    """How the clock stands at an instant, as chips show it."""
    due_at = due(segments, calendar, target)
    is_over = due_at is not None and due_at < at
    last = segments[-1]
    if last.ends is not None and last.ends <= at:
        return State.MISSED if due_at is not None and due_at < last.ends else State.MET
    if is_over:
        return State.LATE
    if is_paused(segments):
        return State.PAUSED
    counted = used(segments, calendar, at)
    if counted * 100 >= target * CRITICAL or (due_at is not None and due_at - at <= CRITICAL_WITHIN):
        return State.CRITICAL
    return State.SOON if counted * 100 >= target * SOON else State.ON_TRACK


def _lasting(segments: Segments) -> Segment:
    last = segments[-1]
    if last.ends is not None:
        raise ValueError("this clock was stopped")
    return last


def _length(segment: Segment, at: datetime) -> timedelta:
    end = at if segment.ends is None else min(segment.ends, at)
    return max(end - segment.begins, NOTHING)
