"""The dossier of a ticket: to print, as JSON, and as one file with everything (M3.5-4)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone

from helpdesk.accounts.desk_access import desk_page, viewer
from helpdesk.accounts.models import User
from tickets.dossier import as_json
from tickets.dossier import dossier as make_dossier
from tickets.dossier_package import package, verifier
from tickets.dossier_parts import parts_of
from tickets.models import Attachment, ConfidentialRead, LegalHold, Ticket
from tickets.secrecy import glasses_on, named_on, readings_of
from tickets.selectors import get_ticket, own_files, timeline
from tickets.sentences import names_for
from tickets.views.desk.addresses import desk_url, view_of
from tickets.views.desk.story import items_of


@desk_page("GET")
def dossier(request: HttpRequest, number: str) -> HttpResponseBase:
    """Everything kept about the ticket, as a page to print."""
    me = viewer(request)
    ticket = _opened(number, me)
    context = {
        **_contents(ticket, me, timezone.now()),
        "ticket_url": desk_url("ticket", ticket.number, view=view_of(request)),
        "desk_views": (),
        "contact": {},
    }
    return render(request, "desk/dossier.html", context)


def _opened(number: str, me: User) -> Ticket:
    """The ticket; who takes the whole record of a confidential one is written down for it. Raises NotVisible."""
    return get_ticket(number=number, viewer=me, place=ConfidentialRead.Place.DOSSIER)


def _contents(ticket: Ticket, me: User, at: datetime) -> dict[str, Any]:
    """What the page to print shows, in the reader's language."""
    entries = timeline(ticket, me)
    for entry in entries:
        entry.event.ticket = ticket
    return {
        "ticket": ticket,
        "dossier": make_dossier(ticket, viewer=me, at=at),
        "parts": parts_of(ticket, me),
        "holds": LegalHold.objects.visible_to(me).filter(ticket=ticket).select_related("set_by", "lifted_by"),
        "items": items_of(ticket, entries, names_for([entry.event for entry in entries], me), files=own_files(ticket)),
        **_secrets(ticket, me),
    }


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
    """The same as data."""
    me = viewer(request)
    ticket = _opened(number, me)
    text = as_json(make_dossier(ticket, viewer=me, at=timezone.now()))
    return _kept_private(HttpResponse(text, content_type="application/json"), f"ticket-{ticket.number}.json")


@desk_page("GET")
def dossier_zip(request: HttpRequest, number: str) -> HttpResponseBase:
    """Everything in one file: page, JSON, the ticket's files, and the script that checks them."""
    me = viewer(request)
    ticket = _opened(number, me)
    contents = _contents(ticket, me, timezone.now())
    page = render_to_string("desk/dossier_document.html", contents, request=request)
    files = Attachment.objects.visible_to(me).filter(ticket=ticket, erased_at=None).order_by("pk")
    packed = package(contents["dossier"], page=page, files=files)
    return _kept_private(FileResponse(packed, content_type="application/zip"), f"ticket-{ticket.number}.zip")


@desk_page("GET")
def dossier_verifier(request: HttpRequest) -> HttpResponseBase:
    """The script alone: it holds for the dossier of any ticket."""
    return _kept_private(HttpResponse(verifier(), content_type="text/x-python; charset=utf-8"), "verify_dossier.py")


def _kept_private(response: HttpResponseBase, name: str) -> HttpResponseBase:
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
