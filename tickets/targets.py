"""What has to happen in time on a ticket, and how that stands: the codes. Pure; the clocks are the escalation app's."""

from __future__ import annotations

from enum import StrEnum


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
