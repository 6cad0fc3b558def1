"""The two halves every act on a ticket shares: opening it for change, and recording what was done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, NotAllowed, NotVisible, StaleVersion
from helpdesk.common.locking import lock_row
from tickets.chain import link
from tickets.choices import Channel
from tickets.lifecycle import FINAL, Status
from tickets.matters import is_kept_from_archive
from tickets.models import DeskSettings, Message, Ticket, TicketEvent
from tickets.policies import is_let_in
from tickets.services.indexing import index_ticket
from tickets.services.notices import enqueue_notices
from tickets.signals import ticket_event_recorded
from tickets.timing import next_timer

# Fields whose change is told in the event's data. Texts are told by name only: they stay in history.
_TOLD = (
    "kind_id",
    "category_id",
    "impact",
    "urgency",
    "priority",
    "status",
    "team_id",
    "assignee_id",
    "waiting_reason_id",
    "next_action_at",
    "outcome_id",
    "closure",
    "is_confidential",
    "is_named_only",
    "needed_by_at",
    "escalation_level",
    "offered_to_id",
)
_TOLD_BY_NAME = (
    "subject",
    "description",
    "error_message",
    "occurred_at",
    "steps",
    "device_hostname",
    "device_ip",
    "needed_by_reason",
    "contact_name",
    "contact_department",
    "contact_phone",
    "contact_email",
    "contact_location",
    "cause",
    "solution",
    "advice",
    "verification",
    "tested_by",
    "tested_at",
)


@dataclass
class Act:
    """What was done, as the event will tell it. `facts` are codes and ids beside the changed fields.

    `details` are what else was said: not for the trail, but for those who act on it in the same transaction.
    """

    code: str
    actor: User | None
    at: datetime
    channel: Channel | str = ""
    reason: str = ""
    message: Message | None = None
    is_public: bool = False
    facts: dict[str, Any] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)


def open_for_change(*, ticket_id: int, actor: User | None, version: int | None, even_archived: bool = False) -> Ticket:
    """Lock the ticket for this transaction and check that it may be changed at all.

    `actor` None is the system. Raises NotVisible, NotAllowed for who only opened it in an emergency, StaleVersion (when
    `version` isn't the present one) or Conflict (`archived`). `even_archived` is for the acts that an archived ticket still
    knows: setting and lifting a legal hold, the system's erasing of what is personal (ADR 18), and an article drafted from it.
    """
    tickets = Ticket.objects.all() if actor is None else Ticket.objects.visible_to(actor)
    try:
        ticket = lock_row(tickets, pk=ticket_id)
    except Ticket.DoesNotExist:
        raise NotVisible from None
    if actor is not None and not is_let_in(actor, ticket):
        raise NotAllowed(_("You opened this ticket in an emergency: you can read it and do nothing else."))
    if ticket.is_archived and not even_archived:
        raise Conflict(_("This ticket is archived and can't be changed."), code="archived")
    if version is not None and version != ticket.version:
        raise StaleVersion(extra={"version": ticket.version})
    return ticket


def snapshot(ticket: Ticket) -> dict[str, Any]:
    """The fields whose changes an event tells, as they stand now."""
    return {name: getattr(ticket, name) for name in (*_TOLD, *_TOLD_BY_NAME)}


def _changes(before: dict[str, Any], ticket: Ticket) -> dict[str, list[Any]]:
    changed = {name: [before[name], getattr(ticket, name)] for name in _TOLD if before[name] != getattr(ticket, name)}
    return {name: [_plain(old), _plain(new)] for name, (old, new) in changed.items()}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def record(
    ticket: Ticket, act: Act, *, before: dict[str, Any], is_untouched: bool = False, head: str | None = None
) -> TicketEvent:
    """Save the changed ticket with its next version, its history row, event, clocks and notices.

    `before` is the `snapshot` taken when the ticket was opened. Must run in that same transaction. `is_untouched` says
    that the act changed no field, so that only the version has to be written. `head` spares reading the hash of the
    ticket's latest event where it was read under the same lock.
    """
    ticket.version += 1
    return _write(ticket, act, before=before, is_untouched=is_untouched, head=head)


def heads_of(tickets: Sequence[Ticket]) -> dict[int, str]:
    """The hashes of the latest events of tickets whose locks the caller holds, by the tickets' ids."""
    latest = [Q(ticket=ticket, sequence=ticket.version) for ticket in tickets]
    return dict(TicketEvent.objects.filter(reduce(or_, latest)).values_list("ticket_id", "hash")) if latest else {}


def record_submission(ticket: Ticket, act: Act) -> TicketEvent:
    """Save a new ticket (version 1) with its first event."""
    return _write(ticket, act, before=None)


def _write(
    ticket: Ticket,
    act: Act,
    *,
    before: dict[str, Any] | None,
    is_untouched: bool = False,
    head: str | None = None,
) -> TicketEvent:
    ticket.updated_at = act.at
    ticket.timer_at = _timer(ticket)
    ticket._history_user = act.actor  # type: ignore[attr-defined]
    ticket._history_date = act.at  # type: ignore[attr-defined]
    ticket._change_reason = act.code  # type: ignore[attr-defined]
    ticket.save(update_fields=("version", "updated_at", "timer_at") if is_untouched else None)
    changes = _changes(before, ticket) if before is not None else {}
    edited = [name for name in _TOLD_BY_NAME if before is not None and before[name] != getattr(ticket, name)]
    replaced = [name for name in edited if before is not None and before[name]]
    data = dict(act.facts)
    if changes:
        data["changes"] = changes
    if edited:
        data["edited"] = edited
    event = TicketEvent(
        ticket=ticket,
        sequence=ticket.version,
        code=act.code,
        from_status=before["status"] if before is not None else "",
        to_status=ticket.status,
        actor=act.actor,
        channel=act.channel,
        reason=act.reason,
        message=act.message,
        is_public=act.is_public,
        data=data,
        created_at=act.at,
        previous_hash=_head(ticket) if head is None else head,
    )
    event.hash = link(event.previous_hash, event_facts(event))
    event.save(force_insert=True)
    index_ticket(ticket, event, edited=edited, replaced=replaced)
    ticket_event_recorded.send(
        sender=Ticket, ticket=ticket, event=event, actor=act.actor, at=act.at, changes=changes, details=act.details
    )
    enqueue_notices(ticket=ticket, event=event, actor=act.actor, at=act.at)
    return event


def event_facts(event: TicketEvent) -> dict[str, Any]:
    """What an event's hash covers: everything but the row's own id and the hashes."""
    return {
        "ticket": event.ticket_id,
        "sequence": event.sequence,
        "code": event.code,
        "from": event.from_status,
        "to": event.to_status,
        "actor": event.actor_id,
        "channel": event.channel,
        "reason": event.reason,
        "message": event.message_id,
        "public": event.is_public,
        "data": event.data,
        "at": event.created_at,
    }


def _head(ticket: Ticket) -> str:
    if ticket.version == 1:
        return ""
    return ticket.events.values_list("hash", flat=True).get(sequence=ticket.version - 1)


def _timer(ticket: Ticket) -> datetime | None:
    if ticket.is_archived:
        return None
    instants = (_lifecycle_timer(ticket), ticket.agreed_due_at)
    return min((instant for instant in instants if instant is not None), default=None)


def _lifecycle_timer(ticket: Ticket) -> datetime | None:
    if ticket.status not in (Status.WAITING, Status.RESOLVED, *FINAL):
        return None
    if ticket.status in FINAL and is_kept_from_archive(ticket):
        return None  # it is archived when that has ended
    return next_timer(
        status=Status(ticket.status),
        terms=DeskSettings.current().terms,
        next_action_at=ticket.next_action_at,
        resolved_at=ticket.resolved_at,
        reminders_sent=ticket.reminders_sent,
        confirm_by_at=ticket.confirm_by_at,
        closed_at=ticket.closed_at,
        is_archived=ticket.is_archived,
    )
