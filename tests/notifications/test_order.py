"""Mails of one ticket arrive in the order of what they tell of, and hold up nobody else's."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from helpdesk.common.models import OutboxMessage
from notifications.services.settling import BACK_OFF, OVERTAKEN_AFTER
from tests.factories import bring_to, make_ticket, reply, run
from tests.notifications.acts import deliver, mail_rows
from tests.notifications.sink import Sink


def subjects_to(sink: Sink, person) -> list[str]:
    return [str(mail["Subject"]) for mail in sink.mails if mail["To"] == person.email]


@pytest.mark.django_db
def test_a_mail_waits_for_an_older_one_that_is_tried_again(cast, sink: Sink) -> None:
    ticket = make_ticket(cast.requester, subject="打印机")
    sink.mode, sink.refused_at = "451 greylisted", "rcpt"
    deliver()
    sink.mode = "ok"
    run(ticket, "assign", cast.lead, assignee=cast.agent)
    bring_to(ticket, "in_progress", cast.agent)
    make_ticket(cast.requester2, subject="键盘")
    deliver()
    assert subjects_to(sink, cast.requester) == []
    assert len(subjects_to(sink, cast.requester2)) == 1
    deliver(after=BACK_OFF[0])
    deliver(after=BACK_OFF[0])
    first, *others = subjects_to(sink, cast.requester)
    assert "已收到" in first
    assert others and not any("已收到" in subject for subject in others)


@pytest.mark.django_db
def test_an_older_mail_that_fails_for_long_is_overtaken(cast, sink: Sink) -> None:
    ticket = make_ticket(cast.requester)
    OutboxMessage.objects.filter(channel="email").update(
        attempts=OVERTAKEN_AFTER, next_attempt_at=timezone.now() + timedelta(hours=1)
    )
    reply(ticket, cast.agent, "请重启")
    deliver()
    (subject,) = subjects_to(sink, cast.requester)
    assert "新消息" in subject


@pytest.mark.django_db
def test_many_mails_that_must_wait_hide_none_behind_them(cast, sink: Sink) -> None:
    ticket = make_ticket(cast.requester)
    OutboxMessage.objects.filter(channel="email").update(
        attempts=1, next_attempt_at=timezone.now() + timedelta(hours=1)
    )
    for number in range(45):
        reply(ticket, cast.agent, f"第 {number} 条")
    make_ticket(cast.requester2)
    deliver()
    assert subjects_to(sink, cast.requester) == []
    assert len(subjects_to(sink, cast.requester2)) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_keep_the_order(cast, sink: Sink) -> None:
    """While one has the older mail in hand, the other sends the mails of other people, and not the newer one."""
    ticket = make_ticket(cast.requester)
    sink.mode = "hold"

    def work() -> None:
        try:
            deliver()
        finally:
            connection.close()

    first = threading.Thread(target=work)
    first.start()
    try:
        assert sink.has_arrived.wait(20)
        sink.mode = "ok"
        reply(ticket, cast.agent, "请重启")
        make_ticket(cast.requester2)
        deliver()
        assert len(subjects_to(sink, cast.requester2)) == 1
        assert {row.state for row in mail_rows(recipient=cast.requester)} == {"leased", "pending"}
    finally:
        sink.let_go()
        first.join(timeout=60)
    deliver()
    received, message = subjects_to(sink, cast.requester)
    assert "已收到" in received and "新消息" in message
