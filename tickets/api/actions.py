"""Requests for action to the requester, in numbered steps (M3.3.3-3)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from rest_framework import serializers as s
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.accounts.models import User
from helpdesk.common import paging
from helpdesk.common.rest import pages
from helpdesk.common.rest.docs import document
from helpdesk.common.rest.fields import InstantField, StrictSerializer, TextField, WholeNumberField
from helpdesk.common.rest.shapes import page_of, shape
from helpdesk.common.rest.views import ApiView
from tickets.api.agreements import ANSWERED, PEOPLE, answer_of, answered, find_in
from tickets.api.views import find_id, find_id_for_desk
from tickets.models import ActionRequest
from tickets.models.asking import WORDS_LENGTH
from tickets.promises import STEP_LENGTH
from tickets.services.agreements.actions import Guidance, answer_action, cancel_action, request_action

MOST_GIVEN = 100
StepShape = shape("ActionStepShape", position=s.IntegerField(), words=s.CharField(), is_done=s.BooleanField())
ActionShape = shape(
    "ActionShape",
    id=s.IntegerField(),
    words=s.CharField(help_text="What it is for."),
    steps=StepShape(many=True),
    is_done=s.BooleanField(allow_null=True),
    reminders_sent=s.IntegerField(),
    **ANSWERED,
)


class ActionInput(StrictSerializer):
    words = TextField(max_length=WORDS_LENGTH, help_text="What it is for; the requester reads it.")
    steps = s.ListField(child=TextField(max_length=STEP_LENGTH), min_length=1, max_length=MOST_GIVEN)
    answer_by_at = InstantField(help_text="The ticket waits until then.")


class ActionAnswerInput(StrictSerializer):
    is_done = s.BooleanField()
    done = s.ListField(
        child=WholeNumberField(), required=False, max_length=MOST_GIVEN, help_text="The numbers of the steps taken."
    )
    words = TextField(max_length=WORDS_LENGTH, required=False, allow_blank=True)


def action(row: ActionRequest, viewer: User) -> dict[str, Any]:
    return {
        "id": row.pk,
        "words": row.words,
        "steps": [
            {"position": step.position, "words": step.words, "is_done": step.is_done} for step in row.steps.all()
        ],
        "is_done": row.is_done,
        "reminders_sent": row.reminders_sent,
        **answered(row, viewer),
    }


class TicketActions(ApiView):
    query_parameters = pages.PARAMETERS

    @document("List requests for action", answer=page_of(ActionShape, "Action"))
    def get(self, request: Request, number: str) -> Response:
        """What the requester was asked to do, oldest first."""
        viewer = self.viewer
        rows = ActionRequest.objects.visible_to(viewer).filter(ticket_id=find_id(number, viewer))
        rows = rows.select_related(*PEOPLE).prefetch_related("steps")
        return Response(pages.answer_page(request, rows, [paging.number("id")], lambda row: action(row, viewer)))

    @document("Request an action", body=ActionInput, answer=ActionShape, status=201, is_once=True)
    def post(self, request: Request, number: str) -> HttpResponse:
        """Ask the requester to do something. The ticket waits for them, and they are reminded each working day."""
        ticket = find_id_for_desk(number, self.viewer)
        data = self.read_input(ActionInput(data=request.data))

        def act() -> Response:
            row = request_action(ticket_id=ticket, guidance=Guidance(**data), actor=self.viewer, at=timezone.now())
            return Response(action(row, self.viewer), status=201)

        return self.run_once(request, act)


class ActionAnswer(ApiView):
    @document("Answer a request for action", body=ActionAnswerInput, answer=ActionShape, is_once=True)
    def post(self, request: Request, number: str, pk: int) -> HttpResponse:
        """Say that it is done, or what keeps you from it. By the requester; whoever works on the ticket writes a spoken
        answer down."""
        ticket = find_id(number, self.viewer)
        data = self.read_input(ActionAnswerInput(data=request.data))

        def act() -> Response:
            row = find_in(ActionRequest, ticket, pk, self.viewer)
            answer_action(
                request_id=row.pk,
                is_done=data["is_done"],
                done=data.get("done", ()),
                answer=answer_of(row.ticket, self.viewer, data.get("words", "")),
            )
            return Response(action(find_in(ActionRequest, ticket, pk, self.viewer), self.viewer))

        return self.run_once(request, act)


class ActionCancel(ApiView):
    @document("Take a request for action back", answer=ActionShape, is_once=True)
    def post(self, request: Request, number: str, pk: int) -> HttpResponse:
        """Ask no longer; the ticket goes on."""
        ticket = find_id_for_desk(number, self.viewer)

        def act() -> Response:
            row = find_in(ActionRequest, ticket, pk, self.viewer)
            cancel_action(request_id=row.pk, actor=self.viewer, at=timezone.now())
            return Response(action(find_in(ActionRequest, ticket, pk, self.viewer), self.viewer))

        return self.run_once(request, act)
