"""Waking a worker for a try. A bell that nobody hears costs nothing: the scheduler's ticks come anyway."""

from __future__ import annotations

import structlog
from celery import current_app

log = structlog.get_logger(__name__)

TASK = "escalation.tasks.try_drafts"


def ring() -> None:
    """Ask a worker to look for tries now. Never fails."""
    try:
        current_app.send_task(TASK, expires=60)
    except Exception as error:
        # Whatever the broker's library raises: the try is stored, and the next tick finds it.
        log.warning("doorbell_failed", error=repr(error))
