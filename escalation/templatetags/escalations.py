"""What the workspace shows of escalation: the way up, what waits to be answered, and the tasks of other teams."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.db.models import Count, Q
from django.utils import timezone

from escalation import drawing
from escalation.models import OPEN_STATES, Escalation
from escalation.policies import can_answer, can_complete
from helpdesk.accounts.models import User
from tickets.choices import TARGET_LABELS
from tickets.handover import PARTS
from tickets.lifecycle import Command
from tickets.models import Ticket, TicketTask
from tickets.policies import can_end_task, can_work_on
from tickets.services.engine import allowed_rules

register = template.Library()
MOST_WAITING = 5


@register.inclusion_tag("escalation/_panel.html")
def escalation_panel(ticket: Ticket, viewer: User) -> dict[str, Any]:
    """The block beside the conversation."""
    at = timezone.now()
    way = drawing.way_of(ticket, at=at)
    current = way[-1].escalation or next((stop.escalation for stop in reversed(way) if stop.escalation), None)
    is_open = current is not None and current.is_open
    tasks = list(TicketTask.objects.visible_to(viewer).filter(ticket=ticket).select_related("team", "ended_by"))
    for task in tasks:
        task.ticket = ticket
    return {
        "ticket": ticket,
        "way": way,
        "open_one": current if is_open else None,
        "can_answer": is_open and current is not None and can_answer(viewer, current),
        "can_complete": is_open and current is not None and can_complete(viewer, ticket),
        "can_escalate": any(rule.command == Command.ESCALATE for rule in allowed_rules(ticket, viewer, at)),
        "last": current,
        **completeness(current),
        "tasks": [(task, can_end_task(viewer, task)) for task in tasks],
        "can_add_task": can_work_on(viewer, ticket) and ticket.is_open and not ticket.is_archived,
    }


def completeness(escalation: Escalation | None) -> dict[str, int]:
    """How much of the package is there, of how much."""
    total = len(PARTS)
    return {"given": total - len(escalation.package.missing) if escalation is not None else 0, "total": total}


@register.filter
def target_name(code: str) -> str:
    """The words of a target's code."""
    return str(TARGET_LABELS.get(code, code))  # type: ignore[call-overload]


@register.filter
def instant(text: str) -> datetime:
    """An instant that was stored as ISO 8601."""
    return datetime.fromisoformat(text)


@register.inclusion_tag("escalation/_wallboard.html")
def escalations_today(viewer: User, at: datetime, *, is_public: bool) -> dict[str, Any]:
    """What went up today, and what waits to be accepted, the most urgent first (ux 2.12)."""
    visible = Escalation.objects.visible_to(viewer)
    since = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    waiting = visible.open().select_related("ticket", "offered_to", "team").order_by("accept_by_at", "id")
    counts = visible.aggregate(
        begun=Count("pk", filter=Q(began_at__gte=since)), open=Count("pk", filter=Q(state__in=OPEN_STATES))
    )
    return {
        **counts,
        "waiting": list(waiting[:MOST_WAITING]),
        "is_public": is_public,
    }
