"""The shapes of answers, for the schema only: `notifications/api/output.py` writes them."""

from __future__ import annotations

from rest_framework import serializers as s

from helpdesk.common.models import OutboxMessage
from helpdesk.common.rest.shapes import shape
from notifications.api.inputs import CODES
from tickets.api.schemas import TeamShape

CircuitShape = shape(
    "CircuitShape",
    is_open=s.BooleanField(help_text="After failures it is left alone for a while."),
    failures=s.IntegerField(help_text="In a row."),
    blocked_until=s.DateTimeField(allow_null=True),
    last_error=s.CharField(),
)
WebhookShape = shape(
    "WebhookShape",
    id=s.IntegerField(),
    name=s.CharField(),
    url=s.CharField(),
    codes=s.ListField(child=s.ChoiceField(CODES), help_text="Empty: all acts."),
    team=TeamShape(allow_null=True, help_text="Null: tickets of all teams."),
    includes_internal=s.BooleanField(),
    includes_confidential=s.BooleanField(),
    is_retired=s.BooleanField(),
    circuit=CircuitShape(),
)
WebhookWithSecret = shape(
    "WebhookWithSecret",
    webhook=WebhookShape(),
    secret=s.CharField(help_text="Shown this once."),
    previous_valid_until=s.DateTimeField(allow_null=True, help_text="Until then the key before signs too."),
)
TestShape = shape("WebhookTestShape", event_id=s.UUIDField())
DeliveryShape = shape(
    "DeliveryShape",
    event_id=s.UUIDField(help_text="The header webhook-id."),
    type=s.CharField(),
    state=s.ChoiceField(OutboxMessage.State.choices, help_text="Of the message, now."),
    attempt=s.IntegerField(),
    tried_at=s.DateTimeField(),
    duration_ms=s.IntegerField(),
    status=s.IntegerField(allow_null=True, help_text="Null where no answer came."),
    error=s.CharField(),
    answer=s.CharField(help_text="Its first kilobyte."),
)
