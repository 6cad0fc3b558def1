"""What people say in the demo stories when they are asked how it went."""

from __future__ import annotations

from helpdesk.accounts.models import User
from helpdesk.demo.stage import Scene, Stage
from tickets.models import Survey, Ticket
from tickets.models.asking import Asking
from tickets.services.agreements.asking import Answer
from tickets.services.agreements.ratings import answer_survey


def _rate(stage: Stage, ticket: Ticket, scene: Scene, actor: User) -> None:
    """Nobody answers where nobody was asked: the patterns of copied tickets have no surveys."""
    assert scene.act is not None
    survey = Survey.objects.filter(ticket=ticket).open().first()
    if survey is None:
        return
    said = scene.act.data
    answer = Answer(actor, Asking.Via.PORTAL, scene.at, said["words"])
    answer_survey(survey_id=survey.pk, rating=said["rating"], reasons=said["reasons"], answer=answer)


ACTS = {"rate": _rate}
