"""What the tests of this folder do."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone

from helpdesk.accounts.models import User
from tests.cast import Cast
from tests.factories import bring_to, make_ticket, run
from tickets.models import Survey, Ticket
from tickets.models.asking import Asking
from tickets.services.agreements.asking import Answer
from tickets.services.agreements.ratings import answer_survey
from tickets.services.signed_links import sign, survey_link


def closed(cast: Cast, *, requester: User | None = None, at: datetime | None = None, **fields: Any) -> Ticket:
    """A ticket of the first line that its requester has confirmed."""
    ticket = make_ticket(requester or cast.requester, at=at, **fields)
    run(ticket, "assign", cast.agent, at=at, team=cast.first_line)
    bring_to(ticket, "closed", cast.agent, at=at)
    ticket.refresh_from_db()
    return ticket


def survey_of(ticket: Ticket) -> Survey:
    """The latest one."""
    survey = Survey.objects.filter(ticket=ticket).last()
    assert survey is not None
    return survey


def link(ticket: Ticket) -> str:
    return reverse("portal:answer", args=[sign(survey_link(survey_of(ticket)))])


def rate(
    ticket: Ticket,
    rating: int | None,
    *reasons: str,
    actor: User | None = None,
    words: str = "",
    at: datetime | None = None,
    via: Asking.Via = Asking.Via.PORTAL,
) -> Survey:
    answer = Answer(actor or ticket.requester, via, at or timezone.now(), words)
    return answer_survey(survey_id=survey_of(ticket).pk, rating=rating, reasons=reasons, answer=answer)
