"""How many queries the API asks: few, and the same for one row as for many."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from helpdesk.api.models import ApiToken
from tests.factories import bring_to, make_ticket, reply

pytestmark = pytest.mark.django_db


def queries(act) -> list[str]:
    # The note of a token's last use is written once a minute, not with every request.
    ApiToken.objects.update(last_used_at=timezone.now())
    with CaptureQueriesContext(
        connection,
    ) as caught:
        response = act()
    assert response.status_code in (200, 201), response.content
    return [query["sql"] for query in caught.captured_queries]


@pytest.fixture
def fill(cast):
    """`fill(n)`: n more tickets of every kind, with messages."""

    def more(count: int) -> None:
        for _ in range(count):
            for status in ("new", "waiting", "closed"):
                ticket = bring_to(make_ticket(cast.requester, actor=cast.agent), status, cast.agent)
                if status == "waiting":
                    reply(ticket, cast.requester)
                    reply(ticket, cast.agent, kind="internal")

    return more


@pytest.mark.parametrize("person", ["requester", "agent", "lead"])
def test_lists_ask_as_much_for_many_rows_as_for_one(cast, api, fill, person):
    caller = api(getattr(cast, person))
    fill(1)
    few = queries(lambda: caller.get("tickets/"))
    fill(4)
    many = queries(lambda: caller.get("tickets/"))
    assert len(many) == len(few) <= 6, many


def test_filters_cost_one_query_each_at_most(cast, api, fill):
    fill(2)
    query = "status=open&category=business_apps&team=none&kind=incident&assignee=me&q=财务&ordering=priority"
    asked = queries(lambda: api(cast.agent).get(f"tickets/?{query}"))
    assert len(asked) <= 13, asked


@pytest.mark.parametrize(("part", "budget"), [("", 4), ("messages/", 6), ("events/", 5), ("attachments/", 4)])
def test_parts_of_a_ticket_have_a_budget(cast, api, part, budget):
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    caller = api(cast.agent)
    sizes = set()
    for _ in range(2):
        reply(ticket, cast.agent)
        asked = queries(lambda: caller.get(f"tickets/{ticket.number}/{part}"))
        sizes.add(len(asked))
        assert len(asked) <= budget, asked
    assert len(sizes) == 1


NEW = {"subject": "白屏", "description": "打不开"}
FULL = {**NEW, "category": "business_finance", "impact": "person", "urgency": "slowed", "kind": "incident"}


@pytest.mark.parametrize(("body", "budget"), [(NEW, 14), (FULL, 16)])
def test_creating_has_a_budget(cast, api, body, budget):
    caller = api(cast.requester)
    caller.post("tickets/", body)
    asked = queries(lambda: caller.post("tickets/", body))
    assert len(asked) <= budget, asked


def test_writing_a_message_has_a_budget(cast, api):
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    caller = api(cast.requester)
    asked = queries(lambda: caller.post(f"tickets/{ticket.number}/messages/", {"body": "x"}))
    assert len(asked) <= 18, asked


def test_a_command_has_a_budget(cast, api):
    ticket = bring_to(make_ticket(cast.requester), "classified", cast.agent)
    caller = api(cast.agent)
    body = {"command": "accept", "version": ticket.version}
    asked = queries(lambda: caller.post(f"tickets/{ticket.number}/transitions/", body))
    assert len(asked) <= 22, asked
