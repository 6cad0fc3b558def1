"""Rows for tests. Tickets are made by the services, so that chains, history and outbox are true."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import factory
from django.utils import timezone

from helpdesk.accounts.models import Department, RequesterGroup, Team, TeamMembership, User
from tickets.lifecycle import Command
from tickets.models import Category, Message, Outcome, RequestKind, Ticket, WaitingReason
from tickets.services.conversation import post_message
from tickets.services.create import Request, submit_ticket
from tickets.services.engine import run_command

PASSWORD = "correct-horse-42"


class DepartmentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Department

    name_zh = factory.Sequence(lambda n: f"部门{n}")
    name_en = factory.Sequence(lambda n: f"Department {n}")


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.com")
    full_name = factory.Sequence(lambda n: f"Person {n}")
    phone = "6021"

    @factory.post_generation
    def password(self, create: bool, extracted: str | None, **kwargs: Any) -> None:
        """A usable password only where a test signs in by form: hashing is slow."""
        if extracted:
            self.set_password(extracted)
            self.save()


class TeamFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Team

    name_zh = factory.Sequence(lambda n: f"支持组{n}")
    name_en = factory.Sequence(lambda n: f"Team {n}")


class RequesterGroupFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = RequesterGroup

    name_zh = factory.Sequence(lambda n: f"用户组{n}")
    name_en = factory.Sequence(lambda n: f"Group {n}")


def agent_in(*teams: Team, **fields: Any) -> User:
    """An agent who works in these teams."""
    agent = UserFactory(is_agent=True, **fields)
    for team in teams:
        TeamMembership.objects.create(team=team, user=agent)
    return agent


def make_ticket(requester: User, *, at: datetime | None = None, actor: User | None = None, **fields: Any) -> Ticket:
    """A submitted ticket."""
    values = {
        "subject": "财务系统白屏",
        "description": "登录后整个页面都是白的。",
        "kind": RequestKind.objects.get(code="incident"),
    }
    channel = fields.pop("channel", "portal")
    request = Request(**{**values, **fields})
    return submit_ticket(
        request=request, requester=requester, actor=actor or requester, channel=channel, at=at or timezone.now()
    )


def run(ticket: Ticket, command: str, actor: User | None, *, at: datetime | None = None, **data: Any) -> Ticket:
    """A command on the ticket as it stands; the ticket is brought up to date."""
    run_command(ticket_id=ticket.pk, command=command, actor=actor, version=None, at=at or timezone.now(), data=data)
    ticket.refresh_from_db()
    return ticket


CLASSIFICATION = {"impact": "department", "urgency": "blocked"}


def classification() -> dict[str, Any]:
    return {**CLASSIFICATION, "category": Category.objects.get(code="business_finance")}


def resolution(outcome: str = "solved") -> dict[str, Any]:
    return {
        "outcome": Outcome.objects.get(code=outcome),
        "cause": "升级后前端缓存不一致",
        "solution": "重建缓存并刷新",
        "advice": "请重启浏览器后再登录",
        "verification": "用测试账号登录正常",
    }


def bring_to(ticket: Ticket, status: str, agent: User, *, at: datetime | None = None) -> Ticket:
    """Drive a new ticket to a status by the shortest true path."""
    path: dict[str, list[tuple[str, User | None, dict[str, Any]]]] = {"new": []}
    path["classified"] = [(Command.CLASSIFY, agent, classification())]
    path["in_progress"] = [*path["classified"], (Command.ACCEPT, agent, {})]
    until = (at or timezone.now()) + timedelta(days=3)
    waiting = {"waiting_reason": WaitingReason.objects.get(code="user"), "next_action_at": until}
    path["waiting"] = [*path["in_progress"], (Command.WAIT, agent, waiting)]
    path["resolved"] = [*path["in_progress"], (Command.RESOLVE, agent, resolution())]
    path["closed"] = [*path["resolved"], (Command.CONFIRM, ticket.requester, {})]
    path["cancelled"] = [(Command.WITHDRAW, ticket.requester, {"reason": "不需要了"})]
    for command, actor, data in path[status]:
        run(ticket, command, actor, at=at, **data)
    return ticket


def reply(
    ticket: Ticket,
    actor: User,
    body: str = "请问现在好了吗？",
    *,
    kind: str = "public",
    at: datetime | None = None,
    **fields: Any,
) -> Message:
    message = post_message(ticket_id=ticket.pk, actor=actor, body=body, kind=kind, at=at or timezone.now(), **fields)
    ticket.refresh_from_db()
    return message
