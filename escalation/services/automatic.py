"""Escalations that nobody asked for: a target used up, silence, a ticket that comes back again and again (M3.4-2)."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import translation

from escalation import ladder, paths, prefill
from escalation.alarm import BREACH
from escalation.models import Clock, Escalation
from escalation.services import handovers
from tickets.handover import Reason
from tickets.lifecycle import WORKABLE, Command
from tickets.models import Ticket
from tickets.services.engine import CommandInput, apply_command
from tickets.targets import Target

log = structlog.get_logger(__name__)

BATCH = 100
TRY_AGAIN_AFTER = timedelta(minutes=5)
REOPENED_TOO_OFTEN = 3


def reason_for(clock: Clock, percent: int) -> Reason | None:
    """Why a clock that has passed this part of its target sends the ticket up; None if the policy doesn't say so."""
    version = clock.version
    asked = version.escalate_at.get(clock.target) if version is not None else None
    if asked is None or percent < asked or clock.stopped_at is not None:
        return None
    if clock.target == Target.UPDATE:
        return Reason.SILENCE
    return Reason.OVERDUE if asked >= BREACH else Reason.THRESHOLD


def escalate(ticket: Ticket, *, reason: Reason, at: datetime) -> bool:
    """Send a ticket up by the clock, with what the ticket knows as package. False if it is under way already, or at the
    top. The caller holds the ticket's lock."""
    if ticket.status not in WORKABLE or Escalation.objects.open().filter(ticket=ticket).exists():
        return False
    path = paths.path_for(ticket, reason)
    if not ladder.rungs_above(ticket, path, above=ticket.escalation_level, at=at):
        return False
    # Whoever sets it off, a requester or a worker, the package speaks the desk's language.
    with translation.override(settings.LANGUAGE_CODE):
        data = {"reason_code": reason, **prefill.parts_of(ticket)}
    apply_command(ticket, command=Command.ESCALATE, actor=None, at=at, given=CommandInput(data))
    return True


def climb_due(*, at: datetime, limit: int = BATCH) -> dict[str, int]:
    """Let escalations that nobody has answered in time go on. Returns counts by what was done.

    Any number of workers may run this at once: a ticket that another one holds is skipped, and what went on is no longer
    due.
    """
    due = Escalation.objects.filter(next_at__lte=at).order_by("next_at").values_list("pk", "ticket_id")[:limit]
    done: Counter[str] = Counter()
    for escalation_id, ticket_id in list(due):
        try:
            done[_climb_one(escalation_id, ticket_id, at)] += 1
        except Exception:
            log.exception("climbing_failed", escalation=escalation_id)
            Escalation.objects.filter(pk=escalation_id, next_at__lte=at).update(next_at=at + TRY_AGAIN_AFTER)
            done["refused"] += 1
    done.pop("", None)
    return dict(done)


@transaction.atomic
def _climb_one(escalation_id: int, ticket_id: int, at: datetime) -> str:
    tickets = Ticket.objects.select_for_update(skip_locked=True, of=("self",))
    ticket = tickets.select_related("team").filter(pk=ticket_id).first()
    if ticket is None:
        return ""
    due = Escalation.objects.filter(pk=escalation_id, next_at__lte=at)
    escalation = due.select_related("path", "level__calendar", "team").first()
    if escalation is None:
        return ""
    if escalation.state == Escalation.State.ACCEPTED:
        # The level has had its time; whether or not somebody is above it, this is told once.
        Escalation.objects.filter(pk=escalation.pk).update(next_at=None)
        return "asked_above" if escalate(ticket, reason=Reason.OVERDUE, at=at) else "time_over"
    return handovers.climb(escalation, ticket, at=at)
