"""The shapes of answers, for the schema only: `escalation/api/output.py` writes them."""

from __future__ import annotations

from rest_framework import serializers as s

from escalation.choices import ACTION_CHOICES
from escalation.keeping import PAUSABLE
from helpdesk.common.rest.shapes import Person, shape
from tickets.api.schemas import TeamShape
from tickets.choices import PRIORITY_CHOICES, REASON_CHOICES, Channel
from tickets.targets import Target


class CalendarShape(s.Serializer):
    id = s.IntegerField()
    name = s.CharField()
    timezone = s.CharField()


TargetsShape = shape(
    "TargetsShape",
    **{
        target.value: s.IntegerField(allow_null=True, help_text="Minutes of working time; null: not promised.")
        for target in Target
    },
)
PausesShape = shape("PausesShape", **{target.value: s.ListField(child=s.CharField()) for target in PAUSABLE})


class PolicyVersionShape(s.Serializer):
    number = s.IntegerField()
    calendar = CalendarShape()
    targets = TargetsShape()
    pauses = PausesShape(help_text="The waiting reasons that stop each of these clocks.")
    thresholds = s.ListField(child=s.IntegerField(), help_text="Per cent of a target at which somebody is told.")
    published_at = s.DateTimeField()


class NamedShape(s.Serializer):
    id = s.IntegerField()
    name = s.CharField()


class RuleShape(s.Serializer):
    position = s.IntegerField(
        help_text="The rules of all policies are asked in this order; the first that fits counts."
    )
    kind = s.CharField(allow_null=True, help_text="Null, here and below: any.")
    category = s.CharField(allow_null=True, help_text="With everything below it.")
    priority = s.ChoiceField(PRIORITY_CHOICES, allow_null=True)
    department = NamedShape(allow_null=True, help_text="The requester's, with everything below it.")
    requester_group = NamedShape(allow_null=True)
    channel = s.ChoiceField(Channel.choices, allow_null=True)


class PolicyShape(s.Serializer):
    id = s.IntegerField()
    name = s.CharField()
    version = PolicyVersionShape(allow_null=True, help_text="The version in force.")
    rules = RuleShape(many=True, help_text="Which tickets get it; without a rule none does.")


# A serializer has an attribute called `label`, hence no class here.
LevelShape = shape(
    "LevelShape",
    number=s.IntegerField(),
    label=s.CharField(help_text="As people say it: L2 is the first level of a path."),
    team=TeamShape(),
    responsible=Person(),
    deputy=Person(allow_null=True),
    acceptance_minutes=s.IntegerField(help_text="Working time to accept, for each of the two."),
    handling_minutes=s.IntegerField(
        allow_null=True, help_text="Working time to solve it there before the next level is asked; null: no limit."
    ),
    calendar=CalendarShape(),
    actions=s.ListField(child=s.ChoiceField(ACTION_CHOICES)),
)


class PathShape(s.Serializer):
    id = s.IntegerField()
    name = s.CharField()
    position = s.IntegerField(help_text="Paths are asked in this order; the first that fits counts.")
    category = s.CharField(allow_null=True, help_text="With everything below it; null: any.")
    priority = s.ChoiceField(PRIORITY_CHOICES, allow_null=True, help_text="Null: any.")
    trigger = s.ChoiceField(REASON_CHOICES, allow_null=True, help_text="Why a ticket goes up; null: any reason.")
    levels = LevelShape(many=True)
