"""Tickets that share their articles, solved at the same moment, with real threads and connections."""

from __future__ import annotations

import pytest
from django.db import connection
from django.utils import timezone

from knowledge.models import Article
from tests.api.test_races import all_at_once
from tests.cast import Cast
from tests.devices.acts import article, at_work
from tests.factories import resolution, run
from tickets.models import Ticket
from tickets.services import sources

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.postgres_only,
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="SQLite lets one writer in at a time; races are tested on PostgreSQL"
    ),
]


def test_tickets_that_share_articles_never_wait_for_each_other(cast: Cast) -> None:
    articles = [article(cast) for _number in range(4)]
    tickets = [at_work(cast) for _number in range(6)]
    for number, ticket in enumerate(tickets):
        for known in articles if number % 2 else reversed(articles):
            sources.use_article(ticket_id=ticket.pk, article_id=known.pk, actor=cast.agent, at=timezone.now())

    def solve(ticket: Ticket) -> str:
        return run(ticket, "resolve", cast.agent, **resolution()).status

    def reject(ticket: Ticket) -> str:
        return run(ticket, "reject", cast.requester, reason="还是断").status

    assert set(all_at_once([lambda ticket=ticket: solve(ticket) for ticket in tickets])) == {"resolved"}
    assert set(Article.objects.values_list("solved_tickets", flat=True)) == {6}
    assert set(all_at_once([lambda ticket=ticket: reject(ticket) for ticket in tickets])) == {"in_progress"}
    assert set(Article.objects.values_list("solved_tickets", flat=True)) == {0}
