"""Conformance and surveys over the API."""

from __future__ import annotations

import pytest
from rest_framework.serializers import BaseSerializer

from tests.api.client import refusal
from tests.api.test_schema import assert_shaped
from tests.factories import bring_to, make_ticket
from tests.surveys.acts import closed, survey_of
from tickets.api import process
from tickets.services.audit import verify

pytestmark = pytest.mark.django_db


def shaped(value: object, shape: type[BaseSerializer]) -> None:
    assert_shaped(value, shape(), shape.__name__)


def test_the_requester_rates_once(cast, api):
    path = f"tickets/{closed(cast).number}/survey/"
    caller = api(cast.requester)
    before = caller.get(path).json()
    shaped(before, process.SurveyShape)
    assert (before["state"], before["rating"]) == ("asked", None)
    answer = caller.post(path, {"rating": 2, "reasons": ["slow"], "words": "慢"}, Idempotency_Key="k1")
    assert answer.status_code == 200
    told = answer.json()
    shaped(told, process.SurveyShape)
    assert (told["state"], told["rating"], told["reasons"], told["words"]) == ("answered", 2, ["slow"], "慢")
    assert api(cast.agent).get(f"tickets/{told['follow_up']}/").json()["assignee"]["username"] == "lead"
    again = caller.post(path, {"rating": 2, "reasons": ["slow"], "words": "慢"}, Idempotency_Key="k1")
    assert again["Idempotency-Replayed"] == "true"
    assert refusal(caller.post(path, {"rating": 5}))[:2] == (409, "already_answered")
    assert api(cast.agent).get(path).json()["rating"] == 2
    assert verify() == []


def test_passing_is_null(cast, api):
    path = f"tickets/{closed(cast).number}/survey/"
    told = api(cast.requester).post(path, {"rating": None}).json()
    assert (told["state"], told["rating"]) == ("answered", None)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "rating"),
        ({"rating": 6}, "rating"),
        ({"rating": 0}, "rating"),
        ({"rating": "5"}, "rating"),
        ({"rating": 5, "reasons": ["slow"]}, "reasons"),
        ({"rating": 1, "reasons": ["bad"]}, "reasons"),
        ({"rating": 1, "words": "x" * 2001}, "words"),
        ({"rating": 5, "stars": 5}, "stars"),
    ],
)
def test_wrong_answers_are_refused_by_name(cast, api, body, field):
    ticket = closed(cast)
    status, code, fields = refusal(api(cast.requester).post(f"tickets/{ticket.number}/survey/", body))
    assert (status, code) == (400, "invalid") and field in str(fields)
    assert survey_of(ticket).is_open


def test_others_are_told_why_not(cast, api):
    ticket = closed(cast)
    ticket.watcher_rows.create(user=cast.colleague)
    path = f"tickets/{ticket.number}/survey/"
    assert refusal(api(cast.agent).post(path, {"rating": 5}))[0] == 403
    assert refusal(api(cast.colleague).post(path, {"rating": 5}))[0] == 403
    assert refusal(api(cast.colleague).get(path))[0] == 403
    assert refusal(api(cast.requester2).get(path))[0] == 404


def test_who_worked_on_their_own_ticket_is_told_so(cast, api):
    ticket = bring_to(make_ticket(cast.agent), "closed", cast.agent)
    answer = api(cast.agent).post(f"tickets/{ticket.number}/survey/", {"rating": 5})
    assert answer.status_code == 403
    assert answer.json()["detail"] == "You worked on this ticket yourself, so you can't rate it."


def test_an_open_ticket_asks_nobody(cast, api):
    ticket = make_ticket(cast.requester)
    path = f"tickets/{ticket.number}/survey/"
    assert api(cast.requester).get(path).json()["state"] == "not_asked"
    assert refusal(api(cast.requester).post(path, {"rating": 5}))[:2] == (409, "not_asked")


def test_the_clauses_of_a_ticket(cast, api):
    ticket = closed(cast)
    told = api(cast.agent).get(f"tickets/{ticket.number}/conformance/").json()
    shaped(told, process.ConformanceShape)
    states = {row["clause"]: (row["state"], row["events"]) for row in told["clauses"]}
    confirm = ticket.events.get(code="confirm").sequence
    assert states["M3.5-1"] == ("followed", [confirm])
    assert states["M3.5-4"] == ("not_applicable", [])


def test_the_report_counts_what_the_caller_may_see(cast, api):
    closed(cast)
    told = api(cast.lead).get("reports/conformance/").json()
    shaped(told, process.ReportShape)
    assert told["tickets"] == 1
    assert {row["clause"]: row["followed"] for row in told["clauses"]}["M3.5-1"] == 1
    assert told["satisfaction"] == {"asked": 1, "rated": 0, "low": 0, "average": None, "is_small_sample": False}
    none = api(cast.lead).get("reports/conformance/?since=2020-01-01&until=2020-01-31").json()
    assert none["tickets"] == 0
    assert refusal(api(cast.lead).get("reports/conformance/?since=soon"))[2].keys() == {"since"}
    assert refusal(api(cast.lead).get("reports/conformance/?period=month"))[2].keys() == {"period"}
