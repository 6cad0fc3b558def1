"""Which rule takes a ticket, and which rules nobody can reach."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.policy_rules import Sort, first_taking, never_reached

TICKET = Sort(
    kind="incident",
    category_branch=(1, 4),
    priority="P2",
    department_branch=(7, 9),
    channel="portal",
    groups=frozenset({3, 5}),
)


@pytest.mark.parametrize(
    "rule",
    [
        Sort(),
        Sort(kind="incident"),
        Sort(category_branch=(1, 4)),
        Sort(category_branch=(1,)),
        Sort(department_branch=(7,)),
        Sort(groups=frozenset({5})),
        Sort(kind="incident", category_branch=(1,), priority="P2", department_branch=(7, 9), channel="portal"),
    ],
)
def test_a_rule_fits_what_it_asks_for_and_everything_below(rule: Sort) -> None:
    assert rule.takes(TICKET)


@pytest.mark.parametrize(
    "rule",
    [
        Sort(kind="request"),
        Sort(category_branch=(1, 5)),
        Sort(priority="P1"),
        Sort(department_branch=(8,)),
        Sort(groups=frozenset({4})),
        Sort(channel="phone"),
        Sort(kind="incident", priority="P3"),
    ],
)
def test_a_rule_with_one_part_that_differs_does_not_fit(rule: Sort) -> None:
    assert not rule.takes(TICKET)


def test_the_first_taking_rule_counts() -> None:
    rules = [Sort(priority="P1"), Sort(category_branch=(1,)), Sort()]
    assert first_taking(rules, TICKET) == 1
    assert first_taking(rules[:1], TICKET) is None
    assert first_taking([], TICKET) is None


def test_a_ticket_without_category_or_priority_gets_only_what_asks_for_neither() -> None:
    bare = Sort(kind="incident", channel="portal")
    assert not Sort(category_branch=(1,)).takes(bare)
    assert not Sort(priority="P1").takes(bare)
    assert Sort(kind="incident").takes(bare)


def test_rules_behind_one_that_takes_all_are_named() -> None:
    finance = Sort(category_branch=(1, 4))
    systems = Sort(category_branch=(1,))
    urgent = Sort(priority="P1")
    everything = Sort()
    assert never_reached([finance, systems, urgent, everything]) == []
    assert never_reached([systems, urgent, finance]) == [(2, 0)]
    assert never_reached([everything, urgent]) == [(1, 0)]
    assert never_reached([urgent, urgent]) == [(1, 0)]


branches = st.sampled_from([(), (1,), (1, 4), (1, 5), (2,)])
asked = st.builds(
    Sort,
    kind=st.sampled_from(["", "incident", "request"]),
    category_branch=branches,
    priority=st.sampled_from(["", "P1", "P2"]),
    groups=st.sampled_from([frozenset(), frozenset({3}), frozenset({4})]),
)
tickets = st.builds(
    lambda kind, branch, priority, groups: replace(
        TICKET, kind=kind, category_branch=branch, priority=priority, groups=groups
    ),
    st.sampled_from(["incident", "request"]),
    branches,
    st.sampled_from(["", "P1", "P2", "P3"]),
    st.frozensets(st.sampled_from([3, 4, 5])),
)


@given(st.lists(asked, max_size=5), tickets)
def test_no_ticket_ever_lands_at_a_rule_that_is_called_unreachable(rules: list[Sort], ticket: Sort) -> None:
    place = first_taking(rules, ticket)
    assert place not in {later for later, _before in never_reached(rules)}
