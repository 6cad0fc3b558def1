"""What runs out by the clock: questions without an answer, permissions, sessions. One sweep, one ticket at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tickets.models import Ticket
from tickets.services.agreements import consents, promises, reminders, sessions

# Each carries out what is due of its own kind on a locked ticket, and records it.
RUNNERS: tuple[Callable[[Ticket, datetime], None], ...] = (
    sessions.end_due,
    consents.let_lapse,
    promises.run_due,
    reminders.run_due_actions,
    reminders.let_windows_lapse,
)

# What nobody needs to answer any more once a ticket is solved, and ends as part of that act. It keeps nobody from solving.
MOOT: tuple[Callable[[Ticket, datetime], None], ...] = (promises.drop_open, reminders.drop_open)
# What ends with a ticket that is withdrawn, as part of that act.
DROPPERS: tuple[Callable[[Ticket, datetime], None], ...] = (sessions.drop_open, consents.drop_open, *MOOT)


def run_due(ticket: Ticket, at: datetime) -> None:
    """Carry out all that is due on a ticket whose lock the caller holds."""
    for run in RUNNERS:
        run(ticket, at)


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
