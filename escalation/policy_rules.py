"""Which policy a ticket gets: the first rule that fits, in order. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Facts:
    """What is asked of a ticket. Branches are ids from the root of the tree down to the ticket's own node."""

    kind: str = ""
    category_branch: tuple[int, ...] = ()
    priority: str = ""
    department_branch: tuple[int, ...] = ()
    channel: str = ""


@dataclass(frozen=True)
class Condition:
    """What a rule asks for; an empty part fits everything. Categories and departments mean their whole branch."""

    kind: str = ""
    category: int | None = None
    priority: str = ""
    department: int | None = None
    channel: str = ""

    def fits(self, facts: Facts) -> bool:
        return (
            self.kind in ("", facts.kind)
            and self.priority in ("", facts.priority)
            and self.channel in ("", facts.channel)
            and (self.category is None or self.category in facts.category_branch)
            and (self.department is None or self.department in facts.department_branch)
        )


@dataclass(frozen=True)
class Placed:
    """A condition with its branches, as its place in the trees is at the moment."""

    condition: Condition
    category_branch: tuple[int, ...] = ()
    department_branch: tuple[int, ...] = ()

    def takes_all_of(self, other: Placed) -> bool:
        """True if every ticket that fits the other one fits this one too."""
        mine, theirs = self.condition, other.condition
        return (
            mine.kind in ("", theirs.kind)
            and mine.priority in ("", theirs.priority)
            and mine.channel in ("", theirs.channel)
            and (mine.category is None or mine.category in other.category_branch)
            and (mine.department is None or mine.department in other.department_branch)
        )


def first_fitting(conditions: Sequence[Condition], facts: Facts) -> int | None:
    """The position of the first condition that fits; None where none does."""
    return next((place for place, condition in enumerate(conditions) if condition.fits(facts)), None)


def never_reached(rules: Sequence[Placed]) -> list[tuple[int, int]]:
    """Pairs of positions: a rule that no ticket can reach, and the earlier one that takes all of its tickets."""
    found = []
    for later, rule in enumerate(rules):
        before = next((place for place, earlier in enumerate(rules[:later]) if earlier.takes_all_of(rule)), None)
        if before is not None:
            found.append((later, before))
    return found
