"""Is the new time all right? The answer to a proposed time (M3.3.3-2)."""

from __future__ import annotations

from datetime import datetime

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from helpdesk.common.templatetags.hd import when_text
from tickets.models import TimeProposal
from tickets.models.asking import Asking
from tickets.services.agreements.asking import Answer
from tickets.services.agreements.promises import answer_proposal
from tickets.services.signed_links import Link
from tickets.views.portal.questions.base import Asked, AskingQuestion, Text
from tickets.views.portal.questions.typed import moment


class PromiseQuestion(AskingQuestion):
    model = TimeProposal
    kind = TimeProposal.KIND
    title = gettext_lazy("We would like to agree a new time")
    template = "portal/questions/_promise.html"
    icon = "cal"

    def decide(self, asked: Asked, link: Link, typed: QueryDict, *, via: Asking.Via, at: datetime) -> Text:
        is_accepted = typed.get("answer") == "accept"
        answer = Answer(link.person, via, at, typed.get("words", ""))
        row = answer_proposal(
            proposal_id=asked.row.pk,
            is_accepted=is_accepted,
            counter_at=None if is_accepted else moment(typed, "counter_at"),
            answer=answer,
        )
        if row.is_accepted:
            return _("Thank you. %(when)s is agreed.") % {"when": when_text(row.proposed_at)}
        return _("Thank you. We look at your suggestion and answer you. Until then the old time stands.")
