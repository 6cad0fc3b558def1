"""Emptying the outbox in the foreground, for operators and tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from helpdesk.common.stopwatch import for_seconds
from notifications.services.dispatch import dispatch_due
from notifications.services.parcels import deliver_parcels

RUN_FOR = 10  # seconds; each run asks for the time anew, because leases count from it


def drain(*, clock: Callable[[], datetime]) -> dict[str, int]:
    """Deliver until nothing is due, except what waits for a destination that fails. Returns counts by resulting state."""
    counts: Counter[str] = Counter()
    while True:
        reports = [deliver(at=clock(), may_go_on=for_seconds(RUN_FOR)) for deliver in (dispatch_due, deliver_parcels)]
        for report in reports:
            counts += report.counts
        if not any(report.has_more for report in reports):
            return dict(counts)
