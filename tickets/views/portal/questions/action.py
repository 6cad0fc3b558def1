"""Are you done? The answer to a request for action (M3.3.3-3)."""

from __future__ import annotations

from datetime import datetime

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tickets.models import ActionRequest
from tickets.models.asking import Asking
from tickets.services.agreements.actions import answer_action
from tickets.services.agreements.asking import Answer
from tickets.services.signed_links import Link
from tickets.views.portal.questions.base import Asked, AskingQuestion, Text


class ActionQuestion(AskingQuestion):
    model = ActionRequest
    kind = ActionRequest.KIND
    title = gettext_lazy("We need you to do something")
    template = "portal/questions/_action.html"
    icon = "rows"
    parts = ("steps",)

    def decide(self, asked: Asked, link: Link, typed: QueryDict, *, via: Asking.Via, at: datetime) -> Text:
        row = answer_action(
            request_id=asked.row.pk,
            is_done=typed.get("answer") == "done",
            done=[step.position for step in asked.row.steps.all() if str(step.position) in typed.getlist("done")],
            answer=Answer(link.person, via, at, typed.get("words", "")),
        )
        if row.is_done:
            return _("Thank you. Work goes on now.")
        return _("Thank you for telling us. We look for another way.")
