"""The circuit of a destination: after a few failures it is left alone for a while, and then tried with one message.

So a dead one costs nothing but a probe now and then, and its messages wait. While it has failures, only one worker
at a time tries it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from helpdesk.common.locking import lock_row
from notifications.models import Destination

OPENS_AFTER = 3  # failures in a row
PAUSES = (
    timedelta(seconds=30),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
)
# Longer than an attempt can last. A worker that is killed meanwhile leaves it closed no longer than this.
HELD_FOR = timedelta(seconds=30)


def enter(destination: Destination, *, at: datetime) -> bool:
    """May this worker try it now? One with failures is held until `note_success`, `note_failure` or `leave`."""
    if destination.blocked_until is not None and destination.blocked_until > at:
        return False
    if not destination.failures:
        return True
    as_read = type(destination)._default_manager.filter(
        pk=destination.pk, failures=destination.failures, blocked_until=destination.blocked_until
    )
    return bool(as_read.update(blocked_until=at + HELD_FOR))


def leave(destination: Destination, *, at: datetime) -> None:
    """It was entered, and nothing was tried that says anything about it."""
    if destination.failures:
        held = type(destination)._default_manager.filter(pk=destination.pk, blocked_until=at + HELD_FOR)
        held.update(blocked_until=destination.blocked_until)


def note_success(destination: Destination) -> None:
    with_failures = type(destination)._default_manager.filter(
        Q(failures__gt=0) | Q(blocked_until__isnull=False), pk=destination.pk
    )
    with_failures.update(failures=0, blocked_until=None, last_error="")
    destination.failures, destination.blocked_until = 0, None


@transaction.atomic
def note_failure(destination: Destination, *, reason: str, retry_after: timedelta | None, at: datetime) -> bool:
    """Count a failure. Returns whether it is left alone now. `retry_after` is what it asked for itself."""
    row = lock_row(type(destination)._default_manager.all(), pk=destination.pk)
    row.failures += 1
    pause = retry_after
    if row.failures >= OPENS_AFTER:
        usual = PAUSES[min(row.failures - OPENS_AFTER, len(PAUSES) - 1)]
        pause = usual if pause is None else max(pause, usual)
    row.blocked_until = at + pause if pause is not None else None
    row.last_error = reason[:300]
    # Not `save`: this is no change of the configuration, and leaves no line in its history.
    type(destination)._default_manager.filter(pk=row.pk).update(
        failures=row.failures, blocked_until=row.blocked_until, last_error=row.last_error
    )
    return row.blocked_until is not None
