"""A ticket in work, and what the desk may ask about it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.api.conftest import api  # noqa: F401
from tests.cast import Cast
from tests.desk.conftest import as_user  # noqa: F401
from tests.escalation.conftest import calendar, give_policy  # noqa: F401
from tests.factories import bring_to, make_ticket
from tests.portal.conftest import browse  # noqa: F401
from tickets.models import ActionRequest, Ticket, TimeProposal, WorkWindow
from tickets.services.agreements.actions import Guidance, request_action
from tickets.services.agreements.promises import NewTime, propose_time
from tickets.services.agreements.windows import Window, propose_window

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def ticket(cast: Cast) -> Ticket:
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent, at=timezone.now() - HOUR)
    ticket.refresh_from_db()
    return ticket


def propose(ticket: Ticket, actor: Any, **changes: Any) -> TimeProposal:
    at = changes.pop("at", None) or timezone.now()
    given = {"proposed_at": at + 4 * HOUR, "reason_code": "vendor", "words": "等厂商的补丁", **changes}
    row = propose_time(ticket_id=ticket.pk, new=NewTime(**given), actor=actor, at=at)
    ticket.refresh_from_db()
    return row


def window(ticket: Ticket, actor: Any, **changes: Any) -> WorkWindow:
    at = changes.pop("at", None) or timezone.now()
    given = {"starts_at": at + DAY, "ends_at": at + DAY + HOUR, "words": "重启财务服务器", **changes}
    row = propose_window(ticket_id=ticket.pk, window=Window(**given), actor=actor, at=at)
    ticket.refresh_from_db()
    return row


def ask_action(ticket: Ticket, actor: Any, **changes: Any) -> ActionRequest:
    at = changes.pop("at", None) or timezone.now()
    given = {"words": "我们要看日志", "steps": ["打开设置", "导出日志"], "answer_by_at": at + 7 * DAY, **changes}
    row = request_action(ticket_id=ticket.pk, guidance=Guidance(**given), actor=actor, at=at)
    ticket.refresh_from_db()
    return row
