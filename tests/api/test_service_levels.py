"""Policies and paths for other systems: what is in force, in order, for the desk only."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import timezone

from escalation.api import schemas
from escalation.models import BusinessCalendar, EscalationLevel, EscalationPath, SlaPolicy, SlaRule
from escalation.services.paths import retire_path, save_path
from escalation.services.policies import Terms, publish, retire_policy, save_rule
from tests.api.client import refusal
from tests.api.test_query_budget import queries
from tests.api.test_schema import assert_shaped
from tests.escalation.test_calendars import make_calendar
from tests.factories import RequesterGroupFactory
from tickets.models import Category

pytestmark = pytest.mark.django_db

AT = datetime(2026, 9, 7, 2, 0, tzinfo=UTC)


@pytest.fixture
def calendar(db: None) -> BusinessCalendar:
    return make_calendar()


@pytest.fixture
def policy(cast, calendar) -> SlaPolicy:
    policy = SlaPolicy(name_zh="标准", name_en="Standard")
    publish(policy=policy, terms=Terms(calendar, {"resolution": 480}), actor=cast.admin, at=AT)
    terms = Terms(calendar, {"response": 30, "resolution": 240}, pauses={"resolution": ["user"]}, thresholds=[75, 100])
    publish(policy=policy, terms=terms, actor=cast.admin, at=AT)
    return policy


@pytest.fixture
def make_path(cast, calendar):
    def make(**facts: Any) -> EscalationPath:
        facts = {"name_zh": "升级路径", "name_en": "Path", **facts}
        levels = [
            EscalationLevel(
                number=1,
                team=cast.applications,
                responsible=cast.agent2,
                deputy=cast.lead,
                acceptance_minutes=15,
                calendar=calendar,
            ),
            EscalationLevel(
                number=2, team=cast.first_line, responsible=cast.lead, acceptance_minutes=60, calendar=calendar
            ),
        ]
        return save_path(path=EscalationPath(**facts), levels=levels, actor=cast.admin, at=AT)

    return make


def test_policies_show_the_version_in_force(cast, api, calendar, policy):
    [row] = api(cast.agent).get("policies/").json()["results"]
    assert row == {
        "id": policy.pk,
        "name": "Standard",
        "version": {
            "number": 2,
            "calendar": {"id": calendar.pk, "name": "China office", "timezone": "Asia/Shanghai"},
            "targets": {"receipt": None, "response": 30, "update": None, "resolution": 240, "confirmation": None},
            "pauses": {"response": [], "update": [], "resolution": ["user"]},
            "thresholds": [75, 100],
            "published_at": "2026-09-07T02:00:00Z",
        },
        "rules": [],
    }
    assert_shaped(row, schemas.PolicyShape(), "policy")


def test_policies_say_which_tickets_get_them(cast, api, policy):
    group = RequesterGroupFactory(name_zh="管理层", name_en="Board")
    save_rule(rule=SlaRule(position=20, policy=policy), actor=cast.admin)
    narrow = SlaRule(position=10, requester_group=group, department=cast.finance, priority="P1", policy=policy)
    save_rule(rule=narrow, actor=cast.admin)
    [row] = api(cast.agent).get("policies/").json()["results"]
    assert_shaped(row, schemas.PolicyShape(), "policy")
    first, second = row["rules"]
    assert first == {
        "position": 10,
        "kind": None,
        "category": None,
        "priority": "P1",
        "department": {"id": cast.finance.pk, "name": "Finance"},
        "requester_group": {"id": group.pk, "name": "Board"},
        "channel": None,
    }
    assert (second["position"], second["requester_group"]) == (20, None)


def test_a_policy_without_version_and_a_retired_one(cast, api, policy):
    retire_policy(policy=policy, is_retired=True, actor=cast.admin)
    SlaPolicy.objects.create(name_zh="空")
    [row] = api(cast.agent).get("policies/").json()["results"]
    assert row["version"] is None


def test_paths_come_in_their_order_with_their_people(cast, api, make_path):
    last = make_path(position=20)
    first = make_path(position=10, priority="P1", trigger="overdue", category=Category.objects.get(code="network"))
    rows = api(cast.agent).get("paths/").json()["results"]
    assert [row["id"] for row in rows] == [first.pk, last.pk]
    assert (rows[0]["category"], rows[0]["priority"], rows[0]["trigger"]) == ("network", "P1", "overdue")
    assert (rows[1]["category"], rows[1]["priority"], rows[1]["trigger"]) == (None, None, None)
    one, two = rows[0]["levels"]
    assert (one["label"], one["team"]["name"], one["acceptance_minutes"]) == ("L2", "Applications", 15)
    assert one["responsible"] == {"username": "agent2", "name": "韩雪"}
    assert one["deputy"] == {"username": "lead", "name": "赵磊"}
    assert (two["number"], two["deputy"], two["actions"]) == (2, None, ["notify", "offer"])
    for row in rows:
        assert_shaped(row, schemas.PathShape(), "path")
    retire_path(path=first, is_retired=True, actor=cast.admin, at=AT)
    assert [row["id"] for row in api(cast.agent).get("paths/").json()["results"]] == [last.pk]


def test_pages_follow_the_positions(cast, api, make_path):
    for position, trigger in ((30, "overdue"), (20, "silence"), (10, "reopened")):
        make_path(position=position, trigger=trigger)
    caller, seen = api(cast.lead), []
    address = "paths/?page_size=1"
    while address:
        page = caller.get(address).json()
        seen += [row["trigger"] for row in page["results"]]
        address = page["next"]
    assert seen == ["reopened", "silence", "overdue"]


@pytest.mark.parametrize("resource", ["policies/", "paths/"])
def test_only_to_read_and_only_for_the_desk(cast, api, resource):
    assert refusal(api(cast.requester).get(resource))[:2] == (403, "not_allowed")
    assert refusal(api(None).get(resource))[0] == 401
    for method in ("POST", "PATCH", "DELETE"):
        assert refusal(api(cast.admin)(method, resource, {}))[0] == 405
    assert refusal(api(cast.agent).get(f"{resource}?colour=red")) == (
        400,
        "invalid",
        {"colour": ["There is no such parameter here."]},
    )


def test_names_follow_the_language(cast, api, policy, make_path):
    make_path()
    caller = api(cast.agent)
    for resource, name in (("policies/", "标准"), ("paths/", "升级路径")):
        assert caller.get(resource, Accept_Language="zh-hans").json()["results"][0]["name"] == name


@pytest.mark.parametrize("resource", ["policies/", "paths/"])
def test_lists_ask_as_much_for_many_rows_as_for_one(cast, api, calendar, policy, make_path, resource):
    make_path(position=1, priority="P1")
    caller = api(cast.agent)
    few = queries(lambda: caller.get(resource))
    for number, trigger in enumerate(("overdue", "silence", "threshold", "reopened")):
        make_path(position=10 + number, priority="P2", trigger=trigger)
        more = SlaPolicy(name_zh=f"策略{number}")
        publish(policy=more, terms=Terms(calendar, {"resolution": 60}), actor=cast.admin, at=timezone.now())
    many = queries(lambda: caller.get(resource))
    assert len(many) == len(few) <= 5, many
