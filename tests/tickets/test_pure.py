"""Numbers, priorities, timers, chains: the pure modules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.chain import canonical, link
from tickets.lifecycle import Status
from tickets.numbering import format_number, has_running_number, is_plain
from tickets.priority import Impact, Urgency, default_priority
from tickets.timing import Terms, confirm_by, next_timer, reminder_instants, reopen_until

T0 = datetime(2026, 9, 18, 1, 0, tzinfo=UTC)
TERMS = Terms(reminder_days=(2, 4), confirm_days=5, reopen_days=14, archive_days=30)


@pytest.mark.parametrize(
    ("template", "expected"), [("{n}", "10482"), ("IT-{year}-{n:06}", "IT-2026-010482"), ("{n:03}", "10482")]
)
def test_numbers_follow_the_format(template, expected):
    assert has_running_number(template)
    assert is_plain(template)
    assert format_number(template, n=10482, year=2026) == expected


@pytest.mark.parametrize("template", ["IT", "{year}", "{n:6}", "{n!r}", "{n.real}", "{0}"])
def test_formats_without_a_running_number_are_known(template):
    assert not has_running_number(template)


@pytest.mark.parametrize("template", ["{n}/{year}", "工单{n}", "{n} ", "{n}{x}", "<{n}>", "{n}#"])
def test_formats_that_would_break_addresses_are_known(template):
    assert not is_plain(template)


def test_the_default_matrix_rises_with_impact_and_urgency():
    order = {"P4": 0, "P3": 1, "P2": 2, "P1": 3}
    for i, impact in enumerate(Impact):
        for u, urgency in enumerate(Urgency):
            here = order[default_priority(impact, urgency)]
            for next_impact in list(Impact)[i:]:
                for next_urgency in list(Urgency)[u:]:
                    assert order[default_priority(next_impact, next_urgency)] >= here
    assert default_priority(Impact.PERSON, Urgency.ANNOYING) == "P4"
    assert default_priority(Impact.ORGANISATION, Urgency.STOPPED) == "P1"


def test_reminders_lie_before_the_announced_closing():
    assert reminder_instants(T0, TERMS) == [T0 + timedelta(days=2), T0 + timedelta(days=4)]
    assert confirm_by(T0, TERMS) == T0 + timedelta(days=5)
    late = Terms(reminder_days=(9, 2, 2, 5), confirm_days=5, reopen_days=14, archive_days=30)
    assert reminder_instants(T0, late) == [T0 + timedelta(days=2)]


def timer(status: Status, **changes):
    values = {
        "next_action_at": None,
        "resolved_at": None,
        "reminders_sent": 0,
        "confirm_by_at": None,
        "closed_at": None,
        "is_archived": False,
    }
    return next_timer(status=status, terms=TERMS, **{**values, **changes})


def test_each_status_has_its_timer():
    assert timer(Status.NEW) is None
    assert timer(Status.WAITING, next_action_at=T0) == T0
    resolved = {"resolved_at": T0, "confirm_by_at": T0 + timedelta(days=5)}
    assert timer(Status.RESOLVED, **resolved) == T0 + timedelta(days=2)
    assert timer(Status.RESOLVED, reminders_sent=1, **resolved) == T0 + timedelta(days=4)
    assert timer(Status.RESOLVED, reminders_sent=2, **resolved) == T0 + timedelta(days=5)
    assert timer(Status.CLOSED, closed_at=T0) == T0 + timedelta(days=30)
    assert timer(Status.CLOSED, closed_at=T0, is_archived=True) is None
    assert reopen_until(T0, TERMS) == T0 + timedelta(days=14)


FACTS = st.dictionaries(
    st.text(max_size=8), st.none() | st.booleans() | st.integers() | st.text(max_size=20), max_size=6
)


@given(FACTS, st.text(alphabet="0123456789abcdef", max_size=64))
def test_a_link_depends_on_content_and_predecessor_not_on_key_order(facts, previous):
    shuffled = dict(reversed(list(facts.items())))
    assert link(previous, facts) == link(previous, shuffled)
    assert link(previous, facts) != link(previous + "0", facts)
    assert link(previous, facts) != link(previous, {**facts, "one more": 1})


def test_instants_are_spelt_in_utc():
    east = T0.astimezone(ZoneInfo("Asia/Shanghai"))
    assert canonical({"at": east}) == canonical({"at": T0}) == '{"at":"2026-09-18T01:00:00.000000Z"}'
