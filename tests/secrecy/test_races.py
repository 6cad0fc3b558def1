"""Two people at once, with real threads and connections."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from django.db import connection
from django.utils import timezone

from helpdesk.accounts.models import User
from helpdesk.common.errors import DomainError
from tests.api.test_races import all_at_once
from tests.cast import Cast
from tests.secrecy.acts import alarm, break_in, confide, lift, rename, tick, worked_on
from tickets.models import BreakGlass, ConfidentialRead, SecurityIncident, Ticket
from tickets.services import audit
from tickets.services.readings import note_reading

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.postgres_only,
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="SQLite lets one writer in at a time; races are tested on PostgreSQL"
    ),
]


def trying(act: Callable[[], object]) -> Callable[[], str]:
    def attempt() -> str:
        try:
            act()
        except DomainError as error:
            return error.code
        return "done"

    return attempt


def fresh(person: User) -> User:
    return User.objects.get(pk=person.pk)


def test_one_of_many_raises_the_incident_and_ends_the_step(cast: Cast) -> None:
    ticket = worked_on(cast)
    acts = [trying(lambda: alarm(Ticket.objects.get(pk=ticket.pk), fresh(cast.agent)))] * 5
    assert Counter(all_at_once(acts)) == {"done": 1, "already_raised": 4}
    assert SecurityIncident.objects.count() == 1
    acts = [trying(lambda: tick(ticket, "isolate", fresh(cast.agent)))] * 5
    assert Counter(all_at_once(acts)) == {"done": 1, "step_ended": 4}
    assert audit.verify() == []


def test_breaking_the_same_glass_twice_at_once_is_told_once(cast: Cast) -> None:
    ticket = confide(worked_on(cast), cast.agent)
    acts = [trying(lambda: break_in(ticket, fresh(cast.admin)))] * 5
    assert Counter(all_at_once(acts)) == {"done": 1, "not_found": 4}
    assert BreakGlass.objects.count() == 1


def test_many_requests_of_one_reader_leave_one_row(cast: Cast) -> None:
    ticket = confide(worked_on(cast), cast.agent)
    at = timezone.now()
    all_at_once([lambda: note_reading(ticket=ticket, reader=fresh(cast.lead), place="page", at=at)] * 8)
    assert ConfidentialRead.objects.count() == 1


def test_lifting_and_naming_at_once_leave_no_reader_behind(cast: Cast) -> None:
    ticket = confide(worked_on(cast), cast.agent)
    acts = [
        trying(lambda: lift(Ticket.objects.get(pk=ticket.pk), fresh(cast.agent))),
        trying(lambda: rename(Ticket.objects.get(pk=ticket.pk), fresh(cast.agent), people=(fresh(cast.agent2),))),
    ] * 2
    told = Counter(all_at_once(acts))
    assert told["done"] >= 1
    ticket.refresh_from_db()
    assert not ticket.is_confidential
    assert not ticket.reader_rows.exists()
