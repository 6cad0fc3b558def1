"""Promises, windows and requests for action through the API."""

from __future__ import annotations

import pytest
from django.utils import timezone

from tests.api.client import refusal
from tests.api.test_schema import assert_shaped
from tests.promises.conftest import DAY, HOUR
from tickets.api.actions import ActionShape
from tickets.api.promises import LedgerShape, ProposalShape
from tickets.api.windows import WindowShape
from tickets.services import audit

pytestmark = pytest.mark.django_db


def soon(length):
    return (timezone.now() + length).isoformat()


def new_time(**changes):
    return {"proposed_at": soon(DAY), "reason_code": "parts", "words": "等备件", **changes}


def test_the_ledger_from_proposal_to_promise(cast, ticket, api):
    desk, mine = api(cast.agent), api(cast.requester)
    path = f"tickets/{ticket.number}/promises/"
    asked = desk.post(path, new_time(), Idempotency_Key="one")
    assert asked.status_code == 201
    assert desk.post(path, new_time(), Idempotency_Key="two").status_code == 409
    assert_shaped(asked.json(), ProposalShape(), "proposal")
    pk = asked.json()["id"]
    wished = soon(2 * HOUR)
    declined = mine.post(f"{path}{pk}/answer/", {"accept": False, "counter_at": wished})
    assert (declined.status_code, declined.json()["via"]) == (200, "api")
    assert mine.get(f"tickets/{ticket.number}/").json()["promise_state"] == "declined"
    assert refusal(mine.post(f"{path}{pk}/accept-counter/"))[:2] == (403, "not_allowed")
    ledger = desk.post(f"{path}{pk}/accept-counter/")
    assert ledger.status_code == 200
    assert_shaped(ledger.json(), LedgerShape(), "ledger")
    shown = mine.get(path).json()
    assert shown["promise_state"] == "agreed"
    assert (shown["first_met"], shown["last_met"]) == (None, None)
    (promise,) = shown["promises"]
    assert (promise["origin"], promise["outcome"], promise["proposal"]) == ("counter", "open", pk)
    assert promise["made_by"] == {"username": None, "name": cast.agent.get_full_name()}
    assert audit.verify() == []


def test_the_desk_writes_spoken_answers_down(cast, ticket, api):
    desk = api(cast.agent)
    path = f"tickets/{ticket.number}/promises/"
    pk = desk.post(path, new_time()).json()["id"]
    assert refusal(desk.post(f"{path}{pk}/answer/", {"accept": True}))[2].keys() == {"words"}
    answered = desk.post(f"{path}{pk}/answer/", {"accept": True, "words": "电话里说可以"}).json()
    assert (answered["via"], answered["recorded_by"]["username"]) == ("spoken", "agent")
    assert refusal(api(cast.requester).post(f"{path}{pk}/answer/", {"accept": True}))[:2] == (409, "already_answered")


def test_proposals_are_taken_back(cast, ticket, api):
    desk = api(cast.agent)
    path = f"tickets/{ticket.number}/promises/"
    pk = desk.post(path, new_time()).json()["id"]
    assert desk.post(f"{path}{pk}/cancel/").json()["state"] == "cancelled"
    assert refusal(desk.post(f"{path}{pk}/cancel/"))[:2] == (409, "already_answered")


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"proposed_at": "2020-01-01T00:00:00Z"}, {"proposed_at"}),
        ({"proposed_at": "tomorrow"}, {"proposed_at"}),
        ({"reason_code": "mood"}, {"reason_code"}),
        ({"words": "\x00"}, {"words"}),
        ({"colour": "red"}, {"colour"}),
    ],
)
def test_bad_proposals_name_their_fields(cast, ticket, api, changes, fields):
    answer = refusal(api(cast.agent).post(f"tickets/{ticket.number}/promises/", new_time(**changes)))
    assert (answer[0], answer[2].keys()) == (400, fields)


def test_windows(cast, ticket, api):
    desk, mine = api(cast.agent), api(cast.requester)
    path = f"tickets/{ticket.number}/windows/"
    given = {"starts_at": soon(DAY), "ends_at": soon(DAY + HOUR), "words": "重启"}
    backwards = {**given, "ends_at": soon(HOUR)}
    assert refusal(desk.post(path, backwards))[2].keys() == {"ends_at"}
    asked = desk.post(path, given)
    assert_shaped(asked.json(), WindowShape(), "window")
    pk = asked.json()["id"]
    assert mine.post(f"{path}{pk}/answer/", {"accept": True}).json()["is_accepted"] is True
    waiting = mine.get(f"tickets/{ticket.number}/").json()
    assert (waiting["status"], waiting["waiting_reason"]) == ("waiting", "scheduled")
    pk = desk.post(path, given).json()["id"]
    assert desk.post(f"{path}{pk}/cancel/").json()["state"] == "cancelled"
    assert [row["state"] for row in mine.get(path).json()["results"]] == ["answered", "cancelled"]


def test_requests_for_action(cast, ticket, api):
    desk, mine = api(cast.agent), api(cast.requester)
    path = f"tickets/{ticket.number}/action-requests/"
    given = {"words": "看日志", "steps": ["打开", "导出"], "answer_by_at": soon(DAY)}
    assert refusal(desk.post(path, {**given, "steps": ["x"] * 11}))[2].keys() == {"steps"}
    asked = desk.post(path, given)
    assert_shaped(asked.json(), ActionShape(), "action")
    pk = asked.json()["id"]
    assert mine.get(f"tickets/{ticket.number}/").json()["status"] == "waiting"
    assert refusal(mine.post(f"{path}{pk}/answer/", {"is_done": True, "done": [1]}))[2].keys() == {"words"}
    assert refusal(mine.post(f"{path}{pk}/answer/", {"is_done": True, "done": [7]}))[2].keys() == {"done"}
    done = mine.post(f"{path}{pk}/answer/", {"is_done": True, "done": [1, 2]}).json()
    assert [step["is_done"] for step in done["steps"]] == [True, True]
    assert mine.get(f"tickets/{ticket.number}/").json()["status"] == "in_progress"
    pk = desk.post(path, given).json()["id"]
    assert desk.post(f"{path}{pk}/cancel/").json()["state"] == "cancelled"
    assert len(mine.get(path).json()["results"]) == 2


def test_readers_read_and_strangers_do_not(cast, ticket, api):
    ticket.watcher_rows.create(user=cast.requester2)
    desk = api(cast.agent)
    pk = desk.post(f"tickets/{ticket.number}/promises/", new_time()).json()["id"]
    for name in ("promises", "windows", "action-requests"):
        assert api(cast.requester2).get(f"tickets/{ticket.number}/{name}/").status_code == 200
        assert api(cast.colleague).get(f"tickets/{ticket.number}/{name}/").status_code == 404
    answer = api(cast.requester2).post(f"tickets/{ticket.number}/promises/{pk}/answer/", {"accept": True})
    assert refusal(answer)[:2] == (403, "not_allowed")


def test_the_list_is_narrowed_by_promise(cast, ticket, api):
    desk = api(cast.agent)
    desk.post(f"tickets/{ticket.number}/promises/", new_time())
    for value, count in (("proposed", 1), ("passed", 0), ("proposed,declined", 1)):
        assert len(desk.get(f"tickets/?promise={value}").json()["results"]) == count
    assert refusal(desk.get("tickets/?promise=kept"))[0] == 400
