"""The clocks of real tickets: whatever door an act comes through, they start, pause, go on and stop with it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from escalation import segments
from escalation.models import BusinessCalendar, Clock, Firing, SlaPolicy
from escalation.services import alarms
from escalation.services.calendars import save_days
from escalation.services.policies import Terms, delete_rule, publish
from escalation.snapshot import state_of
from helpdesk.common.errors import InvalidInput
from tests.cast import Cast
from tests.escalation.conftest import MONDAY, PAUSES, TARGETS, GivePolicy
from tests.factories import bring_to, classification, make_ticket, reply, resolution, run
from tests.incidents.acts import declared, link, tell, work
from tickets.models import Ticket, WaitingReason
from tickets.targets import State, Target

pytestmark = pytest.mark.django_db


def at(hours: float = 0) -> datetime:
    """Working hours after Monday 10:00; eight of them end that day."""
    return MONDAY + timedelta(hours=hours)


def clock(ticket: Ticket, target: str) -> Clock:
    return Clock.objects.select_related("version__calendar").get(ticket=ticket, target=target)


def level(ticket: Ticket) -> tuple[str, str, datetime | None]:
    ticket.refresh_from_db()
    return ticket.sla_state, ticket.next_due_target, ticket.next_due_at


def wait_for(ticket: Ticket, reason: str, cast: Cast, hours: float, until: float = 200) -> None:
    waits = WaitingReason.objects.get(code=reason)
    run(ticket, "wait", cast.agent, at=at(hours), waiting_reason=waits, next_action_at=at(until))


def judge(hours: float) -> int:
    return alarms.judge_stale(at=at(hours), may_go_on=lambda: True)


def test_without_a_policy_there_is_no_target_and_no_error(cast: Cast) -> None:
    ticket = bring_to(make_ticket(cast.requester), "closed", cast.agent)
    assert not ticket.clocks.exists()
    assert level(ticket) == ("none", "", None)


def test_a_new_ticket_has_its_clocks_in_the_same_transaction(cast: Cast, give_policy: GivePolicy) -> None:
    version = give_policy()
    ticket = make_ticket(cast.requester, at=at())
    assert set(ticket.clocks.values_list("target", flat=True)) == {"receipt", "response", "resolution"}
    assert {row.version for row in ticket.clocks.all()} == {version}
    assert level(ticket) == ("on_track", "receipt", at(0.5))
    assert clock(ticket, "resolution").due_at == at(8)


@pytest.mark.parametrize("door", ["accept", "reply"])
def test_accepting_and_answering_stop_the_response_alike(cast: Cast, give_policy: GivePolicy, door: str) -> None:
    give_policy()
    ticket = make_ticket(cast.requester, at=at())
    if door == "accept":
        run(ticket, "accept", cast.agent, at=at(0.75))
    else:
        reply(ticket, cast.agent, at=at(0.75))
    assert clock(ticket, "response").stopped_at == at(0.75)
    assert clock(ticket, "update").due_at == at(2.75)
    assert level(ticket) == ("on_track", "update", at(2.75))


def test_the_requesters_own_words_and_notes_are_no_answer(cast: Cast, give_policy: GivePolicy) -> None:
    give_policy()
    ticket = make_ticket(cast.requester, at=at())
    reply(ticket, cast.requester, at=at(0.1))
    reply(ticket, cast.agent, kind="internal", at=at(0.2))
    assert clock(ticket, "response").stopped_at is None


def test_waiting_pauses_what_the_policy_says(cast: Cast, give_policy: GivePolicy) -> None:
    give_policy()
    ticket = bring_to(make_ticket(cast.requester, at=at()), "in_progress", cast.agent, at=at(1))
    wait_for(ticket, "user", cast, 2)
    assert level(ticket) == ("paused", "resolution", None)
    assert clock(ticket, "resolution").next_at is None
    run(ticket, "resume", cast.agent, at=at(5))
    solution = clock(ticket, "resolution")
    # Six hours are left at 15:00: three today, three tomorrow.
    assert solution.due_at == datetime.fromisoformat("2026-09-08T12:00:00+08:00")
    assert segments.paused(solution.count.segments, at(5)) == timedelta(hours=3)


def test_the_requesters_answer_ends_the_pause(cast: Cast, give_policy: GivePolicy) -> None:
    give_policy()
    ticket = bring_to(make_ticket(cast.requester, at=at()), "in_progress", cast.agent, at=at(1))
    wait_for(ticket, "user", cast, 2)
    reply(ticket, cast.requester, at=at(3))
    assert level(ticket)[0] == "on_track"
    assert segments.paused(clock(ticket, "resolution").count.segments, at(3)) == timedelta(hours=1)


def test_another_priority_counts_the_same_time_against_its_own_target(cast: Cast, give_policy: GivePolicy) -> None:
    urgent = give_policy("紧急", rule={"priority": "P2", "position": 1}, targets={"resolution": 120})
    give_policy("其他", rule={"position": 2}, targets={"resolution": 480}, pauses={"resolution": ["user"]})
    ticket = make_ticket(cast.requester, at=at())
    assert clock(ticket, "resolution").due_at == at(8)
    run(ticket, "classify", cast.agent, at=at(1), **classification())
    assert ticket.priority == "P2"
    solution = clock(ticket, "resolution")
    assert (solution.version, solution.due_at) == (urgent, at(2))
    assert level(ticket) == ("on_track", "resolution", at(2))


def test_a_pause_stays_credited_whatever_policy_comes(cast: Cast, give_policy: GivePolicy) -> None:
    give_policy("紧急", rule={"priority": "P2", "position": 1}, targets={"resolution": 240}, pauses={})
    give_policy("其他", rule={"position": 2}, targets={"resolution": 480}, pauses={"resolution": ["user"]})
    low = {**classification(), "impact": "person", "urgency": "annoying"}
    ticket = make_ticket(cast.requester, at=at())
    run(ticket, "classify", cast.agent, at=at(), **low)
    run(ticket, "accept", cast.agent, at=at())
    wait_for(ticket, "user", cast, 1)
    run(ticket, "classify", cast.agent, at=at(3), reason="影响比想的大", **classification())
    solution = clock(ticket, "resolution")
    assert segments.paused(solution.count.segments, at(3)) == timedelta(hours=2)
    assert solution.due_at == at(6), "under the new policy it runs again, with one hour used"


def test_a_policy_that_comes_with_the_classification_counts_from_the_submission(
    cast: Cast, give_policy: GivePolicy
) -> None:
    give_policy(rule={"priority": "P2"})
    ticket = make_ticket(cast.requester, at=at())
    assert level(ticket) == ("none", "", None)
    run(ticket, "classify", cast.agent, at=at(0.75), **classification())
    receipt = clock(ticket, "receipt")
    assert (receipt.started_at, receipt.stopped_at) == (at(), at(0.75))
    assert state_of(receipt, at(1)) == State.MISSED
    assert clock(ticket, "response").due_at == at(1)


def test_another_version_judges_open_tickets_anew_and_leaves_closed_ones(
    cast: Cast, calendar: BusinessCalendar, give_policy: GivePolicy
) -> None:
    first = give_policy()
    ticket, done = (make_ticket(cast.requester, at=at()) for _number in range(2))
    bring_to(done, "closed", cast.agent, at=at(1))
    terms = Terms(calendar, {**TARGETS, "resolution": 240}, PAUSES)
    second = publish(policy=first.policy, terms=terms, actor=cast.admin, at=at(1))
    assert judge(1) == 1
    assert judge(1) == 0
    assert (clock(ticket, "resolution").version, clock(ticket, "resolution").due_at) == (second, at(4))
    assert clock(done, "resolution").version == first, "a closed ticket keeps what it was judged by"


def test_another_calendar_moves_what_is_still_to_come(
    cast: Cast, calendar: BusinessCalendar, give_policy: GivePolicy
) -> None:
    give_policy(targets={"resolution": 600})
    ticket = make_ticket(cast.requester, at=at())
    assert level(ticket)[2] == datetime.fromisoformat("2026-09-08T11:00:00+08:00")
    day = calendar.days.model(on=datetime(2026, 9, 8).date(), kind="off")
    save_days(calendar=calendar, kept=[day], actor=cast.admin)
    assert judge(1) == 1
    assert level(ticket)[2] == datetime.fromisoformat("2026-09-09T11:00:00+08:00")


def test_a_target_that_is_no_longer_promised_shows_none_and_can_come_back(
    cast: Cast, calendar: BusinessCalendar, give_policy: GivePolicy
) -> None:
    version = give_policy(targets={"resolution": 480})
    ticket = make_ticket(cast.requester, at=at())
    rule = version.policy.rules.get()
    delete_rule(rule=rule, actor=cast.admin)
    judge(1)
    assert level(ticket) == ("none", "", None)
    run(ticket, "accept", cast.agent, at=at(2))
    give_policy("新的", targets={"resolution": 240})
    judge(3)
    assert level(ticket) == ("soon", "resolution", at(4))


def test_switching_a_policy_on_tells_nothing_of_the_past(
    cast: Cast, give_policy: GivePolicy, django_capture_on_commit_callbacks: Any
) -> None:
    ticket = make_ticket(cast.requester, at=at())
    give_policy()
    judge(40)
    assert level(ticket)[0] == "late"
    alarms.sound_due(at=at(41))
    assert not Firing.objects.exists()


def test_a_reopened_ticket_goes_on_and_reports_both_rounds(cast: Cast, give_policy: GivePolicy) -> None:
    give_policy(targets={"resolution": 480})
    ticket = bring_to(make_ticket(cast.requester, at=at()), "resolved", cast.agent, at=at(2))
    assert level(ticket) == ("met", "resolution", None)
    run(ticket, "reject", cast.requester, at=at(4), reason="还是白屏")
    solution = clock(ticket, "resolution")
    assert segments.used(solution.count.segments, _calendar(solution), at(5)) == timedelta(hours=3)
    assert solution.round == 2
    assert level(ticket)[0] == "on_track"


def _calendar(row: Clock) -> Any:
    from escalation.calendars import working_time

    assert row.version is not None
    return working_time(row.version.calendar)


def test_running_and_paused_time_are_always_the_time_since_the_start(cast: Cast, give_policy: GivePolicy) -> None:
    give_policy()
    ticket = bring_to(make_ticket(cast.requester, at=at()), "in_progress", cast.agent, at=at(0.5))
    wait_for(ticket, "vendor", cast, 1)
    run(ticket, "resume", cast.agent, at=at(1.5))
    reply(ticket, cast.agent, at=at(2))
    run(ticket, "resolve", cast.agent, at=at(3), **resolution())
    run(ticket, "confirm", cast.requester, at=at(4))
    run(ticket, "reopen", cast.requester, at=at(6), reason="又坏了")
    for row in ticket.clocks.all():
        count = row.count
        segments.check(count.segments)
        end = min(row.stopped_at or at(7), at(7))
        total = segments.ran(count.segments, at(7)) + segments.paused(count.segments, at(7))
        assert total == end - row.started_at


def test_an_act_that_fails_leaves_no_clock_behind(cast: Cast, give_policy: GivePolicy) -> None:
    give_policy()
    ticket = make_ticket(cast.requester, at=at())
    before = clock(ticket, "response").segments
    with pytest.raises(InvalidInput), transaction.atomic():
        run(ticket, "accept", cast.agent, at=at(0.5))
        raise InvalidInput("no")
    assert clock(ticket, "response").segments == before


def test_a_breach_nobody_noticed_is_recorded_when_the_round_ends(cast: Cast, give_policy: GivePolicy) -> None:
    give_policy(targets={"response": 60, "update": 60})
    ticket = make_ticket(cast.requester, at=at())
    run(ticket, "accept", cast.agent, at=at(1.01))
    reply(ticket, cast.agent, at=at(3))
    assert [
        (firing.clock.target, firing.percent, firing.reached_at, firing.is_late)
        for firing in Firing.objects.select_related("clock").order_by("reached_at")
    ] == [("response", 100, at(1), False), ("update", 100, at(2.01), True)]


def test_solved_at_first_contact_meets_every_target(cast: Cast, give_policy: GivePolicy) -> None:
    give_policy()
    ticket = make_ticket(cast.requester, at=at())
    run(ticket, "resolve", cast.agent, at=at(), **classification(), **resolution())
    assert {
        target: state_of(clock(ticket, target), at(99))
        for target in (Target.RECEIPT, Target.RESPONSE, Target.RESOLUTION)
    } == dict.fromkeys((Target.RECEIPT, Target.RESPONSE, Target.RESOLUTION), State.MET)


def test_a_policy_without_current_version_gives_none(cast: Cast) -> None:
    SlaPolicy.objects.create(name_zh="空")
    assert level(make_ticket(cast.requester)) == ("none", "", None)


def test_an_update_of_their_incident_is_a_word_to_the_requester(cast: Cast, give_policy: GivePolicy) -> None:
    """A linked ticket owes no update of its own while the incident speaks for it (M3.3.3-1)."""
    give_policy(targets={"update": 120}, pauses={})
    parent, linked = (
        bring_to(make_ticket(person, at=at()), "in_progress", cast.agent, at=at())
        for person in (cast.requester, cast.requester2)
    )
    incident = declared(parent, cast.agent, at=at(0.1))
    link(incident, cast.agent, linked, at=at(0.2))
    tell(incident, cast.agent, at=at(1))
    work(at(1))
    assert clock(linked, "update").due_at == at(3)
