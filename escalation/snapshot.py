"""What the queue shows of a ticket's clocks: one chip, the one that counts now."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from escalation import segments
from escalation.calendars import working_time
from escalation.models import Clock
from tickets.services.service_levels import ServiceLevel
from tickets.targets import State, Target

NO_TARGET = ServiceLevel(state=State.NONE.value, target="", due_at=None)


def snapshot_of(clocks: Iterable[Clock], at: datetime) -> ServiceLevel:
    """The running clock that is due first. Where none runs: that they pause, or how the solution came out."""
    promised = {clock.target: clock for clock in clocks if clock.version_id is not None}
    lasting = [clock for clock in promised.values() if clock.stopped_at is None]
    running = [clock for clock in lasting if clock.due_at is not None]
    if running:
        first = min(running, key=lambda clock: clock.due_at or at)
        return ServiceLevel(state=state_of(first, at).value, target=first.target, due_at=first.due_at)
    if lasting:
        paused = promised[Target.RESOLUTION] if promised.get(Target.RESOLUTION) in lasting else lasting[0]
        return ServiceLevel(state=State.PAUSED.value, target=paused.target, due_at=None)
    solved = promised.get(Target.RESOLUTION)
    if solved is None:
        return NO_TARGET
    return ServiceLevel(state=state_of(solved, at).value, target=solved.target, due_at=None)


def state_of(clock: Clock, at: datetime) -> State:
    """How a clock stands at an instant; "no target" where nothing is promised."""
    version = clock.version
    target = version.target(clock.target) if version is not None else None
    if version is None or target is None:
        return State.NONE
    return segments.state(clock.count.segments, working_time(version.calendar), target, at)
