"""Tasks of other teams on a ticket: asking for one, and saying what came of it (M3.4-3)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.common.errors import InvalidInput, NotAllowed, NotVisible
from helpdesk.common.web import SeeOther, add_errors
from tickets.forms.desk import EndTaskForm, PlainForm, TaskForm
from tickets.models import Ticket, TicketTask
from tickets.policies import can_end_task, can_work_on
from tickets.selectors import get_ticket
from tickets.services.tasks import add_task, end_task
from tickets.views.desk.access import desk_page, viewer
from tickets.views.desk.addresses import desk_url, view_of


@desk_page("GET", "POST")
def task_add(request: HttpRequest, number: str) -> HttpResponseBase:
    """Ask a team for its share."""
    me = viewer(request)
    ticket = get_ticket(number=number, viewer=me)
    if not can_work_on(me, ticket):
        raise NotAllowed
    form, status = TaskForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                add_task(ticket_id=ticket.pk, actor=me, at=timezone.now(), **form.cleaned_data)
            except InvalidInput as error:
                add_errors(form, error)
            else:
                messages.success(request, _("The team has the task now."))
                return SeeOther(desk_url("ticket", number, view=view_of(request)))
    return _page(request, ticket, form, title=_("Add a task"), submit=_("Add"), status=status)


@desk_page("GET", "POST")
def task_end(request: HttpRequest, task_id: int) -> HttpResponseBase:
    """Say that it is done, or that it isn't needed."""
    me = viewer(request)
    task = TicketTask.objects.visible_to(me).select_related("ticket", "team").filter(pk=task_id).first()
    if task is None:
        raise NotVisible
    if not can_end_task(me, task):
        raise NotAllowed(_("This task belongs to another team."))
    form, status = EndTaskForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                end_task(task_id=task.pk, actor=me, at=timezone.now(), **form.cleaned_data)
            except InvalidInput as error:
                add_errors(form, error)
            else:
                messages.success(request, _("The task of the team “%(team)s” has ended.") % {"team": task.team.name})
                return SeeOther(desk_url("ticket", task.ticket.number, view=view_of(request)))
    return _page(
        request, task.ticket, form, title=_("Finish a task"), submit=_("Save"), status=status, words=task.words
    )


def _page(
    request: HttpRequest, ticket: Ticket, form: PlainForm, *, title: str, submit: str, status: int, words: str = ""
) -> HttpResponse:
    context = {
        "ticket": ticket,
        "title": title,
        "submit_label": submit,
        "words": words,
        "form": form,
        "ticket_url": desk_url("ticket", ticket.number, view=view_of(request)),
        "desk_views": (),
        "contact": {},
    }
    is_fragment = request.headers.get("HX-Request") == "true"
    return render(request, "desk/_task.html" if is_fragment else "desk/task.html", context, status=status)
