"""Escalating a ticket, and answering what one is asked to take over: /desk/tickets/…/escalate/ and /desk/escalations/."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from escalation import ladder, paths, prefill
from escalation.escalations import get_escalation, lists_for
from escalation.forms import EscalateForm, PackageForm, SendBackForm
from escalation.models import Escalation
from escalation.policies import can_answer, can_complete
from escalation.services import handovers
from helpdesk.accounts.desk_access import desk_page, posted_version, viewer
from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Ability
from helpdesk.common.errors import Conflict, InvalidInput, StaleVersion
from helpdesk.common.web import SeeOther, add_errors
from tickets.choices import PART_LABELS
from tickets.handover import GIVEN_BY_PEOPLE, MORE_PARTS, PARTS, missing
from tickets.lifecycle import Command, Rule
from tickets.models import Ticket
from tickets.priority import Priority
from tickets.selectors import get_ticket
from tickets.services.engine import find_rule
from tickets.views.desk.addresses import desk_url, view_of
from tickets.views.desk.commands import news_since


@desk_page("GET", "POST")
def escalate(request: HttpRequest, number: str) -> HttpResponseBase:
    """The hand-over: to whom, why, and everything the next person has to know (M3.4-6)."""
    me, at = viewer(request), timezone.now()
    ticket = get_ticket(number=number, viewer=me)
    rule = find_rule(ticket, Command.ESCALATE, me, at)
    form = _form(request, rule, ticket, me, at)
    if request.method != "POST":
        return _escalate_page(request, ticket, form)
    if not form.is_valid():
        return _escalate_page(request, ticket, form, status=422)
    if "preview" in request.POST:
        return _escalate_page(request, ticket, form, is_preview=True)
    data = {name: value for name, value in form.cleaned_data.items() if name != "message"}
    try:
        handovers.escalate(
            ticket_id=ticket.pk,
            actor=me,
            version=posted_version(request),
            data=data,
            message=form.cleaned_data["message"],
            at=at,
        )
    except InvalidInput as error:
        add_errors(form, error)
        return _escalate_page(request, ticket, form, status=422)
    except StaleVersion:
        return _escalate_page(request, get_ticket(number=number, viewer=me), form, status=409)
    except Conflict as error:
        form.add_error(None, str(error))
        return _escalate_page(request, ticket, form, status=409)
    messages.success(request, _("Ticket %(number)s is handed on and waits to be accepted.") % {"number": number})
    return SeeOther(desk_url("ticket", number, view=view_of(request)))


def _form(request: HttpRequest, rule: Rule, ticket: Ticket, me: User, at: datetime) -> EscalateForm:
    path = paths.path_for(ticket, request.POST.get("reason_code") or GIVEN_BY_PEOPLE[0])
    rungs = ladder.rungs_above(ticket, path, above=ticket.escalation_level, at=at)
    may_force = me.can(Ability.WORK_EVERYWHERE) and ticket.priority in (Priority.P1, Priority.P2)
    initial = {
        **prefill.begun_by_people(ticket, timezone.now()),
        "reason_code": GIVEN_BY_PEOPLE[0],
        "to_level": "",
        "message": prefill.word_to_requester(ticket),
    }
    return EscalateForm(rule, ticket, request.POST or None, initial=initial, rungs=rungs, may_force=may_force, at=at)


def _escalate_page(
    request: HttpRequest, ticket: Ticket, form: EscalateForm, *, is_preview: bool = False, status: int = 200
) -> HttpResponse:
    given = {name: form[name].value() or "" for name in (*PARTS, *MORE_PARTS)}
    context = {
        **_context(request, ticket, _("Escalate")),
        "form": form,
        "gaps": missing(given),
        "checks": [(name, PART_LABELS[name], bool(given[name].strip())) for name in PARTS],
        "given": len(PARTS) - len(missing(given)),
        "total": len(PARTS),
        "is_preview": is_preview,
        "preview": [(PART_LABELS[name], given[name]) for name in (*PARTS, *MORE_PARTS) if given[name].strip()],
        "news": news_since(ticket, viewer(request), posted_version(request)) if status == 409 else [],
    }
    return _render(request, "escalate", context, status)


@desk_page("GET")
def escalations(request: HttpRequest) -> HttpResponse:
    """What waits for one's answer, what one has handed on, and for leads everything that is under way."""
    me = viewer(request)
    lists = lists_for(me)
    tab = request.GET.get("tab", "")
    tab = tab if tab in lists else "asked"
    context = {"tab": tab, "lists": lists, "rows": lists[tab].rows, "total": len(PARTS), "now": timezone.now()}
    return render(request, "escalation/list.html", context)


