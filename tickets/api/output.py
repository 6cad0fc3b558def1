"""Tickets and what belongs to them as the API writes them, for one viewer.

Plain dictionaries: a list of fifty tickets is two thousand values, and a serializer would cost more than the
database. `tickets/api/schemas.py` declares the same shapes for the schema; a test holds both together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Prefetch
from django.utils.translation import get_language

from helpdesk.accounts.models import Team, User
from helpdesk.accounts.output import person
from helpdesk.common.bilingual import in_language
from helpdesk.common.rest.fields import instant
from tickets.erasure import shown_actor, shown_reason
from tickets.lifecycle import Rule
from tickets.models import Attachment, Category, Message, PhoneCall, Ticket, TicketAsset, TicketEvent
from tickets.models.ticket import TicketQuerySet
from tickets.policies import can_read_internals, can_read_reason
from tickets.promise_ledger import standing_of
from tickets.services import engine
from tickets.targets import state_now
from tickets.timing import Terms

# What a ticket shows of other rows, in the same query.
PEOPLE = ("requester", "reported_by", "assignee")
RELATED = (*PEOPLE, "team", "category")
_PERSON = ("username", "full_name", "is_agent", "is_admin")
COLUMNS = (
    *("number", "version", "kind_id", "channel", "subject", "description", "error_message", "occurred_at", "steps"),
    *("needed_by_at", "needed_by_reason"),
    *("device_hostname", "device_ip", "contact_name", "contact_department", "contact_phone", "contact_email"),
    *("contact_location", "impact", "urgency", "priority", "status", "accepted_at", "waiting_reason_id"),
    *(
        "is_confidential",
        "outcome_id",
        "cause",
        "solution",
        "advice",
        "verification",
        "tested_by",
        "tested_at",
        "resolved_at",
        "confirm_by_at",
    ),
    *("closed_at", "archived_at", "next_due_at", "sla_state", "escalation_level", "created_at", "updated_at"),
    *("offered_to_id", "open_matters", "promised_at", "promise_state", "is_named_only"),
    *(f"{person}__{column}" for person in PEOPLE for column in _PERSON),
    *("team__name_zh", "team__name_en", "category__code"),
)


def team(row: Team | None) -> dict[str, Any] | None:
    return None if row is None else {"id": row.pk, "name": row.name}


def ticket(row: Ticket, viewer: User, *, at: datetime, terms: Terms | None = None) -> dict[str, Any]:
    """A ticket with all fields of the interface. `terms` spares reading the desk's settings for every row."""
    rules: Iterable[Rule] = engine.allowed_rules(row, viewer, at, terms=terms)
    return {
        "id": row.pk,
        "number": row.number,
        "subject": row.subject,
        "description": row.description,
        "error_message": row.error_message,
        "occurred_at": instant(row.occurred_at),
        "steps": row.steps,
        "needed_by_at": instant(row.needed_by_at),
        "needed_by_reason": row.needed_by_reason,
        "kind": row.kind_id,
        "channel": row.channel,
        "category": row.category.code if row.category is not None else None,
        "impact": row.impact or None,
        "urgency": row.urgency or None,
        "priority": row.priority or None,
        "status": row.status,
        "waiting_reason": row.waiting_reason_id,
        "requester": person(row.requester, viewer),
        "reported_by": person(row.reported_by, viewer),
        "contact": {
            "name": row.contact_name,
            "department": row.contact_department,
            "phone": row.contact_phone,
            "email": row.contact_email,
            "location": row.contact_location,
        },
        "device": {"asset": _device(row), "hostname": row.device_hostname, "ip": row.device_ip},
        "team": team(row.team),
        "assignee": person(row.assignee, viewer),
        "accepted_at": instant(row.accepted_at),
        "escalation_level": row.escalation_level,
        "is_confidential": row.is_confidential,
        "resolution": _resolution(row, viewer),
        "next_due_at": instant(row.next_due_at),
        "sla_state": state_now(row.sla_state, row.next_due_at, at).value,
        "promised_at": instant(row.promised_at),
        "promise_state": standing_of(row, at),
        "created_at": instant(row.created_at),
        "updated_at": instant(row.updated_at),
        "resolved_at": instant(row.resolved_at),
        "closed_at": instant(row.closed_at),
        "archived_at": instant(row.archived_at),
        "version": row.version,
        "allowed_transitions": [rule.command.value for rule in rules],
    }


