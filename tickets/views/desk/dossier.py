"""The dossier of a ticket, to print and to keep."""

from __future__ import annotations

from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils import timezone

from helpdesk.accounts.models import User
from tickets.dossier import dossier as make_dossier
from tickets.models import ConfidentialRead, Ticket
from tickets.secrecy import glasses_on, named_on, readings_of
from tickets.selectors import get_ticket, own_files, timeline
from tickets.sentences import names_for
from tickets.views.desk.access import desk_page, viewer
from tickets.views.desk.addresses import desk_url, view_of
from tickets.views.desk.story import items_of


@desk_page("GET")
def dossier(request: HttpRequest, number: str) -> HttpResponseBase:
    """The print-ready page."""
    me, at = viewer(request), timezone.now()
    ticket = get_ticket(number=number, viewer=me, place=ConfidentialRead.Place.DOSSIER)
    entries = timeline(ticket, me)
    for entry in entries:
        entry.event.ticket = ticket
    context = {
        "ticket": ticket,
        "dossier": make_dossier(ticket, viewer=me, at=at),
        "items": items_of(ticket, entries, names_for(entry.event for entry in entries), files=own_files(ticket)),
        "ticket_url": desk_url("ticket", ticket.number, view=view_of(request)),
        **_secrets(ticket, me),
        "desk_views": (),
        "contact": {},
    }
    return render(request, "desk/dossier.html", context)


def _secrets(ticket: Ticket, me: User) -> dict[str, Any]:
    """Who may read a confidential ticket, and who did."""
    if not ticket.is_confidential:
        return {}
    people, teams = named_on(ticket)
    return {
        "named_people": people,
        "named_teams": teams,
        "readings": readings_of(ticket, me),
        "glasses": glasses_on(ticket, me),
    }


@desk_page("GET")
def dossier_json(request: HttpRequest, number: str) -> HttpResponseBase:
    """The same as a JSON file."""
    me = viewer(request)
    ticket = get_ticket(number=number, viewer=me, place=ConfidentialRead.Place.DOSSIER)
    data = make_dossier(ticket, viewer=me, at=timezone.now())
    response = JsonResponse(data, encoder=DjangoJSONEncoder, json_dumps_params={"ensure_ascii": False, "indent": 1})
    response["Content-Disposition"] = f'attachment; filename="ticket-{ticket.number}.json"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
