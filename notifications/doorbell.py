"""Waking the dispatcher. A bell that nobody hears costs nothing: the scheduler's ticks come anyway."""

from __future__ import annotations

from time import monotonic

import structlog
from celery import current_app
from django.core.cache import cache

log = structlog.get_logger(__name__)

TASK = "notifications.tasks.dispatch_outbox"
KEY = "outbox-doorbell"
# Other systems have a bell of their own: slow ones keep no mail waiting, nor does a heap of mail keep them.
TASK_FOR_DESTINATIONS = "notifications.tasks.dispatch_to_destinations"
KEY_FOR_DESTINATIONS = "destinations-doorbell"
RUNG_FOR = 10  # seconds after which a bell that nobody answered is rung again
SILENCE = 15  # seconds without ringing after the broker was away, so that no request waits for it twice

_silent_until = 0.0


def ring() -> None:
    """Ask a worker to look into the outbox now. Never fails, and asks only once until a worker has answered."""
    _ring(TASK, KEY)


def ring_for_destinations() -> None:
    """As `ring`, for what goes to webhooks and chat."""
    _ring(TASK_FOR_DESTINATIONS, KEY_FOR_DESTINATIONS)


def _ring(task: str, key: str) -> None:
    global _silent_until
    if monotonic() < _silent_until:
        return
    try:
        if cache.add(key, 1, timeout=RUNG_FOR):
            current_app.send_task(task, expires=60)
    except Exception as error:
        # Whatever the broker's or the cache's library raises: the act is committed, and the next tick sends.
        _silent_until = monotonic() + SILENCE
        log.warning("doorbell_failed", error=repr(error))


def answer(key: str = KEY) -> None:
    """Let the bell be rung again. Called before the dispatcher looks, so no message slips between."""
    try:
        cache.delete(key)
    except Exception as error:
        log.warning("doorbell_failed", error=repr(error))
