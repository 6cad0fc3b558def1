"""Whatever is sent, the answer is a refusal of the fixed shape and never a 500."""

from __future__ import annotations

import json
from contextlib import contextmanager

import pytest
from django.db import InternalError, OperationalError

from tests.api.client import refusal
from tests.factories import make_ticket
from tickets.models import Ticket
from tickets.signals import ticket_event_recorded

pytestmark = pytest.mark.django_db
NEW = {"subject": "白屏", "description": "整个页面都是白的。"}


def as_json(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (json.dumps({**NEW, "subject": "a\x00b"}).encode(), 400, "subject"),
        (b'{"subject": "a\\ud800b", "description": "c"}', 400, "subject"),
        (b'{"subject": "a", "description": "c", "contact": {"phone": "\\udfff"}}', 400, "contact.phone"),
        (b'{"subject": "a", "description": "c", "attachments": ["\\u0000"]}', 400, "attachments.0"),
        (b'{"subject": "a", "description": "c", "x\\u0000y": 1}', 400, None),
        (as_json('{"subject": "a\ud800", "description": "c"}'), 400, None),
        (b'{"subject": "a\xff", "description": "c"}', 400, None),
        (b'{"subject": "raw\x00nul", "description": "c"}', 400, None),
        (b"[]", 400, None),
        (b"null", 400, None),
        (b'"text"', 400, None),
        (b"3", 400, None),
        (b"{", 400, None),
        (b'{"subject": NaN}', 400, None),
        (b'{"subject": "a", "subject": "b", "description": "c"}', 400, None),
        (b"[" * 10_000 + b"]" * 10_000, 400, None),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, 400, None),
        (b'{"a":' * 500 + b"1" + b"}" * 500, 400, None),
        (b'{"subject": ' + b"9" * 1_000_000 + b"}", 400, None),
        (json.dumps({**NEW, "subject": "x" * 1_000_000}).encode(), 400, "subject"),
        (json.dumps({**NEW, "subject": "x" * 10_000_000}).encode(), 413, None),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_unreadable_bodies_are_refused(cast, api, body, status, field):
    found = refusal(api(cast.requester).post("tickets/", body))
    assert found[0] == status
    assert list(found[2]) == ([field] if field else [])
    assert not Ticket.objects.exists()


def test_no_body_is_an_empty_one(cast, api):
    assert set(refusal(api(cast.requester).post("tickets/"))[2]) == {"subject", "description"}


@pytest.mark.parametrize("query", ["q=%00", "q=a%ED%A0%80", "q=%FF", "%00=a", "status=%00", "cursor=%00"])
def test_unreadable_addresses_are_refused(cast, api, query):
    assert refusal(api(cast.agent).get(f"tickets/?{query}"))[:2] == (400, "malformed")


@pytest.mark.parametrize("number", ["%00", "%ED%A0%80", "1%002", "../../etc", "x" * 33, "1'--", "10001%2F"])
def test_numbers_that_can_not_be_are_no_addresses(cast, api, number):
    make_ticket(cast.requester)
    assert refusal(api(cast.agent).get(f"tickets/{number}/"))[:2] == (404, "not_found")


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "multipart/form-data; boundary=x", "x"])
def test_other_types_of_bodies_are_refused(cast, api, content_type):
    response = api(cast.requester).post("tickets/", b"<a/>", Content_Type=content_type)
    assert refusal(response)[:2] == (415, "unsupported_media_type")


def test_only_json_is_answered(cast, api):
    assert refusal(api(cast.requester).get("tickets/", Accept="text/html"))[:2] == (406, "not_acceptable")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "TRACE", "OPTIONS", "PATCH"])
def test_unknown_methods_are_refused_naming_the_known(cast, api, method):
    response = api(cast.requester)(method, "tickets/")
    assert refusal(response)[:2] == (405, "method_not_allowed")
    assert {"GET", "POST"} <= set(response["Allow"].split(", "))


@pytest.mark.parametrize("path", ["/api/", "/api/v1/", "/api/v1/nothing/", "/api/v1/tickets", "/api/v2/tickets/"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_addresses_that_do_not_exist_answer_as_json(api, path, method):
    assert refusal(api(None)(method, path))[:2] == (404, "not_found")


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_changes_take_no_parameters(cast, api, method):
    ticket = make_ticket(cast.requester)
    path = "tickets/?dry_run=1" if method == "POST" else f"tickets/{ticket.number}/?dry_run=1"
    assert refusal(api(cast.requester)(method, path, NEW))[2].keys() == {"dry_run"}


def test_refusals_speak_the_asked_language(cast, api):
    texts = {
        language: api(cast.requester).post("tickets/", {}, Accept_Language=language).json()["fields"]["subject"]
        for language in ("en", "zh-hans")
    }
    assert texts["en"] != texts["zh-hans"]


@contextmanager
def acts_that_fail(error):
    """Every act on a ticket meets this error, raised by somebody who listens to acts."""

    def fail(**kwargs):
        raise error

    ticket_event_recorded.connect(fail)
    try:
        yield
    finally:
        ticket_event_recorded.disconnect(fail)


def test_a_bug_shows_nothing_but_its_id(cast, api):
    with acts_that_fail(RuntimeError("secret /srv/path SELECT password")):
        response = api(cast.requester).post("tickets/", NEW)
    assert refusal(response)[:2] == (500, "server_error")
    body = response.json()
    assert body["request_id"] == response["X-Request-Id"]
    assert body["request_id"] in body["detail"]
    assert "secret" not in response.content.decode()


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("database is locked"),
        OperationalError("could not connect to server"),
        InternalError("cannot execute INSERT in a read-only transaction"),
    ],
)
def test_a_database_that_is_away_is_said_plainly(cast, api, error):
    with acts_that_fail(error):
        response = api(cast.requester).post("tickets/", NEW)
    assert refusal(response)[:2] == (503, "unavailable")
    assert response["Retry-After"] == "5"
    assert str(error) not in response.content.decode()
