"""Two answers to one survey at once, with real threads and connections."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import connection

from helpdesk.common.errors import Conflict
from tests.api.test_races import all_at_once
from tests.surveys.acts import closed, rate
from tickets.models import Survey, Ticket
from tickets.services.audit import verify

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.postgres_only,
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="SQLite lets one writer in at a time; races are tested on PostgreSQL"
    ),
]


def test_of_many_answers_one_counts_and_opens_one_follow_up(cast):
    ticket = closed(cast)

    def act() -> str:
        try:
            rate(Ticket.objects.get(pk=ticket.pk), 1)
        except Conflict as error:
            return error.code
        return "rated"

    assert Counter(all_at_once([act] * 8)) == {"rated": 1, "already_answered": 7}
    assert Ticket.objects.filter(follow_up_of=ticket).count() == 1
    assert Survey.objects.get().rating == 1
    assert verify() == []
