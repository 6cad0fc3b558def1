"""Telephone calls through the API: reported with a ticket or a message, read by the desk."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.api.test_schema import assert_shaped
from tests.factories import make_ticket
from tickets.api import schemas
from tickets.models import PhoneCall, Ticket

pytestmark = pytest.mark.django_db

NEW = {"subject": "打印机卡纸", "description": "来电说一直提示卡纸。", "requester": "requester"}


def a_call(**changes):
    started = (timezone.now() - timedelta(minutes=4)).isoformat()
    return {"direction": "in", "number": "6021", "started_at": started, "duration_seconds": 200, **changes}


def test_a_ticket_comes_with_its_call(cast, api):
    caller = api(cast.agent)
    response = caller.post("tickets/", {**NEW, "call": a_call()})
    assert (response.status_code, response.json()["channel"]) == (201, "phone")
    number = response.json()["number"]
    assert (
        caller.post(f"tickets/{number}/messages/", {"body": "又来电", "call": a_call(direction="out")}).status_code
        == 201
    )
    first, second = caller.get(f"tickets/{number}/calls/").json()["results"]
    assert_shaped(first, schemas.CallShape(), "call")
    assert (first["caller"]["username"], first["taken_by"]["username"]) == ("requester", "agent")
    assert (first["event"], first["message"], first["duration_seconds"]) == (1, None, 200)
    assert (second["event"], second["direction"]) == (2, "out")
    message = caller.get(f"tickets/{number}/messages/").json()["results"][0]
    assert (message["id"], message["channel"]) == (second["message"], "phone")
    events = caller.get(f"tickets/{number}/events/").json()["results"]
    assert events[0]["data"]["call"] == {"direction": "in", "seconds": 200}


def test_a_call_of_unknown_length_has_no_end(cast, api):
    caller, call = api(cast.agent), a_call()
    del call["duration_seconds"], call["number"], call["direction"]
    number = caller.post("tickets/", {**NEW, "channel": "phone", "call": call}).json()["number"]
    (row,) = caller.get(f"tickets/{number}/calls/").json()["results"]
    assert (row["duration_seconds"], row["ended_at"], row["number"], row["direction"]) == (None, None, "", "in")


@pytest.mark.parametrize(
    ("call", "field"),
    [
        ({"direction": "up"}, "call.direction"),
        ({"number": "1" * 41}, "call.number"),
        ({"started_at": "yesterday"}, "call.started_at"),
        ({"started_at": "2199-01-01T00:00:00Z"}, "call.started_at"),
        ({"started_at": "1999-01-01T00:00:00Z"}, "call.started_at"),
        ({"duration_seconds": -1}, "call.duration_seconds"),
        ({"duration_seconds": 43201}, "call.duration_seconds"),
        ({"duration_seconds": "200"}, "call.duration_seconds"),
        ({"extension": "6021"}, "call.extension"),
    ],
)
def test_wrong_facts_are_named(cast, api, call, field):
    ticket = make_ticket(cast.requester)
    for path, body in (("tickets/", NEW), (f"tickets/{ticket.number}/messages/", {"body": "x"})):
        response = api(cast.agent).post(path, {**body, "call": a_call(**call)})
        assert (response.status_code, list(response.json()["fields"])) == (400, [field]), path
    assert Ticket.objects.count() == 1
    assert not PhoneCall.objects.exists()


def test_a_call_came_by_phone(cast, api):
    response = api(cast.agent).post("tickets/", {**NEW, "channel": "email", "call": a_call()})
    assert (response.status_code, list(response.json()["fields"])) == (400, ["channel"])


def test_only_the_desk_reports_and_reads_calls(cast, api):
    number = api(cast.agent).post("tickets/", {**NEW, "call": a_call()}).json()["number"]
    requester = api(cast.requester)
    assert requester.get(f"tickets/{number}/calls/").status_code == 403
    assert api(cast.requester2).get(f"tickets/{number}/calls/").status_code == 404
    body = {"subject": "x", "description": "y", "call": a_call()}
    assert list(requester.post("tickets/", body).json()["fields"]) == ["call"]
    assert requester.post(f"tickets/{number}/messages/", {"body": "x", "call": a_call()}).status_code == 400
    assert api(cast.admin).post("tickets/", body).status_code == 403
    assert "6021" not in requester.get(f"tickets/{number}/events/").content.decode()
