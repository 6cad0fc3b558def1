"""Emptying the outbox in the foreground, for operators and tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from helpdesk.common.stopwatch import for_seconds
from notifications.services.dispatch import dispatch_due

RUN_FOR = 10  # seconds; each run asks for the time anew, because leases count from it


def drain(*, clock: Callable[[], datetime]) -> dict[str, int]:
    """Deliver until nothing is due. Returns counts by resulting state."""
    counts: Counter[str] = Counter()
    while True:
        report = dispatch_due(at=clock(), may_go_on=for_seconds(RUN_FOR))
        counts += report.counts
        if not report.has_more:
            return dict(counts)
