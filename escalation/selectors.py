"""Reading policies: what their rules ask for, and what they would promise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, QuerySet, Subquery

from escalation import calendars
from escalation.models import SlaPolicyVersion, SlaRule
from escalation.policy_rules import Sort
from helpdesk.accounts.models import Department
from helpdesk.common.tree import ancestors
from tickets.targets import Target


def versions_in_force() -> QuerySet[SlaPolicyVersion]:
    """The newest version of each policy."""
    newest = SlaPolicyVersion.objects.filter(policy=OuterRef("policy")).order_by("-number")
    return SlaPolicyVersion.objects.filter(pk=Subquery(newest.values("pk")[:1]))


def sorts_of(rules: Sequence[SlaRule]) -> list[Sort]:
    """What rules ask for."""
    parents = dict(Department.objects.order_by().values_list("pk", "parent_id"))
    return [
        Sort(
            kind=rule.kind_id or "",
            category_branch=tuple(rule.category.branch) if rule.category is not None else (),
            priority=rule.priority,
            department_branch=tuple(ancestors(parents, rule.department_id))[::-1],
            channel=rule.channel,
        )
        for rule in rules
    ]


@dataclass(frozen=True)
class Promise:
    """What a target would mean for a request of one moment."""

    target: Target
    due_at: datetime


def promises(version: SlaPolicyVersion, raised_at: datetime) -> list[Promise]:
    """When each target would be due, had all its time begun at this moment."""
    calendar = calendars.working_time(version.calendar)
    found = ((target, version.target(target)) for target in Target)
    return [Promise(target, calendar.add(raised_at, time)) for target, time in found if time is not None]
