"""Clocks as chains of segments: pauses are credited exactly, and nothing is lost when the rules change (M3.4-2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from escalation import segments as clock
from escalation.business_time import Calendar
from escalation.segments import Segments
from tests.escalation.test_business_time import BERLIN_OFFICE, CALENDARS, CHINA, local
from tickets.targets import State

HOUR = timedelta(hours=1)


def china(text: str) -> datetime:
    return local(CHINA, f"2026-09-{text}")


def test_a_pause_is_credited_with_its_working_time_only() -> None:
    run = clock.start(china("07 10:00"))
    assert clock.due(run, CHINA, 8 * HOUR) == china("07 18:00")
    run = clock.switch(run, china("07 17:00"), is_running=False)
    assert clock.due(run, CHINA, 8 * HOUR) is None, "nobody knows while it pauses"
    run = clock.switch(run, china("08 10:00"), is_running=True)
    assert clock.due(run, CHINA, 8 * HOUR) == china("08 11:00")
    assert clock.used(run, CHINA, china("08 10:30")) == 7.5 * HOUR
    assert clock.paused(run, china("08 10:30")) == 17 * HOUR


def test_a_shorter_target_may_be_over_since_yesterday_and_keeps_the_pause() -> None:
    run = clock.start(china("07 10:00"))
    run = clock.switch(run, china("07 12:00"), is_running=False)
    run = clock.switch(run, china("07 14:00"), is_running=True)
    assert clock.due(run, CHINA, 8 * HOUR) == china("08 11:00")
    assert clock.due(run, CHINA, 4 * HOUR) == china("07 16:00")
    assert clock.state(run, CHINA, 4 * HOUR, china("07 16:30")) == State.LATE


def test_another_calendar_works_the_same_history_out_anew() -> None:
    run = clock.start(china("07 10:00"))
    run = clock.switch(run, china("07 12:00"), is_running=False)
    run = clock.switch(run, china("07 14:00"), is_running=True)
    in_berlin = clock.due(run, BERLIN_OFFICE, 2 * HOUR)
    assert in_berlin == datetime(2026, 9, 7, 8, 0, tzinfo=UTC), "eight o'clock in Berlin is when it began to count"


def test_a_reopened_ticket_goes_on_from_what_it_had_used() -> None:
    run = clock.stop(clock.start(china("07 10:00")), china("07 13:00"))
    assert clock.state(run, CHINA, 8 * HOUR, china("07 15:00")) == State.MET
    run = clock.go_on(run, china("09 09:00"))
    assert clock.used(run, CHINA, china("09 09:00")) == 3 * HOUR
    assert clock.due(run, CHINA, 8 * HOUR) == china("09 14:00")


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("07 12:00", State.ON_TRACK),
        ("07 16:00", State.SOON),
        ("07 17:12", State.CRITICAL),
        ("07 18:00", State.CRITICAL),
        ("07 18:01", State.LATE),
    ],
)
def test_how_a_clock_stands_as_time_passes(at: str, expected: State) -> None:
    assert clock.state(clock.start(china("07 10:00")), CHINA, 8 * HOUR, china(at)) == expected


def test_a_long_target_is_critical_when_little_real_time_is_left() -> None:
    run = clock.start(china("07 10:00"))
    assert clock.state(run, CHINA, HOUR / 2, china("07 10:14")) == State.ON_TRACK
    assert clock.state(run, CHINA, HOUR / 2, china("07 10:15")) == State.CRITICAL


def test_done_too_late_stays_missed() -> None:
    run = clock.stop(clock.start(china("07 10:00")), china("08 10:00"))
    assert clock.state(run, CHINA, 8 * HOUR, china("20 10:00")) == State.MISSED
    assert clock.due(run, CHINA, 8 * HOUR) == china("07 18:00")


def test_done_exactly_when_due_is_met() -> None:
    run = clock.stop(clock.start(china("07 10:00")), china("07 18:00"))
    assert clock.state(run, CHINA, 8 * HOUR, china("09 10:00")) == State.MET


def test_a_ticket_that_waits_from_the_start_counts_nothing() -> None:
    run = clock.start(china("07 10:00"), is_running=False)
    assert clock.state(run, CHINA, 8 * HOUR, china("09 10:00")) == State.PAUSED
    assert clock.used(run, CHINA, china("09 10:00")) == timedelta(0)


def test_a_clock_that_goes_backwards_makes_no_negative_segment() -> None:
    run = clock.switch(clock.start(china("07 10:00")), china("07 09:00"), is_running=False)
    clock.check(run)
    assert clock.used(run, CHINA, china("07 12:00")) == timedelta(0)


def test_what_is_stopped_can_not_be_stopped_or_paused() -> None:
    run = clock.stop(clock.start(china("07 10:00")), china("07 11:00"))
    with pytest.raises(ValueError, match="stopped"):
        clock.stop(run, china("07 12:00"))
    with pytest.raises(ValueError, match="stopped"):
        clock.switch(run, china("07 12:00"), is_running=False)
    with pytest.raises(ValueError, match="not stopped"):
        clock.go_on(clock.start(china("07 10:00")), china("07 12:00"))


instants = st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))
steps = st.lists(st.tuples(st.timedeltas(timedelta(0), timedelta(days=5)), st.booleans()), max_size=6)
targets = st.timedeltas(timedelta(minutes=1), timedelta(days=20))
calendars = st.sampled_from(CALENDARS)


def played(begins: datetime, moves: list[tuple[timedelta, bool]]) -> tuple[Segments, datetime]:
    run, at = clock.start(begins), begins
    for later, is_running in moves:
        at += later
        run = clock.switch(run, at, is_running=is_running)
    return run, at


@given(instants, steps, st.timedeltas(timedelta(0), timedelta(days=9)))
def test_running_and_pausing_fill_all_of_the_time(
    begins: datetime, moves: list[tuple[timedelta, bool]], more: timedelta
) -> None:
    run, at = played(begins, moves)
    clock.check(run)
    assert clock.ran(run, at + more) + clock.paused(run, at + more) == at + more - begins


@given(calendars, instants, steps, targets)
def test_when_it_is_due_the_target_is_used_up(
    calendar: Calendar, begins: datetime, moves: list[tuple[timedelta, bool]], target: timedelta
) -> None:
    run, _at = played(begins, moves)
    due_at = clock.due(run, calendar, target)
    assume(due_at is not None)
    assert clock.used(run, calendar, due_at) == target
    assert clock.used(run, calendar, due_at - timedelta(microseconds=1)) < target


@given(calendars, instants, steps, targets)
def test_thresholds_are_reached_in_order(
    calendar: Calendar, begins: datetime, moves: list[tuple[timedelta, bool]], target: timedelta
) -> None:
    run, _at = played(begins, moves)
    reached = [clock.threshold(run, calendar, target, percent) for percent in (50, 75, 90, 100)]
    known = [at for at in reached if at is not None]
    assert known == sorted(known)
    assert reached[: len(known)] == known, "once one is open, all later ones are"
    assert clock.due(run, calendar, target) == reached[-1]


@given(calendars, instants, steps, targets)
def test_a_clock_never_seems_better_as_time_passes(
    calendar: Calendar, begins: datetime, moves: list[tuple[timedelta, bool]], target: timedelta
) -> None:
    run, at = played(begins, moves)
    order = [State.ON_TRACK, State.SOON, State.CRITICAL, State.LATE]
    seen = [clock.state(run, calendar, target, at + timedelta(hours=hours)) for hours in range(0, 240, 24)]
    ranks = [order.index(found) for found in seen if found != State.PAUSED]
    assert ranks == sorted(ranks)
