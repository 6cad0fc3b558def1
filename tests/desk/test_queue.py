"""The agents' queue: what it shows, to whom, and at what cost."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.cast import Cast
from tests.factories import bring_to, make_ticket, reply, run
from tickets.models import QueueView, Ticket
from tickets.services.presence import mark_seen, note_presence

AsUser = Callable[..., Client]
ROW = re.compile(r'id="ticket-([A-Za-z0-9-]+)-row"')


def numbers(response: Any) -> list[str]:
    return ROW.findall(response.content.decode())


def follow(client: Client, response: Any, rel: str) -> Any:
    match = re.search(rf'rel="{rel}" href="([^"]+)"', response.content.decode())
    assert match, f"no link to the {rel} page"
    return client.get(match[1].replace("&amp;", "&"))


def test_requesters_find_no_desk(cast: Cast, as_user: AsUser) -> None:
    ticket = make_ticket(cast.requester)
    client = as_user(cast.requester)
    for path in ("/desk/", "/desk/new/", "/desk/filter/", "/desk/changes/", f"/desk/tickets/{ticket.number}/"):
        assert client.get(path).status_code == 404
    assert client.post("/desk/bulk/", {"action": "take", "ids": ticket.pk}).status_code == 404
    assert client.post(f"/desk/tickets/{ticket.number}/message/", {"body": "x"}).status_code == 404


def test_who_is_not_signed_in_is_led_to_the_sign_in(db: None) -> None:
    response = Client().get("/desk/?status=new")
    assert response.status_code == 302
    assert "next=/desk/%3Fstatus%3Dnew" in response["Location"]


@pytest.mark.parametrize(("language", "words"), [("en", "All open"), ("zh-hans", '<html lang="zh-Hans"')])
def test_the_queue_speaks_both_languages(cast: Cast, as_user: AsUser, language: str, words: str) -> None:
    make_ticket(cast.requester)
    page = as_user(cast.agent, language).get("/desk/").content.decode()
    assert words in page


def test_only_open_tickets_are_meant_unless_the_address_says_otherwise(cast: Cast, as_user: AsUser) -> None:
    is_open = make_ticket(cast.requester)
    is_closed = bring_to(make_ticket(cast.requester), "closed", cast.agent)
    client = as_user(cast.agent)
    assert numbers(client.get("/desk/")) == [is_open.number]
    assert numbers(client.get("/desk/?status=done")) == [is_closed.number]
    assert set(numbers(client.get("/desk/?status="))) == {is_open.number, is_closed.number}


def test_confidential_tickets_of_other_teams_are_not_counted(cast: Cast, as_user: AsUser) -> None:
    ticket = make_ticket(cast.requester)
    Ticket.objects.filter(pk=ticket.pk).update(is_confidential=True, team=cast.applications)
    page = as_user(cast.agent).get("/desk/")
    assert numbers(page) == []
    assert page.context["stats"][0].count == 0
    assert numbers(as_user(cast.agent2).get("/desk/")) == [ticket.number]


def test_built_in_views_and_their_counts_agree(cast: Cast, as_user: AsUser) -> None:
    make_ticket(cast.requester)
    run(make_ticket(cast.requester), "accept", cast.agent)
    bring_to(make_ticket(cast.requester), "waiting", cast.agent)
    bring_to(make_ticket(cast.requester), "resolved", cast.agent)
    bring_to(make_ticket(cast.requester), "cancelled", cast.agent)
    client = as_user(cast.agent)
    links = client.get("/desk/").context["stats"]
    assert {link.code: link.count for link in links}["open"] == 4
    for link in links:
        page = client.get(link.url)
        assert len(numbers(page)) == link.count, link.code
        assert page.context["title"] == link.label


@pytest.mark.parametrize(
    "query",
    [
        "status=nonsense",
        "priority=P9",
        "team=abc",
        "team=99999999999999999999999999",
        "category=nowhere",
        "kind=%00",
        "q=%00",
        "assignee=%00",
        "requester=%ED%A0%80",
        "created_after=yesterday",
        "created_after=0001-01-01T00:00:00%2B14:00",
        "created_before=9999-12-31T23:59:59-14:00",
        "after=AAAA",
        "after=W10",
        "before=WzEsMl0",
        "sort=nonsense&group=nonsense",
        "q=" + "x" * 3000,
        "waiting_reason=%F0%9F%98%80",
        "waits_for=nobody",
        "channel=pigeon",
    ],
)
def test_no_bad_value_breaks_the_queue(cast: Cast, as_user: AsUser, query: str) -> None:
    make_ticket(cast.requester)
    client = as_user(cast.agent)
    assert client.get(f"/desk/?{query}").status_code == 200
    assert client.get(f"/desk/filter/?{query}").status_code == 200
    assert client.get(f"/desk/changes/?{query}&since=2020-01-01T00:00:00Z").status_code in (200, 204)
    endless = client.get("/desk/changes/", {"since": "2020-01-01T00:00:00Z", "ids": "9" * 5_000})
    assert endless.status_code in (200, 204)


def test_a_filter_that_is_not_understood_is_said(cast: Cast, as_user: AsUser) -> None:
    page = as_user(cast.agent).get("/desk/?priority=P9").content.decode()
    assert "not understood" in page


def test_filters_show_as_chips_that_can_be_removed(cast: Cast, as_user: AsUser) -> None:
    bring_to(make_ticket(cast.requester), "classified", cast.agent)
    query = f"status=classified&team={cast.first_line.pk}&assignee=none&category=business_apps"
    page = as_user(cast.agent).get(f"/desk/?{query}")
    chips = {chip.label: chip for chip in page.context["chips"]}
    assert chips["Team"].value == "First line"
    assert "team=" not in chips["Team"].url
    assert "status=classified" in chips["Team"].url
    assert chips["Status"].value == "Classified"


def test_the_filter_sheet_leads_to_the_query(cast: Cast, as_user: AsUser) -> None:
    client = as_user(cast.agent)
    response = client.get("/desk/filter/?apply=1&status=new&status=waiting&assignee=me&priority=P1&sort=newest")
    assert response.status_code == 303
    assert response["Location"] == "/desk/?assignee=me&priority=P1&status=new&status=waiting&sort=newest"
    assert client.get("/desk/filter/?apply=1&kind=nonsense").status_code == 422


@pytest.mark.parametrize("sort", ["priority", "due", "oldest", "newest", "changed"])
@pytest.mark.parametrize("group", ["priority", "status", "none"])
def test_pages_lead_through_every_ticket_once_and_back(
    cast: Cast, as_user: AsUser, monkeypatch: pytest.MonkeyPatch, sort: str, group: str
) -> None:
    monkeypatch.setattr("tickets.views.desk.queue.PAGE_SIZE", 3)
    start = timezone.now() - timedelta(hours=2)
    for index in range(8):
        ticket = make_ticket(cast.requester, at=start + timedelta(minutes=index // 2))
        if index % 3 == 0:
            bring_to(ticket, "classified", cast.agent, at=start + timedelta(minutes=30 + index))
        if index % 4 == 0:
            Ticket.objects.filter(pk=ticket.pk).update(next_due_at=start + timedelta(minutes=index))
    client = as_user(cast.agent)
    page = client.get(f"/desk/?sort={sort}&group={group}")
    seen, pages = numbers(page), [numbers(page)]
    while 'rel="next"' in page.content.decode():
        page = follow(client, page, "next")
        pages.append(numbers(page))
        seen += numbers(page)
    assert len(pages) == 3
    assert sorted(seen) == sorted(Ticket.objects.values_list("number", flat=True))
    for expected in reversed(pages[:-1]):
        page = follow(client, page, "prev")
        assert numbers(page) == expected


def test_a_ticket_that_comes_in_meanwhile_shifts_no_page(
    cast: Cast, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickets.views.desk.queue.PAGE_SIZE", 2)
    start = timezone.now() - timedelta(hours=1)
    tickets = [make_ticket(cast.requester, at=start + timedelta(minutes=index)).number for index in range(5)]
    client = as_user(cast.agent)
    first = client.get("/desk/?sort=newest&group=none")
    assert numbers(first) == [tickets[4], tickets[3]]
    make_ticket(cast.requester)
    assert numbers(follow(client, first, "next")) == [tickets[2], tickets[1]]


def test_rows_carry_their_flags(cast: Cast, as_user: AsUser) -> None:
    ticket = bring_to(make_ticket(cast.requester), "closed", cast.agent)
    run(ticket, "reopen", cast.requester, reason="又坏了")
    Ticket.objects.filter(pk=ticket.pk).update(is_confidential=True)
    note_presence(ticket_id=ticket.pk, user=cast.lead, is_replying=True, at=timezone.now())
    page = as_user(cast.agent).get("/desk/").content.decode()
    for words in ("Reopened", "Confidential", f"{cast.lead.full_name} is replying"):
        assert words in page


def test_unread_means_changed_since_one_looked(cast: Cast, as_user: AsUser) -> None:
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    mark_seen(ticket=ticket, user=cast.agent)
    client = as_user(cast.agent)
    assert "Something new" not in client.get("/desk/").content.decode()
    reply(ticket, cast.requester, "还是不行")
    assert "Something new" in client.get("/desk/").content.decode()


def test_only_the_changing_part_is_sent_to_htmx(cast: Cast, as_user: AsUser) -> None:
    make_ticket(cast.requester)
    response = as_user(cast.agent).get("/desk/", headers={"HX-Request": "true", "HX-Target": "queue"})
    assert "<html" not in response.content.decode()
    assert len(numbers(response)) == 1
    assert "HX-Request" in response["Vary"]


def test_empty_lists_say_why(cast: Cast, as_user: AsUser) -> None:
    client = as_user(cast.agent)
    assert "No open tickets" in client.get("/desk/").content.decode()
    assert "All done here" in client.get("/desk/?assignee=me").content.decode()
    assert "Nothing matches" in client.get("/desk/?q=zebra").content.decode()


def test_compact_rows_are_a_personal_setting(cast: Cast, as_user: AsUser) -> None:
    make_ticket(cast.requester)
    assert "qtable compact" not in as_user(cast.agent).get("/desk/").content.decode()
    cast.agent.is_compact = True
    cast.agent.save()
    assert "qtable compact" in as_user(cast.agent).get("/desk/").content.decode()


@pytest.mark.parametrize("query", ["", "?q=财务", "?assignee=agent&category=business_apps&team={team}"])
def test_the_queue_costs_at_most_twelve_queries_however_many_rows(cast: Cast, as_user: AsUser, query: str) -> None:
    client = as_user(cast.agent)
    path = "/desk/" + query.format(team=cast.first_line.pk)
    client.get(path)
    costs = []
    for count in (5, 55):
        for _index in range(count):
            make_ticket(cast.requester)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(path)
        costs.append(len(queries))
    assert max(costs) <= 12, costs
    # Only with more than one page are the tickets counted.
    assert costs[1] - costs[0] <= 1


# --- Changes ----------------------------------------------------------------------------------------------------


def poll(client: Client, page: Any) -> Any:
    return client.get(page.context["poll_url"])


def test_the_change_bar_stays_away_while_nothing_changes(cast: Cast, as_user: AsUser) -> None:
    make_ticket(cast.requester)
    client = as_user(cast.agent)
    page = client.get("/desk/")
    response = poll(client, page)
    assert (response.status_code, response.content) == (204, b"")


def test_the_change_bar_counts_new_and_gone_tickets(cast: Cast, as_user: AsUser) -> None:
    ticket = make_ticket(cast.requester)
    client = as_user(cast.agent)
    page = client.get("/desk/")
    run(ticket, "withdraw", cast.requester, reason="好了")
    make_ticket(cast.requester2)
    response = poll(client, page)
    assert response.status_code == 200
    assert "2 tickets changed" in response.content.decode()
    assert len(response.content) <= 2048


def test_changes_outside_the_view_are_no_news(cast: Cast, as_user: AsUser) -> None:
    client = as_user(cast.agent)
    page = client.get("/desk/?assignee=me")
    make_ticket(cast.requester)
    assert poll(client, page).status_code == 204


@pytest.mark.parametrize("since", ["", "nonsense", "2026-11-24", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:00"])
def test_a_bad_moment_is_no_news(cast: Cast, as_user: AsUser, since: str) -> None:
    assert (
        as_user(cast.agent).get("/desk/changes/", {"since": since, "ids": "1,x,-2,99999999999999999999"}).status_code
        == 204
    )


# --- Saved views ------------------------------------------------------------------------------------------------


def test_a_view_is_kept_renamed_and_deleted(cast: Cast, as_user: AsUser) -> None:
    client = as_user(cast.agent)
    response = client.post("/desk/views/", {"query": "priority=P1&sort=newest&nonsense=1&after=x", "name": "Urgent"})
    assert response.status_code == 303
    view = QueueView.objects.get(owner=cast.agent)
    assert view.query == "priority=P1&sort=newest"
    page = client.get(response["Location"])
    assert page.context["title"] == "Urgent"
    assert client.post(f"/desk/views/{view.pk}/", {"name": "Very urgent"}).status_code == 303
    view.refresh_from_db()
    assert view.name == "Very urgent"
    assert client.post(f"/desk/views/{view.pk}/", {"delete": "1"}).status_code == 303
    assert not QueueView.objects.exists()


def test_a_second_view_of_the_same_name_is_refused_with_the_words_kept(cast: Cast, as_user: AsUser) -> None:
    client = as_user(cast.agent)
    for expected in (303, 422):
        response = client.post("/desk/views/", {"query": "priority=P1", "name": "Urgent"})
        assert response.status_code == expected
    assert "Urgent" in response.content.decode()


def test_a_team_view_is_seen_by_the_team_and_changed_by_its_owner_only(cast: Cast, as_user: AsUser) -> None:
    as_user(cast.agent).post(
        "/desk/views/", {"query": "priority=P1", "name": "Team urgent", "team": cast.first_line.pk}
    )
    view = QueueView.objects.get()
    assert "Team urgent" in as_user(cast.lead).get("/desk/").content.decode()
    assert "Team urgent" not in as_user(cast.agent2).get("/desk/").content.decode()
    assert as_user(cast.lead).post(f"/desk/views/{view.pk}/", {"delete": "1"}).status_code == 404
    assert (
        as_user(cast.agent).post("/desk/views/", {"name": "x", "query": "", "team": cast.applications.pk}).status_code
        == 422
    )
