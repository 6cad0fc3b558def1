"""Mailboxes of Microsoft 365 and Google Workspace: a fresh token for each visit, shown by XOAUTH2, and never told to anybody."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from tests.mailroom.letters import DESK, letter
from tests.mailroom.odd_server import OddServer
from tests.net_server import WebServer, answer
from tickets.models import IncomingMail, Mailbox, MailboxState
from tickets.services.mailroom import oauth, polling
from tickets.services.mailroom.trying import try_mailbox

pytestmark = pytest.mark.django_db
SECRET, TOKEN = "CANARY-client-secret", "CANARY-access-token"


@pytest.fixture
def service(settings, monkeypatch) -> Iterator[WebServer]:
    """The token service of both, on this machine."""
    running = WebServer(answer(body=json.dumps({"access_token": TOKEN, "expires_in": 3600}).encode()))
    settings.EGRESS_ALLOW = [("127.0.0.1", running.port)]
    settings.MAILBOX = None
    for name in ("MICROSOFT", "GOOGLE"):
        path = urlsplit(getattr(oauth, name)).path
        monkeypatch.setattr(oauth, name, f"http://127.0.0.1:{running.port}{path}")
    yield running
    running.stop()


@pytest.fixture
def server(cast) -> Iterator[OddServer]:
    running = OddServer({1: letter(cast.requester), 2: letter(cast.requester2)})
    running.token = TOKEN
    yield running
    running.stop()


@pytest.fixture
def make(server: OddServer) -> Callable[..., Mailbox]:
    def mailbox(credential: str, **fields: Any) -> Mailbox:
        known = {"name": "IT", "address": DESK, "host": "127.0.0.1", "port": server.address.port, "security": "none"}
        secrets = {"oauth_client_id": "desk", "oauth_client_secret": SECRET, "username": DESK}
        return Mailbox.objects.create(credential=credential, **known, **secrets, **fields)

    return mailbox


def poll() -> None:
    now = timezone.now()
    polling.poll_all(clock=lambda: now, may_go_on=lambda: True)


def asked(service: WebServer) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(service.asked[-1].body.decode()).items()}


def test_microsoft_by_the_application_alone(
    service: WebServer, server: OddServer, make: Callable[..., Mailbox]
) -> None:
    make(Mailbox.Credential.MICROSOFT, oauth_tenant="corp.example")
    poll()
    assert IncomingMail.objects.filter(outcome="created").count() == 2
    assert service.asked[-1].line.startswith("POST /corp.example/oauth2/v2.0/token ")
    assert asked(service) == {
        "grant_type": "client_credentials",
        "scope": "https://outlook.office365.com/.default",
        "client_id": "desk",
        "client_secret": SECRET,
    }
    assert server.shown == [f"user={DESK}\1auth=Bearer {TOKEN}\1\1".encode()]


def test_google_by_a_refresh_token(service: WebServer, server: OddServer, make: Callable[..., Mailbox]) -> None:
    make(Mailbox.Credential.GOOGLE, oauth_refresh_token="CANARY-refresh")
    poll()
    assert IncomingMail.objects.filter(outcome="created").count() == 2
    assert (asked(service)["grant_type"], asked(service)["refresh_token"]) == ("refresh_token", "CANARY-refresh")


@pytest.mark.parametrize(
    "reply", [answer("400 Bad", b'{"error": "invalid_client"}'), answer(body=b"<html>"), answer(body=b"[]")]
)
def test_a_token_service_that_says_no_is_a_failed_sign_in(service, make, reply, caplog) -> None:
    service.reply = reply
    make(Mailbox.Credential.MICROSOFT)
    poll()
    state = MailboxState.objects.get()
    assert state.last_error.startswith("sign_in:")
    assert "CANARY" not in state.last_error + caplog.text
    assert not IncomingMail.objects.exists()


def test_a_mail_server_that_refuses_the_token_is_a_failed_sign_in(service, server, make, caplog) -> None:
    server.token = "another"
    make(Mailbox.Credential.MICROSOFT)
    poll()
    state = MailboxState.objects.get()
    assert state.last_error.startswith("sign_in:")
    assert "CANARY" not in state.last_error + caplog.text


def test_trying_it_out_signs_in_the_same_way(service, server, make) -> None:
    assert try_mailbox(make(Mailbox.Credential.GOOGLE, oauth_refresh_token="x")).unread == 2
    assert not IncomingMail.objects.exists()
