"""The sweep of the clocks: each passed threshold is told once, dated when it was passed, whoever looks and how late."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import close_old_connections, connection

from escalation.models import Clock, Firing
from escalation.services import alarms, telling
from helpdesk import tasks
from helpdesk.common.clock import database_now
from helpdesk.common.models import OutboxMessage
from tests.cast import Cast
from tests.escalation.conftest import MONDAY, GivePolicy
from tests.factories import bring_to, make_ticket, reply, run
from tickets.models import Ticket, TicketEvent
from tickets.services import audit
from tickets.services.conversation import others_acted_since

pytestmark = pytest.mark.django_db

ONLY_SOLUTION = {"targets": {"resolution": 60}, "pauses": {}}


LATE = 2 * alarms.TOGETHER + 5  # enough that workers take turns


def at(minutes: float = 0) -> datetime:
    return MONDAY + timedelta(minutes=minutes)


def sound(minutes: float) -> dict[str, int]:
    done: Counter[str] = Counter()
    while batch := alarms.sound_due(at=at(minutes)):
        done.update(batch)
    return dict(done)


def told(topic: str) -> list[str]:
    rows = OutboxMessage.objects.filter(topic=topic, channel="email").order_by("id")
    return list(rows.values_list("recipient__username", flat=True))


def firings() -> list[tuple[int, datetime, bool]]:
    return list(Firing.objects.order_by("reached_at").values_list("percent", "reached_at", "is_late"))


@pytest.fixture
def ticket(cast: Cast, give_policy: GivePolicy) -> Ticket:
    """At work since 10:00, to be solved by 11:00."""
    give_policy(**ONLY_SOLUTION)
    return bring_to(make_ticket(cast.requester, at=at()), "in_progress", cast.agent, at=at())


def test_each_threshold_is_told_once_in_its_time(ticket: Ticket) -> None:
    assert sound(29) == {}
    assert sound(30) == {"looked": 1, "told": 1}
    assert sound(30) == {}
    assert told("target_near") == ["agent"]
    sound(45)
    sound(54)
    sound(60)
    assert firings() == [
        (50, at(30), False),
        (75, at(45), False),
        (90, at(54), False),
        (100, at(60), False),
    ]
    assert told("target_near") == ["agent"] * 3
    assert told("target_missed") == ["agent", "lead"]


def test_the_chip_follows_while_nobody_acts(ticket: Ticket) -> None:
    states = []
    for minute in (1, 45, 54, 61):
        sound(minute)
        ticket.refresh_from_db()
        states.append(ticket.sla_state)
    assert states == ["on_track", "critical", "critical", "late"], "the last quarter of an hour is critical anyway"


def test_two_hours_without_a_scheduler_make_one_notice_and_the_true_time(ticket: Ticket) -> None:
    sound(180)
    assert firings() == [(50, at(30), True), (75, at(45), True), (90, at(54), True), (100, at(60), True)]
    assert told("target_near") == []
    assert told("target_missed") == ["agent", "lead"]
    event = TicketEvent.objects.get(ticket=ticket, code="target_missed")
    assert event.data == {"target": "resolution", "due_at": at(60).isoformat()}
    assert audit.verify() == []


def test_several_clocks_of_a_ticket_make_one_notice(cast: Cast, give_policy: GivePolicy) -> None:
    give_policy(targets={"receipt": 30, "response": 30, "resolution": 60}, pauses={})
    lead = cast.first_line
    lead.lead = cast.lead
    lead.save()
    ticket = make_ticket(cast.requester, at=at())
    ticket.team = lead
    Ticket.objects.filter(pk=ticket.pk).update(team=lead)
    sound(600)
    assert told("target_missed") == ["lead"]
    assert Firing.objects.filter(percent=100).count() == 3
    assert TicketEvent.objects.filter(code="target_missed").count() == 3
    assert audit.verify() == []


def test_whoever_has_to_act_is_told(cast: Cast, ticket: Ticket) -> None:
    team = cast.first_line
    Ticket.objects.filter(pk=ticket.pk).update(team=team, assignee=None)
    team.lead = None
    team.save()
    assert set(telling.people_in_charge(Ticket.objects.get(pk=ticket.pk))) == set(
        team.memberships.values_list("user_id", flat=True)
    ), "without assignee and lead: everybody of the team"
    team.lead = cast.lead
    team.save()
    assert list(telling.people_in_charge(Ticket.objects.get(pk=ticket.pk))) == [cast.lead.pk]
    Ticket.objects.filter(pk=ticket.pk).update(assignee=cast.agent)
    assigned = Ticket.objects.get(pk=ticket.pk)
    assert list(telling.people_in_charge(assigned)) == [cast.agent.pk]
    assert list(telling.people_in_charge(assigned, with_lead=True)) == [cast.agent.pk, cast.lead.pk]


def test_an_overdue_update_says_so_in_its_own_words(cast: Cast, give_policy: GivePolicy) -> None:
    give_policy(targets={"update": 60}, pauses={}, thresholds=[100])
    ticket = bring_to(make_ticket(cast.requester, at=at()), "in_progress", cast.agent, at=at())
    sound(61)
    reply(ticket, cast.agent, at=at(70))
    sound(131)
    assert told("update_overdue") == ["agent", "lead"] * 2
    assert list(Firing.objects.order_by("round").values_list("round", "reached_at")) == [(1, at(60)), (2, at(130))]


def test_a_solved_ticket_is_told_of_no_more(cast: Cast, ticket: Ticket) -> None:
    run(ticket, "withdraw", cast.requester, at=at(40), reason="不需要了")
    assert sound(600) == {}


def test_the_missed_target_is_no_news_that_stops_a_writer(cast: Cast, ticket: Ticket) -> None:
    sound(61)
    seen = ticket.version
    ticket.refresh_from_db()
    assert ticket.version == seen + 1
    assert not others_acted_since(ticket, cast.agent, seen)


def test_another_target_is_told_anew_only_where_it_lies_ahead(cast: Cast, give_policy: GivePolicy) -> None:
    """A ticket that breached as urgent and was then found to be less urgent breaches once more, hours later."""
    give_policy("紧急", rule={"priority": "P2", "position": 1}, targets={"resolution": 60}, pauses={}, thresholds=[100])
    give_policy("其他", rule={"position": 2}, targets={"resolution": 240}, pauses={}, thresholds=[20, 100])
    ticket = bring_to(make_ticket(cast.requester, at=at()), "in_progress", cast.agent, at=at())
    sound(61)
    low = {"category": ticket.category, "impact": "person", "urgency": "annoying", "reason": "有替代办法"}
    run(ticket, "classify", cast.agent, at=at(90), **low)
    sound(91)
    sound(241)
    assert [(percent, instant) for percent, instant, _late in firings()] == [(100, at(60)), (100, at(240))]
    assert told("target_missed") == ["agent", "lead"] * 2


def test_one_broken_ticket_keeps_no_other_from_its_notice(cast: Cast, ticket: Ticket) -> None:
    other = bring_to(make_ticket(cast.requester, at=at(1)), "in_progress", cast.agent, at=at(1))
    Clock.objects.filter(ticket=ticket, target="resolution").update(segments=[["never", None, True]])
    assert sound(61)["refused"] == 1
    assert Firing.objects.filter(clock__ticket=other, percent=100).exists()


def test_one_broken_ticket_keeps_no_other_from_being_judged_anew(
    cast: Cast, ticket: Ticket, give_policy: GivePolicy
) -> None:
    other = bring_to(make_ticket(cast.requester, at=at(1)), "in_progress", cast.agent, at=at(1))
    Clock.objects.filter(ticket=ticket, target="resolution").update(segments=[["never", None, True]])
    faster = give_policy(
        "Faster", rule={"position": 1, "priority": other.priority}, targets={"resolution": 30}, pauses={}
    )
    assert alarms.judge_stale(at=at(2), may_go_on=lambda: True) == 2
    assert Clock.objects.get(ticket=other, target="resolution").version == faster
    assert alarms.judge_stale(at=at(3), may_go_on=lambda: True) == 0, "the broken one isn't tried over and over"


def test_the_databases_clock_decides(cast: Cast, give_policy: GivePolicy) -> None:
    """A worker whose own clock runs two hours ahead tells nothing early (K13)."""
    now = database_now()
    give_policy(targets={"resolution": 60}, pauses={})
    calendar = Clock._meta.get_field("version").related_model.objects.get().calendar
    calendar.hours = [["00:00-24:00"]] * 7
    calendar.country = ""
    calendar.save()
    bring_to(make_ticket(cast.requester, at=now), "in_progress", cast.agent, at=now)
    with time_machine.travel(now + timedelta(hours=2), tick=False):
        tasks.sweep()
    assert not Firing.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_workers_tell_each_thing_once(cast: Cast, give_policy: GivePolicy) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    give_policy(**ONLY_SOLUTION)
    for _number in range(LATE):
        bring_to(make_ticket(cast.requester, at=at()), "in_progress", cast.agent, at=at())
    barrier = threading.Barrier(4)
    errors: list[Exception] = []

    def work() -> None:
        try:
            barrier.wait()
            for _turn in range(5):
                alarms.sound_due(at=at(61))
        except Exception as error:
            errors.append(error)
        finally:
            close_old_connections()
            connection.close()

    threads = [threading.Thread(target=work) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert Firing.objects.filter(percent=100).count() == LATE
    assert TicketEvent.objects.filter(code="target_missed").count() == LATE
    assert Counter(told("target_missed")) == {"agent": LATE, "lead": LATE}
    assert audit.verify() == []


def test_judging_anew_is_safe_beside_a_sweep(cast: Cast, ticket: Ticket, give_policy: GivePolicy) -> None:
    give_policy("更严", rule={"position": 1, "priority": "P2"}, targets={"resolution": 30}, pauses={})
    assert alarms.judge_stale(at=at(10), may_go_on=lambda: True) == 1
    sound(31)
    assert [(percent, instant) for percent, instant, _late in firings()][-1] == (100, at(30))


def test_a_pause_leaves_nothing_to_look_at(cast: Cast, give_policy: GivePolicy, ticket: Ticket) -> None:
    rows: Any = Clock.objects.filter(ticket=ticket)
    assert rows.filter(next_at__isnull=False).count() == 1
    run(ticket, "withdraw", cast.requester, at=at(5), reason="不需要了")
    assert rows.filter(next_at__isnull=False).count() == 0
