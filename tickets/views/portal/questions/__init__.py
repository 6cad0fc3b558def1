"""What a requester can be asked, by the kind that stands in links: one page each, by mail link and in the portal."""

from __future__ import annotations

from helpdesk.common.errors import NotVisible
from tickets.views.portal.questions.base import Question
from tickets.views.portal.questions.consent import ConsentQuestion, WithdrawalQuestion
from tickets.views.portal.questions.solution import SolutionQuestion

QUESTIONS: dict[str, Question] = {
    question.kind: question for question in (SolutionQuestion(), ConsentQuestion(), WithdrawalQuestion())
}


def question_of(kind: str) -> Question:
    """Raises NotVisible for a kind that nobody asks."""
    question = QUESTIONS.get(kind)
    if question is None:
        raise NotVisible
    return question
