"""The wallboard: who may see it, what its numbers mean, and what a public screen keeps to itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from helpdesk.accounts.models import TeamMembership, User
from tests.cast import Cast
from tests.escalation.conftest import MONDAY, GivePolicy
from tests.factories import agent_in, bring_to, make_ticket, run
from tickets.models import Ticket

pytestmark = pytest.mark.django_db
AsUser = Callable[..., Client]
NOW = datetime(2026, 11, 24, 3, 0, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PATH = "/desk/wallboard/"


@pytest.fixture(autouse=True)
def _at_eleven() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def as_user() -> AsUser:
    def sign_in(user: User, language: str = "en") -> Client:
        client = Client(HTTP_ACCEPT_LANGUAGE=language)
        client.force_login(user)
        return client

    return sign_in


def due(ticket: Ticket, minutes: int | None, **fields: Any) -> Ticket:
    due_at = None if minutes is None else NOW + minutes * MINUTE
    state = "none" if minutes is None else "on_track"
    Ticket.objects.filter(pk=ticket.pk).update(next_due_at=due_at, sla_state=state, **fields)
    ticket.refresh_from_db()
    return ticket


@pytest.fixture
def shelf(cast: Cast) -> dict[str, Ticket]:
    lefts = {"late": -42, "quarter": 9, "hour": 35, "today": 300, "none": None}
    tickets = {name: due(make_ticket(cast.requester), minutes) for name, minutes in lefts.items()}
    run(tickets["late"], "assign", cast.lead, assignee=cast.agent, team=cast.first_line)
    due(tickets["late"], -42)
    return tickets


@pytest.mark.parametrize(
    ("person", "status"),
    [("requester", 404), ("agent", 403), ("agent2", 403), ("liaison", 403), ("lead", 200), ("admin", 200)],
)
@pytest.mark.parametrize("query", ["", "?tv=1", "?public=1"])
def test_leads_and_administrators_see_it(cast: Cast, as_user: AsUser, person: str, status: int, query: str) -> None:
    assert as_user(getattr(cast, person)).get(PATH + query).status_code == status


def test_strangers_are_led_to_the_sign_in() -> None:
    assert Client().get(PATH).status_code == 302


def test_only_who_may_see_it_finds_it_in_the_rail(cast: Cast, as_user: AsUser) -> None:
    assert PATH in as_user(cast.lead).get("/desk/").content.decode()
    assert PATH not in as_user(cast.agent).get("/desk/").content.decode()


def test_each_number_is_the_count_of_the_list_it_leads_to(
    cast: Cast, as_user: AsUser, shelf: dict[str, Ticket]
) -> None:
    bring_to(make_ticket(cast.requester), "closed", cast.agent)
    due(bring_to(make_ticket(cast.requester), "resolved", cast.agent), 5)
    client = as_user(cast.lead)
    numbers = client.get(PATH).context["numbers"]
    assert {number["code"]: number["count"] for number in numbers} == {
        "late": 1,
        "quarter": 2,
        "hour": 3,
        "unassigned": 4,
    }
    for number in numbers:
        assert client.get(number["url"]).context["total"] == number["count"], number["code"]


def test_confidential_tickets_are_neither_counted_nor_shown(
    cast: Cast, as_user: AsUser, shelf: dict[str, Ticket]
) -> None:
    due(shelf["quarter"], 9, is_confidential=True, team=cast.applications, subject="VERSCHLUSSSACHE")
    due(shelf["hour"], 35, is_confidential=True, team=cast.first_line, subject="EIGENES")
    page = as_user(cast.lead).get(PATH)
    assert [number["count"] for number in page.context["numbers"]] == [1, 0, 1, 3]
    source = page.content.decode()
    assert "VERSCHLUSSSACHE" not in source and shelf["quarter"].number not in source
    assert "EIGENES" in source
    source = as_user(cast.admin).get(PATH).content.decode()
    assert "VERSCHLUSSSACHE" not in source and "EIGENES" not in source


def test_the_next_eight_come_soonest_first(cast: Cast, as_user: AsUser) -> None:
    tickets = [due(make_ticket(cast.requester), 10 * (index + 1)) for index in reversed(range(10))]
    due(make_ticket(cast.requester), -5)
    page = as_user(cast.lead).get(PATH)
    coming = [item.ticket.number for item in page.context["coming"]]
    assert coming == [ticket.number for ticket in reversed(tickets)][:8]
    source = page.content.decode()
    assert "9m left" not in source and "10m left" in source
    assert source.count("/do/assign/") == 8


def test_who_may_not_assign_gets_no_link_for_it(cast: Cast, as_user: AsUser, shelf: dict[str, Ticket]) -> None:
    assert "/do/assign/" not in as_user(cast.admin).get(PATH).content.decode()


def test_people_are_those_of_the_leads_teams_with_what_they_handle(
    cast: Cast, as_user: AsUser, shelf: dict[str, Ticket]
) -> None:
    TeamMembership.objects.create(team=cast.applications, user=cast.agent)
    agent_in(cast.first_line, username="gone", is_active=False)
    client = as_user(cast.lead)
    loads = {load.person.username: (load.open, load.late) for load in client.get(PATH).context["loads"]}
    assert loads == {"agent": (1, 1), "lead": (0, 0)}
    assert client.get("/desk/?assignee=agent").context["total"] == 1
    everybody = {load.person.username for load in as_user(cast.admin).get(PATH).context["loads"]}
    assert everybody == {"agent", "agent2", "lead", "liaison"}


def test_a_public_screen_names_nobody(cast: Cast, as_user: AsUser, shelf: dict[str, Ticket]) -> None:
    run(shelf["hour"], "assign", cast.lead, assignee=cast.agent, team=cast.first_line)
    due(shelf["hour"], 35)
    source = as_user(cast.lead).get(f"{PATH}?public=1").content.decode()
    assert shelf["hour"].number in source
    hidden = [person.get_full_name() for person in cast.everybody().values()]
    for words in (*hidden, shelf["hour"].subject, "username", "assignee=agent", "/do/assign/"):
        assert words not in source, words
    assert "2 people with 2 open tickets" in source
    assert shelf["hour"].subject in as_user(cast.lead).get(f"{PATH}?tv=1").content.decode()


def test_a_screen_on_the_wall_is_dark_and_without_a_rail(cast: Cast, as_user: AsUser) -> None:
    cast.lead.theme = "light"
    cast.lead.save()
    client = as_user(cast.lead)
    source = client.get(f"{PATH}?tv=1").content.decode()
    assert 'data-theme="dark"' in source
    assert 'class="rail"' not in source
    assert 'class="desk tv"' in source
    assert 'data-key="f"' in source
    assert 'data-theme="light"' in client.get(PATH).content.decode()


@pytest.mark.parametrize("query", ["", "?tv=1", "?public=1"])
def test_the_board_is_asked_again_every_15_seconds(cast: Cast, as_user: AsUser, query: str) -> None:
    client = as_user(cast.lead)
    source = client.get(PATH + query).content.decode()
    assert f'data-poll="15" hx-get="{PATH}{query}"' in source
    assert "Look again" in source
    fragment = client.get(PATH + query, headers={"HX-Request": "true", "HX-Target": "wallboard"}).content.decode()
    assert "<html" not in fragment
    assert fragment.startswith('<div id="wallboard"')
    assert re.search(r"updated 11:00:30", fragment)
    assert ("Unassigned" in fragment) and ("data-stale hidden" in fragment)


def test_all_green_is_calm(cast: Cast, as_user: AsUser) -> None:
    source = as_user(cast.lead).get(PATH).content.decode()
    assert "All clear: nothing is late" in source
    assert "No ticket has a deadline ahead." in source


def test_it_speaks_chinese(cast: Cast, as_user: AsUser, shelf: dict[str, Ticket]) -> None:
    source = as_user(cast.lead, "zh-hans").get(PATH).content.decode()
    for words in ("看板", "15 分钟内到期", "剩余 9 分", "改派", "11:00:30 已更新"):
        assert words in source


@pytest.mark.parametrize("query", ["", "?tv=1"])
def test_the_board_costs_as_much_for_many_tickets_as_for_one(cast: Cast, as_user: AsUser, query: str) -> None:
    client = as_user(cast.lead)
    costs = []
    for count in (1, 30):
        for index in range(count):
            ticket = run(make_ticket(cast.requester), "assign", cast.lead, assignee=cast.agent, team=cast.first_line)
            due(ticket, index)
        with CaptureQueriesContext(connection) as queries:
            client.get(PATH + query)
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 15, costs


def test_real_clocks_reach_the_board(cast: Cast, give_policy: GivePolicy, as_user: AsUser) -> None:
    give_policy(targets={"response": 60})
    make_ticket(cast.requester, at=MONDAY)
    with time_machine.travel(MONDAY + 50 * MINUTE, tick=False):
        page = as_user(cast.lead).get(PATH)
    assert [number["count"] for number in page.context["numbers"]] == [0, 1, 1, 1]
    assert "Reply 10m left" in page.content.decode()
