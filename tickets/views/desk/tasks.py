"""Tasks of other teams on a ticket: asking for one, and saying what came of it (M3.4-3)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.accounts.desk_access import desk_page, viewer
from helpdesk.common.errors import NotAllowed, NotVisible
from tickets.forms.desk import EndTaskForm, TaskForm
from tickets.models import TicketTask
from tickets.policies import can_end_task, can_work_on
from tickets.selectors import get_ticket
from tickets.services.tasks import add_task, end_task
from tickets.views.desk.asking import Sheet, answer_sheet


@desk_page("GET", "POST")
def task_add(request: HttpRequest, number: str) -> HttpResponseBase:
    """Ask a team for its share."""
    me = viewer(request)
    ticket = get_ticket(number=number, viewer=me)
    if not can_work_on(me, ticket):
        raise NotAllowed

    def act(data: dict[str, Any]) -> str:
        add_task(ticket_id=ticket.pk, actor=me, at=timezone.now(), **data)
        return _("The team has the task now.")

    return answer_sheet(request, ticket, TaskForm(request.POST or None), Sheet(_("Add a task"), _("Add")), act)


@desk_page("GET", "POST")
def task_end(request: HttpRequest, task_id: int) -> HttpResponseBase:
    """Say that it is done, or that it isn't needed."""
    me = viewer(request)
    task = TicketTask.objects.visible_to(me).select_related("ticket", "team").filter(pk=task_id).first()
    if task is None:
        raise NotVisible
    if not can_end_task(me, task):
        raise NotAllowed(_("This task belongs to another team."))

    def act(data: dict[str, Any]) -> str:
        end_task(task_id=task.pk, actor=me, at=timezone.now(), **data)
        return _("The task of the team “%(team)s” has ended.") % {"team": task.team.name}

    sheet = Sheet(_("Finish a task"), _("Save"), task.words)
    return answer_sheet(request, task.ticket, EndTaskForm(request.POST or None), sheet, act)
