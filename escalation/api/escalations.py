"""Hand-overs and tasks: to read, to make, and to answer. For the desk."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers as s
from rest_framework.request import Request
from rest_framework.response import Response

from escalation.escalations import SHOWN, get_escalation
from escalation.models import Escalation, Package
from escalation.services import handovers
from helpdesk.accounts.models import User
from helpdesk.common import paging
from helpdesk.common.errors import InvalidInput
from helpdesk.common.rest import pages
from helpdesk.common.rest.docs import document
from helpdesk.common.rest.fields import StrictSerializer, TextField, WholeNumberField, instant
from helpdesk.common.rest.shapes import Person, page_of, shape
from helpdesk.common.rest.views import ApiView, DeskView
from tickets.api import output
from tickets.api.inputs import escalation_fields
from tickets.api.schemas import TeamShape
from tickets.api.views import TicketTransitions, find_id_for_desk, find_ticket
from tickets.choices import REASON_CHOICES
from tickets.handover import MORE_PARTS, PARTS
from tickets.lifecycle import Command
from tickets.models import ConfidentialRead
from tickets.models.ticket import TEXT_LENGTH
from tickets.services.effects import REASON_LENGTH
from tickets.services.readings import note_reading

PartsShape = shape("PartsShape", **{name: s.CharField() for name in (*PARTS, *MORE_PARTS)})


class PackageShape(s.Serializer):
    made_at = s.DateTimeField()
    made_by = Person(allow_null=True, help_text="Null: put together from the ticket.")
    parts = PartsShape()
    missing = s.ListField(child=s.CharField(), help_text="Required parts that are still empty.")
    files = s.ListField(child=s.UUIDField())


# A serializer has an attribute called `label`, hence no class here.
EscalationShape = shape(
    "EscalationShape",
    id=s.IntegerField(),
    ticket=s.CharField(help_text="The ticket's number."),
    reason=s.ChoiceField(REASON_CHOICES),
    level=s.IntegerField(),
    label=s.CharField(help_text="As people say it: L2 is the first level of a path."),
    team=TeamShape(allow_null=True),
    state=s.ChoiceField(Escalation.State.choices),
    offered_by=Person(allow_null=True, help_text="Null: the clock."),
    offered_to=Person(allow_null=True),
    is_deputy=s.BooleanField(),
    began_at=s.DateTimeField(),
    accept_by_at=s.DateTimeField(allow_null=True, help_text="Null: nobody comes after this person."),
    handle_by_at=s.DateTimeField(allow_null=True, help_text="Once accepted: then the next level is asked."),
    answered_at=s.DateTimeField(allow_null=True),
    answered_by=Person(allow_null=True),
    answer=s.CharField(help_text="Why it was sent back."),
    package=PackageShape(),
)

EscalationPage = page_of(EscalationShape, "Escalation")


class EscalationInput(StrictSerializer):
    """A hand-over with its package. Files are uuids of the ticket's own files."""

    version = WholeNumberField(help_text="The version of the ticket you have seen.")

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), **escalation_fields()}


class ReturnInput(StrictSerializer):
    reason = TextField(max_length=REASON_LENGTH, help_text="What is missing, or who should take it instead.")


class CompleteInput(StrictSerializer):
    """The whole package; the one before stays as it was."""

    def get_fields(self) -> dict[str, Any]:
        texts = {
            name: TextField(max_length=TEXT_LENGTH, required=False, allow_blank=True) for name in (*PARTS, *MORE_PARTS)
        }
        files = s.ListField(child=s.UUIDField(), required=False, max_length=20)
        return {**super().get_fields(), **texts, "files": files}


def escalation(row: Escalation, viewer: User) -> dict[str, Any]:
    return {
        "id": row.pk,
        "ticket": row.ticket.number,
        "reason": row.reason,
        "level": row.level_number,
        "label": row.label,
        "team": output.team(row.team),
        "state": row.state,
        "offered_by": output.person(row.offered_by, viewer),
        "offered_to": output.person(row.offered_to, viewer),
        "is_deputy": row.is_deputy,
        "began_at": instant(row.began_at),
        "accept_by_at": instant(row.accept_by_at) if row.is_open else None,
        "handle_by_at": instant(row.handle_by_at),
        "answered_at": instant(row.answered_at),
        "answered_by": output.person(row.answered_by, viewer),
        "answer": row.answer,
        "package": _package(row.package, viewer),
    }


def _package(row: Package, viewer: User) -> dict[str, Any]:
    return {
        "made_at": instant(row.made_at),
        "made_by": output.person(row.made_by, viewer),
        "parts": {name: row.parts.get(name, "") for name in (*PARTS, *MORE_PARTS)},
        "missing": list(row.missing),
        "files": [str(file.uuid) for file in row.files.all()],
    }


