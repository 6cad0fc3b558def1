"""The complete record of one ticket, for handing over or keeping outside (M3.5-4).

Plain data: codes and instants as they are stored, with the words beside them. Only for people who may read
internal notes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from helpdesk.accounts.models import User
from helpdesk.common.errors import NotVisible
from tickets.models import Attachment, Message, PhoneCall, Ticket, TicketEvent
from tickets.policies import can_read_internals
from tickets.secrecy_record import secrecy_record
from tickets.selectors import Entry, timeline

FORMAT = "helpdesk-dossier/1"
_PLAIN = (
    "number",
    "version",
    "subject",
    "description",
    "error_message",
    "occurred_at",
    "steps",
    "device_hostname",
    "device_ip",
    "needed_by_at",
    "needed_by_reason",
    "channel",
    "impact",
    "urgency",
    "priority",
    "status",
    "accepted_at",
    "first_response_at",
    "next_action_at",
    "is_confidential",
    "is_named_only",
    "cause",
    "solution",
    "advice",
    "verification",
    "tested_by",
    "tested_at",
    "is_first_contact_fix",
    "resolved_at",
    "confirm_by_at",
    "closure",
    "closed_at",
    "reopen_count",
    "archived_at",
    "created_at",
    "updated_at",
)
_CONTACT = ("name", "department", "phone", "email", "location")
# Counters and snapshots that say nothing about what was done.
_NOT_TOLD = ("timer_at", "version", "updated_at", "reminders_sent")


def dossier(ticket: Ticket, *, viewer: User, at: datetime) -> dict[str, Any]:
    """Everything kept about the ticket. Raises NotVisible for people who may not read internal notes."""
    if not can_read_internals(viewer, ticket):
        raise NotVisible
    entries = timeline(ticket, viewer)
    files = Attachment.objects.visible_to(viewer).filter(ticket=ticket).select_related("uploaded_by").order_by("pk")
    return {
        "format": FORMAT,
        "made_at": at,
        "made_by": _person(viewer),
        "ticket": _facts(ticket),
        "messages": [_message(entry, entry.message) for entry in entries if entry.message is not None],
        "events": [_event(entry.event) for entry in entries],
        "calls": [_call(entry.call) for entry in entries if entry.call is not None],
        "files": [_file(file) for file in files],
        "history": _history(ticket),
        **secrecy_record(ticket, viewer),
    }


def _call(call: PhoneCall) -> dict[str, Any]:
    return {
        "direction": call.direction,
        "number": call.number,
        "started_at": call.started_at,
        "duration_seconds": call.duration_seconds,
        "taken_by": _person(call.taken_by),
    }


def _facts(ticket: Ticket) -> dict[str, Any]:
    watchers = User.objects.filter(pk__in=ticket.watcher_rows.values("user_id")).order_by("pk")
    return {
        **{name: getattr(ticket, name) for name in _PLAIN},
        "kind": _item(ticket.kind),
        "category": _item(ticket.category),
        "waiting_reason": _item(ticket.waiting_reason),
        "outcome": _item(ticket.outcome),
        "requester": _person(ticket.requester),
        "reported_by": _person(ticket.reported_by),
        "contact": {name: getattr(ticket, f"contact_{name}") for name in _CONTACT},
        "team": {"id": ticket.team_id, "name": ticket.team.name} if ticket.team else None,
        "assignee": _person(ticket.assignee),
        "accepted_by": _person(ticket.accepted_by),
        "follow_up_of": ticket.follow_up_of.number if ticket.follow_up_of else None,
        "watchers": [_person(person) for person in watchers],
    }


def _message(entry: Entry, message: Message) -> dict[str, Any]:
    return {
        "id": message.pk,
        "kind": message.kind,
        "author": _person(message.author),
        "channel": message.channel,
        "written_at": message.created_at,
        "text": message.body,
        "files": [str(file.uuid) for file in entry.files],
    }


def _event(event: TicketEvent) -> dict[str, Any]:
    return {
        "sequence": event.sequence,
        "code": event.code,
        "from": event.from_status,
        "to": event.to_status,
        "actor": _person(event.actor),
        "channel": event.channel,
        "reason": event.reason,
        "message": event.message_id,
        "is_public": event.is_public,
        "data": event.data,
        "at": event.created_at,
        "previous_hash": event.previous_hash,
        "hash": event.hash,
    }


def _file(file: Attachment) -> dict[str, Any]:
    return {
        "id": str(file.uuid),
        "name": file.name,
        "size": file.size,
        "content_type": file.content_type,
        "sha256": file.sha256,
        "message": file.message_id,
        "uploaded_by": _person(file.uploaded_by),
        "uploaded_at": file.created_at,
    }


def _person(person: User | None) -> dict[str, Any] | None:
    return {"username": person.username, "name": person.get_full_name()} if person else None


def _item(item: Any) -> dict[str, Any] | None:
    """A catalogue entry with both of its names."""
    return {"code": item.code, "name_zh": item.name_zh, "name_en": item.name_en} if item else None


def _history(ticket: Ticket) -> list[dict[str, Any]]:
    """Every saved state as what changed against the one before; the first one has no changes."""
    told: list[dict[str, Any]] = []
    before: Any = None
    for row in ticket.history.select_related("history_user").order_by("history_date", "history_id"):
        changes = {}
        if before is not None:
            delta = row.diff_against(before, excluded_fields=_NOT_TOLD)
            changes = {change.field: [change.old, change.new] for change in delta.changes}
        told.append(
            {
                "at": row.history_date,
                "by": _person(row.history_user),
                "reason": row.history_change_reason,
                "changes": changes,
            }
        )
        before = row
    return told
