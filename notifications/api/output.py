"""Webhooks as the API writes them. Keys are in none of it but the two answers that make them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from helpdesk.common.rest.fields import instant
from notifications.models import Delivery, WebhookEndpoint
from notifications.services.webhooks import TEST
from tickets.api import output


def webhook(row: WebhookEndpoint, *, at: datetime) -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.name,
        "url": row.url,
        "codes": row.codes,
        "team": output.team(row.team),
        "includes_internal": row.includes_internal,
        "includes_confidential": row.includes_confidential,
        "is_retired": row.is_retired,
        "circuit": {
            "is_open": row.blocked_until is not None and row.blocked_until > at,
            "failures": row.failures,
            "blocked_until": instant(row.blocked_until),
            "last_error": row.last_error,
        },
    }


def with_secret(row: WebhookEndpoint, secret: str, *, at: datetime) -> dict[str, Any]:
    return {
        "webhook": webhook(row, at=at),
        "secret": secret,
        "previous_valid_until": instant(row.previous_secret_until),
    }


def delivery(row: Delivery) -> dict[str, Any]:
    topic = row.message.topic
    return {
        "event_id": str(row.message.uuid),
        "type": topic if topic == TEST else f"ticket.{topic}",
        "state": row.message.state,
        "attempt": row.attempt,
        "tried_at": instant(row.tried_at),
        "duration_ms": row.duration_ms,
        "status": row.status,
        "error": row.error,
        "answer": row.answer,
    }
