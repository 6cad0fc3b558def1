"""The small answers that keep an open ticket page alive: news, presence, drafts."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils import timezone

from helpdesk.accounts.desk_access import desk_page, viewer
from helpdesk.common.numbers import whole_number
from helpdesk.common.web import SeeOther
from tickets.forms.calls import CallForm
from tickets.forms.desk import OnBehalfForm
from tickets.guard import guard_of
from tickets.lifecycle import CLASSIFICATION, EVIDENCE, FINAL, RESOLUTION, WORKABLE
from tickets.models import Draft
from tickets.policies import can_work_on
from tickets.selectors import get_ticket
from tickets.services.drafts import discard, save_draft
from tickets.services.engine import allowed_rules
from tickets.services.presence import note_presence
from tickets.views.desk.addresses import desk_url, view_of
from tickets.views.desk.commands import news_since
from tickets.views.desk.workspace import modes_for
from tickets.views.posted import file_ids

# What each mode keeps. The page calls the resolution "solution".
_SOLUTION = (*RESOLUTION, *EVIDENCE, *CLASSIFICATION, "kind")
_KEPT = {"reply": ("body",), "note": ("body",), "solution": _SOLUTION}
_MODES = {"reply": Draft.Mode.REPLY, "note": Draft.Mode.NOTE, "solution": Draft.Mode.RESOLVE}
# A new request's draft is worth keeping when one of these was typed.
_TYPED = ("who", "subject", "description", "cause", "solution")


def _version(text: str) -> int:
    return whole_number(text) or 0


@desk_page("GET")
def ticket_news(request: HttpRequest, number: str) -> HttpResponse:
    """Entries after the version that the page shows (204: none), and the next question to ask."""
    me = viewer(request)
    ticket = get_ticket(number=number, viewer=me)
    after = _version(request.GET.get("after", ""))
    guard = guard_of(ticket, timezone.now()) if ticket.status in WORKABLE else None
    is_same = guard is None or "guard" not in request.GET or request.GET["guard"] == guard.key
    if not after or (after >= ticket.version and is_same):
        return HttpResponse(status=204)
    items = news_since(ticket, me, after) if after < ticket.version else []
    context = {
        "ticket": ticket,
        "items": items,
        "view_query": desk_url("ticket", ticket.number, view=view_of(request)).partition("?")[2],
        "ticket_url": desk_url("ticket", ticket.number, view=view_of(request)),
        # The versions that the composer's open forms carry; what is shown now has been seen.
        "open_modes": [
            name for name in modes_for(ticket, me, allowed_rules(ticket, me, timezone.now())) if name != "solution"
        ],
        "is_polled": ticket.status not in FINAL,
        "has_moved": any(item.is_system for item in items),
        "is_fragment": True,
        "guard": guard,
        "can_work": can_work_on(me, ticket) and ticket.status in WORKABLE,
    }
    return render(request, "desk/_news.html", context)


@desk_page("POST")
def presence(request: HttpRequest, number: str) -> HttpResponse:
    """Say that one has the ticket open and has read it; the answer names the others."""
    me = viewer(request)
    ticket = get_ticket(number=number, viewer=me)
    others = note_presence(
        ticket_id=ticket.pk,
        user=me,
        is_replying=request.POST.get("state") == "replying",
        at=timezone.now(),
        read_version=_version(request.GET.get("version", "")),
    )
    return render(request, "desk/_viewers.html", {"viewers": others})


@desk_page("POST")
def draft(request: HttpRequest, number: str) -> HttpResponseBase:
    """Keep what is being written on a ticket, or forget it (`discard`)."""
    me = viewer(request)
    ticket = get_ticket(number=number, viewer=me)
    name = request.POST.get("mode", "")
    mode = _MODES.get(name, name)
    if "discard" in request.POST:
        discard(user=me, ticket=ticket, mode=mode)
        return SeeOther(desk_url("ticket", ticket.number, view=view_of(request), mode=name) + "#composer")
    content = {field: request.POST.get(field, "") for field in _KEPT.get(name, ())}
    if name in ("reply", "note"):
        content["attachments"] = " ".join(file_ids(request))
    saved = save_draft(user=me, ticket_id=ticket.pk, mode=mode, content=content, at=timezone.now())
    return JsonResponse({"saved": saved is not None})


@desk_page("POST")
def new_draft(request: HttpRequest) -> HttpResponseBase:
    """Keep what is being written down for somebody, or start over (`discard`)."""
    return _keep(request, OnBehalfForm, Draft.Mode.ON_BEHALF, "ticket_new")


@desk_page("POST")
def call_draft(request: HttpRequest) -> HttpResponseBase:
    """The same for the sheet of a telephone call."""
    return _keep(request, CallForm, Draft.Mode.CALL, "call")


def _keep(request: HttpRequest, form: type[OnBehalfForm], mode: Draft.Mode, page: str) -> HttpResponseBase:
    me = viewer(request)
    if "discard" in request.POST:
        discard(user=me, ticket=None, mode=mode)
        return SeeOther(desk_url(page))
    content = {name: request.POST.get(name, "") for name in form.base_fields if name != "files"}
    content["attachments"] = " ".join(file_ids(request))
    if not any(content[name].strip() for name in _TYPED):
        content = {}
    saved = save_draft(user=me, ticket_id=None, mode=mode, content=content, at=timezone.now())
    return JsonResponse({"saved": saved is not None})