def readable(tickets: TicketQuerySet) -> TicketQuerySet:
    """With the columns that `ticket` writes, and no others."""
    return tickets.select_related(*RELATED).only(*COLUMNS)


def with_devices(tickets: TicketQuerySet) -> TicketQuerySet:
    """For lists: the assets of all rows in one query."""
    links = Prefetch("asset_links", TicketAsset.objects.select_related("asset"), to_attr="shown_links")
    return readable(tickets).prefetch_related(links)


def _device(row: Ticket) -> str | None:
    """The tag of the ticket's first asset."""
    links = getattr(row, "shown_links", None)
    if links is None:
        links = row.asset_links.select_related("asset")[:1]
    return next((link.asset.tag for link in links), None)


def _resolution(row: Ticket, viewer: User) -> dict[str, Any]:
    """How it was resolved; how that was tested is for the desk only."""
    return {
        "outcome": row.outcome_id,
        "cause": row.cause,
        "solution": row.solution,
        "advice": row.advice,
        **_test(row, viewer),
    }


def _test(row: Ticket, viewer: User) -> dict[str, Any]:
    if not can_read_internals(viewer, row):
        return {"verification": None, "tested_by": None, "tested_at": None}
    return {"verification": row.verification, "tested_by": row.tested_by, "tested_at": instant(row.tested_at)}


def message(row: Message, viewer: User, files: Sequence[Attachment]) -> dict[str, Any]:
    return {
        "id": row.pk,
        "kind": row.kind,
        "author": person(row.author, viewer),
        "is_from_desk": row.is_from_desk,
        "channel": row.channel,
        "body": row.body,
        "attachments": [attachment(file, viewer) for file in files],
        "created_at": instant(row.created_at),
    }


def call(row: PhoneCall, viewer: User) -> dict[str, Any]:
    return {
        "id": row.pk,
        "event": row.event.sequence,
        "message": row.event.message_id,
        "direction": row.direction,
        "number": row.number,
        "caller": person(row.caller, viewer),
        "taken_by": person(row.taken_by, viewer),
        "started_at": instant(row.started_at),
        "ended_at": instant(row.ended_at),
        "duration_seconds": row.duration_seconds,
    }


def attachment(row: Attachment, viewer: User) -> dict[str, Any]:
    return {
        "uuid": str(row.uuid),
        "message": row.message_id,
        "name": row.name,
        "size": row.size,
        "content_type": row.content_type,
        "sha256": row.sha256,
        "uploaded_by": person(row.uploaded_by, viewer),
        "created_at": instant(row.created_at),
    }


def event(row: TicketEvent, viewer: User) -> dict[str, Any]:
    """An act. Its facts, and reasons that are the desk's notes to itself, stay with the desk."""
    return {
        "sequence": row.sequence,
        "code": row.code,
        "from_status": row.from_status or None,
        "to_status": row.to_status,
        "actor": person(shown_actor(row), viewer),
        "channel": row.channel or None,
        "reason": shown_reason(row) if can_read_reason(viewer, row) else "",
        "message": row.message_id,
        "is_public": row.is_public,
        "data": row.data if viewer.is_desk else {},
        "created_at": instant(row.created_at),
    }


def category(row: Category) -> dict[str, Any]:
    return {
        "code": row.code,
        "name": row.name,
        "hint": in_language(row.hint_zh, row.hint_en, get_language()),
        "parent": row.parent.code if row.parent is not None else None,
    }


def keep_related(before: Ticket, after: Ticket) -> None:
    """Give a ticket that was locked without its related rows those that were read before and are still its own."""
    for name in RELATED:
        column = f"{name}_id"
        is_same = getattr(before, column) == getattr(after, column)
        if is_same and name not in after._state.fields_cache:
            after._state.fields_cache[name] = getattr(before, name)
