"""Reading policies: what their rules ask for, and what they would promise."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from escalation import calendars
from escalation.models import SlaPolicyVersion, SlaRule
from escalation.policy_rules import Sort, first_taking
from helpdesk.accounts.models import Department, RequesterGroup
from helpdesk.common.tree import ancestors
from tickets.models import Category, WaitingReason
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
            groups=frozenset(() if rule.requester_group_id is None else (rule.requester_group_id,)),
        )
        for rule in rules
    ]


def groups_of(people: Collection[int] | None = None) -> dict[int, frozenset[int]]:
    """The requester groups that people are in, by their ids; without `people` of everybody who is in one."""
    rows = RequesterGroup.members.through.objects.order_by()
    if people is not None:
        rows = rows.filter(user_id__in=people)
    found: dict[int, set[int]] = {}
    for person, group in rows.values_list("user_id", "requestergroup_id"):
        found.setdefault(person, set()).add(group)
    return {person: frozenset(groups) for person, groups in found.items()}


class Sorting:
    """Finds the rule that takes a ticket, from a few columns of many tickets. Tickets alike are asked for once."""

    # Behind a ticket's priority.
    COLUMNS = ("kind_id", "category_id", "requester__department_id", "channel", "requester_id")

    def __init__(self, sorts: Sequence[Sort]) -> None:
        self.sorts = sorts
        self._branches = {category.pk: tuple(category.branch) for category in Category.objects.only("path")}
        self._parents = dict(Department.objects.order_by().values_list("pk", "parent_id"))
        self._groups = groups_of() if any(sort.groups for sort in sorts) else {}
        self._known: dict[tuple[Any, ...], int | None] = {}

    def first_taking(
        self, priority: str, kind: str, category: int | None, department: int | None, channel: str, requester: int
    ) -> int | None:
        """The position of the first rule that takes such a ticket; None where none does."""
        groups = self._groups.get(requester, frozenset())
        key = (priority, kind, category, department, channel, groups)
        if key not in self._known:
            self._known[key] = first_taking(
                self.sorts,
                Sort(
                    kind=kind,
                    category_branch=self._branches.get(category, ()) if category is not None else (),
                    priority=priority,
                    department_branch=tuple(ancestors(self._parents, department))[::-1],
                    channel=channel,
                    groups=groups,
                ),
            )
        return self._known[key]


def waiting_reason_names() -> dict[str, str]:
    """What waiting reasons are called, by their codes; retired ones too, because earlier versions name them."""
    return {reason.code: reason.name for reason in WaitingReason.objects.order_by("position", "code")}


@dataclass(frozen=True)
class Promise:
    """What a target would mean for a request of one moment. `escalates_at` is None where it never goes up by itself."""

    target: Target
    due_at: datetime
    escalates_at: datetime | None = None


def promises(version: SlaPolicyVersion, raised_at: datetime) -> list[Promise]:
    """When each target would be due and go up, had all its time begun at this moment."""
    calendar = calendars.working_time(version.calendar)
    found = []
    for target in Target:
        time, percent = version.target(target), version.escalate_at.get(target.value)
        if time is not None:
            escalates_at = calendar.add(raised_at, time * percent / 100) if percent else None
            found.append(Promise(target, calendar.add(raised_at, time), escalates_at))
    return found
