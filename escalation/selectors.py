"""Reading policies: which one a ticket gets, and what it would promise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from escalation import calendars
from escalation.keeping import Target
from escalation.models import SlaPolicyVersion, SlaRule
from escalation.policy_rules import Sort, first_taking
from helpdesk.accounts.models import Department
from helpdesk.common.tree import ancestors
from tickets.models import Ticket


def version_for(ticket: Ticket) -> SlaPolicyVersion | None:
    """The version of the policy that the first fitting rule gives; None for "no target"."""
    rules = list(SlaRule.objects.select_related("category", "policy"))
    *sorts, sort = sorts_of([*rules, ticket])
    place = first_taking(sorts, sort)
    policy = rules[place].policy if place is not None else None
    return policy.current if policy is not None else None


def sorts_of(rows: Sequence[SlaRule | Ticket]) -> list[Sort]:
    """What rules ask for, and what tickets are."""
    parents = dict(Department.objects.order_by().values_list("pk", "parent_id"))
    return [
        Sort(
            kind=row.kind_id or "",
            category_branch=tuple(row.category.branch) if row.category is not None else (),
            priority=row.priority,
            department_branch=tuple(ancestors(parents, _department(row)))[::-1],
            channel=row.channel,
        )
        for row in rows
    ]


def _department(row: SlaRule | Ticket) -> int | None:
    return row.department_id if isinstance(row, SlaRule) else row.requester.department_id


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
