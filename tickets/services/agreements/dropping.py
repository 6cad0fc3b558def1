"""What is still asked on a ticket ends with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tickets.matters import recount
from tickets.models import Ticket
from tickets.services.agreements import consents, sessions

# What ends with a ticket that is withdrawn, as part of that act.
DROPPERS: tuple[Callable[[Ticket, datetime], None], ...] = (sessions.drop_open, consents.drop_open)


def drop_open(ticket: Ticket, at: datetime) -> None:
    """End all that is still asked, because the ticket was withdrawn. The caller holds its lock and records the act."""
    for drop in DROPPERS:
        drop(ticket, at)
    recount(ticket)
