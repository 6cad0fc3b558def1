"""Tasks of a ticket that several teams work on (M3.4-3). For the desk."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import serializers as s
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.accounts.models import Team, User
from helpdesk.common import paging
from helpdesk.common.errors import InvalidInput
from helpdesk.common.rest import pages
from helpdesk.common.rest.docs import document
from helpdesk.common.rest.fields import CodeChoiceField, StrictSerializer, TextField, WholeNumberField, instant
from helpdesk.common.rest.shapes import Person, page_of
from helpdesk.common.rest.views import ApiView, DeskView
from tickets.api import output
from tickets.api.schemas import TeamShape
from tickets.api.views import find_id_for_desk
from tickets.models import TicketTask
from tickets.models.ticket import TEXT_LENGTH
from tickets.services.tasks import add_task, end_task

ENDINGS = [choice for choice in TicketTask.State.choices if choice[0] != TicketTask.State.OPEN]
SHOWN = ("team", "created_by", "ended_by")


class TaskShape(s.Serializer):
    id = s.IntegerField()
    team = TeamShape()
    words = s.CharField(help_text="What is to be done.")
    state = s.ChoiceField(TicketTask.State.choices)
    created_at = s.DateTimeField()
    created_by = Person(allow_null=True)
    ended_at = s.DateTimeField(allow_null=True)
    ended_by = Person(allow_null=True)
    result = s.CharField()


class TaskInput(StrictSerializer):
    team = WholeNumberField(help_text="An id of `teams/`.")
    words = TextField(max_length=TEXT_LENGTH)


class TaskEndInput(StrictSerializer):
    state = CodeChoiceField(ENDINGS)
    result = TextField(max_length=TEXT_LENGTH, help_text="What came of it, or why it isn't needed.")


def task(row: TicketTask, viewer: User) -> dict[str, Any]:
    return {
        "id": row.pk,
        "team": output.team(row.team),
        "words": row.words,
        "state": row.state,
        "created_at": instant(row.created_at),
        "created_by": output.person(row.created_by, viewer),
        "ended_at": instant(row.ended_at),
        "ended_by": output.person(row.ended_by, viewer),
        "result": row.result,
    }


class TicketTasks(ApiView):
    query_parameters = pages.PARAMETERS

    @document("List tasks", answer=page_of(TaskShape, "Task"))
    def get(self, request: Request, number: str) -> Response:
        """What other teams do for this ticket, oldest first. Desk only."""
        viewer = self.viewer
        rows = (
            TicketTask.objects.visible_to(viewer)
            .filter(ticket_id=find_id_for_desk(number, viewer))
            .select_related(*SHOWN)
        )
        return Response(pages.answer_page(request, rows, [paging.number("id")], lambda row: task(row, viewer)))

    @document("Add a task", body=TaskInput, answer=TaskShape, status=201, is_once=True)
    def post(self, request: Request, number: str) -> HttpResponse:
        """Ask a team for its share. While it is open the ticket can't be solved."""
        ticket = find_id_for_desk(number, self.viewer)
        data = self.read_input(TaskInput(data=request.data))
        return self.run_once(request, lambda: self._add(ticket, self.viewer, data))

    @staticmethod
    def _add(ticket: int, actor: User, data: dict[str, Any]) -> Response:
        team = Team.objects.filter(pk=data["team"]).first()
        if team is None:
            raise InvalidInput(fields={"team": [_("There is no such team.")]})
        row = add_task(ticket_id=ticket, team=team, words=data["words"], actor=actor, at=timezone.now())
        return Response(task(row, actor), status=201)


class TaskEnd(DeskView):
    @document("End a task", body=TaskEndInput, answer=TaskShape, is_once=True)
    def post(self, request: Request, task_id: int) -> HttpResponse:
        """Say that a task is done, or that it isn't needed."""
        data = self.read_input(TaskEndInput(data=request.data))

        def act() -> Response:
            row = end_task(
                task_id=task_id,
                state=TicketTask.State(data["state"]),
                result=data["result"],
                actor=self.viewer,
                at=timezone.now(),
            )
            return Response(task(row, self.viewer))

        return self.run_once(request, act)
