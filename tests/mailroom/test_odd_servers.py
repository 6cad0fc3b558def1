"""Servers that answer otherwise than most: no mail is lost, and none keeps the others from coming."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.mailroom.letters import letter
from tests.mailroom.odd_server import OddServer
from tickets.models import IncomingMail, MailboxState
from tickets.services.mailroom import polling

pytestmark = pytest.mark.django_db
Serve = Callable[..., OddServer]


@pytest.fixture
def serve(cast, settings) -> Iterator[Serve]:
    running = []

    def make(first: bytes | None = None, **behaviour: Any) -> OddServer:
        mails = {1: first or letter(cast.requester, text="一"), 2: letter(cast.requester, text="二")}
        running.append(OddServer(mails, **behaviour))
        settings.MAILBOX = running[-1].address
        return running[-1]

    yield make
    for server in running:
        server.stop()


def poll(times: int = 1) -> None:
    for number in range(times):
        at = timezone.now() + number * timedelta(minutes=10)
        polling.poll_all(clock=lambda at=at: at, may_go_on=lambda: True)  # type: ignore[misc]


def became() -> list[str]:
    return list(IncomingMail.objects.order_by("pk").values_list("outcome", flat=True))


@pytest.mark.parametrize(
    "line", [r"UID {uid} FLAGS (\Seen) RFC822.SIZE {size}", "RFC822.SIZE {size} UID {uid}", "UID {uid}"]
)
def test_sizes_are_told_in_any_order_or_not_at_all(serve: Serve, line: str) -> None:
    serve(size_line=line)
    poll()
    assert became() == ["created", "created"]


def test_a_mail_as_a_quoted_string(serve: Serve) -> None:
    def quoted(uid: int, tag: bytes, write: Callable[[bytes], None], _line: socket.socket) -> bool:
        if uid == 1:
            write(rb'* 1 FETCH (UID 1 BODY[] "From: \"A\" <a@b.example>")')
            write(tag + b" OK done.")
        return uid == 1

    serve(fetching=quoted)
    poll()
    assert became() == ["created", "created"]


def test_a_mail_that_the_server_refuses_is_shown_and_the_next_is_taken(serve: Serve) -> None:
    def refuse(uid: int, tag: bytes, write: Callable[[bytes], None], _line: socket.socket) -> bool:
        if uid == 1:
            write(tag + b" BAD Command Error. 10")
        return uid == 1

    serve(fetching=refuse)
    poll()
    assert became() == ["quarantined", "created"]
    assert MailboxState.objects.get().last_error == ""


def test_a_mail_at_which_the_line_drops_each_time_is_left_after_some_tries(serve: Serve) -> None:
    def drop(uid: int, _tag: bytes, _write: Callable[[bytes], None], line: socket.socket) -> bool:
        if uid == 1:
            line.shutdown(socket.SHUT_RDWR)
        return uid == 1

    serve(fetching=drop)
    poll(polling.MOST_TRIES)
    assert became() == []
    poll(polling.MOST_TRIES + 2)
    assert became() == ["quarantined", "created"]
    assert MailboxState.objects.get().stuck_uid is None


def test_a_mail_with_an_unstorable_id_keeps_no_other_from_coming(serve: Serve) -> None:
    serve(b"From: a@x.example\r\nMessage-ID: <\xff\0@x>\r\n\r\nhi")
    poll()
    assert became() == ["created", "created"]
