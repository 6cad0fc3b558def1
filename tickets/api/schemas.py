"""The shapes of answers, for the schema only: `tickets/api/output.py` writes them."""

from __future__ import annotations

from rest_framework import serializers as s

from helpdesk.common.rest.shapes import Person, shape
from tickets.choices import (
    IMPACT_CHOICES,
    PRIORITY_CHOICES,
    SLA_STATE_CHOICES,
    STATUS_CHOICES,
    URGENCY_CHOICES,
    CallDirection,
    Channel,
    MessageKind,
)
from tickets.lifecycle import Command
from tickets.promise_choices import STANDING_CHOICES

COMMANDS = [(command.value, command.value) for command in Command]


class TeamShape(s.Serializer):
    id = s.IntegerField()
    name = s.CharField()


class Contact(s.Serializer):
    name = s.CharField()
    department = s.CharField()
    phone = s.CharField()
    email = s.CharField()
    location = s.CharField()


class Device(s.Serializer):
    asset = s.CharField(allow_null=True)
    hostname = s.CharField()
    ip = s.CharField()


class Resolution(s.Serializer):
    outcome = s.CharField(allow_null=True)
    cause = s.CharField()
    solution = s.CharField()
    advice = s.CharField()
    verification = s.CharField(allow_null=True, help_text="Desk only.")
    tested_by = s.CharField(allow_null=True, help_text="Desk only.")
    tested_at = s.DateTimeField(allow_null=True, help_text="Desk only.")


class TicketShape(s.Serializer):
    id = s.IntegerField()
    number = s.CharField()
    subject = s.CharField()
    description = s.CharField()
    error_message = s.CharField()
    occurred_at = s.DateTimeField(allow_null=True)
    steps = s.CharField()
    needed_by_at = s.DateTimeField(allow_null=True)
    needed_by_reason = s.CharField()
    kind = s.CharField()
    channel = s.ChoiceField(Channel.choices)
    category = s.CharField(allow_null=True)
    impact = s.ChoiceField(IMPACT_CHOICES, allow_null=True)
    urgency = s.ChoiceField(URGENCY_CHOICES, allow_null=True)
    priority = s.ChoiceField(PRIORITY_CHOICES, allow_null=True)
    status = s.ChoiceField(STATUS_CHOICES)
    waiting_reason = s.CharField(allow_null=True)
    requester = Person()
    reported_by = Person()
    contact = Contact()
    device = Device()
    team = TeamShape(allow_null=True)
    assignee = Person(allow_null=True)
    accepted_at = s.DateTimeField(allow_null=True)
    escalation_level = s.IntegerField()
    is_confidential = s.BooleanField()
    resolution = Resolution()
    next_due_at = s.DateTimeField(allow_null=True)
    sla_state = s.ChoiceField(SLA_STATE_CHOICES)
    promised_at = s.DateTimeField(allow_null=True, help_text="What is promised to the requester now.")
    promise_state = s.ChoiceField(STANDING_CHOICES, allow_null=True)
    created_at = s.DateTimeField()
    updated_at = s.DateTimeField()
    resolved_at = s.DateTimeField(allow_null=True)
    closed_at = s.DateTimeField(allow_null=True)
    archived_at = s.DateTimeField(allow_null=True)
    version = s.IntegerField()
    allowed_transitions = s.ListField(child=s.ChoiceField(COMMANDS))


# Serializers have attributes called `fields`, `label`, `required` and `data`, hence no classes here.
Choice = shape("Choice", value=s.CharField(), label=s.CharField())
TransitionField = shape(
    "TransitionField",
    name=s.CharField(),
    required=s.BooleanField(),
    one_of=s.ListField(child=s.CharField(), help_text="At least one of these fields has to be given."),
    label=s.CharField(),
    choices=Choice(many=True),
)
Transition = shape(
    "Transition",
    command=s.ChoiceField(COMMANDS),
    to=s.ChoiceField(STATUS_CHOICES),
    fields=s.ListField(child=TransitionField()),
)


class Transitions(s.Serializer):
    version = s.IntegerField()
    status = s.ChoiceField(STATUS_CHOICES)
    transitions = Transition(many=True)


class AttachmentShape(s.Serializer):
    uuid = s.UUIDField()
    message = s.IntegerField(allow_null=True)
    name = s.CharField()
    size = s.IntegerField()
    content_type = s.CharField()
    sha256 = s.CharField()
    uploaded_by = Person(allow_null=True)
    created_at = s.DateTimeField()


class MessageShape(s.Serializer):
    id = s.IntegerField()
    kind = s.ChoiceField(MessageKind.choices)
    author = Person(allow_null=True)
    is_from_desk = s.BooleanField()
    channel = s.ChoiceField(Channel.choices)
    body = s.CharField()
    attachments = AttachmentShape(many=True)
    created_at = s.DateTimeField()


class CallShape(s.Serializer):
    id = s.IntegerField()
    event = s.IntegerField(help_text="The `sequence` of the act by which it was written down.")
    message = s.IntegerField(allow_null=True)
    direction = s.ChoiceField(CallDirection.choices)
    number = s.CharField()
    caller = Person()
    taken_by = Person()
    started_at = s.DateTimeField()
    ended_at = s.DateTimeField(allow_null=True)
    duration_seconds = s.IntegerField(allow_null=True)


EventShape = shape(
    "EventShape",
    sequence=s.IntegerField(help_text="The version that the ticket got by this act."),
    code=s.CharField(),
    from_status=s.ChoiceField(STATUS_CHOICES, allow_null=True),
    to_status=s.ChoiceField(STATUS_CHOICES),
    actor=Person(allow_null=True, help_text="Null for the system itself."),
    channel=s.ChoiceField(Channel.choices, allow_null=True),
    reason=s.CharField(),
    message=s.IntegerField(allow_null=True),
    is_public=s.BooleanField(),
    data=s.DictField(),
    created_at=s.DateTimeField(),
)


CategoryShape = shape(
    "CategoryShape",
    code=s.CharField(),
    name=s.CharField(),
    hint=s.CharField(),
    parent=s.CharField(allow_null=True, help_text="The code of the category that this one is part of."),
)


class TeamRow(s.Serializer):
    id = s.IntegerField()
    name = s.CharField()
    support_level = s.IntegerField()


class UserRow(s.Serializer):
    username = s.CharField()
    name = s.CharField()
    department = s.CharField(allow_null=True)


class TokenShape(s.Serializer):
    name = s.CharField()
    scope = s.ChoiceField([("read", "read"), ("write", "write")])
    expires_at = s.DateTimeField(allow_null=True)


class Me(s.Serializer):
    username = s.CharField()
    name = s.CharField()
    email = s.CharField(allow_null=True)
    department = s.CharField(allow_null=True)
    phone = s.CharField()
    location = s.CharField()
    language = s.CharField()
    timezone = s.CharField()
    roles = s.ListField(child=s.CharField())
    teams = TeamShape(many=True)
    token = TokenShape(allow_null=True, help_text="The token that asks; null for a session.")
