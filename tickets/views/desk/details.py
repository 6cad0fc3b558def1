"""Corrections of what a ticket says, and the people who read along."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.accounts.desk_access import desk_page, posted_version, viewer
from helpdesk.accounts.models import User
from helpdesk.common.errors import InvalidInput, StaleVersion
from helpdesk.common.web import SeeOther, add_errors
from tickets.forms.desk import DetailsForm, WatcherForm
from tickets.models import Ticket
from tickets.people_lookup import find_people, label, person_named
from tickets.selectors import get_ticket
from tickets.services.edit import add_watcher, edit_ticket, remove_watcher
from tickets.views.desk.addresses import desk_url, view_of
from tickets.views.desk.commands import news_since
from tickets.views.desk.story import Item


@desk_page("GET", "POST")
def ticket_edit(request: HttpRequest, number: str) -> HttpResponseBase:
    """Change the descriptive fields, all of them or one part (`?part=contact`)."""
    me = viewer(request)
    ticket = get_ticket(number=number, viewer=me)
    part = request.GET.get("part", "")
    if request.method != "POST":
        return _edit_page(request, ticket, DetailsForm(part=part, ticket=ticket), part)
    form = DetailsForm(request.POST, part=part)
    if not form.is_valid():
        return _edit_page(request, ticket, form, part, status=422)
    try:
        edit_ticket(
            ticket_id=ticket.pk,
            actor=me,
            version=posted_version(request),
            changes=form.cleaned_data,
            at=timezone.now(),
        )
    except InvalidInput as error:
        add_errors(form, error)
        return _edit_page(request, ticket, form, part, status=422)
    except StaleVersion:
        now = get_ticket(number=number, viewer=me)
        return _edit_page(request, now, form, part, news=news_since(now, me, posted_version(request)), status=409)
    messages.success(request, _("The details are changed."))
    return SeeOther(desk_url("ticket", ticket.number, view=view_of(request)))


def _edit_page(
    request: HttpRequest,
    ticket: Ticket,
    form: DetailsForm,
    part: str,
    *,
    news: Sequence[Item] = (),
    status: int = 200,
) -> HttpResponse:
    context = {
        "ticket": ticket,
        "form": form,
        "news": news,
        "title": _("Edit details"),
        "focus": request.GET.get("focus", ""),
        "ticket_url": desk_url("ticket", ticket.number, view=view_of(request)),
        "submit_label": _("Save"),
        "desk_views": (),
        "contact": {},
    }
    is_fragment = request.headers.get("HX-Request") == "true"
    return render(request, "desk/_command.html" if is_fragment else "desk/command.html", context, status=status)


@desk_page("GET", "POST")
def watchers(request: HttpRequest, number: str) -> HttpResponseBase:
    """See who reads along, and add somebody."""
    me = viewer(request)
    ticket = get_ticket(number=number, viewer=me)
    form = WatcherForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                person = person_named(me, form.cleaned_data["person"], field="person")
                add_watcher(ticket_id=ticket.pk, actor=me, person=person, at=timezone.now())
                return SeeOther(desk_url("ticket", ticket.number, view=view_of(request)))
            except InvalidInput as error:
                add_errors(form, error)
    context = {
        "ticket": ticket,
        "form": form,
        "people": [label(person) for person in find_people(me, request.POST.get("person", "")[:200])],
        "watchers": User.objects.filter(pk__in=ticket.watcher_rows.values("user_id")).order_by("full_name"),
        "view": view_of(request),
        "ticket_url": desk_url("ticket", ticket.number, view=view_of(request)),
        "desk_views": (),
        "contact": {},
    }
    is_fragment = request.headers.get("HX-Request") == "true"
    return render(request, "desk/_watchers.html" if is_fragment else "desk/watchers.html", context, status=status)


@desk_page("POST")
def watcher_remove(request: HttpRequest, number: str) -> HttpResponseBase:
    """Take somebody off the readers."""
    me = viewer(request)
    ticket = get_ticket(number=number, viewer=me)
    person = person_named(me, request.POST.get("person", "")[:200], field="person")
    remove_watcher(ticket_id=ticket.pk, actor=me, person=person, at=timezone.now())
    return SeeOther(desk_url("ticket", ticket.number, view=view_of(request)))
