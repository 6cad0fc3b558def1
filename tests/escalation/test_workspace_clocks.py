"""The clocks beside a ticket: what the panel tells, for every way a ticket may stand."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from escalation.models import Clock
from escalation.readings import readings
from escalation.services.alarms import judge_stale, sound_due
from helpdesk.accounts.models import User
from tests.cast import Cast
from tests.escalation.conftest import MONDAY, GivePolicy
from tests.factories import bring_to, make_ticket, reply, resolution, run
from tickets.models import Ticket, WaitingReason

pytestmark = pytest.mark.django_db
AsUser = Callable[..., Client]


def at(hours: float = 0) -> datetime:
    """Working hours after Monday 10:00; eight of them end that day."""
    return MONDAY + timedelta(hours=hours)


@pytest.fixture
def as_user() -> AsUser:
    def sign_in(user: User, language: str = "en") -> Client:
        client = Client(HTTP_ACCEPT_LANGUAGE=language)
        client.force_login(user)
        return client

    return sign_in


def page(client: Client, ticket: Ticket, hours: float) -> str:
    with time_machine.travel(at(hours), tick=False):
        return client.get(f"/desk/tickets/{ticket.number}/").content.decode()


def panel(client: Client, ticket: Ticket, hours: float) -> str:
    """The panel's words, without its markup."""
    source = page(client, ticket, hours).partition('id="clocks">')[2].partition("</section>")[0]
    return words_of(source)


