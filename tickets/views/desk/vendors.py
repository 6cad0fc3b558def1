"""Vendor cases for the desk: the list of those who speak with vendors, and the page of one case (ux 2.10)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from helpdesk.accounts.desk_access import desk_page, viewer
from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Ability
from tickets.lifecycle import WORKABLE
from tickets.models import Ticket, VendorCase
from tickets.policies import can_follow_vendor_case, can_work_on, can_write_to_vendor
from tickets.services.vendors.cases import waits_for_vendor
from tickets.vendor_cases import cases_of, get_case, held_back, log_of

LISTS = ("mine", "open", "closed")
MOST_LISTED = 200


@desk_page("GET")
def vendor_cases(request: HttpRequest) -> HttpResponseBase:
    """Open cases, what is due first on top; those with whose vendor one speaks, or all."""
    me, at = viewer(request), timezone.now()
    usual = "mine" if me.can(Ability.SPEAK_WITH_VENDORS) else "open"
    which = request.GET.get("show", usual)
    which = which if which in LISTS else usual
    rows = list(cases_of(me, which=which)[:MOST_LISTED])
    context = {"cases": [(case, case.is_overdue(at)) for case in rows], "shown": which, "now": at}
    return render(request, "desk/vendors/list.html", context)


@desk_page("GET")
def vendor_case(request: HttpRequest, case_id: int) -> HttpResponseBase:
    """One case: who owes the next answer and by when, the log, and what went out."""
    me, at = viewer(request), timezone.now()
    case = get_case(case_id=case_id, viewer=me)
    lines = log_of(case, me)
    can_act = case.is_open and not case.ticket.is_archived and can_follow_vendor_case(me, case)
    context = {
        "case": case,
        "ticket": case.ticket,
        "lines": lines,
        "held_back": held_back(case, lines, me),
        "is_overdue": case.is_overdue(at),
        "is_covered": case.is_covered(timezone.localdate(at)),
        "is_waiting": waits_for_vendor(case.ticket),
        "can_act": can_act,
        "can_write": can_act and can_write_to_vendor(me, case.vendor),
        "now": at,
    }
    return render(request, "desk/vendors/case.html", context)


def panel_of(ticket: Ticket, me: User) -> dict[str, Any]:
    """The workspace's block: the ticket's cases, the open ones first."""
    rows = VendorCase.objects.visible_to(me).filter(ticket=ticket).select_related("vendor").order_by("-state", "-pk")
    cases = list(rows)
    can_open = ticket.status in WORKABLE and can_work_on(me, ticket) and not ticket.is_archived
    return {
        "vendor_cases": cases,
        "has_open_vendor_case": ticket.is_open and any(case.is_open for case in cases),
        "can_open_vendor_case": can_open,
    }
