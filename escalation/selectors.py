"""Reading policies: which one a ticket gets, and what it would promise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from escalation import calendars
from escalation.keeping import Target
from escalation.models import SlaPolicyVersion, SlaRule
from escalation.policy_rules import Condition, Facts, Placed, first_fitting
from helpdesk.accounts.models import Department
from helpdesk.common.tree import ancestors
from tickets.models import Ticket


def version_for(ticket: Ticket) -> SlaPolicyVersion | None:
    """The version of the policy that the first fitting rule gives; None for "no target"."""
    rules = list(SlaRule.objects.select_related("policy"))
    place = first_fitting([condition_of(rule) for rule in rules], facts_of(ticket))
    policy = rules[place].policy if place is not None else None
    return policy.current if policy is not None else None


def condition_of(rule: SlaRule) -> Condition:
    return Condition(
        kind=rule.kind_id or "",
        category=rule.category_id,
        priority=rule.priority,
        department=rule.department_id,
        channel=rule.channel,
    )


def facts_of(ticket: Ticket) -> Facts:
    return Facts(
        kind=ticket.kind_id,
        category_branch=tuple(ticket.category.branch) if ticket.category is not None else (),
        priority=ticket.priority,
        department_branch=department_branch(ticket.requester.department_id),
        channel=ticket.channel,
    )


def department_branch(department: int | None) -> tuple[int, ...]:
    """The ids from the root of the departments' tree down to this one."""
    if department is None:
        return ()
    parents = dict(Department.objects.order_by().values_list("pk", "parent_id"))
    return tuple(reversed(list(ancestors(parents, department))))


def placed(rules: Sequence[SlaRule]) -> list[Placed]:
    """Rules with the branches that their categories and departments stand in."""
    return [
        Placed(
            condition_of(rule),
            category_branch=tuple(rule.category.branch) if rule.category is not None else (),
            department_branch=department_branch(rule.department_id),
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
