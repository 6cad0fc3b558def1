"""A ticket's own page about major incidents: declaring one, belonging to one, leaving it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.accounts.desk_access import desk_page, posted_version, viewer
from helpdesk.common.errors import Conflict, DomainError, InvalidInput, NotAllowed, NotVisible, StaleVersion
from helpdesk.common.web import SeeOther, add_errors
from tickets.forms.incidents import DeclareForm, IncidentOfTicketForm
from tickets.incidents import incident_of
from tickets.models import Ticket
from tickets.policies import can_work_on
from tickets.selectors import get_ticket
from tickets.services.incident_links import link_tickets, unlink_ticket
from tickets.services.incidents import declare
from tickets.views.desk.addresses import desk_url, view_of
from tickets.views.desk.incident_acts import page_status


@desk_page("GET", "POST")
def ticket_incident(request: HttpRequest, number: str) -> HttpResponseBase:
    """To which incident the ticket belongs; a parent's leads to its incident."""
    me = viewer(request)
    ticket = get_ticket(number=number, viewer=me)
    incident = incident_of(ticket)
    if incident is not None and incident.ticket_id == ticket.pk:
        return SeeOther(reverse("desk:incident", args=[incident.number]))
    form = IncidentOfTicketForm(request.POST or None, viewer=me)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            chosen = form.cleaned_data["incident"]
            try:
                link_tickets(incident_id=chosen.pk, ticket_ids=[ticket.pk], actor=me, at=timezone.now())
            except NotVisible:
                raise
            except DomainError as error:
                add_errors(form, error)
                status = page_status(error)
            else:
                messages.success(request, _("Linked to the major incident %(number)s.") % {"number": chosen.number})
                return SeeOther(desk_url("ticket", number, view=view_of(request)))
    facts = {
        "form": form,
        "linked": incident,
        "has_choice": form.fields["incident"].queryset.exists(),  # type: ignore[attr-defined]
        "may_declare": can_work_on(me, ticket),
    }
    return _page(request, ticket, "ticket_incident", status, facts)


@desk_page("POST")
def ticket_incident_unlink(request: HttpRequest, number: str) -> HttpResponseBase:
    """Take the ticket off its incident."""
    me = viewer(request)
    ticket = get_ticket(number=number, viewer=me)
    incident = incident_of(ticket)
    if incident is not None:
        unlink_ticket(incident_id=incident.pk, ticket_id=ticket.pk, actor=me, at=timezone.now())
        messages.success(request, _("Ticket %(number)s is no longer linked.") % {"number": number})
    return SeeOther(desk_url("ticket", number, view=view_of(request)))


@desk_page("GET", "POST")
def ticket_declare(request: HttpRequest, number: str) -> HttpResponseBase:
    """Make the ticket a major incident."""
    me = viewer(request)
    ticket = get_ticket(number=number, viewer=me)
    if not can_work_on(me, ticket):
        raise NotAllowed
    if request.method != "POST":
        return _page(request, ticket, "incident_declare", 200, {"form": DeclareForm.for_ticket(ticket, me)})
    form = DeclareForm(request.POST)
    if not form.is_valid():
        return _page(request, ticket, "incident_declare", 422, {"form": form})
    try:
        incident = declare(
            ticket_id=ticket.pk,
            actor=me,
            declaration=form.declaration(),
            at=timezone.now(),
            version=posted_version(request),
        )
    except InvalidInput as error:
        add_errors(form, error)
        return _page(request, ticket, "incident_declare", 422, {"form": form})
    except StaleVersion as error:
        add_errors(form, error)
        return _page(request, get_ticket(number=number, viewer=me), "incident_declare", 409, {"form": form})
    except Conflict as error:
        if error.code == "already_declared":
            # Pressed twice, or somebody was faster: there it is.
            return SeeOther(reverse("desk:incident", args=[error.extra["number"]]))
        add_errors(form, error)
        return _page(request, ticket, "incident_declare", 409, {"form": form})
    messages.success(request, _("Major incident %(number)s is declared.") % {"number": incident.number})
    return SeeOther(reverse("desk:incident", args=[incident.number]))


def _page(request: HttpRequest, ticket: Ticket, name: str, status: int, facts: dict[str, Any]) -> HttpResponse:
    view = view_of(request)
    context = {
        "ticket": ticket,
        "ticket_url": desk_url("ticket", ticket.number, view=view),
        "view_query": desk_url("ticket", ticket.number, view=view).partition("?")[2],
        "desk_views": (),
        "contact": {},
        **facts,
    }
    is_fragment = request.headers.get("HX-Request") == "true"
    return render(request, f"desk/_{name}.html" if is_fragment else f"desk/{name}.html", context, status=status)
