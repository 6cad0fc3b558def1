"""Which policy a ticket gets, and which path it goes up: the first rule that takes it, in order. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Sort:
    """A sort of tickets: what a rule asks for, and what one ticket is.

    An empty part of a rule means any; an empty part of a ticket means that it has none. Branches are ids from the root of
    the tree down; a rule means its node with everything below. `groups` are requester groups: a rule asks for one, a ticket has
    those of its requester. `trigger` is why a ticket goes up; policies don't ask for it.
    """

    kind: str = ""
    category_branch: tuple[int, ...] = ()
    priority: str = ""
    department_branch: tuple[int, ...] = ()
    channel: str = ""
    groups: frozenset[int] = frozenset()
    trigger: str = ""

    def takes(self, other: Sort) -> bool:
        """True if this rule takes the ticket; of another rule, if it takes all of that rule's tickets."""
        return (
            self.kind in ("", other.kind)
            and self.priority in ("", other.priority)
            and self.channel in ("", other.channel)
            and self.groups <= other.groups
            and self.trigger in ("", other.trigger)
            and _is_part_of(self.category_branch, other.category_branch)
            and _is_part_of(self.department_branch, other.department_branch)
        )


def _is_part_of(branch: tuple[int, ...], deeper: tuple[int, ...]) -> bool:
    """True if the node at the end of `branch` lies on the way to the other one, wherever both have been moved."""
    return not branch or branch[-1] in deeper


def first_taking(rules: Sequence[Sort], ticket: Sort) -> int | None:
    """The position of the first rule that takes the ticket; None where none does."""
    return next((place for place, rule in enumerate(rules) if rule.takes(ticket)), None)


def never_reached(rules: Sequence[Sort]) -> list[tuple[int, int]]:
    """Pairs of positions: a rule that no ticket can reach, and the earlier one that takes all of its tickets."""
    found = []
    for later, rule in enumerate(rules):
        before = first_taking(rules[:later], rule)
        if before is not None:
            found.append((later, before))
    return found
