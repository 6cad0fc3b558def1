"""Where acts on tickets reach other systems: inside the act's own transaction, so that neither stands without the other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from helpdesk.accounts.models import User
from helpdesk.common.models import OutboxMessage
from helpdesk.common.outbox import Parcel, enqueue_parcels
from notifications.services.settling import TRIED_FOR
from notifications.subscriptions import Subscription, subscriptions_to
from tickets.models import Ticket, TicketEvent
from tickets.services.notices import SUBJECT_TYPE


def on_ticket_event(*, ticket: Ticket, event: TicketEvent, actor: User | None, at: datetime, **_more: Any) -> None:
    """Append a message for every destination that wants to hear of this act."""
    enqueue_parcels(
        _parcels(ticket, event, actor, at),
        event_key=f"ticket-event-{event.pk}",
        subject_type=SUBJECT_TYPE,
        subject_id=ticket.pk,
        at=at,
    )


def _parcels(ticket: Ticket, event: TicketEvent, actor: User | None, at: datetime) -> Iterator[Parcel]:
    for one in subscriptions_to(ticket):
        if one.wants(event.code) and _may_hear(one, ticket, actor):
            yield Parcel(
                topic=event.code,
                channel=one.channel,
                destination=one.destination,
                give_up_at=at + TRIED_FOR,
                payload={"event": event.pk},
            )


def _may_hear(one: Subscription, ticket: Ticket, actor: User | None) -> bool:
    """What may never go there isn't even written; whether it still may is asked again when it is sent."""
    if ticket.is_confidential and not one.includes_confidential:
        return False
    is_own_act = one.channel == OutboxMessage.Channel.CHAT and actor is not None and one.person == actor.pk
    return not is_own_act
