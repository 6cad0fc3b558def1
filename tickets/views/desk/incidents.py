"""The board of major incidents and the page of one (ux 2.11): what is known, who answers, and the next word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.accounts.desk_access import desk_page, viewer
from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, InvalidInput, Unprocessable
from helpdesk.common.web import SeeOther, add_errors
from tickets.choices import Act
from tickets.forms.incidents import UpdateForm
from tickets.incidents import (
    Board,
    board,
    coverable,
    get_incident,
    linked_tickets,
    trend_of,
)
from tickets.lifecycle import FINAL, Status
from tickets.models import IncidentLink, IncidentUpdate, MajorIncident, Ticket, TicketEvent
from tickets.policies import can_run_incident
from tickets.sentences import names_for, sentence
from tickets.services.incident_updates import post_update_once


@desk_page("GET")
def incidents(request: HttpRequest) -> HttpResponse:
    """All of them: open, to be reviewed, over."""
    at = timezone.now()
    found = board(viewer(request), at=at)
    context = {"board": found, "now": at, "mark": _mark(found)}
    return render(request, "desk/incidents.html", context)


@desk_page("GET")
def incidents_changes(request: HttpRequest) -> HttpResponse:
    """204 while the board is as the page shows it, else a bar that leads to the new one."""
    mark = _mark(board(viewer(request), at=timezone.now()))
    if request.GET.get("mark") == mark:
        return HttpResponse(status=204)
    return render(request, "desk/_incident_changed.html", {"url": reverse("desk:incidents")})


def _mark(found: Board) -> str:
    """What the board shows, in short: another mark, another board."""
    cards = [*found.open, *found.to_review]
    return "-".join(f"{card.incident.pk}.{card.incident.version}.{card.linked}" for card in cards)


@desk_page("GET")
def incident(request: HttpRequest, number: str) -> HttpResponseBase:
    """The page of one incident."""
    return incident_page(request, get_incident(number=number, viewer=viewer(request)))


@desk_page("POST")
def incident_update(request: HttpRequest, number: str) -> HttpResponseBase:
    """Post a word."""
    me = viewer(request)
    found = get_incident(number=number, viewer=me)
    form = UpdateForm(request.POST)
    if not form.is_valid():
        return incident_page(request, found, form=form, status=422)
    try:
        post_update_once(
            key=form.cleaned_data["key"], incident_id=found.pk, word=form.word(), actor=me, at=timezone.now()
        )
    except (InvalidInput, Unprocessable) as error:
        add_errors(form, error)
        return incident_page(request, found, form=form, status=422)
    except Conflict as error:
        add_errors(form, error)
        now = get_incident(number=number, viewer=me)
        return incident_page(request, now, form=form, status=409)
    messages.success(request, _("The update is published."))
    return SeeOther(reverse("desk:incident", args=[number]))


@desk_page("GET")
def incident_changes(request: HttpRequest, number: str) -> HttpResponse:
    """204 while the incident is as the page shows it, else a bar that leads to what is new."""
    me = viewer(request)
    found = get_incident(number=number, viewer=me)
    if request.GET.get("mark") == _mark_of(found, len(linked_tickets(found, me))):
        return HttpResponse(status=204)
    return render(request, "desk/_incident_changed.html", {"url": reverse("desk:incident", args=[number])})


def _mark_of(found: MajorIncident, linked: int) -> str:
    return f"{found.version}.{linked}"


def incident_page(
    request: HttpRequest, found: MajorIncident, *, form: UpdateForm | None = None, status: int = 200
) -> HttpResponse:
    """The whole page; `form` holds what couldn't be published."""
    me, at = viewer(request), timezone.now()
    links = linked_tickets(found, me)
    context = {
        "incident": found,
        "now": at,
        "lasts": (found.resolved_at or at) - found.declared_at,
        "is_overdue": found.is_update_overdue(at),
        "links": links,
        "affected": _affected(found, links),
        "recent": trend_of(links, at),
        "ending": _endings(links),
        "parent": Ticket.objects.visible_to(me).filter(pk=found.ticket_id).first(),
        "may_run": can_run_incident(me, found),
        "may_work": me.is_agent,
        "can_resolve": found.is_open and found.ticket.status in (Status.RESOLVED, *FINAL),
        "story": story_of(found, me),
        "form": form or UpdateForm(initial=_still_to_come(found, at)),
        "mark": _mark_of(found, len(links)),
    }
    return render(request, "desk/incident.html", context, status=status)


def _still_to_come(found: MajorIncident, at: datetime) -> dict[str, Any]:
    """An expectation that has passed is no answer any more."""
    expected = found.expected_by_at
    return {"expected_by_at": expected} if expected is not None and expected > at else {}


def _affected(found: MajorIncident, links: Sequence[IncidentLink]) -> int:
    return len({found.ticket.requester_id, *(link.ticket.requester_id for link in links)})


def _endings(links: Sequence[IncidentLink]) -> dict[str, int]:
    counts = {ending: sum(link.ending == ending for link in links) for ending in ("pending", "resolved", "refused")}
    return {**counts, "open": len(coverable(links))}


@dataclass(frozen=True)
class StoryLine:
    """Something that happened to an incident: a word (`update`), or an act in a sentence."""

    at: datetime
    sentence: str = ""
    reason: str = ""
    update: IncidentUpdate | None = None


def story_of(found: MajorIncident, me: User) -> list[StoryLine]:
    """Newest first. The acts are read from the parent ticket's record, the words from their own rows."""
    events: Any = (
        TicketEvent.objects.visible_to(me)
        .filter(ticket=found.ticket_id, code__startswith="incident_")
        .exclude(code=Act.INCIDENT_UPDATE)
        .select_related("actor", "ticket")
    )
    events = list(events)
    names = names_for(events, me)
    lines = [StoryLine(event.created_at, sentence(event, names), event.reason) for event in events]
    updates = IncidentUpdate.objects.visible_to(me).filter(incident=found).select_related("author")
    lines += [StoryLine(update.created_at, update=update) for update in updates]
    return sorted(lines, key=lambda line: line.at, reverse=True)
