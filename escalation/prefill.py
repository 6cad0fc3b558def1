"""A hand-over package put together from what the ticket holds: only what people have written, in their own words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from escalation.models import Clock
from helpdesk.common.templatetags.hd import when_text
from tickets.choices import STATUS_LABELS
from tickets.diagnosis_words import tried
from tickets.guard import guard_of
from tickets.handover import MORE_PARTS, PARTS
from tickets.lifecycle import Status
from tickets.models import Message, Ticket
from tickets.models.ticket import TEXT_LENGTH

MESSAGES = 10
EXCERPT = 400


def parts_of(ticket: Ticket) -> dict[str, str]:
    """The texts of a package as far as the ticket knows them; what is asked and what is allowed only people can say."""
    known = {
        "summary": "\n".join(text for text in (ticket.subject, ticket.description) if text),
        "scope": ticket.contact_department or ticket.contact_name,
        "attempts": "\n".join(tried(ticket) or [_attempt(message) for message in _of_the_desk(ticket)]),
        "evidence": "\n".join(text for text in (ticket.error_message, ticket.steps) if text),
    }
    return {name: known.get(name, "")[:TEXT_LENGTH] for name in (*PARTS, *MORE_PARTS)}


def begun_by_people(ticket: Ticket, at: datetime) -> dict[str, str]:
    """As `parts_of`, and in the agent's language how it stands, how wide it is and what is allowed. The agent answers for
    it."""
    parts = parts_of(ticket)
    state = str(STATUS_LABELS[Status(ticket.status)])
    if ticket.waiting_reason is not None:
        state = _("%(state)s: %(reason)s") % {"state": state, "reason": ticket.waiting_reason.name}
    scope = [str(ticket.get_impact_display() or ""), str(ticket.get_urgency_display() or ""), parts["scope"]]
    access = guard_of(ticket, at).text
    return {**parts, "current_state": state, "access": access, "scope": "\n".join(line for line in scope if line)}


def word_to_requester(ticket: Ticket) -> str:
    """The usual word to the requester, in their language."""
    with translation.override(ticket.requester.language or translation.get_language()):
        return _("We have passed your ticket on to the next level, with everything we know. You need not do anything.")


def _of_the_desk(ticket: Ticket) -> list[Message]:
    """The last things the desk wrote, oldest first."""
    newest = ticket.messages.filter(is_from_desk=True).select_related("author").order_by("-created_at", "-id")
    return list(newest[:MESSAGES])[::-1]


def _attempt(message: Message) -> str:
    name = message.author.get_full_name() if message.author is not None else ""
    text = " ".join(message.body.split())
    excerpt = text if len(text) <= EXCERPT else text[: EXCERPT - 1] + "…"
    return _("%(when)s %(name)s: %(text)s") % {"when": when_text(message.created_at), "name": name, "text": excerpt}


def facts_of(ticket: Ticket) -> dict[str, Any]:
    """How the ticket stands at the hand-over: codes and instants."""
    lasting = Clock.objects.filter(ticket=ticket, version__isnull=False, stopped_at__isnull=True).order_by("id")
    return {
        "status": ticket.status,
        "priority": ticket.priority,
        "waiting_reason": ticket.waiting_reason_id,
        "clocks": [
            {"target": clock.target, "due_at": clock.due_at.isoformat() if clock.due_at is not None else None}
            for clock in lasting
        ],
    }
