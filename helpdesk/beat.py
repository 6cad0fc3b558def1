"""The scheduler process: celery beat without a schedule file, giving signs of life of its own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import structlog
from celery.beat import Scheduler
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

logger = structlog.get_logger(__name__)

SIGN_OF_LIFE_EVERY = timedelta(seconds=15)


class HeartbeatScheduler(Scheduler):
    """Every entry is a short interval, so nothing needs remembering over a restart.

    Several schedulers may run: the tasks claim their slot in the database, and the losers do nothing.
    """

    _last_sign: Any = None

    def setup_schedule(self) -> None:
        """Everything is due at the start: what waited while nothing ran needs no further wait."""
        super().setup_schedule()
        for entry in self.schedule.values():
            entry.last_run_at = entry.default_now() - timedelta(days=1)

    def tick(self, *args: Any, **kwargs: Any) -> Any:
        now = timezone.now()
        if self._last_sign is None or now - self._last_sign >= SIGN_OF_LIFE_EVERY:
            self._last_sign = now
            self._give_sign(now)
        return super().tick(*args, **kwargs)

    @staticmethod
    def _give_sign(now: Any) -> None:
        from helpdesk.common import scheduling

        close_old_connections()
        try:
            scheduling.beat("scheduler", at=now)
        except DatabaseError:
            # The database is away: the age of the last sign tells /readyz, and the ticks must go on.
            logger.warning("heartbeat_not_recorded", exc_info=True)
