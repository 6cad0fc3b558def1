"""Who may call: tokens with scope and expiry, sessions with CSRF protection, limits per caller."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from helpdesk.accounts.services.sessions import end_tokens
from helpdesk.api.models import ApiToken
from helpdesk.api.tokens import create_token, revoke_token, tokens_of
from helpdesk.common.errors import InvalidInput, NotVisible
from tests.api.client import Api, refusal
from tests.factories import make_ticket
from tickets.models import Ticket

pytestmark = pytest.mark.django_db
NEW = {"subject": "白屏", "description": "整个页面都是白的。"}


def with_header(value: str) -> Api:
    return Api(Client(headers={"Authorization": value, "Accept-Language": "en"}))


def new_token(person, **fields):
    values = {"owner": person, "name": "t", "scope": "write", "at": timezone.now(), **fields}
    return create_token(**values)


def test_strangers_are_asked_for_a_token(api):
    response = api(None).get("tickets/")
    assert refusal(response)[:2] == (401, "not_authenticated")
    assert response["WWW-Authenticate"] == "Token"


@pytest.mark.parametrize(
    "value", ["Token", "Token x", "Token a b", "Token " + "f" * 64, "Token é", "token 工单", "Token " + "x" * 5000]
)
def test_what_is_no_token_is_refused(db, value):
    response = with_header(value.encode().decode("latin-1")).get("tickets/")
    assert refusal(response)[:2] == (401, "invalid_token")
    assert response["WWW-Authenticate"] == "Token"


def test_only_the_hash_of_a_token_is_stored(cast):
    token, text = new_token(cast.agent)
    assert len(text) == 64
    stored = " ".join(str(value) for value in ApiToken.objects.filter(pk=token.pk).values_list()[0])
    assert text not in stored
    assert len(token.digest) == 128


def test_an_expired_token_is_refused(cast):
    _token, text = new_token(cast.agent, days=1)
    caller = with_header(f"Token {text}")
    assert caller.get("users/me/").status_code == 200
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1), tick=False):
        assert refusal(caller.get("users/me/"))[:2] == (401, "invalid_token")


def test_a_token_of_somebody_who_left_is_refused(cast):
    _token, text = new_token(cast.agent)
    cast.agent.is_active = False
    cast.agent.save()
    assert refusal(with_header(f"Token {text}").get("users/me/"))[:2] == (401, "invalid_token")


def test_a_revoked_token_is_refused_at_once(cast):
    token, text = new_token(cast.agent)
    with pytest.raises(NotVisible):
        revoke_token(owner=cast.agent2, digest=token.digest)
    revoke_token(owner=cast.agent, digest=token.digest)
    assert refusal(with_header(f"Token {text}").get("users/me/"))[:2] == (401, "invalid_token")


def test_all_tokens_end_with_the_password(cast):
    _token, text = new_token(cast.agent)
    end_tokens(person=cast.agent)
    assert not tokens_of(owner=cast.agent).exists()
    assert with_header(f"Token {text}").get("users/me/").status_code == 401


def test_a_reading_token_changes_nothing(cast, api):
    ticket = make_ticket(cast.requester)
    caller = api(cast.requester, scope="read")
    assert caller.get(f"tickets/{ticket.number}/").status_code == 200
    for method, path, body in [
        ("POST", "tickets/", NEW),
        ("PATCH", f"tickets/{ticket.number}/", {"version": 1, "subject": "x"}),
        ("POST", f"tickets/{ticket.number}/transitions/", {"command": "withdraw", "version": 1, "reason": "x"}),
        ("POST", f"tickets/{ticket.number}/messages/", {"body": "x"}),
        ("POST", "attachments/", {}),
    ]:
        assert refusal(caller(method, path, body))[:2] == (403, "read_only_token")
    ticket.refresh_from_db()
    assert (ticket.version, Ticket.objects.count()) == (1, 1)


def test_a_token_allows_what_its_owner_may_do_now(cast, api):
    ticket = make_ticket(cast.requester)
    caller = api(cast.agent)
    assert caller.get(f"tickets/{ticket.number}/").status_code == 200
    cast.agent.is_agent = False
    cast.agent.save()
    assert caller.get(f"tickets/{ticket.number}/").status_code == 404


def test_the_last_use_is_noted_once_a_minute(cast):
    token, text = new_token(cast.agent)
    caller = with_header(f"Token {text}")
    start = timezone.now()
    for seconds, expected in [(0, 0), (30, 0), (61, 61)]:
        with time_machine.travel(start + timedelta(seconds=seconds), tick=False):
            caller.get("users/me/")
        token.refresh_from_db()
        assert token.last_used_at == start + timedelta(seconds=expected)
    assert token.last_used_ip == "127.0.0.1"


def test_addresses_that_anybody_can_write_are_not_believed(cast):
    token, text = new_token(cast.agent)
    with_header(f"Token {text}").get("users/me/", X_Forwarded_For="6.6.6.6", X_Remote_User="admin")
    token.refresh_from_db()
    assert token.last_used_ip == "127.0.0.1"


# --- Sessions -----------------------------------------------------------------------------------------------------


def test_a_session_reads_and_needs_the_csrf_token_to_change(cast):
    client = Client(enforce_csrf_checks=True, headers={"Accept-Language": "en"})
    client.force_login(cast.requester)
    caller = Api(client)
    assert caller.get("users/me/").json()["token"] is None
    assert refusal(caller.post("tickets/", NEW))[0] == 403
    assert not Ticket.objects.exists()
    secret = "a" * 32
    client.cookies["csrftoken"] = secret
    assert caller.post("tickets/", NEW, X_CSRFToken=secret).status_code == 201


def test_a_session_of_somebody_who_left_is_no_session(cast):
    client = Client()
    client.force_login(cast.requester)
    cast.requester.is_active = False
    cast.requester.save()
    assert Api(client).get("users/me/").status_code == 401


def test_a_wrong_token_is_not_covered_by_a_session(cast):
    client = Client(headers={"Authorization": "Token wrong"})
    client.force_login(cast.requester)
    assert Api(client).get("users/me/").status_code == 401


# --- Limits -------------------------------------------------------------------------------------------------------


@pytest.fixture
def clock():
    """Stands at the start of a minute, so that no window ends in the middle of a test."""
    with time_machine.travel(1_900_000_020, tick=False) as traveller:
        yield traveller


def test_a_person_in_a_hurry_is_told_when_to_come_back(cast, api, settings, clock):
    settings.API_REQUESTS_PER_MINUTE = 5
    first, second = api(cast.agent), api(cast.agent)
    assert [first.get("users/me/").status_code for _ in range(3)] == [200] * 3
    assert [second.get("users/me/").status_code for _ in range(2)] == [200] * 2
    response = second.get("users/me/")
    assert refusal(response)[:2] == (429, "throttled")
    assert 1 <= int(response["Retry-After"]) <= 60
    assert api(cast.agent2).get("users/me/").status_code == 200
    clock.shift(60)
    assert first.get("users/me/").status_code == 200


def test_guessing_tokens_counts_against_the_address(cast, api, settings, clock):
    settings.API_ANONYMOUS_REQUESTS_PER_MINUTE = 4
    statuses = [
        with_header(f"Token {number}").get("users/me/", X_Forwarded_For=f"10.0.0.{number}").status_code
        for number in range(6)
    ]
    assert statuses == [401] * 4 + [429] * 2
    assert api(None).get("users/me/").status_code == 429
    assert api(cast.agent).get("users/me/").status_code == 200


def test_without_the_cache_nobody_is_stopped(cast, api, settings, monkeypatch):
    settings.API_REQUESTS_PER_MINUTE = 1

    def away(*args, **kwargs):
        raise ConnectionError("the cache is away")

    monkeypatch.setattr(type(cache._connections[cache._alias]), "incr", away)
    caller = api(cast.requester)
    assert [caller.get("users/me/").status_code for _ in range(3)] == [200] * 3
    assert caller.post("tickets/", NEW).status_code == 201


# --- Making tokens ------------------------------------------------------------------------------------------------


def test_the_command_prints_the_token_once(cast):
    out, err = io.StringIO(), io.StringIO()
    call_command("create_token", "agent", "--name", "Monitoring", "--scope", "write", stdout=out, stderr=err)
    text = out.getvalue().strip()
    assert with_header(f"Token {text}").get("users/me/").json()["token"]["name"] == "Monitoring"
    assert text not in err.getvalue()


@pytest.mark.parametrize(
    "arguments",
    [
        ["nobody", "--name", "x"],
        ["agent", "--name", " "],
        ["agent", "--name", "x" * 81],
        ["agent", "--name", "x", "--scope", "everything"],
        ["agent", "--name", "x", "--days", "0"],
        ["agent", "--name", "x", "--days", "9999"],
        ["leaver", "--name", "x"],
        ["agent"],
    ],
)
def test_the_command_refuses_in_one_sentence(cast, arguments):
    with pytest.raises(CommandError):
        call_command("create_token", *arguments, stdout=io.StringIO(), stderr=io.StringIO())
    assert not ApiToken.objects.exists()


def test_nobody_hoards_tokens(cast, monkeypatch):
    monkeypatch.setattr("helpdesk.api.tokens.MOST_PER_PERSON", 2)
    new_token(cast.agent)
    new_token(cast.agent)
    with pytest.raises(InvalidInput):
        new_token(cast.agent)
