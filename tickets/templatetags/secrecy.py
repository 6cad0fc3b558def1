"""What the workspace shows of a confidential ticket: who may read it, who did, and the security incident on it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template

from helpdesk.accounts.models import User
from tickets.lifecycle import WORKABLE
from tickets.models import BreakGlass, Ticket
from tickets.policies import can_lift_confidentiality, can_see_readings, can_work_on, is_let_in
from tickets.secrecy import glasses_on, named_on, readings_of, security_of, steps_of, summary
from tickets.services.readings import count_readers

register = template.Library()
MOST_SHOWN = 8


@register.inclusion_tag("desk/_confidential.html")
def confidential_panel(ticket: Ticket, viewer: User, view_query: str = "") -> dict[str, Any]:
    """The block with the readers. Empty, and without a query, for a ticket that isn't confidential."""
    if not ticket.is_confidential:
        return {}
    people, teams = named_on(ticket)
    readings = readings_of(ticket, viewer, most=MOST_SHOWN + 1)
    return {
        "ticket": ticket,
        "view_query": view_query,
        "named_people": people,
        "named_teams": teams,
        "readings": readings[:MOST_SHOWN],
        "has_more": len(readings) > MOST_SHOWN,
        "can_see_readings": can_see_readings(viewer, ticket),
        "glasses": glasses_on(ticket, viewer),
        "can_change": can_work_on(viewer, ticket) and not ticket.is_archived,
        "can_lift": can_lift_confidentiality(viewer, ticket) and not ticket.is_archived,
    }


@register.inclusion_tag("desk/_security_guard.html")
def security_guard(ticket: Ticket, viewer: User, at: datetime) -> dict[str, Any]:
    """The lines above the conversation: the security incident, and that one only reads along in an emergency."""
    security = security_of(ticket, viewer)
    shown: dict[str, Any] = {"ticket": ticket, "security": security}
    if security is not None:
        shown |= summary(steps_of(ticket, viewer), at)
    if not is_let_in(viewer, ticket):
        glass = BreakGlass.objects.visible_to(viewer).filter(ticket=ticket, user=viewer).in_force(at).first()
        shown["glass"] = glass
    return shown


@register.inclusion_tag("desk/_secrecy_menu.html")
def secrecy_menu(ticket: Ticket, viewer: User, view_query: str = "") -> dict[str, Any]:
    """The entries of the ticket's menu."""
    may_work = can_work_on(viewer, ticket) and not ticket.is_archived
    security = security_of(ticket, viewer)
    return {
        "ticket": ticket,
        "view_query": view_query,
        "security": security,
        "can_make": may_work and not ticket.is_confidential,
        "can_raise": may_work and security is None and ticket.status in WORKABLE,
    }


@register.inclusion_tag("portal/_confidential.html")
def confidential_note(ticket: Ticket) -> dict[str, Any]:
    """What the requester's side is told: that few people may read it, and how many of them did."""
    if not ticket.is_confidential:
        return {}
    return {"is_confidential": True, "readers": count_readers(ticket)}