class EscalationList(DeskView):
    query_parameters = pages.PARAMETERS | {"state"}

    @document(
        "List escalations",
        answer=EscalationPage,
        parameters=[OpenApiParameter("state", {"type": "string", "enum": Escalation.State.values})],
    )
    def get(self, request: Request) -> Response:
        """The escalations of the tickets you see, oldest first. Desk only."""
        rows = Escalation.objects.visible_to(self.viewer)
        state = request.query_params.get("state")
        if state is not None:
            if state not in Escalation.State.values:
                raise InvalidInput(fields={"state": [_("There is no such code.")]})
            rows = rows.filter(state=state)
        return _answer_page(request, rows, self.viewer)


class TicketEscalations(ApiView):
    query_parameters = pages.PARAMETERS

    @document("List escalations of a ticket", answer=EscalationPage)
    def get(self, request: Request, number: str) -> Response:
        """Where the ticket went, oldest first. Desk only."""
        rows = Escalation.objects.visible_to(self.viewer).filter(ticket_id=find_id_for_desk(number, self.viewer))
        return _answer_page(request, rows, self.viewer)

    @document("Escalate a ticket", body=EscalationInput, answer=EscalationShape, status=201, is_once=True)
    def post(self, request: Request, number: str) -> HttpResponse:
        """Hand the ticket on with a complete package: the command `escalate` of `transitions/`."""
        find_id_for_desk(number, self.viewer)
        before = find_ticket(number, self.viewer)
        data = self.read_input(EscalationInput(data=request.data))
        return self.run_once(request, lambda: self._escalate(before, self.viewer, data))

    @staticmethod
    def _escalate(before: Any, actor: User, data: dict[str, Any]) -> Response:
        TicketTransitions.run(before, actor, {**data, "command": Command.ESCALATE})
        newest = Escalation.objects.filter(ticket=before).order_by("-id").values_list("pk", flat=True)[0]
        return Response(escalation(get_escalation(escalation_id=newest, viewer=actor), actor), status=201)


def _answer_page(request: Request, rows: Any, viewer: User) -> Response:
    rows, at = rows.select_related(*SHOWN).prefetch_related("package__files"), timezone.now()

    def write(row: Escalation) -> dict[str, Any]:
        note_reading(ticket=row.ticket, reader=viewer, place=ConfidentialRead.Place.API, at=at)
        return escalation(row, viewer)

    return Response(pages.answer_page(request, rows, [paging.number("id")], write))


class EscalationDetail(DeskView):
    @document("Read an escalation", answer=EscalationShape)
    def get(self, request: Request, escalation_id: int) -> Response:
        """One hand-over with its package. Desk only."""
        row = get_escalation(escalation_id=escalation_id, viewer=self.viewer)
        return Response(escalation(row, self.viewer))


class EscalationAccept(DeskView):
    @document("Accept an escalation", answer=EscalationShape, is_once=True)
    def post(self, request: Request, escalation_id: int) -> HttpResponse:
        """Take the ticket over: it is yours and your level's team's from now on."""

        def act() -> Response:
            handovers.accept(escalation_id=escalation_id, actor=self.viewer, at=timezone.now())
            return Response(escalation(get_escalation(escalation_id=escalation_id, viewer=self.viewer), self.viewer))

        return self.run_once(request, act)


class EscalationReturn(DeskView):
    @document("Return an escalation", body=ReturnInput, answer=EscalationShape, is_once=True)
    def post(self, request: Request, escalation_id: int) -> HttpResponse:
        """Send the ticket back with a reason; its holder has stayed its owner."""
        reason = self.read_input(ReturnInput(data=request.data))["reason"]

        def act() -> Response:
            handovers.send_back(escalation_id=escalation_id, reason=reason, actor=self.viewer, at=timezone.now())
            return Response(escalation(get_escalation(escalation_id=escalation_id, viewer=self.viewer), self.viewer))

        return self.run_once(request, act)


class EscalationPackage(DeskView):
    @document("Complete a package", body=CompleteInput, answer=EscalationShape, is_once=True)
    def post(self, request: Request, escalation_id: int) -> HttpResponse:
        """Replace the package by a complete one, while nobody has answered."""
        data = self.read_input(CompleteInput(data=request.data))
        return self.run_once(request, lambda: self._complete(escalation_id, self.viewer, data))

    @staticmethod
    def _complete(escalation_id: int, actor: User, data: dict[str, Any]) -> Response:
        row = get_escalation(escalation_id=escalation_id, viewer=actor)
        uuids = [str(uuid) for uuid in data.pop("files", ())]
        files = list(row.ticket.attachments.filter(uuid__in=uuids))
        if len(files) != len(set(uuids)):
            raise InvalidInput(fields={"files": [_("There is no such file on this ticket.")]})
        handovers.complete(escalation_id=escalation_id, parts=data, files=files, actor=actor, at=timezone.now())
        return Response(escalation(get_escalation(escalation_id=escalation_id, viewer=actor), actor))
