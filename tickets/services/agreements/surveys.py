"""Asking how it went when a ticket is closed, and no longer asking (M1.1, M3.5-5). Parts of the acts that close and reopen."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from tickets.models import DeskSettings, Survey, Ticket
from tickets.models.asking import Asking
from tickets.policies import has_worked_on
from tickets.seals import seal
from tickets.services.agreements.asking import end_unanswered

KIND = "survey"
# Outcomes that say nothing about our work.
NOT_RATED = frozenset({"duplicate"})


def ask_on_closing(ticket: Ticket, at: datetime) -> dict[str, Any]:
    """Ask the requester of a ticket that is just being closed. Returns the facts for that act; none if nobody is asked.

    Nobody is asked twice who has answered, nor after a follow-up of a low rating, nor who worked on the ticket.
    """
    days = DeskSettings.current().survey_days
    if not days or ticket.outcome_id in NOT_RATED or has_worked_on(ticket.requester, ticket):
        return {}
    if Survey.objects.filter(Q(ticket=ticket, state=Asking.State.ANSWERED) | Q(follow_up=ticket)).exists():
        return {}
    row = Survey.objects.create(ticket=ticket, asked_at=at, answer_by_at=at + timedelta(days=days))
    return {"survey": row.pk, **seal(KIND, row)}


def stop_asking(ticket: Ticket, at: datetime, *, state: Asking.State) -> None:
    """The ticket is open again, or archived: what nobody has answered ends in this state."""
    for row in Survey.objects.filter(ticket=ticket).open():
        end_unanswered(row, state, at)
