"""What all questions to a requester share in the API (ADR 15)."""

from __future__ import annotations

from typing import Any, TypeVar

from django.utils import timezone
from rest_framework import serializers as s

from helpdesk.accounts.models import User
from helpdesk.common.errors import NotVisible
from helpdesk.common.rest.fields import instant
from helpdesk.common.rest.shapes import Person
from tickets.api import output
from tickets.models import ActionRequest, Ticket, TimeProposal, WorkWindow
from tickets.models.asking import Asking
from tickets.policies import is_requester
from tickets.services.agreements.asking import Answer

STATES = Asking.State.choices
PEOPLE = ("asked_by", "answered_by", "recorded_by")
R = TypeVar("R", TimeProposal, WorkWindow, ActionRequest)
# The fields of every question: when it was asked and by whom, how it stands, and the answer.
ANSWERED: dict[str, Any] = {
    "state": s.ChoiceField(STATES),
    "asked_by": Person(),
    "asked_at": s.DateTimeField(),
    "answer_by_at": s.DateTimeField(),
    "ended_at": s.DateTimeField(allow_null=True),
    "answered_by": Person(allow_null=True),
    "recorded_by": Person(allow_null=True, help_text="Who wrote a spoken answer down."),
    "via": s.ChoiceField(Asking.Via.choices, allow_null=True),
    "answer_words": s.CharField(),
}


def answered(row: Asking, viewer: User) -> dict[str, Any]:
    return {
        "state": row.state,
        "asked_by": output.person(row.asked_by, viewer),
        "asked_at": instant(row.asked_at),
        "answer_by_at": instant(row.answer_by_at),
        "ended_at": instant(row.ended_at),
        "answered_by": output.person(row.answered_by, viewer),
        "recorded_by": output.person(row.recorded_by, viewer),
        "via": row.via or None,
        "answer_words": row.answer_words,
    }


def find_in(model: type[R], ticket_id: int, pk: int, viewer: User) -> R:
    """The row of this ticket. Raises NotVisible."""
    rows = model.objects.visible_to(viewer).filter(ticket_id=ticket_id, pk=pk)
    row: R | None = rows.select_related("ticket", *PEOPLE).first()
    if row is None:
        raise NotVisible
    return row


def answer_of(ticket: Ticket, viewer: User, words: str) -> Answer:
    """The requester's own answer, or one that somebody else writes down as spoken; the service says who may."""
    via = Asking.Via.API if is_requester(viewer, ticket) or not viewer.is_desk else Asking.Via.SPOKEN
    return Answer(viewer, via, timezone.now(), words)
