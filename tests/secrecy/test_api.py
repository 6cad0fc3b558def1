"""Confidential tickets and security incidents over the API."""

from __future__ import annotations

import pytest
from django.utils import timezone

from tests.api.client import refusal
from tests.cast import Cast
from tests.factories import agent_in, make_ticket
from tests.secrecy.acts import confide, may_see, upload, worked_on
from tickets.models import DeskSettings, SecurityStep
from tickets.services import audit

pytestmark = pytest.mark.django_db


def send(caller, method: str, ticket, part: str, body=None):
    return caller(method, f"tickets/{ticket.number}/{part}/", body)


def test_confidentiality_from_making_to_lifting(cast: Cast, api) -> None:
    ticket, caller = worked_on(cast), api(cast.agent)
    assert send(caller, "GET", ticket, "confidentiality").json() == {
        "is_confidential": False,
        "is_named_only": False,
        "people": [],
        "teams": [],
    }
    body = {"people": ["agent2"], "teams": [cast.applications.pk], "is_named_only": True, "reason": "劳动争议"}
    made = send(caller, "PUT", ticket, "confidentiality", body)
    assert made.status_code == 200
    assert made.json()["people"] == [{"username": "agent2", "name": cast.agent2.get_full_name()}]
    assert [team["id"] for team in made.json()["teams"]] == [cast.applications.pk]
    assert may_see(ticket, cast.agent, cast.agent2, cast.liaison, cast.lead) == ["agent", "agent2", "liaison"]
    changed = send(caller, "PUT", ticket, "confidentiality", {"people": ["lead"]})
    assert changed.json()["is_named_only"] is False
    assert may_see(ticket, cast.agent2, cast.lead) == ["lead"]
    assert refusal(send(api(cast.agent2), "GET", ticket, "confidentiality"))[0] == 404
    assert refusal(send(caller, "DELETE", ticket, "confidentiality", {}))[2].keys() == {"reason"}
    assert send(caller, "DELETE", ticket, "confidentiality", {"reason": "已公开"}).status_code == 204
    assert may_see(ticket, cast.agent2) == ["agent2"]
    assert audit.verify() == []


def test_refusals(cast: Cast, api) -> None:
    ticket, caller = worked_on(cast), api(cast.agent)
    for body, field in (
        ({}, "reason"),
        ({"people": ["nobody"], "reason": "x"}, "people"),
        ({"people": ["requester2"], "reason": "x"}, "people"),
        ({"teams": [777777], "reason": "x"}, "teams"),
        ({"is_confidential": True, "reason": "x"}, "is_confidential"),
        ({"people": "agent2", "reason": "x"}, "people"),
    ):
        status, _code, fields = refusal(send(caller, "PUT", ticket, "confidentiality", body))
        assert status == 400, body
        assert any(name.startswith(field) for name in fields), fields
    assert refusal(send(api(cast.agent2), "PUT", ticket, "confidentiality", {"reason": "x"}))[:2] == (
        403,
        "not_allowed",
    )
    assert refusal(send(api(cast.requester), "GET", ticket, "confidentiality"))[0] == 403
    version = ticket.version
    body = {"version": version, "is_confidential": True}
    assert refusal(caller("PATCH", f"tickets/{ticket.number}/", body))[2].keys() == {"is_confidential"}
    assert refusal(send(api(cast.agent, scope="read"), "PUT", ticket, "confidentiality", {"reason": "x"}))[0] == 403


