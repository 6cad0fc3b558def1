"""How often one caller may ask: per person (whatever the number of tokens), per address for everybody else.

Counted in fixed windows of a minute by one atomic increment, so parallel requests can't slip through. Without the
cache nothing is counted: no password is checked behind these doors, so reads and writes stay up.
"""

from __future__ import annotations

import time
from typing import Any

import structlog
from django.conf import settings
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

WINDOW = 60  # seconds
log = structlog.get_logger(__name__)


class CallerThrottle(BaseThrottle):
    def __init__(self) -> None:
        self._now = time.time()

    def allow_request(self, request: Request, view: Any) -> bool:
        if request.user and request.user.is_authenticated:
            limit, caller = settings.API_REQUESTS_PER_MINUTE, f"user-{request.user.pk}"
        else:
            limit, caller = settings.API_ANONYMOUS_REQUESTS_PER_MINUTE, f"ip-{self.get_ident(request)}"
        return _count(f"api-rate-{caller}-{int(self._now) // WINDOW}") <= limit

    def wait(self) -> float:
        """Seconds until the next window."""
        return WINDOW - self._now % WINDOW


def _count(key: str) -> int:
    key = key.replace(" ", "")
    try:
        try:
            return int(cache.incr(key))
        except ValueError:
            cache.add(key, 0, timeout=2 * WINDOW)
            return int(cache.incr(key))
    except Exception:
        # Each cache has its own errors, and none of them may stop a request.
        log.warning("api_rate_not_counted", exc_info=True)
        return 0
