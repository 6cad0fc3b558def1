"""How did we do? The one question after closing (M1.1, M3.5-5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from helpdesk.common.errors import InvalidInput, NotVisible
from tickets.lifecycle import Status
from tickets.models import Survey, Ticket
from tickets.models.asking import Asking
from tickets.services.agreements.asking import Answer
from tickets.services.agreements.ratings import answer_survey
from tickets.services.signed_links import Link
from tickets.survey import is_low
from tickets.survey_words import RATING_CHOICES, REASON_CHOICES
from tickets.views.portal.questions.base import Asked, Text


class SurveyQuestion:
    kind = "survey"
    title = gettext_lazy("How did we do?")
    template = "portal/questions/_survey.html"
    icon = "star"

    def waiting(self, ticket: Ticket) -> Sequence[Survey]:
        if ticket.status != Status.CLOSED or ticket.is_archived:
            return ()
        return list(Survey.objects.filter(ticket=ticket).open())

    def heading(self, row: Survey) -> Text:
        return self.title

    def find(self, link: Link) -> Asked:
        rows = Survey.objects.visible_to(link.person).filter(
            pk=link.pk,
            ticket__requester=link.person,
            ticket__status=Status.CLOSED,
            ticket__archived_at=None,
        )
        row = rows.select_related("ticket").first()
        if row is None or not row.can_be_answered(timezone.now()):
            raise NotVisible
        return Asked(row.ticket, row, {"ratings": RATING_CHOICES, "why": REASON_CHOICES})

    def decide(self, asked: Asked, link: Link, typed: QueryDict, *, via: Asking.Via, at: datetime) -> Text:
        if typed.get("answer") == "pass":
            answer_survey(survey_id=asked.row.pk, rating=None, reasons=(), answer=Answer(link.person, via, at))
            return _("We won't ask again for this ticket.")
        chosen = typed.get("rating", "")
        if chosen not in {str(number) for number, _label in RATING_CHOICES}:
            raise InvalidInput(fields={"rating": [_("Choose a rating from 1 to 5.")]})
        rating = int(chosen)
        # What was ticked before somebody chose a better rating says nothing any more.
        reasons = typed.getlist("reasons") if is_low(rating) else []
        answer = Answer(link.person, via, at, typed.get("words", "") if is_low(rating) else "")
        row = answer_survey(survey_id=asked.row.pk, rating=rating, reasons=reasons, answer=answer)
        if row.follow_up is None:
            return _("Your rating helps us to get better.")
        sentence = _("We are sorry. The lead of the team follows this up: it is ticket %(number)s.")
        return sentence % {"number": row.follow_up.number}
