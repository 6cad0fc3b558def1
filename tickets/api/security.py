"""Security incidents: the checklist, the evidence and its chains of custody (M2). For the desk."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from rest_framework import serializers as s
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.accounts.models import User
from helpdesk.common import paging
from helpdesk.common.errors import NotVisible
from helpdesk.common.rest import pages
from helpdesk.common.rest.docs import document
from helpdesk.common.rest.fields import CodeChoiceField, InstantField, StrictSerializer, TextField, instant
from helpdesk.common.rest.naming import field_names
from helpdesk.common.rest.shapes import Person, page_of
from helpdesk.common.rest.views import ApiView, DeskView
from tickets.api import output
from tickets.api.schemas import AttachmentShape
from tickets.api.views import find_id_for_desk
from tickets.models import ConfidentialRead, CustodyEntry, Evidence, SecurityIncident, SecurityStep
from tickets.models.security import NAME_LENGTH, WORDS_LENGTH
from tickets.secrecy import evidence_of
from tickets.security_words import STEP_CHOICES
from tickets.services.evidence import Check, check_evidence, pass_on, secure_evidence
from tickets.services.readings import note_reading
from tickets.services.security import end_step, raise_security_incident

ENDINGS = [choice for choice in SecurityStep.State.choices if choice[0] != SecurityStep.State.OPEN]


class SecurityStepShape(s.Serializer):
    id = s.IntegerField()
    code = s.ChoiceField(STEP_CHOICES)
    due_at = s.DateTimeField(allow_null=True)
    state = s.ChoiceField(SecurityStep.State.choices)
    ended_at = s.DateTimeField(allow_null=True)
    ended_by = Person(allow_null=True)
    words = s.CharField()


class SecurityShape(s.Serializer):
    suspicion = s.CharField()
    started_at = s.DateTimeField()
    started_by = Person()
    officers = Person(many=True, help_text="Who was called.")
    steps = SecurityStepShape(many=True)


class SecurityInput(StrictSerializer):
    suspicion = TextField(max_length=WORDS_LENGTH, help_text="What is suspected, in a sentence.")


class SecurityStepEndInput(StrictSerializer):
    state = CodeChoiceField(ENDINGS)
    words = TextField(
        max_length=WORDS_LENGTH, required=False, allow_blank=True, help_text="Needed where it doesn't apply."
    )


class CustodyShape(s.Serializer):
    sequence = s.IntegerField()
    passed_from = s.CharField()
    passed_to = s.CharField()
    passed_at = s.DateTimeField()
    purpose = s.CharField()
    recorded_by = Person()
    recorded_at = s.DateTimeField()


class EvidenceShape(s.Serializer):
    id = s.IntegerField()
    file = AttachmentShape(help_text="`sha256` was made when it arrived.")
    what = s.CharField()
    found_where = s.CharField()
    taken_at = s.DateTimeField()
    taken_by = Person()
    custody = CustodyShape(many=True)


class EvidenceInput(StrictSerializer):
    file = s.UUIDField(help_text="A file of your own that you uploaded to `attachments/` and didn't send yet.")
    what = TextField(max_length=NAME_LENGTH)
    found_where = TextField(max_length=NAME_LENGTH)
    taken_at = InstantField()


class CustodyInput(StrictSerializer):
    passed_to = TextField(max_length=NAME_LENGTH)
    passed_at = InstantField()
    purpose = TextField(max_length=NAME_LENGTH)


class CheckShape(s.Serializer):
    result = s.ChoiceField([check.value for check in Check])


def step(row: SecurityStep, viewer: User) -> dict[str, Any]:
    return {
        "id": row.pk,
        "code": row.code,
        "due_at": instant(row.due_at),
        "state": row.state,
        "ended_at": instant(row.ended_at),
        "ended_by": output.person(row.ended_by, viewer),
        "words": row.words,
    }


def security(row: SecurityIncident, viewer: User) -> dict[str, Any]:
    steps = SecurityStep.objects.visible_to(viewer).filter(ticket=row.ticket_id).select_related("ended_by")
    return {
        "suspicion": row.suspicion,
        "started_at": instant(row.started_at),
        "started_by": output.person(row.started_by, viewer),
        "officers": [output.person(officer, viewer) for officer in row.officers.order_by("pk")],
        "steps": [step(each, viewer) for each in steps],
    }


def custody(row: CustodyEntry, viewer: User) -> dict[str, Any]:
    return {
        "sequence": row.sequence,
        "passed_from": row.passed_from,
        "passed_to": row.passed_to,
        "passed_at": instant(row.passed_at),
        "purpose": row.purpose,
        "recorded_by": output.person(row.recorded_by, viewer),
        "recorded_at": instant(row.recorded_at),
    }


def evidence(row: Evidence, viewer: User) -> dict[str, Any]:
    return {
        "id": row.pk,
        "file": output.attachment(row.file, viewer),
        "what": row.what,
        "found_where": row.found_where,
        "taken_at": instant(row.taken_at),
        "taken_by": output.person(row.taken_by, viewer),
        "custody": [custody(link, viewer) for link in row.custody.all()],
    }


class TicketSecurity(ApiView):
    @document("Read a security incident", answer=SecurityShape)
    def get(self, request: Request, number: str) -> Response:
        """What is suspected, who was called, and the checklist. Desk only; 404 where none was raised."""
        viewer = self.viewer
        rows = SecurityIncident.objects.visible_to(viewer).select_related("started_by")
        row = rows.filter(ticket_id=find_id_for_desk(number, viewer)).first()
        if row is None:
            raise NotVisible
        return Response(security(row, viewer))

    @document("Raise a security incident", body=SecurityInput, answer=SecurityShape, status=201, is_once=True)
    def post(self, request: Request, number: str) -> HttpResponse:
        """Shut the ticket for everybody but you, its assignee and the duty officers, and start the checklist."""
        ticket = find_id_for_desk(number, self.viewer)
        data = self.read_input(SecurityInput(data=request.data))

        def act() -> Response:
            row = raise_security_incident(
                ticket_id=ticket, suspicion=data["suspicion"], actor=self.viewer, at=timezone.now()
            )
            return Response(security(row, self.viewer), status=201)

        return self.run_once(request, act)


class SecurityStepEnd(DeskView):
    @document("End a security step", body=SecurityStepEndInput, answer=SecurityStepShape, is_once=True)
    def post(self, request: Request, step_id: int) -> HttpResponse:
        """Say that a step of the checklist is done, or why it doesn't apply."""
        data = self.read_input(SecurityStepEndInput(data=request.data))

        def act() -> Response:
            state = SecurityStep.State(data["state"])
            row = end_step(
                step_id=step_id, state=state, words=data.get("words", ""), actor=self.viewer, at=timezone.now()
            )
            return Response(step(row, self.viewer))

        return self.run_once(request, act)


