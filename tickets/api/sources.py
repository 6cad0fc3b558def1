"""What is known already: suggestions before and beside tickets, and what was consulted for one (M3.2-2, M3.3.1-3)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers as s
from rest_framework.request import Request
from rest_framework.response import Response

from assets.models import Asset
from helpdesk.accounts.models import User
from helpdesk.common.errors import InvalidInput, NotVisible
from helpdesk.common.rest.docs import document
from helpdesk.common.rest.fields import (
    CodeChoiceField,
    CodeField,
    StrictSerializer,
    WholeNumberField,
    instant,
)
from helpdesk.common.rest.shapes import Person
from helpdesk.common.rest.views import ApiView
from knowledge.choices import LANGUAGE_CHOICES, Place
from knowledge.services.opinions import record_deflection
from tickets.api import output
from tickets.api.confidentiality import find_for_desk
from tickets.asset_lookup import LONGEST as LONGEST_NAME
from tickets.asset_lookup import asset_named
from tickets.incidents import banners
from tickets.models import MajorIncident, Ticket, TicketArticle, TicketLink
from tickets.selectors import get_ticket
from tickets.services import sources
from tickets.suggestions import KnownAbout, SuggestedArticle, articles_for, open_like

LONGEST = 2000
TEXT = OpenApiParameter("text", {"type": "string", "maxLength": LONGEST}, description="What somebody has typed so far.")

ASSET = OpenApiParameter(
    "asset",
    {"type": "string", "maxLength": LONGEST_NAME},
    description="The device it is about, as `device.asset` of a ticket: articles for it come first.",
)


class SuggestedArticleShape(s.Serializer):
    id = s.IntegerField()
    title = s.CharField()
    language = s.ChoiceField(LANGUAGE_CHOICES)
    solution = s.CharField()
    solved_tickets = s.IntegerField()


class OwnTicketShape(s.Serializer):
    number = s.CharField()
    subject = s.CharField()


class SolvedTicketShape(OwnTicketShape):
    cause = s.CharField()
    solution = s.CharField()
    advice = s.CharField()


class RunningIncidentShape(s.Serializer):
    number = s.CharField()
    title = s.CharField()


class PublicIncidentShape(RunningIncidentShape):
    own_ticket = s.CharField(allow_null=True, help_text="The number of your own open ticket for it.")


class NearIncidentShape(RunningIncidentShape):
    colleagues = s.IntegerField(help_text="People of the requester's department who suffer from it.")


class SuggestionsShape(s.Serializer):
    articles = SuggestedArticleShape(many=True)
    own_tickets = OwnTicketShape(many=True)
    incidents = PublicIncidentShape(many=True)


class TicketSuggestionsShape(s.Serializer):
    articles = SuggestedArticleShape(many=True)
    tickets = SolvedTicketShape(many=True)
    requester_tickets = OwnTicketShape(many=True)
    incidents = NearIncidentShape(many=True)


class LinkedArticleShape(s.Serializer):
    article = s.IntegerField()
    kind = s.ChoiceField(TicketArticle.Kind.choices)
    linked_at = s.DateTimeField()
    linked_by = Person(allow_null=True)


class LinkedTicketShape(s.Serializer):
    ticket = s.CharField()
    is_used = s.BooleanField()
    linked_at = s.DateTimeField()
    linked_by = Person(allow_null=True)


class SourcesShape(s.Serializer):
    articles = LinkedArticleShape(many=True)
    tickets = LinkedTicketShape(many=True)


class SourceInput(StrictSerializer):
    article = WholeNumberField(required=False, help_text="Its id, or `ticket`.")
    ticket = CodeField(required=False, max_length=32, help_text="The number of an earlier ticket.")
    is_used = s.BooleanField(required=False, help_text="Its solution goes into your draft of the solution.")


class SolvedInput(StrictSerializer):
    article = WholeNumberField()


class SolvedShape(s.Serializer):
    article = s.IntegerField()


class DraftedInput(StrictSerializer):
    language = CodeChoiceField(
        LANGUAGE_CHOICES, required=False, help_text="Of the ticket's texts; left out it is guessed from them."
    )


def _article(one: SuggestedArticle) -> dict[str, Any]:
    return {
        "id": one.article.pk,
        "title": one.text.title,
        "language": one.text.language,
        "solution": one.text.solution or one.text.body,
        "solved_tickets": one.article.solved_tickets,
    }


def _ticket(row: Ticket) -> dict[str, Any]:
    return {"number": row.number, "subject": row.subject}


def _incident(row: MajorIncident) -> dict[str, Any]:
    return {"number": row.number, "title": row.title}


def _linked(row: TicketArticle | TicketLink, viewer: User) -> dict[str, Any]:
    return {"linked_at": instant(row.linked_at), "linked_by": output.person(row.linked_by, viewer)}


class Suggestions(ApiView):
    query_parameters = frozenset({"text", "asset"})

    @document("Suggest answers", answer=SuggestionsShape, parameters=[TEXT, ASSET])
    def get(self, request: Request) -> Response:
        """Articles, and your own open tickets, that are like what you are about to report; and the major incidents that
        were made public."""
        text = request.query_params.get("text", "").replace("\x00", "")
        if len(text) > LONGEST:
            raise InvalidInput(fields={"text": [_("Give at most %(limit)d characters.") % {"limit": LONGEST}]})
        return Response(
            {
                "articles": [_article(one) for one in articles_for(text, self.viewer, devices=self._devices(request))],
                "own_tickets": [_ticket(row) for row in open_like(text, self.viewer)],
                "incidents": [
                    {**_incident(banner.incident), "own_ticket": banner.own_number} for banner in banners(self.viewer)
                ],
            }
        )

    def _devices(self, request: Request) -> list[Asset]:
        name = request.query_params.get("asset", "").replace("\x00", "")
        return [asset_named(self.viewer, name, field="asset")] if name else []


class SolvedByArticle(ApiView):
    @document("Solved by an article", body=SolvedInput, answer=SolvedShape, status=201, is_once=True)
    def post(self, request: Request) -> HttpResponse:
        """No ticket is needed: an article has solved it. It is counted."""
        data = self.read_input(SolvedInput(data=request.data))

        def act() -> Response:
            try:
                record_deflection(article_id=data["article"], person=self.viewer, place=Place.PORTAL, at=timezone.now())
            except NotVisible:
                raise InvalidInput(fields={"article": [sources.no_such_article()]}) from None
            return Response({"article": data["article"]}, status=201)

        return self.run_once(request, act)


class TicketSuggestions(ApiView):
    @document("Suggest answers for a ticket", answer=TicketSuggestionsShape)
    def get(self, request: Request, number: str) -> Response:
        """Articles, solved tickets like this one with what solved them, other open tickets of its requester, and running
        incidents while it belongs to none. Desk only."""
        known = KnownAbout(find_for_desk(number, self.viewer), self.viewer)
        names = ("cause", "solution", "advice")
        return Response(
            {
                "articles": [_article(one) for one in known.articles],
                "tickets": [_ticket(row) | {name: getattr(row, name) for name in names} for row in known.solved],
                "requester_tickets": [_ticket(row) for row in known.open],
                "incidents": [_incident(near.incident) | {"colleagues": near.colleagues} for near in known.incidents],
            }
        )


class TicketSources(ApiView):
    @document("List sources of a ticket", answer=SourcesShape)
    def get(self, request: Request, number: str) -> Response:
        """Which articles and earlier tickets were consulted, sent, used, or written from it. Desk only."""
        ticket, viewer = find_for_desk(number, self.viewer), self.viewer
        articles = TicketArticle.objects.visible_to(viewer).filter(ticket=ticket).select_related("linked_by")
        tickets = TicketLink.objects.visible_to(viewer).filter(ticket=ticket).select_related("linked_by", "other")
        return Response(
            {
                "articles": [{"article": row.article_id, "kind": row.kind, **_linked(row, viewer)} for row in articles],
                "tickets": [
                    {"ticket": row.other.number, "is_used": row.is_used, **_linked(row, viewer)} for row in tickets
                ],
            }
        )

    @document("Add a source", body=SourceInput, answer=SourcesShape, status=201, is_once=True)
    def post(self, request: Request, number: str) -> HttpResponse:
        """Keep what was consulted; with `is_used` its solution goes into your draft. 409 `already_linked`, `not_solvable`."""
        ticket = find_for_desk(number, self.viewer)
        data = self.read_input(SourceInput(data=request.data))

        def act() -> Response:
            self._add(ticket, data)
            answer = self.get(request, number)
            answer.status_code = 201
            return answer

        return self.run_once(request, act)

    def _add(self, ticket: Ticket, data: dict[str, Any]) -> None:
        facts: dict[str, Any] = {"ticket_id": ticket.pk, "actor": self.viewer, "at": timezone.now()}
        if data.get("ticket") and data.get("article"):
            raise InvalidInput(fields={"ticket": [_("Name an article or a ticket, not both at once.")]})
        if data.get("ticket"):
            try:
                other = get_ticket(number=data["ticket"], viewer=self.viewer)
            except NotVisible:
                raise InvalidInput(fields={"ticket": [sources.no_such_ticket()]}) from None
            (sources.use_ticket if data.get("is_used") else sources.link_ticket)(other=other, **facts)
        elif not data.get("article"):
            raise InvalidInput(fields={"article": [sources.no_such_article()]})
        else:
            (sources.use_article if data.get("is_used") else sources.link_article)(article_id=data["article"], **facts)


class TicketArticleDraft(ApiView):
    @document("Draft an article from a ticket", body=DraftedInput, answer=SolvedShape, status=201, is_once=True)
    def post(self, request: Request, number: str) -> HttpResponse:
        """Once per solved ticket, unless the draft was thrown away. 409 `no_solution`, `already_written`, `confidential`."""
        ticket = find_for_desk(number, self.viewer)
        language = self.read_input(DraftedInput(data=request.data)).get("language", "")

        def act() -> Response:
            article = sources.draft_article(
                ticket_id=ticket.pk, language=language, actor=self.viewer, at=timezone.now()
            )
            return Response({"article": article.pk}, status=201)

        return self.run_once(request, act)
