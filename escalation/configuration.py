"""The service levels in force: rules in order with the policy version that each gives, kept while nothing changes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from escalation.models import ConfigurationRevision, SlaPolicyVersion, SlaRule
from escalation.policy_rules import Sort, first_taking
from escalation.selectors import groups_of, sorts_of, versions_in_force
from helpdesk.accounts.models import Department
from helpdesk.common.tree import ancestors
from tickets.models import Ticket


@dataclass(frozen=True)
class Configuration:
    """Rules and versions of one revision. `versions` are those in force, by their ids."""

    revision: int
    sorts: tuple[Sort, ...]
    given: tuple[SlaPolicyVersion | None, ...]
    versions: dict[int, SlaPolicyVersion]

    def version_for(self, ticket: Ticket) -> SlaPolicyVersion | None:
        """The version that the first fitting rule gives; None for "no target"."""
        if not self.sorts:
            return None
        place = first_taking(self.sorts, self._sort_of(ticket))
        return self.given[place] if place is not None else None

    def _sort_of(self, ticket: Ticket) -> Sort:
        department: tuple[int, ...] = ()
        if any(sort.department_branch for sort in self.sorts):
            parents = dict(Department.objects.order_by().values_list("pk", "parent_id"))
            department = tuple(ancestors(parents, ticket.requester.department_id))[::-1]
        groups: frozenset[int] = frozenset()
        if any(sort.groups for sort in self.sorts):
            groups = groups_of([ticket.requester_id]).get(ticket.requester_id, groups)
        return Sort(
            kind=ticket.kind_id,
            category_branch=tuple(ticket.category.branch) if ticket.category is not None else (),
            priority=ticket.priority,
            department_branch=department,
            channel=ticket.channel,
            groups=groups,
        )


NOTHING = Configuration(0, (), (), {})


def in_force() -> Configuration:
    """What holds now: one small read, unless something has changed since."""
    row = ConfigurationRevision.objects.values_list("revision", "token").first()
    return _load(*row) if row is not None else NOTHING


@lru_cache(maxsize=4)
def _load(revision: int, token: UUID) -> Configuration:
    """`token` alone tells one state from all others; see the model."""
    rules = list(SlaRule.objects.select_related("category", "policy"))
    newest = {version.policy_id: version for version in versions_in_force().select_related("calendar")}
    return Configuration(
        revision=revision,
        sorts=tuple(sorts_of(rules)),
        given=tuple(newest.get(rule.policy_id) if rule.policy_id is not None else None for rule in rules),
        versions={version.pk: version for version in newest.values()},
    )
