"""Linking many tickets to a major incident from the queue: each on its own, refusals told per ticket."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from helpdesk.common.errors import InvalidInput
from tests.cast import Cast
from tests.desk.test_bulk import chosen
from tests.factories import bring_to, make_ticket, run
from tests.incidents.acts import declared, link
from tickets.models import IncidentLink, MajorIncident, Ticket
from tickets.services.bulk import MOST, Chosen, link_many

AsUser = Callable[..., Client]
pytestmark = pytest.mark.django_db


@pytest.fixture
def incident(cast: Cast) -> MajorIncident:
    return declared(bring_to(make_ticket(cast.requester), "in_progress", cast.agent), cast.agent)


def linked_to(incident: MajorIncident) -> set[int]:
    return set(IncidentLink.objects.filter(incident=incident, is_open=True).values_list("ticket_id", flat=True))


def test_tickets_are_linked_together(cast: Cast, as_user: AsUser, incident: MajorIncident) -> None:
    tickets = [make_ticket(cast.requester2) for _index in range(2)]
    client = as_user(cast.agent)
    question = client.post("/desk/bulk/", {"action": "link", "view": "status=new", **chosen(*tickets)})
    page = question.content.decode()
    assert question.status_code == 200
    assert "Link 2 tickets" in page
    assert "MI-001 Nobody can sign in to the finance system" in page
    assert not linked_to(incident)
    form = {"action": "link", "apply": "1", "view": "status=new", "incident": "MI-001", **chosen(*tickets)}
    done = client.post("/desk/bulk/", form)
    assert (done.status_code, done["Location"]) == (303, "/desk/?status=new")
    assert linked_to(incident) == {ticket.pk for ticket in tickets}
    assert "2 tickets are linked." in client.get(done["Location"]).content.decode()


def test_refusals_are_told_per_ticket_and_stop_nobody_else(
    cast: Cast, as_user: AsUser, incident: MajorIncident
) -> None:
    other = declared(make_ticket(cast.requester), cast.agent)
    taken, good, closed = (make_ticket(cast.requester2) for _index in range(3))
    link(other, cast.agent, taken)
    run(closed, "withdraw", cast.requester2, reason="好了")
    parent = Ticket.objects.get(pk=other.ticket_id)
    tickets = (taken, parent, closed, good)
    form = {"action": "link", "apply": "1", "incident": "MI-001", **chosen(*tickets)}
    page = as_user(cast.agent).post("/desk/bulk/", form).content.decode()
    assert "1 changed, 3 not." in page
    assert f"Ticket {taken.number} is linked to the major incident MI-002 already." in page
    assert f"Ticket {parent.number} is a major incident itself." in page
    assert f"Ticket {closed.number} is closed." in page
    assert linked_to(incident) == {good.pk}


def test_tickets_of_other_teams_only_by_who_runs_the_incident(
    cast: Cast, as_user: AsUser, incident: MajorIncident
) -> None:
    Ticket.objects.filter(pk=incident.ticket_id).update(team=cast.first_line)
    theirs = run(make_ticket(cast.requester2), "assign", cast.lead, team=cast.first_line)
    hidden = make_ticket(cast.requester2, subject="CANARY")
    Ticket.objects.filter(pk=hidden.pk).update(is_confidential=True, team=cast.first_line)
    form = {"action": "link", "apply": "1", "incident": "MI-001", **chosen(theirs, hidden)}
    page = as_user(cast.agent2).post("/desk/bulk/", form).content.decode()
    assert "0 changed, 2 not." in page
    assert f"You can&#x27;t work on ticket {theirs.number}." in page
    assert "CANARY" not in page
    assert as_user(cast.agent).post("/desk/bulk/", {**form, **chosen(theirs)}).status_code == 303
    assert linked_to(incident) == {theirs.pk}


def test_a_ticket_that_moved_on_is_linked_all_the_same(cast: Cast, as_user: AsUser, incident: MajorIncident) -> None:
    ticket = make_ticket(cast.requester2)
    form = {"action": "link", "apply": "1", "incident": "MI-001", **chosen(ticket)}
    run(ticket, "accept", cast.agent)
    assert as_user(cast.agent).post("/desk/bulk/", form).status_code == 303
    assert as_user(cast.agent).post("/desk/bulk/", form).status_code == 303
    assert linked_to(incident) == {ticket.pk}


@pytest.mark.parametrize("answer", [{}, {"incident": ""}, {"incident": "MI-777"}, {"incident": "\x00"}])
def test_an_incident_has_to_be_chosen(
    cast: Cast, as_user: AsUser, incident: MajorIncident, answer: dict[str, str]
) -> None:
    form = {"action": "link", "apply": "1", **answer, **chosen(make_ticket(cast.requester2))}
    page = as_user(cast.agent).post("/desk/bulk/", form)
    assert page.status_code == 422
    assert 'name="versions"' in page.content.decode()
    assert not linked_to(incident)


def test_without_an_open_incident_there_is_nothing_to_choose(cast: Cast, as_user: AsUser) -> None:
    page = as_user(cast.agent).post("/desk/bulk/", {"action": "link", **chosen(make_ticket(cast.requester2))})
    assert page.status_code == 200
    assert "No major incident is open." in page.content.decode()
    assert "Link 1 ticket</button>" not in page.content.decode()


def test_the_service_takes_some_but_not_too_many(cast: Cast, incident: MajorIncident) -> None:
    for count in (0, MOST + 1):
        with pytest.raises(InvalidInput):
            link_many(
                chosen=[Chosen(pk, 1) for pk in range(1, count + 1)],
                incident_id=incident.pk,
                actor=cast.agent,
                at=timezone.now(),
            )
