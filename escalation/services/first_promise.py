"""The first promise of a ticket: its resolution target, once somebody has taken it on (M3.3.3-2).

The promise is the tickets app's from then on: whatever happens to the clock later, it stays.
"""

from __future__ import annotations

from datetime import datetime

from escalation.models import Clock
from tickets.choices import Act
from tickets.lifecycle import WORKABLE
from tickets.models import Ticket, TicketEvent
from tickets.services.agreements.promises import make_first
from tickets.targets import Target


def follow(*, ticket: Ticket, event: TicketEvent, at: datetime) -> None:
    """Make it with the first act after which both are known, the acceptor and the target. Runs inside that act."""
    if ticket.promised_at is not None or ticket.accepted_at is None or ticket.status not in WORKABLE:
        return
    if event.code == Act.TARGET_MISSED:
        return  # several are written in one go, each on the hash of the one before
    due = Clock.objects.filter(ticket=ticket, target=Target.RESOLUTION, version__isnull=False, due_at__gt=at)
    promised_at = due.values_list("due_at", flat=True).first()
    if promised_at is not None:
        make_first(ticket=ticket, promised_at=promised_at, at=at)
