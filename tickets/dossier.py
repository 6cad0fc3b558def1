"""The complete record of one ticket, for handing over or keeping outside (M3.5-4).

Plain data: codes and instants as they are stored, with the words beside them. What hashes cover stands in it as they were
made of it, so that `verify_dossier.py` can make them again without the help desk. Only for people who may read internal
notes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from helpdesk.accounts.models import User
from helpdesk.common.errors import NotVisible
from helpdesk.common.file_store import safe_name
from tickets.chain import canonical
from tickets.dossier_parts import parts_of
from tickets.dossier_shapes import person
from tickets.erasure import shown_actor
from tickets.models import Attachment, AuditAnchor, LegalHold, Message, PhoneCall, Ticket, TicketEvent
from tickets.policies import can_read_internals
from tickets.seals import KINDS, PARTS, sealed_parts
from tickets.secrecy_record import secrecy_record
from tickets.selectors import Entry, timeline
from tickets.services.recording import event_facts
from tickets.verify_dossier import FORMAT, digest

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
    "anonymised_at",
    "texts_erased_at",
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
    events = TicketEvent.objects.visible_to(viewer).filter(ticket=ticket).select_related("actor", "ticket__requester")
    events = events.order_by("sequence")
    last = events[len(events) - 1]
    told = {
        "format": FORMAT,
        "made_at": at,
        "made_by": person(viewer),
        "head": {"sequence": last.sequence, "hash": last.hash},
        "anchor": _anchor(last),
        "ticket": _facts(ticket),
        "messages": [_message(entry, entry.message) for entry in entries if entry.message is not None],
        "events": [_event(event) for event in events],
        "sealed": list(_sealed(events)),
        **{part.code: [line.data for line in lines] for part, lines in parts_of(ticket, viewer)},
        "holds": [_hold(hold) for hold in _holds(ticket, viewer)],
        "calls": [_call(entry.call) for entry in entries if entry.call is not None],
        "files": [_file(file) for file in files],
        "history": _history(ticket),
        **secrecy_record(ticket, viewer),
    }
    return {**told, "digest": digest(json.loads(as_json(told)))}


def as_json(told: dict[str, Any]) -> str:
    """A dossier as it leaves the house."""
    return json.dumps(told, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1) + "\n"


def _call(call: PhoneCall) -> dict[str, Any]:
    return {
        "direction": call.direction,
        "number": call.number,
        "started_at": call.started_at,
        "duration_seconds": call.duration_seconds,
        "taken_by": person(call.taken_by),
    }


def _facts(ticket: Ticket) -> dict[str, Any]:
    watchers = User.objects.filter(pk__in=ticket.watcher_rows.values("user_id")).order_by("pk")
    return {
        **{name: getattr(ticket, name) for name in _PLAIN},
        "kind": _item(ticket.kind),
        "category": _item(ticket.category),
        "waiting_reason": _item(ticket.waiting_reason),
        "outcome": _item(ticket.outcome),
        "requester": person(ticket.requester),
        "reported_by": person(ticket.reported_by),
        "contact": {name: getattr(ticket, f"contact_{name}") for name in _CONTACT},
        "team": {"id": ticket.team_id, "name": ticket.team.name} if ticket.team else None,
        "assignee": person(ticket.assignee),
        "accepted_by": person(ticket.accepted_by),
        "follow_up_of": ticket.follow_up_of.number if ticket.follow_up_of else None,
        "watchers": [person(watcher) for watcher in watchers],
    }


def _message(entry: Entry, message: Message) -> dict[str, Any]:
    return {
        "id": message.pk,
        "kind": message.kind,
        "author": person(message.author),
        "channel": message.channel,
        "written_at": message.created_at,
        "text": message.body,
        "files": [str(file.uuid) for file in entry.files],
    }


def _event(event: TicketEvent) -> dict[str, Any]:
    """`facts` are what the hash covers, spelled as it was made."""
    return {
        "id": event.pk,
        "facts": _spelled(event_facts(event)),
        "actor": person(shown_actor(event)),
        "previous_hash": event.previous_hash,
        "hash": event.hash,
    }


def _spelled(facts: Mapping[str, Any]) -> Any:
    return json.loads(canonical(facts))


def _sealed(events: Iterable[TicketEvent]) -> Iterator[dict[str, Any]]:
    """Every row that the events fingerprint, as its fingerprints are made of it now."""
    told = (event.data["sealed"] for event in events if "sealed" in event.data)
    for (kind, pk), known in sorted(sealed_parts(told).items()):
        row: Any = KINDS[kind]._default_manager.get(pk=pk)
        facts = {part: _spelled(getattr(row, f"{part}_facts")()) if part in known else None for part in PARTS}
        yield {"kind": kind, "id": pk, **facts}


def _anchor(last: TicketEvent) -> dict[str, Any] | None:
    """The first daily anchor that covers the ticket's last event: it holds for the trail of all tickets together."""
    anchor = AuditAnchor.objects.filter(last_event_id__gte=last.pk).order_by("last_event_id", "day").first()
    if anchor is None:
        return None
    return {name: getattr(anchor, name) for name in ("day", "event_count", "last_event_id", "digest")}


def _holds(ticket: Ticket, viewer: User) -> list[LegalHold]:
    rows = LegalHold.objects.visible_to(viewer).filter(ticket=ticket)
    return list(rows.select_related("set_by", "lifted_by").order_by("pk"))


def _hold(hold: LegalHold) -> dict[str, Any]:
    return {
        "reason": hold.reason,
        "set_at": hold.set_at,
        "set_by": person(hold.set_by),
        "lifted_at": hold.lifted_at,
        "lifted_by": person(hold.lifted_by),
        "lift_reason": hold.lift_reason,
    }


def path_of(file: Attachment) -> str:
    """Where a file lies beside the dossier."""
    return f"files/{file.uuid}-{safe_name(file.name)}"


def _file(file: Attachment) -> dict[str, Any]:
    return {
        "id": str(file.uuid),
        "name": file.name,
        "path": path_of(file),
        "size": file.size,
        "content_type": file.content_type,
        "sha256": file.sha256,
        "message": file.message_id,
        "uploaded_by": person(file.uploaded_by),
        "uploaded_at": file.created_at,
        "erased_at": file.erased_at,
    }


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
                "by": person(row.history_user),
                "reason": row.history_change_reason,
                "changes": changes,
            }
        )
        before = row
    return told
