"""A desk with promised times and a way up: a calendar, policies with their rules, paths and absences."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from escalation.models import (
    Absence,
    BusinessCalendar,
    EscalationLevel,
    EscalationPath,
    SlaPolicy,
    SlaPolicyVersion,
    SlaRule,
)
from escalation.services.absences import save_absence
from escalation.services.paths import save_path
from escalation.services.policies import Terms, publish, save_rule
from helpdesk.accounts.models import User
from tests.cast import Cast
from tests.escalation.test_calendars import make_calendar

# A Monday, 10:00 in Shanghai.
MONDAY = datetime(2026, 9, 7, 2, 0, tzinfo=UTC)
TARGETS = {"receipt": 30, "response": 60, "update": 120, "resolution": 480, "confirmation": 2400}
PAUSES = {"resolution": ["user", "vendor"], "update": ["user"]}


@pytest.fixture
def calendar(db: None) -> BusinessCalendar:
    """09:00 to 18:00 in Shanghai, with China's holidays."""
    return make_calendar()


GivePolicy = Callable[..., SlaPolicyVersion]


@pytest.fixture
def give_policy(cast: Cast, calendar: BusinessCalendar) -> GivePolicy:
    """Publish a policy and give it to all tickets, or to those that `rule` says."""

    def give(name: str = "标准", *, rule: dict[str, Any] | None = None, **terms: Any) -> SlaPolicyVersion:
        policy = SlaPolicy(name_zh=name, name_en=name)
        given = {"targets": TARGETS, "pauses": PAUSES, **terms}
        version = publish(policy=policy, terms=Terms(calendar, **given), actor=cast.admin, at=MONDAY)
        save_rule(rule=SlaRule(policy=policy, **(rule or {})), actor=cast.admin)
        return version

    return give


@pytest.fixture
def level(cast: Cast, calendar: BusinessCalendar) -> Callable[..., EscalationLevel]:
    """`level(number, responsible, deputy)`: a level that is not stored yet."""

    def make(number: int, responsible: User, deputy: User | None = None, **facts: Any) -> EscalationLevel:
        told = {"team": cast.applications, "acceptance_minutes": 30, "calendar": calendar, **facts}
        return EscalationLevel(number=number, responsible=responsible, deputy=deputy, **told)

    return make


@pytest.fixture
def make_path(cast: Cast, level: Callable[..., EscalationLevel]) -> Callable[..., EscalationPath]:
    """`make_path(levels, **facts)`: a stored path; without levels agent2 with the lead as deputy, then the lead."""

    def make(levels: list[EscalationLevel] | None = None, **facts: Any) -> EscalationPath:
        path = EscalationPath(**{"name_zh": "升级路径", "name_en": "Path", **facts})
        if levels is None:
            levels = [level(1, cast.agent2, cast.lead), level(2, cast.lead, cast.liaison, team=cast.first_line)]
        return save_path(path=path, levels=levels, actor=cast.admin, at=MONDAY)

    return make


@pytest.fixture
def away(cast: Cast) -> Callable[..., Absence]:
    """`away(person, substitute, starts_at, ends_at)`: a stored absence."""

    def make(person: User, substitute: User, starts_at: datetime, ends_at: datetime, **facts: Any) -> Absence:
        absence = Absence(person=person, substitute=substitute, starts_at=starts_at, ends_at=ends_at)
        return save_absence(absence=absence, **{"actor": cast.admin, "at": MONDAY, **facts})

    return make
