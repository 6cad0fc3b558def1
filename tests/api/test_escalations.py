"""Hand-overs and tasks over the API: made, answered and refused as on the pages."""

from __future__ import annotations

from typing import Any

import pytest

from escalation.models import Escalation
from tests.api.client import refusal
from tests.factories import bring_to, make_ticket
from tickets.handover import PARTS
from tickets.models import TicketTask

pytestmark = pytest.mark.django_db

PACKAGE = {"reason_code": "beyond_competence", **dict.fromkeys(PARTS, "说明")}


@pytest.fixture
def ticket(cast: Any) -> Any:
    return bring_to(make_ticket(cast.requester), "in_progress", cast.agent)


def escalate(api: Any, actor: Any, ticket: Any, **data: Any) -> Any:
    ticket.refresh_from_db()
    body = {"version": ticket.version, **PACKAGE, **data}
    return api(actor).post(f"tickets/{ticket.number}/escalations/", body)


def test_a_ticket_is_handed_on_and_taken_over(cast, api, ticket):
    made = escalate(api, cast.agent, ticket)
    assert made.status_code == 201
    answer = made.json()
    assert (answer["state"], answer["label"], answer["offered_to"]["username"]) == ("offered", "L2", "lead")
    assert answer["package"]["parts"]["asked"] == "说明"
    assert answer["package"]["missing"] == []
    shown = api(cast.agent).get(f"tickets/{ticket.number}/").json()
    assert (shown["escalation_level"], "escalate" in shown["allowed_transitions"]) == (1, False)
    taken = api(cast.lead).post(f"escalations/{answer['id']}/accept/", {})
    assert (taken.status_code, taken.json()["state"]) == (200, "accepted")
    assert api(cast.agent).get(f"tickets/{ticket.number}/").json()["assignee"]["username"] == "lead"
    listed = api(cast.agent2).get(f"tickets/{ticket.number}/escalations/").json()["results"]
    assert [row["id"] for row in listed] == [answer["id"]]
    assert api(cast.agent).get("escalations/?state=offered").json()["results"] == []
    assert [row["id"] for row in api(cast.agent).get("escalations/?state=accepted").json()["results"]] == [answer["id"]]


def test_the_command_of_the_transitions_is_the_same_door(cast, api, ticket):
    body = {"command": "escalate", "version": ticket.version, **PACKAGE}
    assert api(cast.agent).post(f"tickets/{ticket.number}/transitions/", body).status_code == 200
    assert Escalation.objects.get().offered_to == cast.lead


def test_sending_back_needs_a_reason_and_comes_once(cast, api, ticket):
    made = escalate(api, cast.agent, ticket).json()
    path = f"escalations/{made['id']}/return/"
    assert refusal(api(cast.lead).post(path, {}))[2].keys() == {"reason"}
    answer = api(cast.lead).post(path, {"reason": "请附上日志"}).json()
    assert (answer["state"], answer["answer"]) == ("returned", "请附上日志")
    assert refusal(api(cast.lead).post(path, {"reason": "再来"}))[:2] == (409, "not_offered")
    assert refusal(api(cast.lead).post(f"escalations/{made['id']}/accept/", {}))[:2] == (409, "not_offered")


def test_refusals_name_what_is_missing(cast, api, ticket):
    assert refusal(escalate(api, cast.agent, ticket, asked=""))[2].keys() == {"asked"}
    assert refusal(escalate(api, cast.agent, ticket, reason_code="overdue"))[2].keys() == {"reason_code"}
    assert refusal(escalate(api, cast.agent, ticket, reason_code="multi_team"))[2].keys() == {"teams"}
    assert refusal(escalate(api, cast.agent, ticket, files=["8a4b4f6e-0000-4000-8000-000000000000"]))[0] == 400
    assert refusal(escalate(api, cast.agent, ticket, to_level=9))[2].keys() == {"to_level"}
    assert not Escalation.objects.exists()


def test_strangers_to_the_level_cannot_answer(cast, api, ticket):
    made = escalate(api, cast.agent, ticket).json()
    ticket.refresh_from_db()
    assert refusal(api(cast.requester).post(f"escalations/{made['id']}/accept/", {}))[:2] == (403, "not_allowed")
    assert refusal(api(cast.agent2).post(f"escalations/{made['id']}/accept/", {}))[:2] == (403, "not_allowed")


def test_the_same_key_hands_on_once(cast, api, ticket):
    body = {"version": ticket.version, **PACKAGE}
    path = f"tickets/{ticket.number}/escalations/"
    answers = [api(cast.agent).post(path, body, **{"Idempotency-Key": "k1"}) for _turn in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert Escalation.objects.count() == 1


def test_tasks_of_teams_are_listed_and_end(cast, api, ticket):
    made = escalate(api, cast.agent, ticket, reason_code="multi_team", teams=[cast.applications.pk])
    assert made.status_code == 201
    (row,) = api(cast.agent).get(f"tickets/{ticket.number}/tasks/").json()["results"]
    assert (row["state"], row["team"]["id"]) == ("open", cast.applications.pk)
    added = api(cast.agent).post(f"tickets/{ticket.number}/tasks/", {"team": cast.first_line.pk, "words": "查日志"})
    assert added.status_code == 201
    assert refusal(api(cast.agent).post(f"tasks/{row['id']}/end/", {"state": "open", "result": "x"}))[0] == 400
    done = api(cast.agent2).post(f"tasks/{row['id']}/end/", {"state": "done", "result": "已查"})
    assert (done.status_code, done.json()["state"]) == (200, "done")
    assert TicketTask.objects.open().count() == 1
