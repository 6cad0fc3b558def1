"""People who read along, and what is needed by when."""

from __future__ import annotations

import pytest

from tests.api.client import refusal
from tests.factories import UserFactory, make_ticket
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


def test_a_watcher_reads_along_until_removed(cast, api):
    ticket = make_ticket(cast.requester)
    reader = UserFactory(username="reader", department=cast.finance)
    path = f"tickets/{ticket.number}/watchers/"
    assert api(reader).get(f"tickets/{ticket.number}/").status_code == 404
    added = api(cast.requester).post(path, {"username": "reader"})
    assert (added.status_code, added.json()["username"]) == (201, "reader")
    assert api(cast.requester).post(path, {"username": "reader"}).status_code == 201
    assert [row["username"] for row in api(cast.agent).get(path).json()["results"]] == ["reader"]
    assert api(reader).get(f"tickets/{ticket.number}/").status_code == 200
    assert api(cast.requester)("DELETE", f"{path}reader/").status_code == 204
    assert api(cast.requester).get(path).json()["results"] == []
    assert api(reader).get(f"tickets/{ticket.number}/").status_code == 404
    assert refusal(api(cast.requester)("DELETE", f"{path}reader/")) == (404, "not_found", {})


def test_watchers_may_leave_but_not_remove_others(cast, api):
    ticket = make_ticket(cast.requester)
    leaving, other = (UserFactory(username=name) for name in ("leaving", "other"))
    for person in (leaving, other):
        ticket.watcher_rows.create(user=person)
    path = f"tickets/{ticket.number}/watchers/"
    assert refusal(api(leaving)("DELETE", f"{path}other/"))[:2] == (403, "not_allowed")
    assert api(leaving)("DELETE", f"{path}leaving/").status_code == 204


def test_when_it_is_needed_is_kept_and_corrected(cast, api):
    caller = api(cast.requester)
    sent = {"subject": "投影仪", "description": "周五开会要用。", "needed_by_at": "2027-01-08T09:00:00+08:00"}
    made = caller.post("tickets/", {**sent, "needed_by_reason": "董事会"})
    assert made.status_code == 201
    assert (made.json()["needed_by_at"], made.json()["needed_by_reason"]) == ("2027-01-08T01:00:00Z", "董事会")
    path = f"tickets/{made.json()['number']}/"
    changed = caller.patch(path, {"version": 1, "needed_by_at": None, "needed_by_reason": ""})
    assert changed.status_code == 200
    kept = Ticket.objects.get(number=made.json()["number"])
    assert (kept.needed_by_at, kept.needed_by_reason) == (None, "")
