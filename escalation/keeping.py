"""What each clock of a ticket does when the ticket changes: start, pause, go on, stop, begin again. Pure.

The rules look only at how the ticket stands after a change, never at which door it came through, so portal, mail, API and
desk count alike (M1.2-2, M3.3.3-1).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from escalation import segments
from escalation.segments import Segments
from tickets.lifecycle import FINAL, Status
from tickets.targets import Target

# What a waiting ticket may hold up. The others run only while a ticket is new, or solved.
PAUSABLE = (Target.RESPONSE, Target.UPDATE, Target.RESOLUTION)
# What support owes. When the user is slow to confirm, nobody else could help.
ESCALATING = (Target.RECEIPT, Target.RESPONSE, Target.UPDATE, Target.RESOLUTION)
# These begin from nothing each time; the others go on from what was used.
ASKED_ANEW = (Target.UPDATE, Target.CONFIRMATION)


@dataclass(frozen=True)
class Standing:
    """How a ticket stands after a change. `is_told`: this very change told the requester something."""

    status: Status
    is_accepted: bool = False
    is_answered: bool = False
    waiting_reason: str = ""
    is_told: bool = False


@dataclass(frozen=True)
class Clock:
    """A clock of one target: its segments, and when it was stopped in earlier rounds.

    Work that is taken up again goes on from what it had used. What is asked for anew, an update or a confirmation, begins
    again from nothing.
    """

    segments: Segments
    earlier_ends: tuple[datetime, ...] = ()

    @property
    def round(self) -> int:
        """1 for the first time, and one more for each time it was taken up again."""
        return len(self.earlier_ends) + 1


class _Wish(Enum):
    NOTHING = 1
    RUN = 2
    BEGIN_AGAIN = 3
    STOP = 4


def advance(
    clock: Clock | None, target: Target, standing: Standing, at: datetime, *, is_paused: bool = False
) -> Clock | None:
    """The clock after a change at `at`; None while it has nothing to count yet.

    `is_paused` says that the policy stops this target for the reason the ticket waits for.
    """
    wish = _wish(target, standing)
    if wish is _Wish.NOTHING:
        return clock
    if wish is _Wish.STOP:
        return _stopped(clock, target, at)
    runs = not is_paused
    if clock is None:
        return Clock(segments.start(at, is_running=runs))
    if wish is _Wish.BEGIN_AGAIN:
        return _begun_again(clock, at, runs=runs)
    ended = clock.segments[-1].ends
    if ended is not None:
        if target in ASKED_ANEW:
            return _begun_again(clock, at, runs=runs)
        clock = Clock(segments.go_on(clock.segments, at), (*clock.earlier_ends, ended))
    return Clock(segments.switch(clock.segments, at, is_running=runs), clock.earlier_ends)


@dataclass(frozen=True)
class Step:
    """One change in a ticket's past: when, and how the ticket stood after it."""

    at: datetime
    standing: Standing


def replay(steps: Iterable[Step], target: Target, pauses: Collection[str]) -> Clock | None:
    """The clock that a ticket would have, had this target held from its submission on. `pauses` are waiting reasons."""
    clock = None
    for step in steps:
        is_paused = step.standing.waiting_reason in pauses
        clock = advance(clock, target, step.standing, step.at, is_paused=is_paused)
    return clock


def _begun_again(clock: Clock, at: datetime, *, runs: bool) -> Clock:
    ended = clock.segments[-1].ends or at
    return Clock(segments.start(at, is_running=runs), (*clock.earlier_ends, ended))


def _stopped(clock: Clock | None, target: Target, at: datetime) -> Clock | None:
    if clock is None:
        # Solved with the first contact: what was promised happened at once, and nothing else was asked for.
        return None if target in ASKED_ANEW else Clock(segments.stop(segments.start(at), at))
    if segments.is_stopped(clock.segments):
        return clock
    return Clock(segments.stop(clock.segments, at), clock.earlier_ends)


def _wish(target: Target, standing: Standing) -> _Wish:
    has_answer = standing.is_accepted or standing.is_answered
    is_solved = standing.status == Status.RESOLVED or standing.status in FINAL
    match target:
        case Target.RECEIPT:
            return _Wish.STOP if has_answer or standing.status != Status.NEW else _Wish.RUN
        case Target.RESPONSE:
            return _Wish.STOP if has_answer or is_solved else _Wish.RUN
        case Target.UPDATE:
            if is_solved:
                return _Wish.STOP
            if not has_answer:
                return _Wish.NOTHING
            return _Wish.BEGIN_AGAIN if standing.is_told else _Wish.RUN
        case Target.RESOLUTION:
            return _Wish.STOP if is_solved else _Wish.RUN
        case Target.CONFIRMATION:
            return _Wish.RUN if standing.status == Status.RESOLVED else _Wish.STOP
