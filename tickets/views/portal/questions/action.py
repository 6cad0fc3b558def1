"""Are you done? The answer to a request for action (M3.3.3-3)."""

from __future__ import annotations

from datetime import datetime

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from helpdesk.common.errors import NotVisible
from tickets.models import ActionRequest
from tickets.models.asking import Asking
from tickets.services.agreements.actions import answer_action
from tickets.services.agreements.asking import Answer
from tickets.services.signed_links import Link
from tickets.views.portal.questions.base import Asked, Text


class ActionQuestion:
    kind = ActionRequest.KIND
    title = gettext_lazy("We need you to do something")
    template = "portal/questions/_action.html"

    def find(self, link: Link) -> Asked:
        rows = ActionRequest.objects.visible_to(link.person).filter(pk=link.pk, ticket__requester=link.person)
        row = rows.select_related("ticket", "asked_by").prefetch_related("steps").first()
        if row is None or not row.is_open or row.answer_by_at <= timezone.now():
            raise NotVisible
        return Asked(row.ticket, row)

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
