"""What people do in these tests, in one line each."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from helpdesk.accounts.models import User
from helpdesk.invariants import check_all
from tickets.models import Consent, DiagnosisStep, RemoteSession, Ticket
from tickets.models.asking import Asking
from tickets.services.agreements.asking import Answer
from tickets.services.agreements.consents import Wish, answer_consent, ask_consent, withdraw_consent
from tickets.services.agreements.sessions import start_session
from tickets.services.diagnosis import Plan, Result, finish_step, log_step, plan_step

Via = Asking.Via


def ask(ticket: Ticket, actor: User, *items: str, at: datetime | None = None, **fields: Any) -> Consent:
    """A request for consent; everything else about it is filled in."""
    at = at or timezone.now()
    wish = {
        "items": items or ("view_screen",),
        "purpose": "查看报错现场",
        "changes": "不改动任何内容",
        "data_named": "邮件客户端的配置文件",
        "backup": "taken",
        "answer_by_at": at + timedelta(hours=8),
        "valid_for": timedelta(minutes=30),
        **fields,
    }
    return ask_consent(ticket_id=ticket.pk, wish=Wish(**wish), actor=actor, at=at)


def allow(
    consent: Consent,
    *items: str,
    actor: User | None = None,
    via: str = Via.PORTAL,
    at: datetime | None = None,
    words: str = "",
) -> Consent:
    """The answer: these items, nothing else. By the requester unless somebody else is named."""
    answer = Answer(actor or consent.ticket.requester, Via(via), at or timezone.now(), words)
    return answer_consent(consent_id=consent.pk, allowed=items, answer=answer)


def withdraw(consent: Consent, actor: User, *, via: str = Via.PORTAL, at: datetime | None = None) -> Consent:
    answer = Answer(actor, Via(via), at or timezone.now(), "我改主意了")
    return withdraw_consent(consent_id=consent.pk, answer=answer)


def plan(ticket: Ticket, actor: User, *touches: str, kind: str = "change", at: datetime | None = None) -> DiagnosisStep:
    steps = Plan(kind=kind, action="重建邮件配置", hypothesis="配置文件损坏", touches=touches)
    return plan_step(ticket_id=ticket.pk, plan=steps, actor=actor, at=at or timezone.now())


def finish(step: DiagnosisStep, actor: User, finding: str = "worked", *, at: datetime | None = None) -> DiagnosisStep:
    result = Result(finding=finding, result="问题消失", evidence="事件日志 1000", minutes=15)
    return finish_step(step_id=step.pk, result=result, actor=actor, at=at or timezone.now())


def log(ticket: Ticket, actor: User, *touches: str, kind: str = "test", finding: str = "ruled_out") -> DiagnosisStep:
    plan = Plan(kind=kind, action="检查网络连接", hypothesis="网络中断", touches=touches)
    result = Result(finding=finding, result="网络正常", minutes=5)
    return log_step(ticket_id=ticket.pk, plan=plan, result=result, actor=actor, at=timezone.now())


def connect(ticket: Ticket, actor: User, scope: str = "view_screen", *, at: datetime | None = None) -> RemoteSession:
    return start_session(
        ticket_id=ticket.pk, scope=scope, tool="RustDesk", device="PC-20417", actor=actor, at=at or timezone.now()
    )


def broken() -> dict[str, list[str]]:
    """Every invariant that doesn't hold now. Other tests leave files on disk and roll their rows back, so those don't count."""
    found = {name: rows for name, rows in check_all(at=timezone.now()).items() if rows}
    found.pop("content_without_file", None)
    return found