@desk_page("GET")
def escalation(request: HttpRequest, escalation_id: int) -> HttpResponse:
    """One hand-over as its receiver sees it, with the answer."""
    me = viewer(request)
    return _hand_over(request, get_escalation(escalation_id=escalation_id, viewer=me), SendBackForm())


def _hand_over(request: HttpRequest, row: Escalation, form: SendBackForm, status: int = 200) -> HttpResponse:
    me, package = viewer(request), row.package
    context = {
        **_context(request, row.ticket, _("Hand-over to %(level)s") % {"level": row.label}),
        "escalation": row,
        "package": package,
        "parts": [(PART_LABELS[name], package.parts.get(name, "")) for name in (*PARTS, *MORE_PARTS)],
        "gaps": [PART_LABELS[name] for name in package.missing],
        "clocks": package.facts.get("clocks", []),
        "files": package.files.order_by("pk"),
        "can_answer": row.state == Escalation.State.OFFERED and can_answer(me, row),
        "can_complete": row.is_open and not package.is_complete and can_complete(me, row.ticket),
        "form": form,
    }
    return _render(request, "escalation", context, status)


@desk_page("POST")
def accept(request: HttpRequest, escalation_id: int) -> HttpResponse:
    """Take the ticket over."""
    done = handovers.accept(escalation_id=escalation_id, actor=viewer(request), at=timezone.now())
    number = done.ticket.number
    messages.success(request, _("Ticket %(number)s is yours now; the requester is told.") % {"number": number})
    return SeeOther(desk_url("ticket", number))


@desk_page("POST")
def send_back(request: HttpRequest, escalation_id: int) -> HttpResponse:
    """Return the ticket with a reason."""
    me = viewer(request)
    form = SendBackForm(request.POST)
    row = get_escalation(escalation_id=escalation_id, viewer=me)
    if not form.is_valid():
        return _hand_over(request, row, form, 422)
    try:
        handovers.send_back(escalation_id=row.pk, reason=form.cleaned_data["reason"], actor=me, at=timezone.now())
    except InvalidInput as error:
        add_errors(form, error)
        return _hand_over(request, row, form, 422)
    messages.success(request, _("Ticket %(number)s is sent back.") % {"number": row.ticket.number})
    return SeeOther(reverse("escalation:escalations"))


@desk_page("GET", "POST")
def complete(request: HttpRequest, escalation_id: int) -> HttpResponse:
    """Complete a package that the clock has put together."""
    me = viewer(request)
    row = get_escalation(escalation_id=escalation_id, viewer=me)
    known = {
        **prefill.begun_by_people(row.ticket, timezone.now()),
        **{name: text for name, text in row.package.parts.items() if text},
    }
    form = PackageForm(request.POST or None, ticket=row.ticket, initial=known)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            parts = {name: form.cleaned_data[name] for name in (*PARTS, *MORE_PARTS)}
            try:
                handovers.complete(
                    escalation_id=row.pk,
                    parts=parts,
                    files=form.cleaned_data.get("files", ()),
                    actor=me,
                    at=timezone.now(),
                )
            except InvalidInput as error:
                add_errors(form, error)
            else:
                messages.success(request, _("The hand-over package is complete."))
                return SeeOther(desk_url("ticket", row.ticket.number))
    context = {**_context(request, row.ticket, _("Complete the hand-over")), "form": form, "escalation": row}
    return _render(request, "complete", context, status)


def _context(request: HttpRequest, ticket: Ticket, title: str) -> dict[str, Any]:
    view = view_of(request)
    return {
        "ticket": ticket,
        "title": title,
        "ticket_url": desk_url("ticket", ticket.number, view=view),
        "desk_views": (),
        "contact": {},
    }


def _render(request: HttpRequest, name: str, context: dict[str, Any], status: int) -> HttpResponse:
    is_fragment = request.headers.get("HX-Request") == "true"
    template = f"escalation/_{name}.html" if is_fragment else f"escalation/{name}.html"
    return render(request, template, context, status=status)
