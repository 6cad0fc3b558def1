"""What runs out by the clock: questions without an answer, permissions, sessions. One sweep, one ticket at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tickets.models import Ticket
from tickets.services import security
from tickets.services.agreements import consents, promises, reminders, sessions
from tickets.services.vendors import chasing

# Each carries out what is due of its own kind on a locked ticket, and records it.
RUNNERS: tuple[Callable[[Ticket, datetime], None], ...] = (
    sessions.end_due,
    consents.let_lapse,
    promises.run_due,
    reminders.run_due_actions,
    reminders.let_windows_lapse,
    security.alert_due,
    chasing.tell_due,
)


def run_due(ticket: Ticket, at: datetime) -> None:
    """Carry out all that is due on a ticket whose lock the caller holds."""
    for run in RUNNERS:
        run(ticket, at)
