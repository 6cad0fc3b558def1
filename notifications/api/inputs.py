"""What the API takes for webhooks. Limits and meaning are the services'."""

from __future__ import annotations

from rest_framework import serializers

from helpdesk.common.rest.fields import CodeChoiceField, StrictSerializer, TextField, WholeNumberField
from notifications.models.destination import NAME_LENGTH, URL_LENGTH
from tickets.choices import ACT_LABELS, EVENT_CODES

CODES = [(code, ACT_LABELS[code]) for code in EVENT_CODES]


class StrictBooleanField(serializers.BooleanField):
    """true or false, and nothing that might mean it."""

    def to_internal_value(self, data: object) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class WebhookInput(StrictSerializer):
    name = TextField(max_length=NAME_LENGTH)
    url = TextField(max_length=URL_LENGTH)
    codes = serializers.ListField(
        child=CodeChoiceField(CODES), required=False, max_length=len(CODES), help_text="Empty: all acts."
    )
    team = WholeNumberField(required=False, allow_null=True, help_text="Only tickets of this team; null: all.")
    includes_internal = StrictBooleanField(required=False)
    includes_confidential = StrictBooleanField(required=False)


class WebhookChangeInput(WebhookInput):
    name = TextField(max_length=NAME_LENGTH, required=False)
    url = TextField(max_length=URL_LENGTH, required=False)
    is_retired = StrictBooleanField(required=False)
