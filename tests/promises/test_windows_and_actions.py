"""Agreed work windows and requests for action: asking, answering, waiting, reminding (M3.3.2-3, M3.3.3-3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from escalation.models import Clock
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed
from helpdesk.common.working_days import working_days_later
from tests.factories import bring_to, make_ticket, reply, resolution, run
from tests.promises.conftest import DAY, HOUR, ask_action, window
from tickets.models import WaitingReason
from tickets.models.asking import Asking
from tickets.services import audit
from tickets.services.agreements.actions import answer_action, cancel_action
from tickets.services.agreements.asking import Answer
from tickets.services.agreements.windows import answer_window, cancel_window
from tickets.services.timers import run_due

pytestmark = pytest.mark.django_db


def said(actor, words="", *, via=Asking.Via.PORTAL, at=None):
    return Answer(actor, via, at or timezone.now(), words)


def codes(ticket):
    return list(ticket.events.order_by("sequence").values_list("code", flat=True))


# --- Windows ----------------------------------------------------------------------------------------------------------


def test_an_agreed_window_makes_the_ticket_wait_and_come_back(cast, ticket):
    row = window(ticket, cast.agent)
    assert ticket.status == "in_progress"
    answer_window(window_id=row.pk, is_accepted=True, answer=said(cast.requester))
    ticket.refresh_from_db()
    assert (ticket.status, ticket.waiting_reason_id, ticket.next_action_at) == ("waiting", "scheduled", row.starts_at)
    assert codes(ticket)[-3:] == ["window_proposed", "window_answered", "wait"]
    run_due(at=row.starts_at)
    ticket.refresh_from_db()
    assert ticket.status == "in_progress"
    assert audit.verify() == []


def test_another_reason_to_wait_gives_way_to_the_agreed_time(cast, ticket):
    vendor = WaitingReason.objects.get(code="vendor")
    run(ticket, "wait", cast.agent, waiting_reason=vendor, next_action_at=timezone.now() + 9 * DAY)
    row = window(ticket, cast.agent)
    answer_window(window_id=row.pk, is_accepted=True, answer=said(cast.requester))
    ticket.refresh_from_db()
    assert (ticket.waiting_reason_id, ticket.next_action_at) == ("scheduled", row.starts_at)


def test_a_window_that_does_not_suit_changes_nothing_but_says_when(cast, ticket):
    row = window(ticket, cast.agent)
    with pytest.raises(InvalidInput) as refused:
        answer_window(window_id=row.pk, is_accepted=False, answer=said(cast.requester))
    assert refused.value.fields.keys() == {"wished_at"}
    wished = timezone.now() + 3 * DAY
    row = answer_window(window_id=row.pk, is_accepted=False, wished_at=wished, answer=said(cast.requester))
    ticket.refresh_from_db()
    assert (row.wished_at, ticket.status) == (wished, "in_progress")
    assert window(ticket, cast.agent).is_open


def test_silence_about_a_window_is_no_consent(cast, ticket):
    row = window(ticket, cast.agent)
    run_due(at=row.answer_by_at)
    row.refresh_from_db()
    ticket.refresh_from_db()
    assert (row.state, ticket.status, codes(ticket)[-1]) == ("lapsed", "in_progress", "window_lapsed")


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"starts_at": -HOUR}, {"starts_at"}),
        ({"ends_at": DAY}, {"ends_at"}),
        ({"ends_at": 500 * DAY}, {"ends_at"}),
        ({"words": ""}, {"words"}),
        ({"answer_by_at": 2 * DAY}, {"answer_by_at"}),
    ],
)
def test_bad_windows_are_refused_in_words(cast, ticket, changes, fields):
    now = timezone.now()
    given = {name: now + value if isinstance(value, timedelta) else value for name, value in changes.items()}
    with pytest.raises(InvalidInput) as refused:
        window(ticket, cast.agent, at=now, **given)
    assert refused.value.fields.keys() == fields


def test_only_a_ticket_in_work_can_wait(cast):
    ticket = make_ticket(cast.requester)
    for ask in (window, ask_action):
        with pytest.raises(Conflict) as refused:
            ask(ticket, cast.agent)
        assert refused.value.code == "not_in_work"


def test_windows_are_the_requesters_to_answer_and_the_desks_to_take_back(cast, ticket):
    row = window(ticket, cast.agent)
    ticket.watcher_rows.create(user=cast.colleague)
    with pytest.raises(NotAllowed):
        answer_window(window_id=row.pk, is_accepted=True, answer=said(cast.colleague))
    with pytest.raises(NotAllowed):
        cancel_window(window_id=row.pk, actor=cast.requester, at=timezone.now())
    cancel_window(window_id=row.pk, actor=cast.agent, at=timezone.now())
    with pytest.raises(Conflict):
        answer_window(window_id=row.pk, is_accepted=True, answer=said(cast.requester))


# --- Requests for action ------------------------------------------------------------------------------------------------


def test_the_ticket_waits_for_the_user_and_goes_on_with_the_answer(cast, ticket):
    row = ask_action(ticket, cast.agent)
    assert (ticket.status, ticket.waiting_reason_id, ticket.next_action_at) == ("waiting", "user", row.answer_by_at)
    assert [str(step) for step in row.steps.all()] == ["1. 打开设置", "2. 导出日志"]
    row = answer_action(request_id=row.pk, is_done=True, done=[1, 2], answer=said(cast.requester))
    ticket.refresh_from_db()
    assert (ticket.status, row.is_done, row.done) == ("in_progress", True, [1, 2])
    assert codes(ticket)[-3:] == ["action_requested", "wait", "action_answered"]
    assert audit.verify() == []


def test_what_pauses_meanwhile_is_the_policys_business(cast, give_policy):
    give_policy()
    at = timezone.now()
    ticket = bring_to(make_ticket(cast.requester, at=at), "in_progress", cast.agent, at=at)

    def is_running(target):
        return Clock.objects.get(ticket=ticket, target=target).segments[-1][2]

    row = ask_action(ticket, cast.agent, at=at)
    assert (is_running("resolution"), is_running("update")) == (False, False)
    answer_action(request_id=row.pk, is_done=True, done=[1, 2], answer=said(cast.requester, at=at + HOUR))
    assert (is_running("resolution"), is_running("update")) == (True, True)


def test_a_step_left_out_and_an_impossible_request_need_a_word(cast, ticket):
    row = ask_action(ticket, cast.agent)
    for is_done, done in ((True, [1]), (True, []), (False, [])):
        with pytest.raises(InvalidInput) as refused:
            answer_action(request_id=row.pk, is_done=is_done, done=done, answer=said(cast.requester))
        assert refused.value.fields.keys() == {"words"}
    with pytest.raises(InvalidInput) as refused:
        answer_action(request_id=row.pk, is_done=True, done=[3], answer=said(cast.requester))
    assert refused.value.fields.keys() == {"done"}
    row = answer_action(request_id=row.pk, is_done=False, answer=said(cast.requester, "没有权限"))
    ticket.refresh_from_db()
    assert (row.is_done, ticket.status, ticket.events.last().reason) == (False, "in_progress", "没有权限")


def test_an_answer_after_work_went_on_changes_no_status(cast, ticket):
    row = ask_action(ticket, cast.agent)
    reply(ticket, cast.requester, "我先问一句")
    vendor = WaitingReason.objects.get(code="vendor")
    run(ticket, "wait", cast.agent, waiting_reason=vendor, next_action_at=timezone.now() + DAY)
    answer_action(request_id=row.pk, is_done=True, done=[1, 2], answer=said(cast.requester))
    ticket.refresh_from_db()
    assert (ticket.status, ticket.waiting_reason_id) == ("waiting", "vendor")


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"words": ""}, {"words"}),
        ({"steps": [" ", ""]}, {"steps"}),
        ({"steps": [f"第 {n} 步" for n in range(11)]}, {"steps"}),
        ({"steps": ["长" * 301]}, {"steps"}),
        ({"answer_by_at": -HOUR}, {"answer_by_at"}),
        ({"answer_by_at": 40 * DAY}, {"answer_by_at"}),
    ],
)
def test_bad_requests_are_refused_in_words(cast, ticket, changes, fields):
    now = timezone.now()
    given = {name: now + value if isinstance(value, timedelta) else value for name, value in changes.items()}
    with pytest.raises(InvalidInput) as refused:
        ask_action(ticket, cast.agent, at=now, **given)
    assert refused.value.fields.keys() == fields
    ticket.refresh_from_db()
    assert ticket.status == "in_progress"


def test_reminders_come_on_working_days_each_once_and_then_the_end(cast, ticket):
    friday = datetime(2026, 11, 27, 2, 0, tzinfo=UTC)
    row = ask_action(ticket, cast.agent, at=friday, answer_by_at=friday + 6 * DAY)
    monday, tuesday, wednesday, thursday = (friday + days * DAY for days in (3, 4, 5, 6))
    for at in (friday + DAY, friday + 2 * DAY, monday, monday, tuesday):
        run_due(at=at)
    assert codes(ticket).count("action_reminded") == 2
    run_due(at=wednesday + HOUR)
    run_due(at=thursday)
    row.refresh_from_db()
    assert (row.reminders_sent, row.state) == (3, "lapsed")
    assert codes(ticket).count("action_reminded") == 3
    run_due(at=thursday + HOUR)
    ticket.refresh_from_db()
    assert ticket.status == "in_progress"
    assert audit.verify() == []


def test_missed_reminders_are_no_storm(cast, ticket):
    friday = datetime(2026, 11, 27, 2, 0, tzinfo=UTC)
    row = ask_action(ticket, cast.agent, at=friday, answer_by_at=friday + 12 * DAY)
    run_due(at=friday + 6 * DAY)
    run_due(at=friday + 6 * DAY)
    row.refresh_from_db()
    assert (row.reminders_sent, codes(ticket).count("action_reminded")) == (3, 1)


def test_working_days_are_the_desks_own(calendar):
    # The week of the National Day is off in China, and the Saturday behind it is worked.
    before = datetime(2026, 9, 30, 2, 0, tzinfo=UTC)
    assert working_days_later(before, 1) == datetime(2026, 10, 8, 2, 0, tzinfo=UTC)
    assert working_days_later(datetime(2026, 10, 9, 2, 0, tzinfo=UTC), 1) == datetime(2026, 10, 10, 2, 0, tzinfo=UTC)


def test_without_a_calendar_the_weekend_is_off(db):
    friday = datetime(2026, 11, 27, 2, 0, tzinfo=UTC)
    assert working_days_later(friday, 1) == friday + 3 * DAY


def test_taking_a_request_back_lets_the_ticket_go_on(cast, ticket):
    row = ask_action(ticket, cast.agent)
    cancel_action(request_id=row.pk, actor=cast.agent, at=timezone.now())
    ticket.refresh_from_db()
    assert (ticket.status, codes(ticket)[-1]) == ("in_progress", "action_cancelled")


def test_solving_and_withdrawing_end_what_is_asked(cast, ticket):
    rows = [window(ticket, cast.agent), ask_action(ticket, cast.agent)]
    assert ticket.open_matters == 0, "they keep nobody from solving"
    run(ticket, "resolve", cast.agent, **resolution())
    for row in rows:
        row.refresh_from_db()
        assert row.state == "cancelled"
    assert ticket.agreed_due_at is None
    other = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    row = ask_action(other, cast.agent)
    run(other, "withdraw", cast.requester, reason="不需要了")
    row.refresh_from_db()
    assert row.state == "cancelled"
    assert audit.verify() == []


def test_a_spoken_answer_names_who_wrote_it_down(cast, ticket):
    row = ask_action(ticket, cast.agent)
    row = answer_action(
        request_id=row.pk, is_done=True, done=[1, 2], answer=said(cast.agent, "电话里说做完了", via=Asking.Via.SPOKEN)
    )
    assert (row.answered_by, row.recorded_by) == (cast.requester, cast.agent)
