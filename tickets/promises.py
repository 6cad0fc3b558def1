"""What is promised to a requester, and how that stands. Pure (M3.3.2-3, M3.3.3-2, M3.3.3-3); every instant is aware UTC.

A promise is not a service level: neither ever changes the other.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from tickets.lifecycle import WORKABLE

LONGEST_AHEAD = timedelta(days=366)
MOST_STEPS = 10
STEP_LENGTH = 300
# Working days between two reminders of a request for action, and how many there are at most.
REMIND_EVERY = 1
MOST_REMINDERS = 3


class Reason(StrEnum):
    """Why a promised time can't be kept."""

    VENDOR = "vendor"
    PARTS = "parts"
    COMPLEXITY = "complexity"
    REQUESTER = "requester"
    APPROVAL = "approval"
    WORKLOAD = "workload"
    OTHER = "other"


class Origin(StrEnum):
    """How a promise came about: from the target, from our proposal, or from the requester's own."""

    FIRST = "first"
    AGREED = "agreed"
    COUNTER = "counter"


class Standing(StrEnum):
    """How the promise on a ticket stands. The first three are stored; passed is a matter of the clock."""

    AGREED = "agreed"
    PROPOSED = "proposed"
    DECLINED = "declined"
    PASSED = "passed"


class Outcome(StrEnum):
    """What became of one promise."""

    OPEN = "open"
    MET = "met"
    MISSED = "missed"


STORED = (Standing.AGREED, Standing.PROPOSED, Standing.DECLINED)


def is_passed(*, status: str, promised_at: datetime | None, at: datetime) -> bool:
    """True when work on a ticket goes on beyond what was promised."""
    return promised_at is not None and status in WORKABLE and promised_at < at


def outcome_of(promised_at: datetime, resolved_at: datetime | None, at: datetime) -> Outcome:
    """Kept if the ticket's last solution came in time; missed from the promised instant on while there is none."""
    if resolved_at is not None:
        return Outcome.MET if resolved_at <= promised_at else Outcome.MISSED
    return Outcome.MISSED if promised_at < at else Outcome.OPEN
