"""One change for many tickets: what can be changed is, and the rest is told with its reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.cast import Cast
from tests.factories import bring_to, make_ticket, run
from tickets.models import Ticket
from tickets.services.bulk import MOST

AsUser = Callable[..., Client]


def chosen(*tickets: Ticket) -> dict[str, Any]:
    return {
        "ids": [ticket.pk for ticket in tickets],
        "versions": [f"{ticket.pk}:{ticket.version}" for ticket in tickets],
    }


def test_tickets_are_assigned_together(cast: Cast, as_user: AsUser) -> None:
    tickets = [make_ticket(cast.requester) for _index in range(3)]
    client = as_user(cast.agent)
    question = client.post("/desk/bulk/", {"action": "assign", **chosen(*tickets)})
    assert question.status_code == 200
    assert "Assign 3 tickets" in question.content.decode()
    done = client.post("/desk/bulk/", {"action": "assign", "apply": "1", "assignee": "lead", **chosen(*tickets)})
    assert done.status_code == 303
    assert set(Ticket.objects.values_list("assignee__username", flat=True)) == {"lead"}
    assert "3 tickets changed." in client.get(done["Location"]).content.decode()


def test_tickets_are_taken_with_one_click(cast: Cast, as_user: AsUser) -> None:
    ticket = make_ticket(cast.requester)
    response = as_user(cast.agent).post("/desk/bulk/", {"action": "take", "view": "status=new", **chosen(ticket)})
    assert (response.status_code, response["Location"]) == (303, "/desk/?status=new")
    ticket.refresh_from_db()
    assert ticket.assignee == cast.agent


def test_one_forbidden_and_one_stale_ticket_do_not_stop_the_others(cast: Cast, as_user: AsUser) -> None:
    mine = bring_to(make_ticket(cast.requester), "classified", cast.agent)
    foreign = run(make_ticket(cast.requester, subject="别组的"), "assign", cast.lead, team=cast.applications)
    stale = make_ticket(cast.requester)
    data = chosen(mine, foreign, stale)
    run(stale, "accept", cast.agent)
    form = {"action": "classify", "apply": "1", "category": "network", "impact": "group", "urgency": "slowed"}
    response = as_user(cast.agent).post("/desk/bulk/", {**form, "reason": "分错了", **data})
    page = response.content.decode()
    assert response.status_code == 200
    assert "1 changed, 2 not." in page
    assert foreign.number in page
    assert "Somebody changed this ticket in the meantime" in page
    mine.refresh_from_db()
    foreign.refresh_from_db()
    assert mine.category is not None
    assert mine.category.code == "network"
    assert foreign.category is None


def test_a_classified_ticket_without_a_reason_is_told(cast: Cast, as_user: AsUser) -> None:
    ticket = bring_to(make_ticket(cast.requester), "classified", cast.agent)
    form = {"action": "classify", "apply": "1", "impact": "group", **chosen(ticket)}
    page = as_user(cast.agent).post("/desk/bulk/", form).content.decode()
    assert "Give the reason in a sentence." in page


def test_what_is_left_empty_keeps_the_tickets_own_answer(cast: Cast, as_user: AsUser) -> None:
    ticket = bring_to(make_ticket(cast.requester), "classified", cast.agent)
    before = (ticket.category_id, ticket.urgency)
    form = {"action": "classify", "apply": "1", "impact": "person", "reason": "只有一人", **chosen(ticket)}
    assert as_user(cast.agent).post("/desk/bulk/", form).status_code == 303
    ticket.refresh_from_db()
    assert (ticket.category_id, ticket.urgency, ticket.impact) == (*before, "person")


def test_nothing_said_or_nothing_chosen_changes_nothing(cast: Cast, as_user: AsUser) -> None:
    ticket = make_ticket(cast.requester)
    client = as_user(cast.agent)
    assert client.post("/desk/bulk/", {"action": "assign", "apply": "1", **chosen(ticket)}).status_code == 422
    assert client.post("/desk/bulk/", {"action": "assign", "apply": "1", "assignee": "lead"}).status_code == 303
    assert client.post("/desk/bulk/", {"action": "archive", **chosen(ticket)}).status_code == 400
    assert Ticket.objects.get().version == 1


@pytest.mark.parametrize("ids", [["abc"], ["-1"], ["\x00"], ["9" * 40], [""]])
def test_bad_ids_are_no_tickets(cast: Cast, as_user: AsUser, ids: list[str]) -> None:
    response = as_user(cast.agent).post("/desk/bulk/", {"action": "take", "ids": ids, "versions": ids})
    assert response.status_code == 303


def test_invisible_tickets_stay_invisible(cast: Cast, as_user: AsUser) -> None:
    ticket = make_ticket(cast.requester, subject="CANARY-CONF")
    Ticket.objects.filter(pk=ticket.pk).update(is_confidential=True, team=cast.applications)
    page = as_user(cast.agent).post("/desk/bulk/", {"action": "take", **chosen(ticket)}).content.decode()
    assert "CANARY-CONF" not in page
    assert "0 changed, 1 not." in page


def test_there_is_a_limit(cast: Cast, as_user: AsUser) -> None:
    response = as_user(cast.agent).post("/desk/bulk/", {"action": "take", "ids": list(range(1, MOST + 5))})
    assert response.status_code == 400
