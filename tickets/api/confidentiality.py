"""Confidential tickets: who needs to know, who read them, and opening one in an emergency (M1.2-4). For the desk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import serializers as s
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.accounts.models import Team, User
from helpdesk.common import paging
from helpdesk.common.errors import InvalidInput, NotAllowed
from helpdesk.common.rest import pages
from helpdesk.common.rest.docs import document
from helpdesk.common.rest.fields import CodeField, StrictSerializer, TextField, WholeNumberField, instant
from helpdesk.common.rest.shapes import Person, page_of
from helpdesk.common.rest.views import ApiView, DeskView
from tickets.api import output
from tickets.api.schemas import TeamShape
from tickets.api.views import find_id_for_desk, find_ticket
from tickets.models import BreakGlass, ConfidentialRead, Ticket
from tickets.models.confidential import REASON_LENGTH
from tickets.policies import can_see_readings
from tickets.secrecy import named_on
from tickets.services.break_glass import break_glass
from tickets.services.confidentiality import Circle, change_readers, lift_confidentiality, make_confidential

MOST = 50


class ConfidentialityShape(s.Serializer):
    is_confidential = s.BooleanField()
    is_named_only = s.BooleanField(help_text="The ticket's own team can't read it either.")
    people = Person(many=True)
    teams = TeamShape(many=True)


class ConfidentialityInput(StrictSerializer):
    people = s.ListField(child=CodeField(), max_length=MOST, required=False, help_text="User names of the desk.")
    teams = s.ListField(child=WholeNumberField(), max_length=MOST, required=False, help_text="Ids of `teams/`.")
    is_named_only = s.BooleanField(required=False, default=False)
    reason = TextField(
        max_length=REASON_LENGTH, required=False, help_text="Needed when the ticket becomes confidential."
    )


class ReasonInput(StrictSerializer):
    reason = TextField(max_length=REASON_LENGTH)


class ReadingShape(s.Serializer):
    reader = Person()
    place = s.ChoiceField(ConfidentialRead.Place.choices)
    read_at = s.DateTimeField()
    file = s.UUIDField(allow_null=True, help_text="The file that was downloaded.")


class BreakGlassShape(s.Serializer):
    ticket = s.CharField()
    by = Person()
    reason = s.CharField()
    started_at = s.DateTimeField()
    ends_at = s.DateTimeField()


def confidentiality(ticket: Ticket, viewer: User) -> dict[str, Any]:
    people, teams = named_on(ticket)
    return {
        "is_confidential": ticket.is_confidential,
        "is_named_only": ticket.is_named_only,
        "people": [output.person(person, viewer) for person in people],
        "teams": [output.team(team) for team in teams],
    }


def find_for_desk(number: str, viewer: User) -> Ticket:
    """The ticket, for what only the desk reads. Raises NotVisible and NotAllowed."""
    ticket = find_ticket(number, viewer)
    if not viewer.is_desk:
        raise NotAllowed
    return ticket


def _people(usernames: Sequence[str]) -> list[User]:
    found = {person.username.lower(): person for person in User.objects.active().filter(username__in=usernames)}
    if len(found) < len({name.lower() for name in usernames}):
        raise InvalidInput(fields={"people": [_("There is no such person.")]})
    return list(found.values())


def _teams(ids: Sequence[int]) -> list[Team]:
    found = list(Team.objects.filter(pk__in=ids))
    if len(found) < len(set(ids)):
        raise InvalidInput(fields={"teams": [_("There is no such team.")]})
    return found


class TicketConfidentiality(ApiView):
    @document("Read who needs to know", answer=ConfidentialityShape)
    def get(self, request: Request, number: str) -> Response:
        """Whether the ticket is confidential, and who is named as its readers. Desk only."""
        return Response(confidentiality(find_for_desk(number, self.viewer), self.viewer))

    @document("Set who needs to know", body=ConfidentialityInput, answer=ConfidentialityShape)
    def put(self, request: Request, number: str) -> Response:
        """Make the ticket confidential for these, or name others. You stay a reader yourself."""
        ticket, viewer = find_for_desk(number, self.viewer), self.viewer
        data = self.read_input(ConfidentialityInput(data=request.data))
        circle = Circle(_people(data.get("people", ())), _teams(data.get("teams", ())), data["is_named_only"])
        at = timezone.now()
        if ticket.is_confidential:
            ticket = change_readers(ticket_id=ticket.pk, circle=circle, actor=viewer, at=at)
        else:
            reason = data.get("reason", "")
            ticket = make_confidential(ticket_id=ticket.pk, circle=circle, reason=reason, actor=viewer, at=at)
        return Response(confidentiality(ticket, viewer))

    @document("Lift the confidentiality", body=ReasonInput, answer=None, status=204)
    def delete(self, request: Request, number: str) -> Response:
        """Open the ticket to the whole desk again. Send the reason as `{"reason": "…"}`."""
        ticket = find_id_for_desk(number, self.viewer)
        data = self.read_input(ReasonInput(data=request.data))
        lift_confidentiality(ticket_id=ticket, reason=data["reason"], actor=self.viewer, at=timezone.now())
        return Response(status=204)


class TicketReads(ApiView):
    query_parameters = pages.PARAMETERS

    @document("List readings", answer=page_of(ReadingShape, "Reading"))
    def get(self, request: Request, number: str) -> Response:
        """Who of the desk opened this confidential ticket, newest first. For its assignee and leads who may read it."""
        viewer = self.viewer
        ticket = find_for_desk(number, viewer)
        if not can_see_readings(viewer, ticket):
            raise NotAllowed
        rows = ConfidentialRead.objects.visible_to(viewer).filter(ticket=ticket).select_related("reader")
        order = [paging.number("id", is_descending=True)]
        return Response(pages.answer_page(request, rows, order, lambda row: _reading(row, viewer)))


def _reading(row: ConfidentialRead, viewer: User) -> dict[str, Any]:
    return {
        "reader": output.person(row.reader, viewer),
        "place": row.place,
        "read_at": instant(row.read_at),
        "file": row.file or None,
    }


class TicketBreakGlass(DeskView):
    @document("Open a ticket in an emergency", body=ReasonInput, answer=BreakGlassShape, status=201, is_once=True)
    def post(self, request: Request, number: str) -> HttpResponse:
        """Read a confidential ticket that is closed to you, for four hours. For leads and administrators; its assignee, its
        team's lead and all administrators are told."""
        data = self.read_input(ReasonInput(data=request.data))
        return self.run_once(request, lambda: self._break(number, data["reason"], self.viewer))

    @staticmethod
    def _break(number: str, reason: str, actor: User) -> Response:
        row: BreakGlass = break_glass(number=number, reason=reason, actor=actor, at=timezone.now())
        answer = {
            "ticket": row.ticket.number,
            "by": output.person(actor, actor),
            "reason": row.reason,
            "started_at": instant(row.started_at),
            "ends_at": instant(row.ends_at),
        }
        return Response(answer, status=201)
