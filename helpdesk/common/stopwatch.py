"""A limit for work that goes on in small steps."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic


def for_seconds(seconds: float) -> Callable[[], bool]:
    """A question that is answered with True until the time is over."""
    ends = monotonic() + seconds
    return lambda: monotonic() < ends
