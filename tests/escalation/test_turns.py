"""Who is asked on a level: it always ends, nobody twice, and nobody absent while somebody else is left."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.turns import Turn, leads_round, next_turn, stand_in, turns

EVERYBODY = frozenset("ABCDEF")


def ask(
    responsible: str, deputy: str | None, away: Mapping[str, str], able: frozenset[str] = EVERYBODY
) -> list[Turn[str]]:
    return turns(responsible, deputy, can_work=able.__contains__, substitute_of=away.get)


def test_the_responsible_person_first_then_the_deputy() -> None:
    assert ask("A", "B", {}) == [Turn("A"), Turn("B", is_deputy=True)]
    assert ask("A", None, {}) == [Turn("A")]


def test_who_is_away_is_replaced_and_named() -> None:
    assert ask("A", "B", {"A": "C"}) == [Turn("C", "A"), Turn("B", is_deputy=True)]
    assert ask("A", "B", {"A": "C", "C": "D"})[0] == Turn("D", "A"), "substitutes of substitutes"
    assert ask("A", "B", {"B": "C"})[1] == Turn("C", "B", is_deputy=True)


def test_nobody_is_asked_twice() -> None:
    assert ask("A", "B", {"A": "B"}) == [Turn("B", "A")]
    assert ask("A", "B", {"B": "A"}) == [Turn("A")]
    assert ask("A", "B", {"A": "C", "B": "C"}) == [Turn("C", "A")]


def test_who_cannot_work_is_skipped() -> None:
    assert ask("A", "B", {}, able=frozenset("B")) == [Turn("B", is_deputy=True)]
    assert ask("A", "B", {"A": "C"}, able=frozenset("AB")) == [Turn("B", is_deputy=True)]
    assert ask("A", "B", {}, able=frozenset()) == []


def test_who_is_away_is_asked_where_nobody_else_is_left() -> None:
    assert ask("A", None, {"A": "C"}, able=frozenset("A")) == [Turn("A")]
    assert ask("A", "B", {"A": "B", "B": "A"}) == [Turn("A")], "the substitutes lead round"


@pytest.mark.parametrize(
    ("away", "expected"),
    [({}, False), ({"A": "B"}, False), ({"A": "B", "B": "A"}, True), ({"A": "B", "B": "C", "C": "B"}, True)],
)
def test_rings_of_substitutes_are_found(away: dict[str, str], expected: bool) -> None:
    assert leads_round("A", away.get) is expected


def test_turns_go_on_while_people_come_and_leave() -> None:
    assert next_turn(ask("A", "B", {}), []) == Turn("A")
    assert next_turn(ask("A", "B", {}), ["A"]) == Turn("B", is_deputy=True)
    assert next_turn(ask("A", "B", {}), ["A", "B"]) is None
    assert next_turn(ask("A", "B", {"A": "C"}), ["A"]) == Turn("B", is_deputy=True), "A has had the turn"
    assert next_turn(ask("A", None, {"A": "C"}), ["A"]) == Turn("C", "A"), "nobody else is left"
    assert next_turn(ask("A", "B", {"A": "C"}), ["A", "B"]) is None, "a level asks two people at most"
    assert next_turn(ask("A", None, {}), ["A"]) is None
    assert next_turn([], []) is None


people = st.sampled_from(sorted(EVERYBODY))
absences = st.dictionaries(people, people)


@settings(deadline=None)
@given(people, st.none() | people, absences, st.frozensets(people))
def test_it_always_ends_and_names_the_absent_only_where_nobody_else_is_left(
    responsible: str, deputy: str | None, away: dict[str, str], able: frozenset[str]
) -> None:
    found = ask(responsible, deputy, away, able)
    asked = [turn.person for turn in found]
    assert len(set(asked)) == len(asked) <= 2
    assert set(asked) <= able, "nobody who can't work"
    if set(asked) & away.keys():
        assert len(asked) == 1
        named = [responsible] if deputy is None else [responsible, deputy]
        assert all(stand_in(person, can_work=able.__contains__, substitute_of=away.get) is None for person in named)
    for turn in found:
        assert (turn.stands_for or turn.person) in (responsible, deputy)
    if not found:
        assert not able & {responsible, deputy}
