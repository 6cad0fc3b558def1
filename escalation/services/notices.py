"""Telling people of escalations, each of each thing once, through the outbox."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from escalation.models import Escalation
from helpdesk.common.outbox import Notice, enqueue
from tickets.models import Ticket, TicketEvent
from tickets.services.notices import SUBJECT_TYPE


def tell(
    ticket: Ticket,
    topic: str,
    people: Iterable[int],
    escalation: Escalation,
    *,
    event: TicketEvent | None,
    at: datetime,
) -> None:
    """Append the notices of one step. `event` is the act they tell of; without one the facts say it all."""
    payload = {
        "level": escalation.level_number,
        "reason": escalation.reason,
        "person": escalation.offered_to_id,
        "due_at": escalation.accept_by_at.isoformat() if escalation.accept_by_at is not None else None,
        **({"event": event.pk} if event is not None else {}),
    }
    step = f"{escalation.pk}-{len(escalation.asked)}-{escalation.state}"
    enqueue(
        [Notice(topic, person, payload) for person in people],
        event_key=f"escalation-{step}-{topic}",
        subject_type=SUBJECT_TYPE,
        subject_id=ticket.pk,
        at=at,
    )
