"""How tickets kept to the process manual, the report over many, and rating the service (M1.1, M1.2-3, M3.5-5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers as s
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, NotAllowed
from helpdesk.common.rest.docs import document
from helpdesk.common.rest.fields import CodeChoiceField, StrictSerializer, TextField, WholeNumberField, instant
from helpdesk.common.rest.views import ApiView
from tickets.api.views import find_id, find_id_for_desk
from tickets.conformance import State
from tickets.conformance_words import title_of
from tickets.forms.reports import selected
from tickets.models import Survey, Ticket, TicketEvent
from tickets.models.asking import WORDS_LENGTH, Asking
from tickets.policies import can_read_reports
from tickets.process import verdicts_of
from tickets.reports import Report, Selection, make_report
from tickets.services.agreements.asking import Answer
from tickets.services.agreements.ratings import answer_survey, refuse_raters
from tickets.survey import BEST, Reason
from tickets.survey_words import REASON_CHOICES

STATES = [(state.value, state.value) for state in State]
SURVEY_STATES = [("not_asked", "not_asked"), *Asking.State.choices]
PERIOD = [
    OpenApiParameter("since", {"type": "string", "format": "date"}, description="First day; 30 days ago without it."),
    OpenApiParameter(
        "until", {"type": "string", "format": "date"}, description="Last day, included; today without it."
    ),
    OpenApiParameter("team", {"type": "string", "minLength": 1, "maxLength": 10}, description="An id of `teams/`."),
    OpenApiParameter("category", {"type": "string", "minLength": 1, "maxLength": 60}, description="With all below it."),
]


class ClauseShape(s.Serializer):
    clause = s.CharField(help_text="The id in the process manual, `M3.2-1`.")
    title = s.CharField()
    state = s.ChoiceField(STATES)
    events = s.ListField(child=s.IntegerField(), help_text="Sequence numbers of the acts that show it.")


class ConformanceShape(s.Serializer):
    clauses = ClauseShape(many=True)


class ClauseCounts(s.Serializer):
    clause = s.CharField()
    title = s.CharField()
    followed = s.IntegerField()
    skipped = s.IntegerField()
    not_applicable = s.IntegerField(help_text="To which it doesn't apply, or not yet.")


class FirstContactShape(s.Serializer):
    solved = s.IntegerField()
    screened = s.IntegerField(help_text="Where a known answer was tried.")
    screened_solved = s.IntegerField(help_text="Where that solved it.")


class SatisfactionShape(s.Serializer):
    asked = s.IntegerField()
    rated = s.IntegerField()
    low = s.IntegerField(help_text="Ratings of 1 or 2.")
    average = s.FloatField(allow_null=True)
    is_small_sample = s.BooleanField(help_text="Fewer than five ratings.")


class ReportShape(s.Serializer):
    since = s.DateField()
    until = s.DateField()
    tickets = s.IntegerField()
    clauses = ClauseCounts(many=True)
    first_contact = FirstContactShape()
    satisfaction = SatisfactionShape()


class SurveyShape(s.Serializer):
    state = s.ChoiceField(SURVEY_STATES)
    asked_at = s.DateTimeField(allow_null=True)
    answer_by_at = s.DateTimeField(allow_null=True)
    answered_at = s.DateTimeField(allow_null=True)
    rating = s.IntegerField(allow_null=True, help_text="From 1 to 5; null where the requester passed.")
    reasons = s.ListField(child=s.ChoiceField(REASON_CHOICES))
    words = s.CharField()
    follow_up = s.CharField(allow_null=True, help_text="Number of the ticket that follows a low rating up.")


class RatingInput(StrictSerializer):
    rating = WholeNumberField(allow_null=True, help_text=f"From 1 to {BEST}; null passes.")
    reasons = s.ListField(
        child=CodeChoiceField(REASON_CHOICES),
        required=False,
        max_length=len(Reason),
        help_text="With a rating of 1 or 2.",
    )
    words = TextField(required=False, allow_blank=True, max_length=WORDS_LENGTH)


class TicketConformance(ApiView):
    @document("Get conformance", answer=ConformanceShape)
    def get(self, request: Request, number: str) -> Response:
        """Which clauses of the process manual the trail shows as followed or skipped. Desk only."""
        pk = find_id_for_desk(number, self.viewer)
        ticket = Ticket.objects.visible_to(self.viewer).select_related("outcome").filter(pk=pk)[0]
        events = TicketEvent.objects.visible_to(self.viewer).filter(ticket=pk).select_related("actor")
        verdicts = verdicts_of(ticket, events.order_by("sequence"))
        clauses = [
            {
                "clause": clause,
                "title": title_of(clause),
                "state": verdict.state.value,
                "events": list(verdict.evidence),
            }
            for clause, verdict in verdicts.items()
        ]
        return Response({"clauses": clauses})


class TicketSurvey(ApiView):
    @document("Get survey", answer=SurveyShape)
    def get(self, request: Request, number: str) -> Response:
        """How the requester was asked to rate the service, and the answer. For the requester and the desk."""
        pk, viewer = find_id(number, self.viewer), self.viewer
        if not viewer.is_desk and not Ticket.objects.visible_to(viewer).filter(pk=pk, requester=viewer).exists():
            raise NotAllowed
        return Response(survey(Survey.objects.visible_to(viewer).filter(ticket=pk).select_related("follow_up").last()))

    @document("Rate the service", body=RatingInput, answer=SurveyShape, is_once=True)
    def post(self, request: Request, number: str) -> HttpResponse:
        """Rate the service once, as the requester of a closed ticket; 409 `not_asked` while nobody is asked."""
        pk = find_id(number, self.viewer)
        data = self.read_input(RatingInput(data=request.data))
        return self.run_once(request, lambda: self._rate(pk, self.viewer, data))

    @staticmethod
    def _rate(pk: int, actor: User, data: Mapping[str, Any]) -> Response:
        ticket = Ticket.objects.visible_to(actor).filter(pk=pk)[0]
        refuse_raters(actor, ticket, Asking.Via.API)
        row = Survey.objects.visible_to(actor).filter(ticket=ticket).last()
        if row is None:
            raise Conflict(_("Nobody is asked to rate this ticket."), code="not_asked")
        answer = Answer(actor, Asking.Via.API, timezone.now(), data.get("words", ""))
        return Response(
            survey(
                answer_survey(survey_id=row.pk, rating=data["rating"], reasons=data.get("reasons", ()), answer=answer)
            )
        )


def survey(row: Survey | None) -> dict[str, Any]:
    """A survey as the API writes it; the same fields where nobody was asked."""
    is_answered = row is not None and row.state == Asking.State.ANSWERED
    return {
        "state": row.state if row else "not_asked",
        "asked_at": instant(row.asked_at) if row else None,
        "answer_by_at": instant(row.answer_by_at) if row else None,
        "answered_at": instant(row.ended_at) if row and is_answered else None,
        "rating": row.rating if row else None,
        "reasons": row.reasons if row else [],
        "words": row.answer_words if row else "",
        "follow_up": row.follow_up.number if row and row.follow_up else None,
    }


class ConformanceReport(ApiView):
    query_parameters = frozenset({"since", "until", "team", "category"})

    @document("Report on conformance", answer=ReportShape, parameters=PERIOD)
    def get(self, request: Request) -> Response:
        """How the process was followed on the tickets submitted in a period that you may see. Leads and administrators."""
        if not can_read_reports(self.viewer):
            raise NotAllowed(_("Reports are for leads and administrators."))
        selection = selected(request.query_params, timezone.localdate())
        return Response(_report(selection, make_report(selection.narrow(Ticket.objects.visible_to(self.viewer)))))


def _report(selection: Selection, report: Report) -> dict[str, Any]:
    counts = report.counts
    return {
        "since": selection.since.isoformat(),
        "until": selection.until.isoformat(),
        "tickets": counts["all"],
        "clauses": [
            {"clause": clause, "title": title_of(clause), **{state.value: found[state] for state in State}}
            for clause, found in report.clauses.items()
        ],
        "first_contact": {
            "solved": counts["first_contact"],
            "screened": counts["screened"],
            "screened_solved": counts["screened_solved"],
        },
        "satisfaction": {
            "asked": counts["surveyed"],
            "rated": counts["rated"],
            "low": counts["low"],
            "average": report.average,
            "is_small_sample": report.is_few_ratings,
        },
    }
