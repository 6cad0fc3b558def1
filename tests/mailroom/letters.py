"""Mails for the tests, and how they come in."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

from django.utils import timezone

from helpdesk.accounts.models import User
from tickets.models import IncomingMail, Mailbox, Ticket
from tickets.services.mailroom import mailboxes, processing, storing, threads

DESK = "help@desk.example"
CHECKED = "mx.desk.example"


def letter(
    sender: str | User = "mei@corp.example",
    subject: str = "打印机卡纸",
    text: str = "三楼打印机卡纸，无法打印。",
    *,
    to: str = DESK,
    cc: str = "",
    answers: str = "",
    verified: str = "",
    files: dict[str, bytes] | None = None,
    **headers: str,
) -> bytes:
    """A mail's bytes. `answers` becomes In-Reply-To and References; `verified` is what our mail server says of DMARC."""
    message = EmailMessage()
    message["From"] = sender if isinstance(sender, str) else f"{sender.get_full_name()} <{sender.email}>"
    message["To"] = to
    if cc:
        message["Cc"] = cc
    message["Subject"] = subject
    message["Date"] = "Tue, 24 Nov 2026 10:00:00 +0800"
    if answers:
        message["In-Reply-To"] = answers.split()[-1]
        message["References"] = answers
    if verified:
        message["Authentication-Results"] = f"{CHECKED}; dmarc={verified} header.from=corp.example"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    if "Message_ID" not in headers:
        letter.count = getattr(letter, "count", 0) + 1  # type: ignore[attr-defined]
        message["Message-ID"] = f"<m{letter.count}@corp.example>"  # type: ignore[attr-defined]
    message.set_content(text)
    for name, content in (files or {}).items():
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def mailbox(**changes: Any) -> Mailbox:
    """The desk's mailbox, with these settings."""
    box = mailboxes.from_settings()
    for name, value in {"address": DESK, "authserv_id": CHECKED, **changes}.items():
        setattr(box, name, value)
    box.save()
    return box


def take(raw: bytes, box: Mailbox | None = None, at: Any = None) -> IncomingMail:
    """Bring a mail in as the poller does; what became of it."""
    at = at or timezone.now()
    mail, _is_new = storing.store(raw=raw, mailbox=box or mailbox(), at=at)
    processing.process(mail.pk, at=at)
    return IncomingMail.objects.get(pk=mail.pk)


def thread_address(ticket: Ticket, person: User) -> str:
    """The address to which an answer to our mail goes."""
    name, _at, domain = DESK.partition("@")
    return f"{name}+{threads.token(ticket=ticket, person=person)}@{domain}"
