"""What an incident's act leaves to workers: its update on every linked ticket, its solution on every covered one.

The work is rows, so nothing is lost when a worker is killed; each row is one transaction that claims it, so any
number of workers do it once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime

import structlog

from tickets.models import IncidentDelivery, IncidentLink
from tickets.services.incident_endings import resolve_linked
from tickets.services.incident_updates import deliver

log = structlog.get_logger(__name__)
BATCH = 100  # a few seconds' work, so that a worker comes back to everything else


def run_due(*, at: datetime, limit: int = BATCH) -> dict[str, int]:
    """Carry out what waits, at most `limit` of each sort, each row once. Returns counts by what was done."""
    done: Counter[str] = Counter()
    deliveries = IncidentDelivery.objects.filter(done_at=None).order_by("pk").values_list("pk", flat=True)
    _each(deliveries[:limit], lambda pk: deliver(delivery_id=pk, at=at), "incident_updates_delivered", done)
    endings = IncidentLink.objects.filter(ending=IncidentLink.Ending.PENDING).order_by("pk")
    _each(
        endings.values_list("pk", flat=True)[:limit],
        lambda pk: resolve_linked(link_id=pk, at=at),
        "incident_tickets_ended",
        done,
    )
    return dict(done)


def _each(rows: Iterable[int], act: Callable[[int], bool], name: str, done: Counter[str]) -> None:
    for pk in list(rows):
        try:
            if act(pk):
                done[name] += 1
        except Exception:
            # One broken ticket must not keep the others from their news.
            log.exception("incident_work_failed", work=name, row=pk)
