"""Waking a worker for what an act left to be done. A bell that nobody hears costs nothing: the sweep comes anyway."""

from __future__ import annotations

from time import monotonic

import structlog
from celery import current_app
from django.db import transaction

log = structlog.get_logger(__name__)

TASK = "tickets.tasks.incident_work"
SILENCE = 15  # seconds without ringing after the broker was away, so that no request waits for it twice

_silent_until = 0.0


def ring_after_commit() -> None:
    """Ask a worker to look, once the act stands."""
    transaction.on_commit(ring, robust=True)


def ring() -> None:
    """Ask a worker to look now. Never fails."""
    global _silent_until
    if monotonic() < _silent_until:
        return
    try:
        current_app.send_task(TASK, expires=60)
    except Exception as error:
        # Whatever the broker's library raises: the act is committed, and the next sweep does the work.
        _silent_until = monotonic() + SILENCE
        log.warning("doorbell_failed", error=repr(error))
