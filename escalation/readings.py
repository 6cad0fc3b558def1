"""What a ticket's clocks read at an instant: how each stands, what is used up, how earlier rounds came out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from escalation import segments
from escalation.alarm import BREACH
from escalation.calendars import working_time
from escalation.keeping import ASKED_ANEW, Step
from escalation.models import Clock, Firing, SlaPolicyVersion
from escalation.segments import NOTHING, Segments
from escalation.snapshot import state_of
from tickets.models import Ticket
from tickets.targets import State, Target


@dataclass(frozen=True)
class Round:
    """An earlier round of a clock. `is_met` is None where nothing is promised any more, so that nothing can be said."""

    number: int
    ended_at: datetime
    is_met: bool | None


@dataclass(frozen=True)
class Reading:
    """A clock at an instant. `promised` and `used` are working time, None where nothing is promised; `paused` is real."""

    clock: Clock
    target: Target
    state: State
    promised: timedelta | None
    used: timedelta | None
    paused: timedelta
    earlier: tuple[Round, ...]
    firings: tuple[Firing, ...]

    @property
    def version(self) -> SlaPolicyVersion | None:
        return self.clock.version

    @property
    def is_stopped(self) -> bool:
        return self.clock.stopped_at is not None


def readings(ticket: Ticket, at: datetime) -> list[Reading]:
    """The clocks of a ticket that the viewer was allowed to read, in the order of the targets; two queries."""
    rows = Clock.objects.filter(ticket=ticket).select_related("version__policy", "version__calendar")
    order = list(Target)
    found = [_read(row, at) for row in rows.prefetch_related("firings")]
    return sorted(found, key=lambda reading: order.index(reading.target))


def _read(row: Clock, at: datetime) -> Reading:
    target, counted = Target(row.target), row.count.segments
    firings = tuple(sorted(row.firings.all(), key=lambda firing: (firing.round, firing.percent, firing.reached_at)))
    version = row.version
    used = segments.used(counted, working_time(version.calendar), at) if version is not None else None
    return Reading(
        clock=row,
        target=target,
        state=state_of(row, at),
        promised=version.target(target) if version is not None else None,
        used=used,
        paused=segments.paused(counted, at),
        earlier=tuple(_rounds(row, firings)),
        firings=firings,
    )


def _rounds(row: Clock, firings: Sequence[Firing]) -> Iterable[Round]:
    breached = {firing.round for firing in firings if firing.percent == BREACH}
    for number, ended_at in enumerate(row.count.earlier_ends, start=1):
        if row.version_id is None:
            is_met = None
        elif row.target in ASKED_ANEW:
            is_met = number not in breached
        else:
            # Such a clock goes on from what it had used, so its segments still tell when it ran out.
            is_met = row.due_at is None or row.due_at >= ended_at
        yield Round(number, ended_at, is_met)


def pauses_by_reason(counted: Segments, steps: Sequence[Step], at: datetime) -> dict[str, timedelta]:
    """For how long a clock stood still for which waiting reason; "" while the ticket waited for nothing."""
    total: Counter[str] = Counter()
    ends = [*(step.at for step in steps[1:]), at]
    for segment in counted:
        if segment.is_running:
            continue
        until = at if segment.ends is None else min(segment.ends, at)
        for step, end in zip(steps, ends, strict=True):
            length = min(end, until) - max(step.at, segment.begins)
            if length > NOTHING:
                total[step.standing.waiting_reason] += length // timedelta(microseconds=1)
    return {reason: timedelta(microseconds=count) for reason, count in total.items()}
