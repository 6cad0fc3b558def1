"""The checklist of an information-security incident: what has to be done at once, and by when. Pure (M2).

The steps are the same for every incident, so that nobody has to think of them while it burns. Minutes count from the
moment at which the incident was raised, around the clock: an attacker keeps no office hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class StepCode(StrEnum):
    """What has to be done, in the order of the list."""

    ISOLATE = "isolate"
    KEEP_RUNNING = "keep_running"
    PRESERVE = "preserve"
    CREDENTIALS = "credentials"
    REPORT = "report"


# Minutes until each is due; None where there is no time to wait for: it holds from the first moment.
MINUTES: dict[StepCode, int | None] = {
    StepCode.ISOLATE: 15,
    StepCode.KEEP_RUNNING: None,
    StepCode.PRESERVE: 60,
    StepCode.CREDENTIALS: 60,
    StepCode.REPORT: 24 * 60,
}


@dataclass(frozen=True)
class Planned:
    """A step of the list with the instant at which it is due."""

    code: StepCode
    due_at: datetime | None


def plan(started_at: datetime) -> list[Planned]:
    """The steps of an incident that was raised at this instant."""
    return [
        Planned(code, None if minutes is None else started_at + timedelta(minutes=minutes))
        for code, minutes in MINUTES.items()
    ]
