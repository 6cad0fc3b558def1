"""Which rule takes a ticket, and which rules nobody can reach."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.policy_rules import Condition, Facts, Placed, first_fitting, never_reached

TICKET = Facts(kind="incident", category_branch=(1, 4), priority="P2", department_branch=(7, 9), channel="portal")


@pytest.mark.parametrize(
    "condition",
    [
        Condition(),
        Condition(kind="incident"),
        Condition(category=4),
        Condition(category=1),
        Condition(department=7),
        Condition(kind="incident", category=1, priority="P2", department=9, channel="portal"),
    ],
)
def test_a_rule_fits_what_it_asks_for_and_everything_below(condition: Condition) -> None:
    assert condition.fits(TICKET)


@pytest.mark.parametrize(
    "condition",
    [
        Condition(kind="request"),
        Condition(category=5),
        Condition(priority="P1"),
        Condition(department=8),
        Condition(channel="phone"),
        Condition(kind="incident", priority="P3"),
    ],
)
def test_a_rule_with_one_part_that_differs_does_not_fit(condition: Condition) -> None:
    assert not condition.fits(TICKET)


def test_the_first_fitting_rule_counts() -> None:
    rules = [Condition(priority="P1"), Condition(category=1), Condition()]
    assert first_fitting(rules, TICKET) == 1
    assert first_fitting(rules[:1], TICKET) is None
    assert first_fitting([], TICKET) is None


def test_a_ticket_without_category_or_priority_gets_only_what_asks_for_neither() -> None:
    bare = Facts(kind="incident", channel="portal")
    assert not Condition(category=1).fits(bare)
    assert not Condition(priority="P1").fits(bare)
    assert Condition(kind="incident").fits(bare)


def test_rules_behind_one_that_takes_all_are_named() -> None:
    finance = Placed(Condition(category=4), category_branch=(1, 4))
    systems = Placed(Condition(category=1), category_branch=(1,))
    urgent = Placed(Condition(priority="P1"))
    everything = Placed(Condition())
    assert never_reached([finance, systems, urgent, everything]) == []
    assert never_reached([systems, urgent, finance]) == [(2, 0)]
    assert never_reached([everything, urgent]) == [(1, 0)]
    assert never_reached([urgent, urgent]) == [(1, 0)]


branches = st.sampled_from([(), (1,), (1, 4), (1, 5), (2,)])
conditions = st.builds(
    lambda kind, branch, priority: Placed(
        Condition(kind=kind, category=branch[-1] if branch else None, priority=priority), category_branch=branch
    ),
    st.sampled_from(["", "incident", "request"]),
    branches,
    st.sampled_from(["", "P1", "P2"]),
)
tickets = st.builds(
    lambda kind, branch, priority: replace(TICKET, kind=kind, category_branch=branch, priority=priority),
    st.sampled_from(["incident", "request"]),
    branches,
    st.sampled_from(["", "P1", "P2", "P3"]),
)


@given(st.lists(conditions, max_size=5), tickets)
def test_no_ticket_ever_lands_at_a_rule_that_is_called_unreachable(rules: list[Placed], ticket: Facts) -> None:
    place = first_fitting([rule.condition for rule in rules], ticket)
    assert place not in {later for later, _before in never_reached(rules)}
