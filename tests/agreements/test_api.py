"""Consent, sessions and the diagnosis log over the API."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.api.client import refusal
from tests.api.conftest import api
from tests.cast import Cast
from tickets.models import DiagnosisTemplate, Ticket

__all__ = ["api"]
pytestmark = pytest.mark.django_db


def wish(**fields: object) -> dict[str, object]:
    return {
        "items": ["view_screen", "change_data"],
        "purpose": "看报错现场",
        "changes": "替换一个文件",
        "data_named": "浏览器配置",
        "backup": "taken",
        "valid_minutes": 30,
        "answer_by_at": (timezone.now() + timedelta(hours=8)).isoformat(),
        **fields,
    }


def test_from_the_question_to_the_step_that_it_allows(cast: Cast, api, ticket: Ticket) -> None:
    agent, requester = api(cast.agent), api(cast.requester)
    base = f"tickets/{ticket.number}"
    step = agent.post(f"{base}/steps/", {"kind": "change", "action": "替换文件", "touches": ["change_data"]}).json()
    asked = agent.post(f"{base}/consents/", wish())
    assert asked.status_code == 201
    consent = asked.json()["id"]
    seen = requester.get(f"{base}/consents/").json()["results"][0]
    assert (seen["state"], seen["is_in_force"], seen["asked_by"]["username"]) == ("asked", False, None)
    answered = requester.post(f"consents/{consent}/answer/", {"allowed": ["change_data", "view_screen"]})
    assert (answered.status_code, answered.json()["via"], answered.json()["is_in_force"]) == (200, "api", True)
    again = requester.post(f"consents/{consent}/answer/", {"allowed": []})
    assert (again.status_code, again.json()["code"]) == (409, "already_answered")
    done = agent.post(f"steps/{step['id']}/end/", {"finding": "worked", "minutes": 5})
    assert (done.status_code, done.json()["consents"]) == (200, [consent])
    session = agent.post(f"{base}/remote-sessions/", {"scope": "view_screen", "tool": "RustDesk", "device": "PC-1"})
    assert session.status_code == 201
    assert (
        agent.post(f"remote-sessions/{session.json()['id']}/end/", {"done": "看了"}).json()["ended_by"]["username"]
        == "agent"
    )
    back = requester.post(f"consents/{consent}/withdraw/", {"words": "够了"})
    assert (back.status_code, back.json()["is_in_force"]) == (200, False)
    codes = [event["code"] for event in requester.get(f"{base}/events/").json()["results"]]
    assert codes[-5:] == ["consent_asked", "consent_answered", "session_started", "session_ended", "consent_withdrawn"]
    assert "step_done" not in codes


def test_a_repeated_question_is_asked_once(cast: Cast, api, ticket: Ticket) -> None:
    body = wish()
    first, second = (
        api(cast.agent).post(f"tickets/{ticket.number}/consents/", body, Idempotency_Key="ask-1") for _time in range(2)
    )
    assert first.json()["id"] == second.json()["id"]


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"valid_minutes": 10081}, "valid_for"),
        ({"items": []}, "items"),
        ({"items": ["everything"]}, "items"),
        ({"answer_by_at": "2020-01-01T00:00:00Z"}, "answer_by_at"),
        ({"state": "answered"}, "state"),
    ],
)
def test_bad_input_names_the_field(cast: Cast, api, ticket: Ticket, fields: dict, wrong: str) -> None:
    refused = api(cast.agent).post(f"tickets/{ticket.number}/consents/", wish(**fields))
    assert refused.status_code == 400 and any(name.startswith(wrong) for name in refused.json()["fields"])


def test_a_spoken_answer_needs_words_and_a_colleague_has_none(cast: Cast, api, ticket: Ticket) -> None:
    consent = api(cast.agent).post(f"tickets/{ticket.number}/consents/", wish()).json()["id"]
    assert api(cast.colleague).post(f"consents/{consent}/answer/", {"allowed": []}).status_code == 404
    assert api(cast.agent2).post(f"consents/{consent}/answer/", {"allowed": [], "words": "x"}).status_code == 403
    assert api(cast.agent).post(f"consents/{consent}/answer/", {"allowed": []}).status_code == 400
    spoken = (
        api(cast.agent).post(f"consents/{consent}/answer/", {"allowed": ["view_screen"], "words": "电话同意"}).json()
    )
    assert (spoken["via"], spoken["recorded_by"]["username"], spoken["answered_by"]["username"]) == (
        "spoken",
        "agent",
        "requester",
    )
    assert api(cast.requester).post(f"consents/{consent}/withdraw/", {}).json()["is_objection"] is True


def test_a_template_is_taken_over_once(cast: Cast, api, ticket: Ticket) -> None:
    for category, is_retired in ((None, False), (None, True)):
        template = DiagnosisTemplate.objects.create(
            name_zh="网页白屏", name_en="White page", category=category, is_retired=is_retired
        )
        template.steps.create(position=1, kind="test", action_zh="清缓存", action_en="Clear the cache")
        template.steps.create(
            position=2, kind="change", action_zh="换配置", action_en="New profile", touches=["change_data"]
        )
    agent, address = api(cast.agent), f"tickets/{ticket.number}/step-templates/"
    offered = agent.get(address, Accept_Language="en").json()["results"]
    assert [row["name"] for row in offered] == ["White page"]
    assert [step["action"] for step in offered[0]["steps"]] == ["Clear the cache", "New profile"]
    steps = agent.post(address, {"template": offered[0]["id"]}, Accept_Language="en")
    assert steps.status_code == 201
    assert [(step["action"], step["touches"], step["state"]) for step in steps.json()] == [
        ("Clear the cache", [], "planned"),
        ("New profile", ["change_data"], "planned"),
    ]
    assert refusal(agent.post(address, {"template": offered[0]["id"]}, Accept_Language="en"))[:2] == (
        409,
        "nothing_new",
    )
    retired = DiagnosisTemplate.objects.get(is_retired=True)
    assert set(refusal(agent.post(address, {"template": retired.pk}))[2]) == {"template"}
    codes = [event["code"] for event in agent.get(f"tickets/{ticket.number}/events/").json()["results"]]
    assert codes[-2:] == ["step_planned", "step_planned"]
