"""What a requester can be asked, by the kind that stands in links: one page each, by mail link and in the portal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from helpdesk.accounts.models import User
from helpdesk.common.errors import NotVisible
from helpdesk.common.text import set_apart
from tickets.models import Ticket
from tickets.views.portal.questions.base import Question
from tickets.views.portal.questions.consent import ConsentQuestion, WithdrawalQuestion
from tickets.views.portal.questions.solution import SolutionQuestion
from tickets.views.portal.questions.survey import SurveyQuestion

QUESTIONS: dict[str, Question] = {
    question.kind: question
    for question in (SolutionQuestion(), ConsentQuestion(), WithdrawalQuestion(), SurveyQuestion())
}


@dataclass(frozen=True)
class Card:
    """A question on the ticket's page, with the form that answers it."""

    question: Question
    row: Any
    heading: str


def questions_for(ticket: Ticket, viewer: User, at: datetime) -> list[Card]:
    """What waits for the viewer's answer on this ticket, oldest first."""
    if ticket.requester_id != viewer.pk or not ticket.open_questions:
        return []
    found = [
        Card(kind, row, set_apart(str(kind.heading(row))))
        for kind in QUESTIONS.values()
        for row in kind.waiting(ticket)
    ]
    return sorted((card for card in found if card.row.answer_by_at > at), key=lambda card: card.row.asked_at)


def question_of(kind: str) -> Question:
    """Raises NotVisible for a kind that nobody asks."""
    question = QUESTIONS.get(kind)
    if question is None:
        raise NotVisible
    return question
