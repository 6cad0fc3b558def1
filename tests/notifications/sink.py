"""A mail server on this machine that takes, refuses, hangs or breaks off, as a test wishes."""

from __future__ import annotations

import asyncio
import email
import socket
import threading
from collections import Counter
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller


class Sink:
    """Mails as they arrived in `mails`; `mode` says how the next ones are answered.

    ok: taken. drop: the text is taken and the line cut before the answer. hold: the answer comes only after
    `let_go()`. Any other value is the answer itself, such as "550 no such user"; with `refused_at` "rcpt" it
    already answers the recipient's address.
    """

    def __init__(self) -> None:
        self.mode = "ok"
        self.refused_at = "data"
        self.mails: list[EmailMessage] = []
        self.has_arrived = threading.Event()
        self._may_answer = threading.Event()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self.let_go()
        self._controller.stop()

    def let_go(self) -> None:
        self._may_answer.set()

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.mode[:1].isdigit() and self.refused_at == "rcpt":
            return self.mode
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.mode[:1].isdigit():
            return self.mode
        message = email.message_from_bytes(envelope.original_content or envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        message["X-Envelope-To"] = ", ".join(envelope.rcpt_tos)
        self.mails.append(message)
        self.has_arrived.set()
        if self.mode == "drop":
            server.transport.abort()
        is_held = self.mode == "hold"
        while is_held and not self._may_answer.is_set():
            await asyncio.sleep(0.01)
        return "250 OK"

    def count_by_event(self) -> Counter[str]:
        """How often each mail arrived, by X-Event-Id."""
        return Counter(str(mail["X-Event-Id"]) for mail in self.mails)


def text_of(mail: EmailMessage) -> str:
    """The plain text part."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def html_of(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")
