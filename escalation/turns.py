"""Who is asked on a level of a path, in which order, while people are away. Pure.

Nobody is asked twice, and nobody who can't work on tickets is asked at all. Who is away is asked only where nobody else
is left, so that a path ends at a named person as long as one of its people still works here (M3.4-5).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

P = TypeVar("P", bound=Hashable)


@dataclass(frozen=True)
class Turn(Generic[P]):
    """It is this person's turn. `stands_for` is whom they stand in for; None where they act for themselves."""

    person: P
    stands_for: P | None = None
    is_deputy: bool = False


def stand_in(person: P, *, can_work: Callable[[P], bool], substitute_of: Callable[[P], P | None]) -> P | None:
    """The person, or who stands in while they are away; None where that leads to nobody, or round.

    `substitute_of` gives the substitute of somebody who is away, and None for who is there.
    """
    passed: set[P] = set()
    while person not in passed:
        passed.add(person)
        instead = substitute_of(person)
        if instead is None:
            return person if can_work(person) else None
        person = instead
    return None


def leads_round(person: P, substitute_of: Callable[[P], P | None]) -> bool:
    """True if the substitutes of somebody who is away lead back to one of them."""
    passed = {person}
    instead = substitute_of(person)
    while instead is not None and instead not in passed:
        passed.add(instead)
        instead = substitute_of(instead)
    return instead is not None


def turns(
    responsible: P,
    deputy: P | None,
    *,
    can_work: Callable[[P], bool],
    substitute_of: Callable[[P], P | None],
) -> list[Turn[P]]:
    """Whom to ask on a level: the responsible person, then the deputy, each through their substitute while away."""
    named = [(responsible, False)] if deputy is None else [(responsible, False), (deputy, True)]
    found: list[Turn[P]] = []
    for person, is_deputy in named:
        asked = stand_in(person, can_work=can_work, substitute_of=substitute_of)
        if asked is not None and all(turn.person != asked for turn in found):
            found.append(Turn(asked, person if asked != person else None, is_deputy))
    return found or [Turn(person, is_deputy=is_deputy) for person, is_deputy in named if can_work(person)][:1]


def next_turn(found: Sequence[Turn[P]], asked: Collection[P]) -> Turn[P] | None:
    """Whose turn it is on a level where these were asked before; None when it is the next level's.

    `found` is what `turns` says now: who was asked may have left or come back meanwhile. A level asks at most two people,
    and after the first one the deputy's turn comes before somebody else who now stands in for the responsible person.
    """
    left = [turn for turn in found if turn.person not in asked]
    if not left or len(asked) >= 2:
        return None
    return next((turn for turn in left if turn.is_deputy), left[0]) if asked else left[0]