class TicketEvidence(ApiView):
    query_parameters = pages.PARAMETERS

    @document("List evidence", answer=page_of(EvidenceShape, "Evidence"))
    def get(self, request: Request, number: str) -> Response:
        """Files that were secured, with who held them, oldest first. Desk only."""
        viewer = self.viewer
        rows = evidence_of(viewer).select_related("file__uploaded_by")
        rows = rows.filter(ticket_id=find_id_for_desk(number, viewer))
        return Response(pages.answer_page(request, rows, [paging.number("id")], lambda row: evidence(row, viewer)))

    @document("Secure evidence", body=EvidenceInput, answer=EvidenceShape, status=201, is_once=True)
    def post(self, request: Request, number: str) -> HttpResponse:
        """Keep a file as evidence. Its chain of custody begins with you."""
        ticket = find_id_for_desk(number, self.viewer)
        data = self.read_input(EvidenceInput(data=request.data))

        def act() -> Response:
            given = {**data, "file": str(data["file"])}
            with field_names({"files": "file"}):
                row = secure_evidence(ticket_id=ticket, actor=self.viewer, at=timezone.now(), **given)
            return Response(evidence(row, self.viewer), status=201)

        return self.run_once(request, act)


class EvidenceCustody(DeskView):
    query_parameters = pages.PARAMETERS

    @document("List a chain of custody", answer=page_of(CustodyShape, "Custody"))
    def get(self, request: Request, evidence_id: int) -> Response:
        """Who held this piece of evidence, from its securing on."""
        viewer = self.viewer
        found = evidence_of(viewer).select_related("ticket").filter(pk=evidence_id).first()
        if found is None:
            raise NotVisible
        note_reading(ticket=found.ticket, reader=viewer, place=ConfidentialRead.Place.API, at=timezone.now())
        rows = CustodyEntry.objects.visible_to(viewer).filter(evidence=found).select_related("recorded_by")
        order = [paging.number("sequence")]
        return Response(pages.answer_page(request, rows, order, lambda row: custody(row, viewer)))

    @document("Hand evidence on", body=CustodyInput, answer=CustodyShape, status=201, is_once=True)
    def post(self, request: Request, evidence_id: int) -> HttpResponse:
        """Write down that somebody else holds it now."""
        data = self.read_input(CustodyInput(data=request.data))

        def act() -> Response:
            row = pass_on(evidence_id=evidence_id, actor=self.viewer, at=timezone.now(), **data)
            return Response(custody(row, self.viewer), status=201)

        return self.run_once(request, act)


class EvidenceCheck(DeskView):
    @document("Check evidence", answer=CheckShape, is_once=True)
    def post(self, request: Request, evidence_id: int) -> HttpResponse:
        """Compare the stored content with its fingerprint."""

        def act() -> Response:
            result = check_evidence(evidence_id=evidence_id, actor=self.viewer, at=timezone.now())
            return Response({"result": result.value})

        return self.run_once(request, act)
