"""What is still asked on a ticket ends with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tickets.matters import recount
from tickets.models import Ticket
from tickets.services import security
from tickets.services.agreements import consents, promises, reminders, sessions

# What nobody needs to answer any more once a ticket is solved, and ends as part of that act. It keeps nobody from solving.
MOOT: tuple[Callable[[Ticket, datetime], None], ...] = (promises.drop_open, reminders.drop_open)
# What ends with a ticket that is withdrawn, as part of that act.
DROPPERS: tuple[Callable[[Ticket, datetime], None], ...] = (
    sessions.drop_open,
    consents.drop_open,
    security.drop_open,
    *MOOT,
)


def drop_open(ticket: Ticket, at: datetime) -> None:
    """End all that is still asked, because the ticket was withdrawn. The caller holds its lock and records the act."""
    for drop in DROPPERS:
        drop(ticket, at)
    recount(ticket)


def end_moot(ticket: Ticket, at: datetime) -> None:
    """End what is moot, because the ticket was solved. The caller holds its lock and records the act."""
    if ticket.agreed_due_at is None and not ticket.promise_state:
        return
    for drop in MOOT:
        drop(ticket, at)
    recount(ticket)
