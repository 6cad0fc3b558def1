"""Work windows agreed with the requester (M3.3.2-3)."""

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
from helpdesk.common.rest.fields import InstantField, StrictSerializer, TextField, instant
from helpdesk.common.rest.shapes import page_of, shape
from helpdesk.common.rest.views import ApiView
from tickets.api.agreements import ANSWERED, PEOPLE, answer_of, answered, find_in
from tickets.api.views import find_id, find_id_for_desk
from tickets.models import WorkWindow
from tickets.models.asking import WORDS_LENGTH
from tickets.services.agreements.windows import Window, answer_window, cancel_window, propose_window

WindowShape = shape(
    "WindowShape",
    id=s.IntegerField(),
    starts_at=s.DateTimeField(),
    ends_at=s.DateTimeField(),
    words=s.CharField(help_text="What happens."),
    affected=s.CharField(),
    is_accepted=s.BooleanField(allow_null=True),
    wished_at=s.DateTimeField(allow_null=True, help_text="When it would suit the requester better."),
    **ANSWERED,
)


class WindowInput(StrictSerializer):
    starts_at = InstantField()
    ends_at = InstantField()
    words = TextField(max_length=WORDS_LENGTH, help_text="What happens; the requester reads it.")
    affected = TextField(max_length=WORDS_LENGTH, required=False, allow_blank=True)
    answer_by_at = InstantField(required=False, help_text="Without it there is time until the window begins.")


class WindowAnswerInput(StrictSerializer):
    accept = s.BooleanField()
    wished_at = InstantField(required=False)
    words = TextField(max_length=WORDS_LENGTH, required=False, allow_blank=True)


def window(row: WorkWindow, viewer: User) -> dict[str, Any]:
    return {
        "id": row.pk,
        "starts_at": instant(row.starts_at),
        "ends_at": instant(row.ends_at),
        "words": row.words,
        "affected": row.affected,
        "is_accepted": row.is_accepted,
        "wished_at": instant(row.wished_at),
        **answered(row, viewer),
    }


class TicketWindows(ApiView):
    query_parameters = pages.PARAMETERS

    @document("List work windows", answer=page_of(WindowShape, "Window"))
    def get(self, request: Request, number: str) -> Response:
        """The windows that were proposed for this ticket, oldest first."""
        viewer = self.viewer
        rows = WorkWindow.objects.visible_to(viewer).filter(ticket_id=find_id(number, viewer)).select_related(*PEOPLE)
        return Response(pages.answer_page(request, rows, [paging.number("id")], lambda row: window(row, viewer)))

    @document("Propose a work window", body=WindowInput, answer=WindowShape, status=201, is_once=True)
    def post(self, request: Request, number: str) -> HttpResponse:
        """Ask the requester for a time to work on it. Once they accept, the ticket waits until it begins."""
        ticket = find_id_for_desk(number, self.viewer)
        data = self.read_input(WindowInput(data=request.data))

        def act() -> Response:
            row = propose_window(ticket_id=ticket, window=Window(**data), actor=self.viewer, at=timezone.now())
            return Response(window(row, self.viewer), status=201)

        return self.run_once(request, act)


class WindowAnswer(ApiView):
    @document("Answer a work window", body=WindowAnswerInput, answer=WindowShape, is_once=True)
    def post(self, request: Request, number: str, pk: int) -> HttpResponse:
        """Accept it, or wish another time. By the requester; whoever works on the ticket writes a spoken answer down."""
        ticket = find_id(number, self.viewer)
        data = self.read_input(WindowAnswerInput(data=request.data))

        def act() -> Response:
            row = find_in(WorkWindow, ticket, pk, self.viewer)
            answer_window(
                window_id=row.pk,
                is_accepted=data["accept"],
                wished_at=None if data["accept"] else data.get("wished_at"),
                answer=answer_of(row.ticket, self.viewer, data.get("words", "")),
            )
            return Response(window(find_in(WorkWindow, ticket, pk, self.viewer), self.viewer))

        return self.run_once(request, act)


class WindowCancel(ApiView):
    @document("Take a work window back", answer=WindowShape, is_once=True)
    def post(self, request: Request, number: str, pk: int) -> HttpResponse:
        """Ask no longer."""
        ticket = find_id_for_desk(number, self.viewer)

        def act() -> Response:
            row = find_in(WorkWindow, ticket, pk, self.viewer)
            cancel_window(window_id=row.pk, actor=self.viewer, at=timezone.now())
            return Response(window(find_in(WorkWindow, ticket, pk, self.viewer), self.viewer))

        return self.run_once(request, act)