def test_breaking_glass(cast: Cast, api) -> None:
    ticket = confide(worked_on(cast, subject="CANARY-CONF"), cast.agent)
    ordinary = worked_on(cast)
    caller = api(cast.admin)
    assert refusal(caller.get(f"tickets/{ticket.number}/"))[0] == 404
    said = {refusal(send(caller, "POST", found, "break-glass", {"reason": "x"}))[:2] for found in (ordinary,)}
    assert said == {(404, "not_found")}
    missing = caller.post("tickets/777777/break-glass/", {"reason": "x"})
    other = send(caller, "POST", ordinary, "break-glass", {"reason": "x"})
    assert missing.json() == other.json()
    assert refusal(send(caller, "POST", ticket, "break-glass", {"reason": " "}))[0] == 400
    assert refusal(send(api(cast.agent2), "POST", ticket, "break-glass", {"reason": "x"}))[0] == 403
    assert refusal(send(api(cast.requester), "POST", ticket, "break-glass", {"reason": "x"}))[0] == 403
    done = send(caller, "POST", ticket, "break-glass", {"reason": "处理人失联"})
    assert done.status_code == 201
    assert done.json()["ticket"] == ticket.number
    assert caller.get(f"tickets/{ticket.number}/").json()["subject"] == "CANARY-CONF"
    assert caller.get(f"tickets/{ticket.number}/").json()["allowed_transitions"] == []
    note = {"body": "x", "kind": "internal"}
    assert refusal(send(caller, "POST", ticket, "messages", note))[0] == 403
    assert audit.verify() == []


def test_a_security_incident_with_its_evidence(cast: Cast, api) -> None:
    officer = agent_in(cast.applications, username="officer")
    desk, _created = DeskSettings.objects.get_or_create(id=1)
    desk.security_officer = officer
    desk.save()
    ticket, caller = worked_on(cast), api(cast.agent)
    assert refusal(send(caller, "GET", ticket, "security"))[0] == 404
    raised = send(caller, "POST", ticket, "security", {"suspicion": "密码被骗走"})
    assert raised.status_code == 201
    assert [person["username"] for person in raised.json()["officers"]] == ["officer"]
    step = raised.json()["steps"][0]
    assert (step["code"], step["state"]) == ("isolate", "open")
    assert refusal(send(caller, "POST", ticket, "security", {"suspicion": "x"}))[:2] == (409, "already_raised")
    assert refusal(send(api(cast.lead), "GET", ticket, "security"))[0] == 404
    ended = api(officer).post(f"security-steps/{step['id']}/end/", {"state": "done", "words": "拔线"})
    assert ended.json()["ended_by"]["username"] == "officer"
    assert refusal(caller.post(f"security-steps/{step['id']}/end/", {"state": "done"}))[:2] == (409, "step_ended")
    assert refusal(caller.post(f"security-steps/{step['id']}/end/", {"state": "open"}))[0] == 400
    assert refusal(api(cast.lead).post(f"security-steps/{step['id']}/end/", {"state": "done"}))[0] == 404
    now = timezone.now().isoformat()
    body = {"file": upload(cast.agent), "what": "邮件", "found_where": "收件箱", "taken_at": now}
    secured = send(caller, "POST", ticket, "evidence", body)
    assert secured.status_code == 201, secured.content
    assert refusal(send(caller, "POST", ticket, "evidence", body))[2].keys() == {"file"}
    number = secured.json()["id"]
    later = timezone.now().isoformat()
    passed = caller.post(f"evidence/{number}/custody/", {"passed_to": "王警官", "passed_at": later, "purpose": "立案"})
    assert passed.status_code == 201, passed.content
    chain = caller.get(f"evidence/{number}/custody/").json()["results"]
    assert [link["passed_to"] for link in chain] == [cast.agent.get_full_name(), "王警官"]
    assert caller.post(f"evidence/{number}/check/", {}).json() == {"result": "matches"}
    listed = send(caller, "GET", ticket, "evidence").json()["results"]
    assert listed[0]["file"]["sha256"] == secured.json()["file"]["sha256"]
    assert refusal(api(cast.admin).get(f"evidence/{number}/custody/"))[0] == 404
    assert SecurityStep.objects.filter(state="open").count() == 4
    assert audit.verify() == []


def test_only_true_and_false_are_a_yes_or_no(cast: Cast, api) -> None:
    ticket = make_ticket(cast.requester)
    for given in (0, 1, "true", "off"):
        answer = api(cast.agent)(
            "PUT", f"tickets/{ticket.number}/confidentiality/", {"is_named_only": given, "reason": "x"}
        )
        assert (answer.status_code, set(answer.json()["fields"])) == (400, {"is_named_only"})
