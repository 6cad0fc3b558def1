"""What tickets do by themselves: waiting ends, reminders, the announced closing, archiving (M3.5-3, M3.5-4), and what was
agreed runs out."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import structlog
from django.db import transaction

from helpdesk.common.errors import DomainError
from tickets.choices import Act as ActCode
from tickets.lifecycle import Command, Status
from tickets.models import DeskSettings, Ticket
from tickets.services.agreements.clock import run_due as run_due_agreements
from tickets.services.engine import CommandInput, apply_command
from tickets.services.recording import Act, record, snapshot
from tickets.timing import reminder_instants

log = structlog.get_logger(__name__)
BATCH = 500


def run_due(*, at: datetime, limit: int = BATCH) -> dict[str, int]:
    """Carry out every due timer, each in its own transaction. Returns counts by what was done.

    Any number of workers may run this at once: a ticket that another one holds is skipped, and a timer that
    has been carried out is no longer due.
    """
    due = Ticket.objects.filter(timer_at__lte=at).order_by("timer_at").values_list("pk", flat=True)[:limit]
    done: Counter[str] = Counter()
    for ticket_id in list(due):
        try:
            done[_run_one(ticket_id, at)] += 1
        except DomainError as error:
            log.error("timer_refused", ticket=ticket_id, code=error.code)
            done["refused"] += 1
        except Exception:
            # One broken ticket must not keep the timers of all the others from firing.
            log.exception("timer_failed", ticket=ticket_id)
            done["refused"] += 1
    done.pop("", None)
    return dict(done)


@transaction.atomic
def _run_one(ticket_id: int, at: datetime) -> str:
    ticket = (
        Ticket.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=ticket_id, timer_at__lte=at).first()
    )
    if ticket is None:
        return ""
    if ticket.agreed_due_at is not None and ticket.agreed_due_at <= at:
        run_due_agreements(ticket, at)
        return "agreements"
    command = _due_command(ticket, at)
    if command is None:
        _remind(ticket, at)
        return ActCode.REMINDED
    apply_command(ticket, command=command, actor=None, at=at, given=CommandInput())
    return command


def _due_command(ticket: Ticket, at: datetime) -> Command | None:
    if ticket.status == Status.WAITING:
        return Command.RESUME
    if ticket.status == Status.RESOLVED:
        return Command.CLOSE if ticket.is_confirmation_overdue(at) else None
    return Command.ARCHIVE


def _remind(ticket: Ticket, at: datetime) -> None:
    """One reminder, however many instants have passed while nobody swept: no storm."""
    assert ticket.resolved_at is not None, "the database demands it of resolved tickets"
    before = snapshot(ticket)
    instants = reminder_instants(ticket.resolved_at, DeskSettings.current().terms)
    ticket.reminders_sent = sum(instant <= at for instant in instants)
    record(ticket, Act(code=ActCode.REMINDED, actor=None, at=at, is_public=True), before=before)
