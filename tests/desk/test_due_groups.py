"""The queue by time left: groups, order, filters, and what stays right while the clock goes on."""

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
from django.utils import translation

from tests.cast import Cast
from tests.desk.test_queue import follow, numbers
from tests.factories import bring_to, make_ticket
from tickets.models import Ticket
from tickets.queue import DUE_LABELS

AsUser = Callable[..., Client]
# 11:00 in Shanghai.
NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture(autouse=True)
def _at_eleven() -> Any:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def due(ticket: Ticket, left: timedelta | None, state: str = "on_track") -> Ticket:
    """The ticket with this snapshot of its clocks."""
    due_at = None if left is None else NOW + left
    Ticket.objects.filter(pk=ticket.pk).update(next_due_at=due_at, sla_state=state, next_due_target="resolution")
    ticket.refresh_from_db()
    return ticket


@pytest.fixture
def shelf(cast: Cast) -> dict[str, Ticket]:
    """A ticket of each group, the latest made first."""
    lefts = {
        "stopped": (None, "met"),
        "none": (None, "none"),
        "paused": (None, "paused"),
        "later": (20 * HOUR, "on_track"),
        "today": (5 * HOUR, "on_track"),
        "hour": (35 * MINUTE, "soon"),
        "breached": (-42 * MINUTE, "late"),
    }
    return {name: due(make_ticket(cast.requester), *left) for name, left in lefts.items()}


def groups(response: Any) -> list[tuple[str, int]]:
    found = re.findall(r'scope="rowgroup">([^<·]+?) · (\d+)', response.content.decode())
    return [(label.strip(), int(count)) for label, count in found]


def test_time_left_decides_as_soon_as_a_clock_runs(cast: Cast, as_user: AsUser, shelf: dict[str, Ticket]) -> None:
    page = as_user(cast.agent).get("/desk/")
    order = ["breached", "hour", "today", "later", "paused", "none", "stopped"]
    assert numbers(page) == [shelf[name].number for name in order]
    with translation.override("en"):
        assert groups(page) == [(str(label), 1) for label in DUE_LABELS.values()]
    assert page.context["title"] == "All open"
    assert page.context["head_age"] == "Time left"


def test_priority_decides_while_nothing_is_promised(cast: Cast, as_user: AsUser) -> None:
    make_ticket(cast.requester)
    page = as_user(cast.agent).get("/desk/")
    assert page.context["order"].group == page.context["order"].sort == "priority"
    assert page.context["head_age"] == "Age or next action"


def test_who_chooses_another_order_keeps_it(cast: Cast, as_user: AsUser, shelf: dict[str, Ticket]) -> None:
    client = as_user(cast.agent)
    page = client.get("/desk/?group=priority&sort=newest")
    assert numbers(page) == [ticket.number for ticket in reversed(list(shelf.values()))]
    choices = {choice["code"]: choice["url"] for choice in page.context["group_choices"]}
    assert choices["due"] == "/desk/?sort=newest"
    assert choices["priority"] == "/desk/?group=priority&sort=newest"


@pytest.mark.parametrize(
    ("language", "words"), [("en", ["Breached", "Within 1 h"]), ("zh-hans", ["已超时", "1 小时内"])]
)
def test_groups_speak_both_languages(
    cast: Cast, as_user: AsUser, shelf: dict[str, Ticket], language: str, words: list[str]
) -> None:
    assert [label for label, _count in groups(as_user(cast.agent, language).get("/desk/"))][:2] == words


def test_today_ends_at_the_viewers_midnight(cast: Cast, as_user: AsUser) -> None:
    due(make_ticket(cast.requester), timedelta(hours=12, minutes=59))
    due(make_ticket(cast.requester), timedelta(hours=13, minutes=1))
    assert groups(as_user(cast.agent).get("/desk/")) == [("Later today", 1), ("Later", 1)]
    cast.agent.timezone = "UTC"
    cast.agent.save()
    assert groups(as_user(cast.agent).get("/desk/")) == [("Later today", 2)]


