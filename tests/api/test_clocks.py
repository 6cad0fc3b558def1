"""Clocks over the API: the desk reads them, with everything that a report needs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from escalation.api.clocks import Clocks
from escalation.services.alarms import sound_due
from helpdesk.api.models import ApiToken
from tests.api.client import refusal
from tests.api.test_schema import assert_shaped
from tests.escalation.conftest import MONDAY, calendar, give_policy  # noqa: F401  (fixtures)
from tests.factories import bring_to, classification, make_ticket, reply, resolution, run
from tickets.models import Ticket, WaitingReason

pytestmark = pytest.mark.django_db


def at(hours: float = 0) -> datetime:
    return MONDAY + timedelta(hours=hours)


def iso(hours: float) -> str:
    return at(hours).isoformat().replace("+00:00", "Z")


def ask(caller: Any, ticket: Ticket, hours: float) -> dict[str, dict[str, Any]]:
    ApiToken.objects.update(created=at(-1), expiry=at(1000), last_used_at=at(hours))
    with time_machine.travel(at(hours), tick=False):
        response = caller.get(f"tickets/{ticket.number}/clocks/")
    assert response.status_code == 200, response.content
    assert_shaped(response.json(), Clocks(), "clocks")
    return {clock["target"]: clock for clock in response.json()["results"]}


def test_a_clock_tells_what_was_promised_and_used(cast, api, give_policy):  # noqa: F811
    version = give_policy()
    ticket = bring_to(make_ticket(cast.requester, at=at()), "in_progress", cast.agent, at=at(1))
    waits = WaitingReason.objects.get(code="user")
    run(ticket, "wait", cast.agent, at=at(2), waiting_reason=waits, next_action_at=at(100))
    run(ticket, "resume", cast.agent, at=at(5))
    clocks = ask(api(cast.agent), ticket, 6)
    assert list(clocks) == ["receipt", "response", "update", "resolution"]
    assert clocks["resolution"] == {
        "target": "resolution",
        "state": "on_track",
        "policy": {"name_zh": "标准", "name_en": "标准", "version": version.number},
        "calendar": {"name_zh": "中国办公时间", "name_en": "China office", "timezone": "Asia/Shanghai"},
        "target_minutes": 480,
        "used_minutes": 180,
        "paused_minutes": 180,
        "started_at": iso(0),
        "stopped_at": None,
        # Six hours are left at 15:00: three today, three tomorrow.
        "due_at": "2026-09-08T04:00:00Z",
        "round": 1,
        "rounds": [],
        "segments": [
            {"begins": iso(0), "ends": iso(2), "is_running": True},
            {"begins": iso(2), "ends": iso(5), "is_running": False},
            {"begins": iso(5), "ends": None, "is_running": True},
        ],
        "thresholds": [],
    }
    assert clocks["response"]["stopped_at"] == iso(1)
    assert clocks["response"]["state"] == "met"


def test_passed_thresholds_are_told_with_when_they_were_noticed(cast, api, give_policy):  # noqa: F811
    give_policy(targets={"response": 60}, thresholds=[75, 100])
    ticket = make_ticket(cast.requester, at=at())
    sound_due(at=at(0.75))
    sound_due(at=at(1.5))
    clock = ask(api(cast.lead), ticket, 2)["response"]
    assert clock["state"] == "late"
    assert clock["thresholds"] == [
        {"percent": 75, "reached_at": iso(0.75), "fired_at": iso(0.75), "is_late": False, "round": 1},
        {"percent": 100, "reached_at": iso(1), "fired_at": iso(1.5), "is_late": True, "round": 1},
    ]


def test_earlier_rounds_say_how_they_ended(cast, api, give_policy):  # noqa: F811
    give_policy(targets={"update": 60, "resolution": 120})
    ticket = bring_to(make_ticket(cast.requester, at=at()), "in_progress", cast.agent, at=at(0.25))
    sound_due(at=at(1.5))
    reply(ticket, cast.agent, at=at(1.5))
    run(ticket, "resolve", cast.agent, at=at(1.75), **resolution())
    run(ticket, "reject", cast.requester, at=at(3), reason="还是白屏")
    clocks = ask(api(cast.agent), ticket, 3.1)
    assert clocks["update"]["round"] == 3
    assert clocks["update"]["rounds"] == [
        {"ended_at": iso(1.5), "met": False},
        {"ended_at": iso(1.75), "met": True},
    ]
    assert clocks["resolution"]["rounds"] == [{"ended_at": iso(1.75), "met": True}]


def test_a_ticket_without_targets_has_none(cast, api):
    ticket = make_ticket(cast.requester, at=at())
    assert ask(api(cast.agent), ticket, 1) == {}


def test_a_target_that_is_promised_no_more_says_so(cast, api, give_policy):  # noqa: F811
    give_policy("全部", rule={"position": 2})
    ticket = make_ticket(cast.requester, at=at())
    give_policy("少", rule={"position": 1, "priority": "P2"}, targets={"resolution": 240})
    run(ticket, "classify", cast.agent, at=at(0.2), **classification())
    clock = ask(api(cast.agent), ticket, 1)["response"]
    assert (clock["state"], clock["policy"], clock["target_minutes"], clock["used_minutes"]) == (
        "none",
        None,
        None,
        None,
    )


def test_requesters_may_not_read_them(cast, api, give_policy):  # noqa: F811
    give_policy()
    ticket = make_ticket(cast.requester)
    path = f"tickets/{ticket.number}/clocks/"
    assert refusal(api(cast.requester).get(path))[:2] == (403, "not_allowed")
    assert refusal(api(cast.requester2).get(path))[:2] == (404, "not_found")


def test_the_list_of_tickets_says_late_before_the_sweep_does(cast, api):
    ticket = make_ticket(cast.requester)
    Ticket.objects.filter(pk=ticket.pk).update(sla_state="on_track", next_due_at=at(-1))
    row = api(cast.agent).get(f"tickets/{ticket.number}/").json()
    assert row["sla_state"] == "late"
    found = api(cast.agent).get("tickets/?sla_state=late,critical").json()["results"]
    assert [one["number"] for one in found] == [ticket.number]


def test_reading_clocks_has_a_budget(cast, api, give_policy):  # noqa: F811
    give_policy(targets={"update": 60, "resolution": 120})
    ticket = bring_to(make_ticket(cast.requester, at=at()), "in_progress", cast.agent, at=at(0.25))
    caller = api(cast.agent)
    ask(caller, ticket, 1)
    costs = set()
    for hours in (1, 2, 3):
        reply(ticket, cast.agent, at=at(hours))
        with CaptureQueriesContext(connection) as queries:
            ask(caller, ticket, hours)
        costs.add(len(queries))
    # One of them is the test's own.
    assert len(costs) == 1 and max(costs) <= 6, costs
