"""What comes of windows and requests for action by the clock: reminders, and silence."""

from __future__ import annotations

from datetime import datetime

from helpdesk.common.working_days import working_days_later
from tickets.choices import Act as ActCode
from tickets.models import ActionRequest, Ticket, WorkWindow
from tickets.models.asking import Asking
from tickets.promises import MOST_REMINDERS, REMIND_EVERY
from tickets.services.agreements import asking, rows
from tickets.services.recording import snapshot


def reminder_instants(asked_at: datetime, answer_by_at: datetime) -> list[datetime]:
    """When the requester is reminded: each working day at the same time, while there is time to answer."""
    instants = (working_days_later(asked_at, number * REMIND_EVERY) for number in range(1, MOST_REMINDERS + 1))
    return [instant for instant in instants if instant < answer_by_at]


def next_look(asked_at: datetime, answer_by_at: datetime, *, sent: int) -> datetime:
    """When the sweep has to look at a request after so many reminders."""
    instants = reminder_instants(asked_at, answer_by_at)
    return instants[sent] if sent < len(instants) else answer_by_at


def run_due_actions(ticket: Ticket, at: datetime) -> None:
    """Remind, or record that the time is over. The caller holds the ticket's lock."""
    for row in rows.overdue(ActionRequest, ticket, at):
        before = snapshot(ticket)
        asking.end_unanswered(row, Asking.State.LAPSED, at)
        rows.record_act(ticket, row, ActCode.ACTION_LAPSED, actor=None, at=at, before=before)
    for row in ActionRequest.objects.filter(ticket=ticket, due_at__lte=at).open():
        before = snapshot(ticket)
        # One reminder, however many instants have passed while nobody swept: no storm.
        row.reminders_sent = sum(instant <= at for instant in reminder_instants(row.asked_at, row.answer_by_at))
        row.due_at = next_look(row.asked_at, row.answer_by_at, sent=row.reminders_sent)
        row.save(update_fields=["reminders_sent", "due_at"])
        facts = {"due_at": row.answer_by_at.isoformat()}
        rows.record_act(ticket, row, ActCode.ACTION_REMINDED, actor=None, at=at, before=before, **facts)


def let_windows_lapse(ticket: Ticket, at: datetime) -> None:
    """Silence is no consent: record the windows that nobody answered. The caller holds the ticket's lock."""
    for row in rows.overdue(WorkWindow, ticket, at):
        before = snapshot(ticket)
        asking.end_unanswered(row, Asking.State.LAPSED, at)
        facts = {"due_at": row.starts_at.isoformat(), "ends_at": row.ends_at.isoformat()}
        rows.record_act(ticket, row, ActCode.WINDOW_LAPSED, actor=None, at=at, before=before, **facts)


def drop_open(ticket: Ticket, at: datetime) -> None:
    """The ticket was solved or withdrawn. Part of that act."""
    rows.drop_open(WorkWindow, ticket, at)
    rows.drop_open(ActionRequest, ticket, at)
