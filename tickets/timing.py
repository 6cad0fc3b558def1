"""When a ticket moves by itself. Pure; every instant is an aware UTC datetime.

Each ticket has at most one such instant, `Ticket.timer_at`, which the sweep looks for; it is the earlier one of this and of
what was agreed (`tickets/matters.py`). Days are calendar
days of 24 hours here; the confirmation clock of the escalation app counts working time later.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tickets.lifecycle import Status


@dataclass(frozen=True)
class Terms:
    """The configurable days (M3.5-3, M3.5-4)."""

    reminder_days: tuple[int, ...]
    confirm_days: int
    reopen_days: int
    archive_days: int


def confirm_by(resolved_at: datetime, terms: Terms) -> datetime:
    """The announced instant at which silence closes a resolved ticket."""
    return resolved_at + timedelta(days=terms.confirm_days)


def reminder_instants(resolved_at: datetime, terms: Terms) -> list[datetime]:
    """When the requester is reminded: the configured days that lie before the closing."""
    return [
        resolved_at + timedelta(days=day) for day in sorted(set(terms.reminder_days)) if 0 < day < terms.confirm_days
    ]


def reopen_until(closed_at: datetime, terms: Terms) -> datetime:
    """The end of the window in which a closed ticket can be reopened."""
    return closed_at + timedelta(days=terms.reopen_days)


def next_timer(
    *,
    status: Status,
    terms: Terms,
    next_action_at: datetime | None,
    resolved_at: datetime | None,
    reminders_sent: int,
    confirm_by_at: datetime | None,
    closed_at: datetime | None,
    is_archived: bool,
) -> datetime | None:
    """The instant at which the sweep must look at the ticket again, or None."""
    if status == Status.WAITING:
        return next_action_at
    if status == Status.RESOLVED and resolved_at is not None:
        reminders = reminder_instants(resolved_at, terms)
        return reminders[reminders_sent] if reminders_sent < len(reminders) else confirm_by_at
    if status in (Status.CLOSED, Status.CANCELLED) and closed_at is not None and not is_archived:
        return closed_at + timedelta(days=terms.archive_days)
    return None
