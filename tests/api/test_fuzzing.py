"""Schemathesis over the whole schema, all its checks, as a requester and as an agent (J1)."""

from __future__ import annotations

import re

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.utils import timezone
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.schemas import BaseSchema

from helpdesk.api.tokens import create_token
from tests.api.test_schema import COMMITTED
from tests.factories import bring_to, make_ticket, reply

NUMBER = re.compile(r"[A-Za-z0-9-]{1,32}")
CONFIG = {
    "checks": {
        # Codes of the catalogue, user names and uploads are data: no schema can tell which of them exist, and
        # which fields a command takes depends on where the ticket stands. Such input is 400 and names its field.
        "positive_data_acceptance": {"expected-statuses": ["2xx", "400", "401", "403", "404", "409", "413", "422"]},
    },
    "generation": {"max-examples": 8, "deterministic": True},
}
# The edge cases of every parameter are gone through once, as an agent.
WITHOUT_EDGES = {**CONFIG, "phases": {"coverage": {"enabled": False}}}


def load(config: dict) -> BaseSchema:
    schema = schemathesis.openapi.from_path(COMMITTED, config=SchemathesisConfig.from_dict(config))
    schema.app = get_wsgi_application()
    return schema


for_agent, for_requester = load(CONFIG), load(WITHOUT_EDGES)
BOUNDED = settings(deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(autouse=True)
def _open_connection(db):
    """The WSGI application leaves the test's connection open, as Django's own test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def ticket(cast):
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    reply(ticket, cast.agent)
    return ticket


BOUNDED = settings(deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture
def headers(cast, settings, tmp_path):
    """By person, with a token."""
    settings.FILES_DIR = tmp_path
    settings.API_REQUESTS_PER_MINUTE = settings.API_ANONYMOUS_REQUESTS_PER_MINUTE = 10**6
    tokens = {
        person: create_token(owner=getattr(cast, person), name="fuzz", scope="write", at=timezone.now())[1]
        for person in ("requester", "agent")
    }
    return {person: {"Authorization": f"Token {text}"} for person, text in tokens.items()}


def check(case, ticket, headers):
    number = case.path_parameters.get("number") if case.path_parameters else None
    if isinstance(number, str) and NUMBER.fullmatch(number):
        case.path_parameters["number"] = ticket.number
    case.call_and_validate(headers=headers)


@for_requester.parametrize()
@BOUNDED
def test_no_input_of_a_requester_breaks_the_api(case, ticket, headers):
    check(case, ticket, headers["requester"])


@for_agent.parametrize()
@BOUNDED
def test_no_input_of_an_agent_breaks_the_api(case, ticket, headers):
    check(case, ticket, headers["agent"])
