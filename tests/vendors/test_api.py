"""Vendors and vendor cases over the API: the same rules as on the pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from helpdesk.common.models import OutboxMessage
from tests.api.client import refusal
from tests.factories import bring_to, make_ticket, run
from tickets.models import VendorCase
from tickets.services import audit

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(cast):
    ticket = bring_to(make_ticket(cast.requester, device_hostname="PC-1"), "in_progress", cast.agent)
    return run(ticket, "assign", cast.lead, team=cast.first_line, assignee=cast.agent)


@pytest.fixture
def near():
    """An instant that the longest wait allows."""
    return (timezone.now() + timedelta(days=2)).isoformat(timespec="seconds")


def opening(vendor, near, **more):
    return {"vendor": vendor.pk, "subject": "White page", "question": "Patch?", "next_chase_at": near, **more}


def test_a_case_from_opening_to_its_end(cast, vendor, ticket, near, api):
    agent, liaison = api(cast.agent), api(cast.liaison)
    path = f"tickets/{ticket.number}/vendor-cases/"
    contract = vendor.contracts.get().pk
    made = agent.post(path, opening(vendor, near, contract=contract, waiting_reason="vendor"))
    assert made.status_code == 201, made.content
    case = made.json()
    assert (case["state"], case["turn"], case["vendor"], case["contract"]) == ("open", "us", vendor.pk, contract)
    assert agent.get(path).json()["results"] == [case]

    own = f"vendor-cases/{case['id']}/"
    sent = {"way": "mail", "body": "Please help", "fields_sent": ["device_hostname"]}
    first = liaison.post(own + "messages/", sent, Idempotency_Key="one")
    again = liaison.post(own + "messages/", sent, Idempotency_Key="one")
    assert (first.status_code, again.json()) == (201, first.json())
    assert first.json()["disclosed"] == [
        {"field": "device_hostname", "file": None, "text": "PC-1", "is_personal": False}
    ]
    assert OutboxMessage.objects.filter(subject_type="vendor_case").count() == 1
    assert liaison.post(own + "messages/", {"way": "phone", "direction": "in", "body": "Soon"}).status_code == 201
    promised = liaison.post(own + "promise/", {"promised_at": near})
    assert (promised.status_code, promised.json()["turn"]) == (200, "vendor")
    ways = [(item["direction"], item["channel"]) for item in agent.get(own + "messages/").json()["results"]]
    assert ways == [("out", "email"), ("in", "phone")]
    closed = liaison.post(own + "close/", {"outcome": "solved", "words": "Patched", "is_resumed": True})
    assert (closed.json()["state"], closed.json()["outcome"]) == ("closed", "solved")
    assert agent.get(f"tickets/{ticket.number}/").json()["status"] == "in_progress"
    assert refusal(liaison.post(own + "close/", {"outcome": "solved", "words": "x"}))[:2] == (409, "case_closed")
    assert audit.verify() == []


def test_details_and_the_next_look_are_changed(cast, vendor, ticket, near, api):
    agent = api(cast.agent)
    case = agent.post(f"tickets/{ticket.number}/vendor-cases/", opening(vendor, near)).json()
    own = f"vendor-cases/{case['id']}/"
    contact = vendor.contacts.get().pk
    details = {"reference": "CF-991", "contact": contact, "cost_amount": "800", "cost_note": "By the hour"}
    changed = agent.patch(own, details)
    assert changed.status_code == 200, changed.content
    assert {name: changed.json()[name] for name in details} == details
    assert agent.patch(own, {"contact": None}).json() == {**changed.json(), "contact": None}
    later = (timezone.now() + timedelta(days=1)).isoformat(timespec="seconds")
    chased = agent.post(own + "chase/", {"next_chase_at": later})
    assert chased.status_code == 200, chased.content
    case = VendorCase.objects.get()
    assert (case.contact, case.next_chase_at.isoformat(timespec="seconds")) == (None, later)
    codes = list(ticket.events.order_by("sequence").values_list("code", flat=True))
    assert codes[-3:] == ["vendor_case_changed", "vendor_case_changed", "vendor_chase_set"]

    for send, body, field in (
        (agent.patch, {"contract": 777}, "contract"),
        (agent.patch, {"visit_from_at": later}, "visit_until_at"),
        (agent.patch, {"state": "closed"}, "state"),
        (agent.patch, {"severity": "x"}, "severity"),
    ):
        answer = refusal(send(own, body))
        assert (answer[0], set(answer[2])) == (400, {field}), body
    answer = refusal(agent.post(own + "chase/", {"next_chase_at": "2020-01-01T00:00:00Z"}))
    assert (answer[0], set(answer[2])) == (400, {"next_chase_at"})
    assert refusal(api(cast.agent2).patch(own, {"reference": "x"}))[:2] == (403, "not_allowed")
    assert refusal(api(cast.agent2).post(own + "chase/", {"next_chase_at": later}))[:2] == (403, "not_allowed")
    assert audit.verify() == []


def test_refusals_name_what_is_wrong(cast, vendor, ticket, near, api):
    agent, liaison = api(cast.agent), api(cast.liaison)
    path = f"tickets/{ticket.number}/vendor-cases/"
    for body, fields in (
        ({}, {"vendor", "subject", "question", "next_chase_at"}),
        (opening(vendor, near, ticket="x"), {"ticket"}),
        (opening(vendor, "2020-01-01T00:00:00Z"), {"next_chase_at"}),
        (opening(vendor, near, contract=777), {"contract"}),
        (opening(vendor, near, waiting_reason="nothing"), {"waiting_reason"}),
        (opening(vendor, near, waiting_reason="user"), {"waiting_reason"}),
        ({**opening(vendor, near), "vendor": 777}, {"vendor"}),
    ):
        answer = refusal(agent.post(path, body))
        assert (answer[0], set(answer[2])) == (400, fields), body
    assert not VendorCase.objects.exists()
    case = agent.post(path, opening(vendor, near)).json()
    own = f"vendor-cases/{case['id']}/messages/"
    assert refusal(agent.post(own, {"way": "mail", "body": "x"}))[:2] == (403, "not_allowed")
    for body, fields in (
        ({"way": "mail", "body": "x", "fields_sent": ["contact_phone"]}, {"is_needed"}),
        ({"way": "mail", "body": "x", "fields_sent": ["steps"], "is_needed": True}, {"fields_sent"}),
        ({"way": "mail", "body": "x", "fields_sent": ["verification"]}, {"fields_sent.0"}),
        ({"way": "mail", "direction": "in", "body": "x"}, {"direction"}),
        ({"way": "phone", "body": "x"}, {"direction"}),
        ({"way": "phone", "direction": "in", "body": "x", "next_chase_at": "2020-01-01T00:00:00Z"}, {"next_chase_at"}),
        ({"way": "mail", "body": "x", "files_sent": ["2b4c0f63-1f0e-4a52-9f16-6ad7b5c3a001"]}, {"files_sent"}),
    ):
        answer = refusal(liaison.post(own, body))
        assert answer[0] == 400, answer
        assert fields & set(answer[2]), (body, answer)


def test_others_learn_nothing(cast, vendor, ticket, near, api):
    case = api(cast.agent).post(f"tickets/{ticket.number}/vendor-cases/", opening(vendor, near)).json()
    requester = api(cast.requester)
    assert requester.get(f"tickets/{ticket.number}/vendor-cases/").status_code == 403
    assert requester.get(f"vendor-cases/{case['id']}/").status_code == 403
    assert requester.get("vendors/").status_code == 403
    events = requester.get(f"tickets/{ticket.number}/events/").json()["results"]
    opened = next(event for event in events if event["code"] == "vendor_case_opened")
    assert opened["data"] == {}
    ticket.is_confidential = True
    ticket.save()
    for path in ("", "messages/"):
        assert api(cast.agent2).get(f"vendor-cases/{case['id']}/{path}").status_code == 404
    assert api(cast.agent2).post(f"vendor-cases/{case['id']}/promise/", {"promised_at": near}).status_code == 404


def test_the_register_names_contacts_and_contracts(cast, vendor, api):
    (row,) = api(cast.agent2).get("vendors/").json()["results"]
    assert (row["liaison"]["username"], row["deputy"]["username"]) == ("liaison", "deputy")
    assert row["contacts"][0]["name"] == "Eve Chen"
    assert row["contracts"][0]["number"] == "C-7"
