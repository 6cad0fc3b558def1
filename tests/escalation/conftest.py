"""A desk with promised times: a calendar, a policy and the rule that gives it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from escalation.models import BusinessCalendar, SlaPolicy, SlaPolicyVersion, SlaRule
from escalation.services.policies import Terms, publish, save_rule
from tests.cast import Cast
from tests.escalation.test_calendars import make_calendar

# A Monday, 10:00 in Shanghai.
MONDAY = datetime(2026, 9, 7, 2, 0, tzinfo=UTC)
TARGETS = {"receipt": 30, "response": 60, "update": 120, "resolution": 480, "confirmation": 2400}
PAUSES = {"resolution": ["user", "vendor"], "update": ["user"]}


@pytest.fixture
def calendar() -> BusinessCalendar:
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
