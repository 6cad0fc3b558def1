"""Many at once on one case, with real threads and connections. SQLite has one writer, so there is nothing to race there."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import connection

from helpdesk.common.errors import DomainError
from helpdesk.common.models import OutboxMessage
from helpdesk.periodic import sweep
from tests.api.test_races import all_at_once
from tests.vendors.acts import at, close, codes, open_case, told, worked_on
from tickets.services import audit
from tickets.services.vendors import speaking
from tickets.services.vendors.speaking import Word

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.postgres_only,
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="SQLite lets one writer in at a time; races are tested on PostgreSQL"
    ),
]


def answer(act):
    try:
        return act() and "done"
    except DomainError as error:
        return error.code


def test_of_two_who_close_a_case_the_second_is_told_so(cast, vendor):
    ticket = worked_on(cast)
    case = open_case(ticket, vendor, cast.agent)
    results = all_at_once([lambda: answer(lambda: close(case, cast.agent))] * 4)
    assert Counter(results) == {"done": 1, "case_closed": 3}
    ticket.refresh_from_db()
    assert ticket.open_matters == 0
    assert codes(ticket) == ["vendor_case_opened", "vendor_case_closed"]
    assert audit.verify() == []


def test_two_clicks_send_one_mail(cast, vendor):
    case = open_case(worked_on(cast), vendor, cast.agent)

    def click():
        return speaking.send_to_vendor_once(key="k", case_id=case.pk, word=Word("Hello"), actor=cast.liaison, at=at(1))

    assert len(set(all_at_once([click] * 4))) == 1
    assert OutboxMessage.objects.filter(subject_type="vendor_case").count() == 1


def test_two_sweeps_tell_of_a_chase_once(cast, vendor):
    open_case(worked_on(cast), vendor, cast.agent)
    all_at_once([lambda: sweep(at=at(25))] * 3)
    assert told("vendor_chase_due") == ["liaison"]
    assert audit.verify() == []
