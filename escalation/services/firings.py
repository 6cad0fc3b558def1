"""Recording that a clock has passed a threshold: once, whoever noticed it and however often."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from escalation.alarm import Passed
from escalation.models import Clock, Firing

LATE_AFTER = timedelta(seconds=60)


def record_firings(passed: Iterable[tuple[Clock, Iterable[Passed]]], *, at: datetime) -> None:
    """Append what clocks have passed. A repeat adds nothing: the database holds each firing once."""
    rows = [
        Firing(
            clock=clock,
            round=clock.round,
            percent=item.percent,
            reached_at=item.reached_at,
            fired_at=at,
            is_late=at - item.reached_at > LATE_AFTER,
        )
        for clock, items in passed
        for item in items
    ]
    Firing.objects.bulk_create(rows, ignore_conflicts=True)
