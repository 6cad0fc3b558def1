"""The start page and My tickets, and what they cost."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import Cast
from tests.factories import bring_to, make_ticket, reply
from tests.portal.conftest import Browse
from tests.portal.reading import text_of
from tickets.models import Category

BUDGET = 25


def test_the_start_page_puts_what_waits_for_me_first(cast: Cast, browse: Browse) -> None:
    bring_to(make_ticket(cast.requester, subject="To confirm"), "resolved", cast.agent2)
    bring_to(make_ticket(cast.requester, subject="To answer"), "waiting", cast.agent2)
    bring_to(make_ticket(cast.requester, subject="Running"), "in_progress", cast.agent2)
    page = text_of(browse(cast.requester).get("/"))
    assert "王敏, what can we help with?" in page
    assert "To confirm: is it fixed?" in page and "It closes by itself" in page
    assert "To answer: we have a question" in page
    assert page.index("Waiting for you 2") < page.index("Tickets in progress") < page.index("Running")
    assert page.count("To confirm") == 1, "what waits for me isn't listed again"


def test_a_first_visit_offers_topics_and_something_else(cast: Cast, browse: Browse) -> None:
    response = browse(cast.requester).get("/")
    page = text_of(response)
    assert "Waiting for you" not in page and "Tickets in progress" not in page
    assert "Something else" in page and "Printing and scanning" in page and "8000" in page
    assert "/tickets/new/?category=printing" in response.content.decode()
    assert response.content.decode().count('class="tile"') == 9


def test_retired_topics_are_not_offered(cast: Cast, browse: Browse) -> None:
    Category.objects.filter(code="printing").update(is_retired=True)
    client = browse(cast.requester)
    assert "Printing and scanning" not in text_of(client.get("/"))
    assert "Printing and scanning" not in text_of(client.get("/tickets/new/"))


def test_the_tabs_divide_my_tickets_by_whose_turn_it_is(cast: Cast, browse: Browse) -> None:
    subjects = {}
    for status in ("new", "classified", "in_progress", "waiting", "resolved", "closed", "cancelled"):
        subjects[status] = f"Ticket that is {status}"
        bring_to(make_ticket(cast.requester, subject=subjects[status]), status, cast.agent2)
    expected = {
        "waiting": {"waiting", "resolved"},
        "open": {"new", "classified", "in_progress"},
        "closed": {"closed", "cancelled"},
    }
    for tab, statuses in expected.items():
        page = text_of(browse(cast.requester).get(f"/tickets/?tab={tab}"))
        assert {status for status, subject in subjects.items() if subject in page} == statuses
        assert "Waiting for me 2" in page and "In progress 3" in page and "Closed 2" in page


def test_what_waits_for_somebody_else_is_in_progress_for_me(cast: Cast, browse: Browse) -> None:
    ticket = bring_to(make_ticket(cast.colleague, actor=cast.requester), "resolved", cast.agent2)
    client = browse(cast.requester)
    assert ticket.number not in text_of(client.get("/tickets/?tab=waiting"))
    assert ticket.number in text_of(client.get("/tickets/?tab=open"))


@pytest.mark.parametrize("channel", ["phone", "email", "walk_in", "api", "portal"])
def test_tickets_of_every_channel_appear(cast: Cast, browse: Browse, channel: str) -> None:
    ticket = make_ticket(cast.requester, actor=cast.agent, channel=channel)
    assert ticket.number in text_of(browse(cast.requester).get("/tickets/"))


def test_the_desk_finds_only_its_own_tickets_here(cast: Cast, browse: Browse) -> None:
    others, own = make_ticket(cast.requester), make_ticket(cast.agent)
    page = text_of(browse(cast.agent).get("/tickets/"))
    assert own.number in page and others.number not in page


def test_searching_finds_words_and_numbers_and_says_how_many(cast: Cast, browse: Browse) -> None:
    wanted = make_ticket(cast.requester, subject="Projector in B5")
    other = make_ticket(cast.requester, subject="Keyboard")
    client = browse(cast.requester)
    for text in ("Projector", wanted.number):
        page = text_of(client.get("/tickets/", {"q": text, "tab": "open"}))
        assert "Projector in B5" in page and other.subject not in page
        assert "1 ticket matches" in page
    assert "Nothing matches" in text_of(client.get("/tickets/?q=zebra"))


def test_a_typed_search_gets_only_the_list(cast: Cast, browse: Browse) -> None:
    response = browse(cast.requester).get("/tickets/?q=x", headers={"HX-Request": "true"})
    assert "<html" not in response.content.decode() and 'id="list-body"' in response.content.decode()
    assert "HX-Request" in response["Vary"]


def test_the_three_kinds_of_emptiness_speak_differently(cast: Cast, browse: Browse) -> None:
    client = browse(cast.requester)
    assert "You have no tickets yet" in text_of(client.get("/tickets/"))
    bring_to(make_ticket(cast.requester), "closed", cast.agent2)
    assert "Nothing is open" in text_of(client.get("/tickets/"))
    assert "Nothing waits for you" in text_of(client.get("/tickets/?tab=waiting"))
    assert "Nothing closed yet" in text_of(browse(cast.requester2).get("/tickets/?tab=closed"))


def test_twenty_stand_on_a_page_and_the_rest_behind_real_links(cast: Cast, browse: Browse) -> None:
    for n in range(21):
        make_ticket(cast.requester, subject=f"Number {n:02}")
    client = browse(cast.requester)
    first = client.get("/tickets/?tab=open").content.decode()
    assert first.count('class="tk"') == 20 and "page=2" in first and "tab=open" in first
    second = client.get("/tickets/?tab=open&page=2").content.decode()
    assert second.count('class="tk"') == 1 and "Number 00" in second


@pytest.mark.parametrize("page", ["/", "/tickets/?tab=open", "/tickets/?tab=waiting", "/tickets/?tab=closed"])
def test_lists_cost_the_same_however_many_tickets(
    cast: Cast, browse: Browse, django_assert_max_num_queries: Any, page: str
) -> None:
    client = browse(cast.requester)

    def fill() -> None:
        for status in ("new", "in_progress", "waiting", "resolved", "closed"):
            bring_to(make_ticket(cast.requester), status, cast.agent2)

    fill()
    with django_assert_max_num_queries(BUDGET) as few:
        client.get(page)
    for _ in range(3):
        fill()
    with django_assert_max_num_queries(BUDGET) as many:
        client.get(page)
    assert len(many) == len(few)


def test_a_ticket_costs_the_same_however_long_it_is(
    cast: Cast, browse: Browse, django_assert_max_num_queries: Any
) -> None:
    ticket = bring_to(make_ticket(cast.requester), "waiting", cast.agent2)
    client = browse(cast.requester)
    address = f"/tickets/{ticket.number}/"
    reply(ticket, cast.agent2, "First")
    with django_assert_max_num_queries(BUDGET) as few:
        client.get(address)
    for n in range(10):
        reply(ticket, cast.agent2, f"Message {n}")
    with django_assert_max_num_queries(BUDGET) as many:
        client.get(address)
    assert len(many) == len(few)
    with django_assert_max_num_queries(10):
        assert client.get(f"{address}updates/?version={ticket.version}").status_code == 204
