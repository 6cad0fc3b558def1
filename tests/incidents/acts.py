"""What the tests of this folder do: declare, link, tell, and let the workers work."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from helpdesk.accounts.models import User
from tickets.models import Category, IncidentUpdate, MajorIncident, Ticket
from tickets.services import incident_work
from tickets.services.incident_links import link_tickets
from tickets.services.incident_updates import Word, post_update
from tickets.services.incidents import Declaration, declare

ZH, EN = "支付网关停止响应，正在切换。", "The payment gateway doesn't answer; we are switching over."
ALL = frozenset({"banner", "requesters", "leads"})


def declaration(commander: User, **said: Any) -> Declaration:
    values = {
        "communication_lead": commander,
        "reason": "全公司无法登录",
        "title_zh": "财务系统无法登录",
        "title_en": "Nobody can sign in to the finance system",
        "service": Category.objects.get(code="business_finance"),
    }
    return Declaration(commander=commander, **{**values, **said})


def declared(ticket: Ticket, actor: User, *, at: datetime | None = None, **said: Any) -> MajorIncident:
    """A major incident of this ticket; its actor commands it unless said otherwise."""
    commander = said.pop("commander", actor)
    incident = declare(
        ticket_id=ticket.pk, actor=actor, declaration=declaration(commander, **said), at=at or timezone.now()
    )
    ticket.refresh_from_db()
    return incident


def link(incident: MajorIncident, actor: User, *tickets: Ticket, at: datetime | None = None) -> None:
    link_tickets(
        incident_id=incident.pk, ticket_ids=[ticket.pk for ticket in tickets], actor=actor, at=at or timezone.now()
    )


def tell(
    incident: MajorIncident,
    actor: User,
    *,
    zh: str = ZH,
    en: str = EN,
    to: frozenset[str] = ALL,
    at: datetime | None = None,
    **more: Any,
) -> IncidentUpdate:
    update = post_update(incident_id=incident.pk, word=Word(zh, en, to, **more), actor=actor, at=at or timezone.now())
    incident.refresh_from_db()
    return update


def work(at: datetime | None = None) -> dict[str, int]:
    """One pass of a worker."""
    return incident_work.run_due(at=at or timezone.now())
