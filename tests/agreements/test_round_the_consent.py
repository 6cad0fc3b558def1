"""No way past the requester's consent: page, API, mail, bulk, major incident, administration."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.test import Client
from django.utils import timezone

from tests.agreements.acts import allow, ask, plan
from tests.api.conftest import api
from tests.cast import Cast
from tests.factories import bring_to, make_ticket, resolution, run
from tests.incidents.acts import declared, link, work
from tests.mailroom.letters import take
from tests.mailroom.test_intake import answer
from tickets.lifecycle import Command
from tickets.models import Consent, ConsentItem, DiagnosisStep, IncidentLink, RemoteSession, Ticket
from tickets.services.incident_endings import resolve

__all__ = ["api"]
pytestmark = pytest.mark.django_db
AsUser = Callable[..., Client]


@pytest.fixture
def step(cast: Cast, ticket: Ticket) -> DiagnosisStep:
    """A planned change that touches data, of which nobody has asked the requester."""
    return plan(ticket, cast.agent, "change_data")


def nothing_happened(ticket: Ticket, step: DiagnosisStep) -> bool:
    ticket.refresh_from_db()
    step.refresh_from_db()
    return ticket.status == "in_progress" and step.state == "planned" and not RemoteSession.objects.exists()


def test_by_page(cast: Cast, as_user: AsUser, ticket: Ticket, step: DiagnosisStep) -> None:
    agent = as_user(cast.agent)
    form = {name: getattr(value, "pk", value) for name, value in resolution().items()}
    refused = agent.post(f"/desk/tickets/{ticket.number}/do/resolve/", {**form, "version": ticket.version})
    assert refused.status_code == 409
    assert agent.get(f"/desk/tickets/{ticket.number}/do/resolve/").status_code == 409
    assert agent.post(f"/desk/steps/{step.pk}/end/", {"finding": "worked"}).status_code == 409
    logged = {"kind": "change", "action": "改了", "touches": ["change_data"], "finding": "worked"}
    assert agent.post(f"/desk/tickets/{ticket.number}/steps/", logged).status_code == 409
    session = {"scope": "control", "tool": "x", "device": "y"}
    assert agent.post(f"/desk/tickets/{ticket.number}/session/", session).status_code == 409
    assert nothing_happened(ticket, step)


def test_by_api(cast: Cast, api, ticket: Ticket, step: DiagnosisStep) -> None:
    agent = api(cast.agent)
    ticket.refresh_from_db()
    form = {name: getattr(value, "pk", value) for name, value in resolution().items()}
    refused = agent.post(
        f"/api/v1/tickets/{ticket.number}/transitions/", {"command": "resolve", "version": ticket.version, **form}
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "open_matters")
    assert refused.json()["missing"][0]["kind"] == "step"
    offered = agent.get(f"/api/v1/tickets/{ticket.number}/").json()["allowed_transitions"]
    assert "resolve" not in offered
    ended = agent.post(f"/api/v1/steps/{step.pk}/end/", {"finding": "worked"})
    assert (ended.status_code, ended.json()["code"], ended.json()["missing"]) == (409, "no_consent", ["change_data"])
    logged = {"kind": "change", "action": "改了", "touches": ["change_data"], "finding": "worked"}
    assert agent.post(f"/api/v1/tickets/{ticket.number}/steps/", logged).status_code == 409
    session = {"scope": "control", "tool": "x", "device": "y"}
    assert agent.post(f"/api/v1/tickets/{ticket.number}/remote-sessions/", session).json()["code"] == "no_consent"
    asked = ask(ticket, cast.agent, "change_data")
    assert agent.post(f"/api/v1/consents/{asked.pk}/answer/", {"allowed": ["change_data"]}).status_code == 400
    patched = agent.patch(f"/api/v1/tickets/{ticket.number}/", {"version": ticket.version, "open_matters": 0})
    assert patched.status_code == 400
    assert api(cast.agent2).post(f"/api/v1/consents/{asked.pk}/answer/", {"allowed": []}).status_code == 403
    assert nothing_happened(ticket, step) and Consent.objects.get().is_open


def test_by_mail(cast: Cast, ticket: Ticket, step: DiagnosisStep) -> None:
    asked = ask(ticket, cast.agent, "change_data")
    take(answer(cast, ticket, "同意，都可以。请放心操作。"))
    assert ticket.messages.filter(author=cast.requester).exists(), "the mail is read as a message"
    assert Consent.objects.get().is_open and asked.is_open
    assert nothing_happened(ticket, step)


def test_by_major_incident(cast: Cast, ticket: Ticket, step: DiagnosisStep) -> None:
    parent = bring_to(make_ticket(cast.requester2), "in_progress", cast.agent)
    incident = declared(parent, cast.agent)
    link(incident, cast.agent, ticket)
    run(parent, Command.RESOLVE, cast.agent, **resolution())
    resolve(incident_id=incident.pk, covered=[ticket.pk], actor=cast.agent, version=None, at=timezone.now())
    work()
    assert IncidentLink.objects.get(ticket=ticket).ending != IncidentLink.Ending.PENDING
    assert nothing_happened(ticket, step)


def test_by_bulk(cast: Cast, as_user: AsUser, ticket: Ticket, step: DiagnosisStep) -> None:
    agent = as_user(cast.agent)
    for action in ("resolve", "close", "confirm"):
        agent.post("/desk/bulk/", {"action": action, "ticket": [str(ticket.pk)], **resolution()})
    assert nothing_happened(ticket, step)


def test_by_administration(cast: Cast) -> None:
    """Nobody edits what people have agreed on; the administration doesn't even list it."""
    for model in (Consent, ConsentItem, DiagnosisStep, RemoteSession):
        assert model not in admin.site._registry


def test_a_consent_to_something_else_or_of_another_ticket_covers_nothing(
    cast: Cast, as_user: AsUser, ticket: Ticket, step: DiagnosisStep
) -> None:
    allow(ask(ticket, cast.agent, "read_data", "control"), "read_data", "control")
    other = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    allow(ask(other, cast.agent, "change_data"), "change_data")
    assert as_user(cast.agent).post(f"/desk/steps/{step.pk}/end/", {"finding": "worked"}).status_code == 409
    assert nothing_happened(ticket, step)
