"""The small snapshot of promised times on a ticket, for queues. Written by the escalation app only."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tickets.choices import Act as ActCode
from tickets.models import Ticket
from tickets.services.recording import Act, heads_of, record, snapshot


@dataclass(frozen=True)
class ServiceLevel:
    """The clock that counts now: which target, how it stands, and when it is due (UTC; None while that is open)."""

    state: str
    target: str
    due_at: datetime | None


def set_service_level(*, ticket: Ticket, level: ServiceLevel, revision: int) -> None:
    """Store the snapshot. No act and no new version: it follows from the acts. The caller holds the ticket's lock.

    `revision` says by which state of the policies the ticket was judged.
    """
    new = set_on_new(ticket=ticket, level=level, revision=revision)
    if new:
        Ticket.objects.filter(pk=ticket.pk).update(**new)


def set_on_new(*, ticket: Ticket, level: ServiceLevel, revision: int) -> dict[str, Any]:
    """As `set_service_level`, for a ticket that isn't stored yet. Returns the fields that are new, with their values."""
    wanted: dict[str, Any] = {
        "sla_state": level.state,
        "next_due_target": level.target,
        "next_due_at": level.due_at,
        "sla_revision": revision,
    }
    new = {name: value for name, value in wanted.items() if getattr(ticket, name) != value}
    for name, value in new.items():
        setattr(ticket, name, value)
    return new


def judge_again(*, requesters: Collection[int]) -> None:
    """Have the open tickets of these people judged anew, because what is promised to them may be another thing now."""
    Ticket.objects.open().filter(requester_id__in=requesters).update(sla_revision=0)


@dataclass(frozen=True)
class Missed:
    """A target of a ticket that was missed, and when it was due."""

    ticket: Ticket
    target: str
    due_at: datetime


def record_missed_targets(missed: Sequence[Missed], *, at: datetime) -> None:
    """Put into the trails that targets were missed (M1.2-3). The caller holds the tickets' locks."""
    heads = heads_of(list({one.ticket.pk: one.ticket for one in missed}.values()))
    for one in missed:
        facts = {"target": str(one.target), "due_at": one.due_at.isoformat()}
        act = Act(code=ActCode.TARGET_MISSED, actor=None, at=at, facts=facts)
        head = heads[one.ticket.pk]
        event = record(one.ticket, act, before=snapshot(one.ticket), is_untouched=True, head=head)
        heads[one.ticket.pk] = event.hash
