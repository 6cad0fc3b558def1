"""A ticket with everything that can stand on one, closed and archived."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from helpdesk.accounts.models import User
from tests.cast import Cast
from tests.factories import bring_to, make_ticket, reply, resolution, run
from tickets.models import Ticket
from tickets.models.asking import Asking
from tickets.services.agreements.asking import Answer
from tickets.services.agreements.consents import Wish, answer_consent, ask_consent
from tickets.services.calls import Call
from tickets.services.diagnosis import Plan, Result, log_step
from tickets.services.edit import add_watcher
from tickets.services.files import store_upload
from tickets.services.tasks import add_task, end_task

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
# Words that must not be found anywhere once they were erased.
CANARY = "CANARY-TEXT-7741"
PHONE = "13812345678"


@pytest.fixture
def as_user(db: None) -> Callable[..., Client]:
    """A browser in which this person has signed in, in this language."""

    def sign_in(user: User, language: str = "en") -> Client:
        client = Client(HTTP_ACCEPT_LANGUAGE=language)
        client.force_login(user)
        return client

    return sign_in


def upload(actor: User, at: datetime, name: str = "截图.png") -> str:
    return str(store_upload(upload=SimpleUploadedFile(name, PNG), actor=actor, at=at).uuid)


def full_ticket(cast: Cast, *, at: datetime | None = None, **fields: Any) -> Ticket:
    """An archived ticket of the requester: messages, a note, files, a consent, a step, a task, a call, a reader."""
    at = at or timezone.now()
    facts = {"description": f"{CANARY} 白屏", "contact_phone": PHONE, "device_hostname": "PC-WANGMIN", **fields}
    ticket = make_ticket(cast.requester, at=at, attachments=[upload(cast.requester, at)], **facts)
    bring_to(ticket, "in_progress", cast.agent, at=at)
    reply(ticket, cast.agent, f"{CANARY} 请稍候", at=at, attachments=[upload(cast.agent, at, "log.png")])
    reply(ticket, cast.agent, f"{CANARY} 内部", kind="internal", at=at)
    reply(ticket, cast.requester, f"{CANARY} 好的", at=at)
    add_watcher(ticket_id=ticket.pk, actor=cast.agent, person=cast.colleague, at=at)
    wish = Wish(["view_screen"], f"{CANARY} 看一下", "不会改动", at + timedelta(hours=4), timedelta(hours=2))
    consent = ask_consent(ticket_id=ticket.pk, wish=wish, actor=cast.agent, at=at)
    answer = Answer(cast.requester, Asking.Via.PORTAL, at, f"{CANARY} 可以")
    answer_consent(consent_id=consent.pk, allowed=["view_screen"], answer=answer)
    log_step(
        ticket_id=ticket.pk,
        plan=Plan("test", f"{CANARY} 清缓存"),
        result=Result("ruled_out", f"{CANARY} 无效"),
        actor=cast.agent,
        at=at,
    )
    task = add_task(ticket_id=ticket.pk, team=cast.applications, words=f"{CANARY} 查日志", actor=cast.agent, at=at)
    end_task(task_id=task.pk, state=task.State.DONE, result=f"{CANARY} 查过了", actor=cast.agent2, at=at)
    reply(ticket, cast.agent, f"{CANARY} 电话", kind="internal", at=at, call=Call(at, "in", PHONE, 60))
    run(ticket, "resolve", cast.agent, at=at, **{**resolution(), "cause": f"{CANARY} 缓存"})
    run(ticket, "confirm", cast.requester, at=at, reason="可以了，谢谢")
    run(ticket, "archive", cast.agent, at=at)
    return ticket
