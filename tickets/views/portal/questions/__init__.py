"""What a requester can be asked, by the kind that stands in links: one page each, by mail link and in the portal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from helpdesk.accounts.models import User
from helpdesk.common.errors import NotVisible
from helpdesk.common.text import set_apart
from tickets.lifecycle import Status
from tickets.models import Ticket
from tickets.services.signed_links import Link
from tickets.views.portal.questions.action import ActionQuestion
from tickets.views.portal.questions.base import Asked, Question
from tickets.views.portal.questions.consent import ConsentQuestion, WithdrawalQuestion
from tickets.views.portal.questions.promise import PromiseQuestion
from tickets.views.portal.questions.solution import SolutionQuestion
from tickets.views.portal.questions.survey import SurveyQuestion
from tickets.views.portal.questions.window import WindowQuestion

QUESTIONS: dict[str, Question] = {
    question.kind: question
    for question in (
        SolutionQuestion(),
        ConsentQuestion(),
        WithdrawalQuestion(),
        PromiseQuestion(),
        WindowQuestion(),
        ActionQuestion(),
        SurveyQuestion(),
    )
}


@dataclass(frozen=True)
class Card:
    """A question on the ticket's page, with the form that answers it."""

    question: Question
    asked: Asked
    heading: str


def questions_for(ticket: Ticket, viewer: User, at: datetime) -> list[Card]:
    """What waits for the viewer's answer on this ticket, oldest first."""
    may_be_asked = ticket.open_questions or ticket.status == Status.CLOSED
    if ticket.requester_id != viewer.pk or not may_be_asked:
        return []
    found = []
    for question in QUESTIONS.values():
        for row in question.waiting(ticket):
            if row.answer_by_at > at:
                asked = question.find(Link(question.kind, row.pk, viewer))
                found.append(Card(question, asked, set_apart(str(question.heading(row)))))
    return sorted(found, key=lambda card: card.asked.row.asked_at)


def question_of(kind: str) -> Question:
    """Raises NotVisible for a kind that nobody asks."""
    question = QUESTIONS.get(kind)
    if question is None:
        raise NotVisible
    return question