def test_rows_show_time_left_and_keep_the_other_dates(cast: Cast, as_user: AsUser) -> None:
    waits = due(bring_to(make_ticket(cast.requester), "waiting", cast.agent, at=NOW), None, "paused")
    solved = due(bring_to(make_ticket(cast.requester), "resolved", cast.agent, at=NOW), None, "met")
    due(make_ticket(cast.requester), -42 * MINUTE, "on_track")
    make_ticket(cast.requester)
    page = as_user(cast.agent).get("/desk/").content.decode()
    for words in ("42m late", "Paused", "Met", "No target", "goes on Fri 27 Nov, 11:00", "closes by itself"):
        assert words in page
    assert waits.next_action_at == NOW + timedelta(days=3)
    assert solved.confirm_by_at is not None


@pytest.mark.parametrize("sort", ["due", "priority", "oldest", "newest", "changed"])
@pytest.mark.parametrize("group", ["due", "priority", "status", "none"])
def test_pages_lead_through_every_ticket_once_and_back_while_time_goes_on(
    cast: Cast, as_user: AsUser, monkeypatch: pytest.MonkeyPatch, _at_eleven: Any, sort: str, group: str
) -> None:
    """Between two pages tickets run late; each still comes once."""
    monkeypatch.setattr("tickets.views.desk.queue.PAGE_SIZE", 3)
    for index, left in enumerate([-5, -5, 10, 10, 10, 50, 100, 3000]):
        ticket = make_ticket(cast.requester, at=NOW - HOUR + index // 2 * MINUTE)
        due(ticket, left * MINUTE)
    due(make_ticket(cast.requester, at=NOW - HOUR), None, "paused")
    due(make_ticket(cast.requester, at=NOW - HOUR), None, "none")
    client = as_user(cast.agent)
    page = client.get(f"/desk/?sort={sort}&group={group}")
    seen, pages = numbers(page), [numbers(page)]
    while 'rel="next"' in page.content.decode():
        _at_eleven.shift(timedelta(minutes=25))
        page = follow(client, page, "next")
        pages.append(numbers(page))
        seen += numbers(page)
    assert len(pages) == 4
    assert sorted(seen) == sorted(Ticket.objects.values_list("number", flat=True))
    for expected in reversed(pages[:-1]):
        _at_eleven.shift(timedelta(minutes=25))
        page = follow(client, page, "prev")
        assert numbers(page) == expected


@pytest.mark.parametrize("moment", ["", "nonsense", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:00", "%00"])
def test_a_bad_moment_of_the_walk_is_left_out(
    cast: Cast, as_user: AsUser, shelf: dict[str, Ticket], moment: str
) -> None:
    assert as_user(cast.agent).get(f"/desk/?after=AAAA&at={moment}").status_code == 200


@pytest.mark.parametrize("view", ["", "sort=newest", "group=none&sort=due"])
def test_the_workspace_knows_its_neighbours_by_time_left(
    cast: Cast, as_user: AsUser, shelf: dict[str, Ticket], view: str
) -> None:
    client = as_user(cast.agent)
    order = numbers(client.get(f"/desk/?{view}"))
    quoted = view.replace("=", "%3D").replace("&", "%26")
    for index, number in enumerate(order):
        context = client.get(f"/desk/tickets/{number}/?view={quoted}").context
        assert context["place"] == index + 1
        assert (order[index - 1] if index else "") in context["previous_url"]
        assert (order[index + 1] if index + 1 < len(order) else "") in context["next_url"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("sla_state=late", ["breached"]),
        ("sla_state=critical", ["quarter"]),
        ("sla_state=soon", ["hour"]),
        ("sla_state=on_track", ["today", "later"]),
        ("sla_state=late,paused", ["breached", "paused"]),
        ("sla_state=late&sla_state=none", ["breached", "none"]),
        ("sla_state=met", ["stopped"]),
        ("due_within=15", ["quarter"]),
        ("due_within=60", ["quarter", "hour"]),
        ("due_within=600", ["quarter", "hour", "today"]),
    ],
)
def test_filters_mean_what_the_chips_say(
    cast: Cast, as_user: AsUser, shelf: dict[str, Ticket], query: str, names: list[str]
) -> None:
    # The sweep has not looked at these two yet: one is late, one is due within a quarter of an hour.
    due(shelf["breached"], -42 * MINUTE, "on_track")
    shelf["quarter"] = due(make_ticket(cast.requester), 9 * MINUTE, "on_track")
    page = as_user(cast.agent).get(f"/desk/?{query}")
    assert numbers(page) == [shelf[name].number for name in names]
    assert page.context["chips"]


def test_a_time_filter_is_said_in_words(cast: Cast, as_user: AsUser, shelf: dict[str, Ticket]) -> None:
    chips = {
        chip.label: chip.value
        for chip in as_user(cast.agent).get("/desk/?sla_state=late&due_within=60").context["chips"]
    }
    assert chips["Time left"] == "Late"
    assert chips["Due within"] == "1h"


@pytest.mark.parametrize("query", ["sla_state=nonsense", "due_within=0", "due_within=x", "due_within=99999999999"])
def test_a_filter_that_is_not_understood_is_said(cast: Cast, as_user: AsUser, query: str) -> None:
    assert "not understood" in as_user(cast.agent).get(f"/desk/?{query}").content.decode()


def test_the_filter_sheet_asks_for_time_left(cast: Cast, as_user: AsUser) -> None:
    client = as_user(cast.agent)
    response = client.get("/desk/filter/?apply=1&status=new&sla_state=late&sla_state=critical&due_within=60")
    assert response["Location"] == "/desk/?due_within=60&sla_state=late&sla_state=critical&status=new"
    sheet = client.get("/desk/filter/?sla_state=late&due_within=60").content.decode()
    assert re.search(r'name="sla_state" value="late"[^>]*checked', sheet)
    assert re.search(r'<option value="60" selected', sheet)


def test_late_is_a_view_that_everybody_has(cast: Cast, as_user: AsUser, shelf: dict[str, Ticket]) -> None:
    link = next(link for link in as_user(cast.agent).get("/desk/").context["stats"] if link.code == "late")
    assert (link.count, link.is_hot) == (1, True)
    assert numbers(as_user(cast.agent).get(link.url)) == [shelf["breached"].number]


def test_a_calm_queue_says_when_the_next_is_due(cast: Cast, as_user: AsUser) -> None:
    due(make_ticket(cast.requester), 22 * HOUR + 10 * MINUTE)
    client = as_user(cast.agent)
    assert "All clear. The next ticket is due tomorrow 09:10." in client.get("/desk/").content.decode()
    page = client.get("/desk/?sla_state=late").content.decode()
    assert "The next ticket is due tomorrow 09:10." in page
    assert "All done here" in page


def test_a_queue_that_presses_says_nothing_of_calm(cast: Cast, as_user: AsUser, shelf: dict[str, Ticket]) -> None:
    assert "All clear" not in as_user(cast.agent).get("/desk/").content.decode()


def test_running_late_is_no_change_of_a_ticket(cast: Cast, as_user: AsUser, shelf: dict[str, Ticket]) -> None:
    client = as_user(cast.agent)
    page = client.get("/desk/")
    due(shelf["hour"], 5 * MINUTE, "critical")
    assert client.get(page.context["poll_url"]).status_code == 204


@pytest.mark.parametrize("query", ["", "?sla_state=late,critical&due_within=60&assignee=me", "?group=due&sort=newest"])
def test_time_left_costs_no_more_queries_however_many_rows(cast: Cast, as_user: AsUser, query: str) -> None:
    client = as_user(cast.agent)
    client.get(f"/desk/{query}")
    costs = []
    for count in (5, 55):
        for index in range(count):
            due(make_ticket(cast.requester), index * 10 * MINUTE - HOUR)
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/desk/{query}")
        costs.append(len(queries))
    assert max(costs) <= 12, costs
