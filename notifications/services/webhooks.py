"""Webhooks: what is told is looked up when it is sent, and signed as Standard Webhooks has it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from standardwebhooks import Webhook

from helpdesk.common.models import OutboxMessage
from helpdesk.common.net import Answer, request
from helpdesk.common.rest.fields import instant
from notifications.models import WebhookEndpoint
from notifications.services.outcomes import NotMeant, Refused
from tickets.choices import MessageKind
from tickets.models import Message, Ticket, TicketEvent
from tickets.services.notices import SUBJECT_TYPE

TEST = "test"


def send(row: OutboxMessage, endpoint: WebhookEndpoint, *, at: datetime) -> Answer:
    """Compose, sign and hand over one message. Raises NotMeant, Refused, EgressError."""
    content = json.dumps(compose(row, endpoint), ensure_ascii=False, separators=(",", ":"))
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "X-Event-Id": str(row.uuid),
        **signed(content, endpoint, message_id=str(row.uuid), at=at),
    }
    return request("POST", endpoint.url, headers=headers, content=content.encode())


def signed(content: str, endpoint: WebhookEndpoint, *, message_id: str, at: datetime) -> dict[str, str]:
    """The headers by which the receiver knows us; two signatures while the key is being changed."""
    secrets = [endpoint.secret]
    if endpoint.previous_secret and endpoint.previous_secret_until and at < endpoint.previous_secret_until:
        secrets.append(endpoint.previous_secret)
    if not endpoint.secret:
        raise Refused("the key can't be read; give the webhook a new one")
    moment = at.astimezone(UTC)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(message_id, moment, content) for secret in secrets),
    }


def compose(row: OutboxMessage, endpoint: WebhookEndpoint) -> dict[str, Any]:
    """What this endpoint may be told, as it stands now. Raises NotMeant where that is nothing, Refused for the unknown."""
    if row.topic == TEST:
        return {"type": TEST, "timestamp": instant(row.created_at), "data": {"name": endpoint.name}}
    if row.subject_type != SUBJECT_TYPE:
        raise Refused(f"unknown subject {row.subject_type}")
    if endpoint.is_retired:
        raise NotMeant("destination_retired")
    events = TicketEvent.objects.select_related("actor", "message", "ticket__assignee")
    event = events.filter(pk=row.payload.get("event"), ticket=row.subject_id).first()
    if event is None:
        raise Refused("the event is missing")
    if event.ticket.is_confidential and not endpoint.includes_confidential:
        raise NotMeant("confidential")
    return {"type": f"ticket.{event.code}", "timestamp": instant(event.created_at), "data": _data(event, endpoint)}


def _data(event: TicketEvent, endpoint: WebhookEndpoint) -> dict[str, Any]:
    return {
        "number": event.ticket.number,
        "code": event.code,
        "sequence": event.sequence,
        "from_status": event.from_status or None,
        "status": event.to_status,
        "is_public": event.is_public,
        "actor": event.actor.username if event.actor is not None else None,
        "reason": (event.reason or None) if endpoint.includes_internal else None,
        "message": _message(event.message, endpoint),
        "ticket": _ticket(event.ticket),
    }


def _message(message: Message | None, endpoint: WebhookEndpoint) -> dict[str, Any] | None:
    if message is None or (message.kind != MessageKind.PUBLIC and not endpoint.includes_internal):
        return None
    return {"kind": message.kind, "body": message.body}


def _ticket(ticket: Ticket) -> dict[str, Any]:
    """The ticket at this moment, which may be later than the act."""
    return {
        "id": ticket.pk,
        "number": ticket.number,
        "version": ticket.version,
        "subject": ticket.subject,
        "status": ticket.status,
        "priority": ticket.priority or None,
        "team": ticket.team_id,
        "assignee": ticket.assignee.username if ticket.assignee is not None else None,
        "escalation_level": ticket.escalation_level,
        "is_confidential": ticket.is_confidential,
        "updated_at": instant(ticket.updated_at),
    }