def words_of(source: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", source).split())


def wait_for(ticket: Ticket, reason: str, cast: Cast, hours: float) -> None:
    waits = WaitingReason.objects.get(code=reason)
    run(ticket, "wait", cast.agent, at=at(hours), waiting_reason=waits, next_action_at=at(200))


def test_without_a_policy_nothing_is_promised(cast: Cast, as_user: AsUser) -> None:
    ticket = make_ticket(cast.requester, at=at())
    assert "Nothing is promised for this ticket." in panel(as_user(cast.agent), ticket, 1)


def test_a_new_ticket_shows_what_is_due_when_and_by_what(cast: Cast, give_policy: GivePolicy, as_user: AsUser) -> None:
    give_policy()
    ticket = make_ticket(cast.requester, at=at())
    words = panel(as_user(cast.agent), ticket, 0.25)
    assert "First response 1h 45m left" in words
    assert "Solution 8h 7h 45m left" in words
    assert "15m of 8h working time used Due today 18:00" in words
    assert "Progress update not yet" in words
    assert "By the policy 标准, version 1, in the hours of China office." in words
    # Registration counts now, so it stands here as in the header.
    assert "Registration 30m 15m left" in words
    assert "Intake 15m left" in words_of(page(as_user(cast.agent), ticket, 0.25))


def test_what_was_reached_in_time_says_so(cast: Cast, give_policy: GivePolicy, as_user: AsUser) -> None:
    give_policy()
    ticket = bring_to(make_ticket(cast.requester, at=at()), "in_progress", cast.agent, at=at(0.25))
    words = panel(as_user(cast.agent), ticket, 2)
    assert "First response 1h Met" in words
    assert "15m of 1h working time used" in words
    assert "Done today 10:15" in words
    assert "Registration" not in words
    assert "Progress update 2h 15m left" in words


def test_a_policy_without_a_target_says_no_target(cast: Cast, give_policy: GivePolicy, as_user: AsUser) -> None:
    give_policy(targets={"resolution": 480})
    words = panel(as_user(cast.agent), make_ticket(cast.requester, at=at()), 1)
    assert "First response No target" in words
    assert "Progress update No target" in words


def test_pauses_are_added_up_by_their_reasons(cast: Cast, give_policy: GivePolicy, as_user: AsUser) -> None:
    give_policy()
    ticket = bring_to(make_ticket(cast.requester, at=at()), "in_progress", cast.agent, at=at(0.25))
    wait_for(ticket, "user", cast, 1)
    wait_for(ticket, "vendor", cast, 2)
    run(ticket, "resume", cast.agent, at=at(5))
    words = panel(as_user(cast.agent), ticket, 6)
    assert "Paused for 4h (" in words
    solution = words[words.index("Solution") :]
    names = {reason.pk: reason.name_en for reason in WaitingReason.objects.all()}
    assert f"{names['user']} 1h" in solution
    assert f"{names['vendor']} 3h" in solution


def test_a_paused_clock_stands_still(cast: Cast, give_policy: GivePolicy, as_user: AsUser) -> None:
    give_policy(targets={"resolution": 480}, pauses={"resolution": ["user"]})
    ticket = bring_to(make_ticket(cast.requester, at=at()), "in_progress", cast.agent, at=at(0.25))
    wait_for(ticket, "user", cast, 1)
    for hours in (2, 3):
        words = panel(as_user(cast.agent), ticket, hours)
        assert "Solution 8h Paused" in words
        assert "1h of 8h working time used" in words
    assert "Paused for 2h" in words


def test_both_rounds_are_told_after_a_reopening(cast: Cast, give_policy: GivePolicy, as_user: AsUser) -> None:
    give_policy()
    ticket = bring_to(make_ticket(cast.requester, at=at()), "in_progress", cast.agent, at=at(0.25))
    run(ticket, "resolve", cast.agent, at=at(2), **resolution())
    assert "Confirmation 40h" in panel(as_user(cast.agent), ticket, 3)
    run(ticket, "reject", cast.requester, at=at(4), reason="还是白屏")
    words = panel(as_user(cast.agent), ticket, 5)
    assert "Round 1 ended today 12:00, in time" in words
    assert "3h of 8h working time used" in words
    assert "Paused for 2h (solved 2h)" in words


def test_a_round_that_ended_too_late_says_so(cast: Cast, give_policy: GivePolicy, as_user: AsUser) -> None:
    give_policy(targets={"update": 60})
    ticket = bring_to(make_ticket(cast.requester, at=at()), "in_progress", cast.agent, at=at(0.25))
    sound_due(at=at(2))
    reply(ticket, cast.agent, at=at(3))
    reply(ticket, cast.agent, at=at(3.5))
    words = panel(as_user(cast.agent), ticket, 4)
    assert "Round 1 ended today 13:00, too late" in words
    assert "Round 2 ended today 13:30, in time" in words


def test_a_missed_target_stays_missed_and_stands_in_the_record(
    cast: Cast, give_policy: GivePolicy, as_user: AsUser
) -> None:
    give_policy(targets={"response": 60})
    ticket = make_ticket(cast.requester, at=at())
    sound_due(at=at(1.01))
    run(ticket, "accept", cast.agent, at=at(2))
    client = as_user(cast.agent)
    assert "First response 1h Missed" in panel(client, ticket, 3)
    with time_machine.travel(at(3), tick=False):
        record = client.get(f"/desk/tickets/{ticket.number}/?tab=system").content.decode()
    assert "was due today 11:00 and did not happen in time" in record
    assert "#i-bang" in record.partition('id="timeline"')[2]


def test_days_of_working_time_are_told_in_hours(cast: Cast, give_policy: GivePolicy, as_user: AsUser) -> None:
    give_policy(targets={"resolution": 60 * 90})
    assert "Solution 90h" in panel(as_user(cast.agent), make_ticket(cast.requester, at=at()), 1)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("status", ["new", "classified", "in_progress", "waiting", "resolved", "closed", "cancelled"])
def test_the_panel_agrees_with_header_and_clock(
    cast: Cast, give_policy: GivePolicy, as_user: AsUser, status: str, language: str
) -> None:
    give_policy()
    ticket = bring_to(make_ticket(cast.requester, at=at()), status, cast.agent, at=at(0.2))
    source = page(as_user(cast.agent, language), ticket, 0.4)
    assert 'id="clocks"' in source
    ticket.refresh_from_db()
    if ticket.next_due_at is not None:
        moment = f"{ticket.next_due_at:%Y-%m-%dT%H:%M:%SZ}"
        head, _mark, rest = source.partition('id="clocks"')
        assert moment in head
        assert moment in rest


def test_requesters_see_no_clocks(cast: Cast, give_policy: GivePolicy, as_user: AsUser) -> None:
    give_policy()
    ticket = make_ticket(cast.requester, at=at())
    with time_machine.travel(at(0.5), tick=False):
        source = as_user(cast.requester).get(f"/tickets/{ticket.number}/").content.decode()
    assert "chip sla" not in source


def test_another_policy_is_named(cast: Cast, give_policy: GivePolicy, as_user: AsUser) -> None:
    give_policy("旧", rule={"position": 2})
    ticket = make_ticket(cast.requester, at=at())
    give_policy("新", rule={"position": 1, "channel": "portal"}, targets={"resolution": 240})
    judge_stale(at=at(1), may_go_on=lambda: True)
    words = panel(as_user(cast.agent), ticket, 1)
    assert "By the policy 新, version 1" in words
    assert "First response No target" in words


def test_the_panel_costs_four_queries_at_most(cast: Cast, give_policy: GivePolicy, as_user: AsUser) -> None:
    give_policy()
    ticket = bring_to(make_ticket(cast.requester, at=at()), "in_progress", cast.agent, at=at(0.25))
    wait_for(ticket, "user", cast, 1)
    run(ticket, "resume", cast.agent, at=at(2))
    client = as_user(cast.agent)
    page(client, ticket, 3)
    costs = []
    for has_clocks in (True, False):
        if not has_clocks:
            Clock.objects.filter(ticket=ticket).delete()
        with CaptureQueriesContext(connection) as queries:
            page(client, ticket, 3)
        costs.append(len(queries))
    assert costs[0] - costs[1] <= 3, costs
    assert costs[0] <= 39, costs


def test_readings_come_in_the_order_of_the_targets(cast: Cast, give_policy: GivePolicy) -> None:
    give_policy()
    ticket = bring_to(make_ticket(cast.requester, at=at()), "in_progress", cast.agent, at=at(0.25))
    assert [reading.target.value for reading in readings(ticket, at(1))] == [
        "receipt",
        "response",
        "update",
        "resolution",
    ]
