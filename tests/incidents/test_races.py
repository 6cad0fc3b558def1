"""Many at once, with real threads and connections. SQLite has one writer, so there is nothing to race there."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from helpdesk import periodic
from helpdesk.common.errors import DomainError
from helpdesk.common.models import OutboxMessage
from tests.api.test_races import all_at_once
from tests.factories import bring_to, make_ticket, resolution, run
from tests.incidents.acts import ALL, EN, ZH, declaration, declared, link, tell, work
from tickets.models import IncidentDelivery, IncidentUpdate, MajorIncident, Ticket, TicketEvent
from tickets.services.audit import verify
from tickets.services.incident_endings import resolve
from tickets.services.incident_links import join
from tickets.services.incident_updates import Word, post_update_once
from tickets.services.incidents import declare, tell_overdue

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.postgres_only,
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="SQLite lets one writer in at a time; races are tested on PostgreSQL"
    ),
]


def told(topic):
    rows = OutboxMessage.objects.filter(topic=topic, channel="email").values_list("recipient__username", flat=True)
    return Counter(rows)


def answer(act):
    """What a thread got: the value, or the code of the refusal."""
    try:
        return act()
    except DomainError as error:
        return error.code


def test_of_two_declarations_of_one_ticket_one_stands(cast):
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    told_what = declaration(cast.agent)

    def act():
        return answer(
            lambda: declare(ticket_id=ticket.pk, actor=cast.agent, declaration=told_what, at=timezone.now()).number
        )

    assert Counter(all_at_once([act] * 6)) == {"MI-001": 1, "already_declared": 5}
    assert MajorIncident.objects.count() == 1


def test_declarations_of_different_tickets_get_numbers_without_a_gap(cast):
    tickets = [make_ticket(cast.requester) for _ in range(8)]
    told_what = declaration(cast.agent)

    def act(ticket):
        return lambda: declare(ticket_id=ticket.pk, actor=cast.agent, declaration=told_what, at=timezone.now()).number

    numbers = all_at_once(act(ticket) for ticket in tickets)
    assert sorted(numbers) == [f"MI-{n:03}" for n in range(1, 9)]


def test_two_clicks_and_two_workers_tell_everybody_once(cast):
    incident = declared(bring_to(make_ticket(cast.requester), "in_progress", cast.agent), cast.agent)
    tickets = [make_ticket(cast.requester2) for _ in range(6)] + [make_ticket(cast.colleague) for _ in range(6)]
    link(incident, cast.agent, *tickets)
    word = Word(ZH, EN, ALL)

    def click():
        return post_update_once(key="k", incident_id=incident.pk, word=word, actor=cast.agent, at=timezone.now())

    assert len(set(all_at_once([click] * 4))) == 1
    assert IncidentUpdate.objects.count() == 1
    done = Counter()
    for report in all_at_once([work] * 4):
        done.update(report)
    done.update(work())
    assert done == {"incident_updates_delivered": 12}
    assert not IncidentDelivery.objects.filter(done_at=None).exists()
    assert TicketEvent.objects.filter(code="incident_update").count() == 13
    assert told("incident_update") == {"requester": 1, "requester2": 1, "colleague": 1, "lead": 1}
    assert verify() == []


def test_two_words_at_once_are_both_told(cast):
    incident = declared(bring_to(make_ticket(cast.requester), "in_progress", cast.agent), cast.agent)
    link(incident, cast.agent, make_ticket(cast.requester2))
    all_at_once([lambda: tell(MajorIncident.objects.get(pk=incident.pk), cast.agent)] * 4)
    all_at_once([work] * 2)
    work()
    assert told("incident_update") == {"requester": 4, "requester2": 4, "lead": 4}
    assert verify() == []


def test_two_sweeps_tell_of_a_late_word_once(cast):
    incident = declared(bring_to(make_ticket(cast.requester), "in_progress", cast.agent), cast.agent)
    late = incident.next_update_due_at + timedelta(minutes=1)
    assert sorted(all_at_once([lambda: tell_overdue(at=late)] * 6)) == [0, 0, 0, 0, 0, 1]
    all_at_once([lambda: periodic.sweep(at=late)] * 2)
    assert told("incident_update_overdue") == {"agent": 1}
    assert TicketEvent.objects.filter(code="incident_update_overdue").count() == 1


def test_ten_presses_of_me_too_make_one_ticket(cast):
    incident = declared(
        bring_to(make_ticket(cast.requester), "in_progress", cast.agent), cast.agent, text_zh=ZH, text_en=EN
    )
    numbers = all_at_once([lambda: join(incident_id=incident.pk, actor=cast.requester2, at=timezone.now())] * 10)
    assert len(set(numbers)) == 1
    assert Ticket.objects.filter(requester=cast.requester2).count() == 1


def test_workers_resolve_each_covered_ticket_once_while_words_are_told(cast):
    parent = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    incident = declared(parent, cast.agent)
    tickets = [make_ticket(cast.requester2) for _ in range(8)]
    link(incident, cast.agent, *tickets)
    run(parent, "resolve", cast.agent, **resolution())
    tell(incident, cast.agent)
    resolve(
        incident_id=incident.pk,
        covered=[ticket.pk for ticket in tickets],
        actor=cast.agent,
        version=None,
        at=timezone.now(),
    )
    done = Counter()
    for report in all_at_once([work] * 4):
        done.update(report)
    done.update(work())
    assert done == {"incident_updates_delivered": 8, "incident_tickets_ended": 8}
    assert TicketEvent.objects.filter(code="resolve").count() == 9
    assert verify() == []
