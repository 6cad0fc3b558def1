"""What the clocks of a ticket do on its way from submission to archive (M1.2-2, M3.3.3-1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation import segments
from escalation.keeping import Clock, Standing, advance
from tests.escalation.test_business_time import BERLIN_DAY_AND_NIGHT
from tickets.lifecycle import Status
from tickets.targets import State, Target

BEGIN = datetime(2026, 9, 7, 8, 0, tzinfo=UTC)
NEW = Standing(Status.NEW)
CLASSIFIED = Standing(Status.CLASSIFIED)
AT_WORK = Standing(Status.IN_PROGRESS, is_accepted=True)
TOLD = Standing(Status.IN_PROGRESS, is_accepted=True, is_answered=True, is_told=True)
WAITING = Standing(Status.WAITING, is_accepted=True, waiting_reason="user")
SOLVED = Standing(Status.RESOLVED, is_accepted=True, is_told=True)
CLOSED = Standing(Status.CLOSED, is_accepted=True)


def at(hours: float) -> datetime:
    return BEGIN + timedelta(hours=hours)


def play(target: Target, *story: tuple[float, Standing], pauses: tuple[str, ...] = ()) -> Clock | None:
    clock = None
    for hours, standing in story:
        clock = advance(clock, target, standing, at(hours), is_paused=standing.waiting_reason in pauses)
    return clock


def used(clock: Clock | None, hours: float) -> timedelta:
    assert clock is not None
    return segments.used(clock.segments, BERLIN_DAY_AND_NIGHT, at(hours))


def test_registration_ends_with_the_classification_and_response_with_the_acceptance() -> None:
    story = ((0, NEW), (1, CLASSIFIED), (3, AT_WORK), (5, SOLVED))
    assert used(play(Target.RECEIPT, *story), 9) == timedelta(hours=1)
    assert used(play(Target.RESPONSE, *story), 9) == timedelta(hours=3)
    assert used(play(Target.RESOLUTION, *story), 9) == timedelta(hours=5)


def test_a_first_reply_is_a_response_even_before_anybody_accepted() -> None:
    answered = Standing(Status.CLASSIFIED, is_answered=True, is_told=True)
    assert used(play(Target.RESPONSE, (0, NEW), (2, answered), (4, AT_WORK)), 9) == timedelta(hours=2)


def test_the_solution_waits_where_the_policy_says_so_and_only_there() -> None:
    story = ((0, NEW), (1, AT_WORK), (2, WAITING), (6, AT_WORK), (8, SOLVED))
    assert used(play(Target.RESOLUTION, *story, pauses=("user",)), 9) == timedelta(hours=4)
    assert used(play(Target.RESOLUTION, *story, pauses=("vendor",)), 9) == timedelta(hours=8)


def test_a_rejected_solution_goes_on_from_what_was_used_and_both_rounds_are_told() -> None:
    clock = play(Target.RESOLUTION, (0, NEW), (1, AT_WORK), (3, SOLVED), (10, AT_WORK), (11, SOLVED))
    assert used(clock, 20) == timedelta(hours=4)
    assert clock is not None
    assert (clock.round, clock.earlier_ends) == (2, (at(3),))
    four_hours = timedelta(hours=4)
    assert segments.state(clock.segments, BERLIN_DAY_AND_NIGHT, four_hours, at(20)) == State.MET


def test_the_response_of_a_reopened_ticket_is_not_asked_again() -> None:
    clock = play(Target.RESPONSE, (0, NEW), (1, AT_WORK), (3, SOLVED), (5, CLOSED), (9, AT_WORK))
    assert used(clock, 20) == timedelta(hours=1)
    assert clock is not None
    assert clock.round == 1


def test_updates_are_counted_from_the_last_one() -> None:
    assert play(Target.UPDATE, (0, NEW), (1, CLASSIFIED)) is None, "nothing is owed before somebody answered"
    clock = play(Target.UPDATE, (0, NEW), (1, AT_WORK), (3, TOLD), (4, AT_WORK))
    assert used(clock, 6) == timedelta(hours=3)
    assert clock is not None
    assert clock.earlier_ends == (at(3),)
    closed = play(Target.UPDATE, (0, NEW), (1, AT_WORK), (3, TOLD), (5, SOLVED))
    assert used(closed, 9) == timedelta(hours=2)


def test_a_confirmation_begins_again_with_each_solution() -> None:
    clock = play(Target.CONFIRMATION, (0, NEW), (1, AT_WORK), (2, SOLVED), (5, AT_WORK), (8, SOLVED))
    assert used(clock, 9) == timedelta(hours=1)
    assert clock is not None
    assert clock.earlier_ends == (at(5),)


def test_solved_with_the_first_contact_is_all_in_time() -> None:
    for target in (Target.RECEIPT, Target.RESPONSE, Target.RESOLUTION):
        clock = play(target, (0, SOLVED))
        assert clock is not None
        assert segments.state(clock.segments, BERLIN_DAY_AND_NIGHT, timedelta(minutes=1), at(99)) == State.MET
    assert play(Target.UPDATE, (0, SOLVED)) is None
    assert used(play(Target.CONFIRMATION, (0, SOLVED)), 2) == timedelta(hours=2)


def test_a_policy_that_comes_while_a_ticket_waits_begins_with_a_pause() -> None:
    clock = advance(None, Target.RESOLUTION, WAITING, BEGIN, is_paused=True)
    assert used(clock, 5) == timedelta(0)


standings = st.builds(
    Standing,
    status=st.sampled_from(list(Status)),
    is_accepted=st.booleans(),
    is_answered=st.booleans(),
    waiting_reason=st.sampled_from(["", "user"]),
    is_told=st.booleans(),
)
stories = st.lists(st.tuples(st.timedeltas(timedelta(0), timedelta(days=3)), standings), min_size=1, max_size=12)


@pytest.mark.parametrize("target", list(Target))
@given(story=stories)
def test_whatever_happens_segments_join_and_rounds_end_in_order(
    target: Target, story: list[tuple[timedelta, Standing]]
) -> None:
    clock, now = None, BEGIN
    for later, standing in story:
        now += later
        clock = advance(clock, target, standing, now, is_paused=bool(standing.waiting_reason))
        if clock is None:
            continue
        segments.check(clock.segments)
        assert clock.segments[-1].begins <= now
        assert list(clock.earlier_ends) == sorted(clock.earlier_ends)
        again = advance(clock, target, standing, now, is_paused=bool(standing.waiting_reason))
        if not (target == Target.UPDATE and standing.is_told):
            assert again == clock, "saying the same again changes nothing"
