"""What has to happen in time on a ticket, and how that stands: the codes. Pure; the clocks are the escalation app's."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

CRITICAL_WITHIN = timedelta(minutes=15)  # of real time, for those who look at 17:50


class Target(StrEnum):
    """What has to happen in time (M1.2-2, M3.3.3-1)."""

    RECEIPT = "receipt"
    RESPONSE = "response"
    UPDATE = "update"
    RESOLUTION = "resolution"
    CONFIRMATION = "confirmation"


class State(StrEnum):
    """How a clock stands. The order is the one of a queue: what is worst comes first."""

    LATE = "late"
    CRITICAL = "critical"
    SOON = "soon"
    ON_TRACK = "on_track"
    PAUSED = "paused"
    MISSED = "missed"
    MET = "met"
    NONE = "none"


def state_now(state: State | str, due_at: datetime | None, at: datetime) -> State:
    """How a clock stands at an instant, from what was stored of it a moment ago: being late waits for no sweep."""
    stored = State(state)
    if due_at is None:
        return stored
    if due_at < at:
        return State.LATE
    is_close = due_at - at <= CRITICAL_WITHIN
    return State.CRITICAL if is_close and stored in (State.ON_TRACK, State.SOON) else stored
