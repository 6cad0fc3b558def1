"""The diagnosis log of a ticket (M3.2-2, M3.3.1-4). For the desk."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import serializers as s
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.accounts.models import User
from helpdesk.common import paging
from helpdesk.common.errors import InvalidInput
from helpdesk.common.rest import pages
from helpdesk.common.rest.docs import document
from helpdesk.common.rest.fields import CodeChoiceField, StrictSerializer, TextField, WholeNumberField, instant
from helpdesk.common.rest.shapes import Person, page_of
from helpdesk.common.rest.views import ApiView, DeskView
from tickets.api import output
from tickets.api.confidentiality import find_for_desk
from tickets.api.views import find_id_for_desk
from tickets.choices import CONSENT_ITEM_CHOICES, FINDING_CHOICES, STEP_KIND_CHOICES
from tickets.models import DiagnosisStep, DiagnosisTemplate
from tickets.models.asking import WORDS_LENGTH
from tickets.selectors import templates_for
from tickets.services.diagnosis import (
    SHORT,
    Plan,
    Result,
    drop_step,
    finish_step,
    log_step,
    plan_from_template,
    plan_step,
)
from tickets.services.files import MAX_FILES

DROPPED = "dropped"


class DiagnosisStepShape(s.Serializer):
    id = s.IntegerField()
    kind = s.ChoiceField(STEP_KIND_CHOICES)
    hypothesis = s.CharField()
    action = s.CharField()
    touches = s.ListField(child=s.ChoiceField(CONSENT_ITEM_CHOICES))
    state = s.ChoiceField(DiagnosisStep.State.choices)
    finding = s.ChoiceField(FINDING_CHOICES, allow_null=True)
    result = s.CharField()
    evidence = s.CharField()
    minutes = s.IntegerField(allow_null=True)
    files = s.ListField(child=s.UUIDField())
    consents = s.ListField(child=s.IntegerField(), help_text="The consents that it was done under.")
    created_at = s.DateTimeField()
    created_by = Person()
    ended_at = s.DateTimeField(allow_null=True)
    ended_by = Person(allow_null=True)


class TemplateStepShape(s.Serializer):
    kind = s.ChoiceField(STEP_KIND_CHOICES)
    hypothesis = s.CharField()
    action = s.CharField()
    touches = s.ListField(child=s.ChoiceField(CONSENT_ITEM_CHOICES))


class DiagnosisTemplateShape(s.Serializer):
    id = s.IntegerField()
    name = s.CharField()
    category = s.IntegerField(allow_null=True)
    steps = TemplateStepShape(many=True)


class DiagnosisTemplateInput(StrictSerializer):
    template = WholeNumberField()


class _Result(StrictSerializer):
    result = TextField(max_length=WORDS_LENGTH, required=False, allow_blank=True)
    evidence = TextField(max_length=WORDS_LENGTH, required=False, allow_blank=True)
    minutes = WholeNumberField(required=False, allow_null=True)
    files = s.ListField(child=s.UUIDField(), required=False, max_length=MAX_FILES, help_text="Ids of own uploads.")


class DiagnosisStepInput(_Result):
    kind = CodeChoiceField(STEP_KIND_CHOICES)
    action = TextField(max_length=WORDS_LENGTH)
    hypothesis = TextField(max_length=SHORT, required=False, allow_blank=True)
    touches = s.ListField(
        child=CodeChoiceField(CONSENT_ITEM_CHOICES), required=False, max_length=len(CONSENT_ITEM_CHOICES)
    )
    finding = CodeChoiceField(FINDING_CHOICES, required=False, help_text="With it the step counts as done already.")


class DiagnosisStepEndInput(_Result):
    finding = CodeChoiceField(
        [*FINDING_CHOICES, (DROPPED, DROPPED)],
        help_text="`dropped` for a step that isn't taken; then say why in `result`.",
    )


def step(row: DiagnosisStep, viewer: User) -> dict[str, Any]:
    return {
        "id": row.pk,
        **{name: getattr(row, name) for name in ("kind", "hypothesis", "action", "touches", "state")},
        "finding": row.finding or None,
        **{name: getattr(row, name) for name in ("result", "evidence", "minutes")},
        "files": [str(file.uuid) for file in row.files.all()],
        "consents": [consent.pk for consent in row.consents.all()],
        "created_at": instant(row.created_at),
        "created_by": output.person(row.created_by, viewer),
        "ended_at": instant(row.ended_at),
        "ended_by": output.person(row.ended_by, viewer),
    }


def template(row: DiagnosisTemplate) -> dict[str, Any]:
    names = ("kind", "hypothesis", "action", "touches")
    steps = [{name: getattr(planned, name) for name in names} for planned in row.steps.all()]
    return {"id": row.pk, "name": row.name, "category": row.category_id, "steps": steps}


def _result(data: dict[str, Any]) -> Result:
    return Result(
        finding=data["finding"],
        result=data.get("result", ""),
        evidence=data.get("evidence", ""),
        minutes=data.get("minutes"),
        files=[str(uuid) for uuid in data.get("files", ())],
    )


class TicketSteps(ApiView):
    query_parameters = pages.PARAMETERS

    @document("List diagnosis steps", answer=page_of(DiagnosisStepShape, "DiagnosisStep"))
    def get(self, request: Request, number: str) -> Response:
        """What was supposed, done and found, oldest first. Desk only."""
        viewer = self.viewer
        rows = DiagnosisStep.objects.visible_to(viewer).filter(ticket_id=find_id_for_desk(number, viewer))
        rows = rows.select_related("created_by", "ended_by").prefetch_related("files", "consents")
        return Response(pages.answer_page(request, rows, [paging.number("id")], lambda row: step(row, viewer)))

    @document(
        "Plan or log a diagnosis step", body=DiagnosisStepInput, answer=DiagnosisStepShape, status=201, is_once=True
    )
    def post(self, request: Request, number: str) -> HttpResponse:
        """With a `finding` it counts as done; then what it touches must be allowed (409 `no_consent`)."""
        ticket = find_id_for_desk(number, self.viewer)
        data = self.read_input(DiagnosisStepInput(data=request.data))
        plan = Plan(data["kind"], data["action"], data.get("hypothesis", ""), data.get("touches", ()))

        def act() -> Response:
            facts: dict[str, Any] = {"ticket_id": ticket, "plan": plan, "actor": self.viewer, "at": timezone.now()}
            row = log_step(result=_result(data), **facts) if data.get("finding") else plan_step(**facts)
            return Response(step(row, self.viewer), status=201)

        return self.run_once(request, act)


class TicketTemplates(ApiView):
    query_parameters = pages.PARAMETERS

    @document("List diagnosis templates", answer=page_of(DiagnosisTemplateShape, "DiagnosisTemplate"))
    def get(self, request: Request, number: str) -> Response:
        """Lists of usual steps for the ticket's category, those above it, and for every ticket. Desk only."""
        rows = templates_for(find_for_desk(number, self.viewer)).prefetch_related("steps")
        return Response(pages.answer_page(request, rows, [paging.number("id")], template))

    @document(
        "Use a diagnosis template",
        body=DiagnosisTemplateInput,
        answer=DiagnosisStepShape(many=True),
        status=201,
        is_once=True,
    )
    def post(self, request: Request, number: str) -> HttpResponse:
        """Plan all its steps that aren't on the list yet, in the language of the request (409 `nothing_new`)."""
        ticket = find_for_desk(number, self.viewer)
        data = self.read_input(DiagnosisTemplateInput(data=request.data))
        chosen = templates_for(ticket).filter(pk=data["template"]).first()
        if chosen is None:
            raise InvalidInput(fields={"template": [_("There is no such entry.")]})

        def act() -> Response:
            rows = plan_from_template(ticket_id=ticket.pk, template=chosen, actor=self.viewer, at=timezone.now())
            return Response([step(row, self.viewer) for row in rows], status=201)

        return self.run_once(request, act)


class StepEnd(DeskView):
    @document("End a diagnosis step", body=DiagnosisStepEndInput, answer=DiagnosisStepShape, is_once=True)
    def post(self, request: Request, step_id: int) -> HttpResponse:
        """Say what came of a planned step. One that touches data or work needs a consent that holds (409 `no_consent`)."""
        data = self.read_input(DiagnosisStepEndInput(data=request.data))

        def act() -> Response:
            facts: dict[str, Any] = {"step_id": step_id, "actor": self.viewer, "at": timezone.now()}
            if data["finding"] == DROPPED:
                row = drop_step(reason=data.get("result", ""), **facts)
            else:
                row = finish_step(result=_result(data), **facts)
            return Response(step(row, self.viewer))

        return self.run_once(request, act)
