"""Demo mails that wait for somebody to decide, and some that came to nothing. No mailbox is asked for them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage

from helpdesk.demo.cast import Cast
from tickets.models import Mailbox, Ticket
from tickets.services.mailroom import processing, storing, threads

ADDRESS = "help@demo.example"


def deliver(*, cast: Cast, at: datetime) -> None:
    """What came to the desk's mailbox in the last hours, taken up by the same rules as any mail."""
    # Out of use: a demo has no mail server to ask.
    mailbox = Mailbox.objects.create(
        name="IT 服务台 / IT service desk",
        address=ADDRESS,
        is_active=False,
        strangers="hold",
        team=cast.teams["first_line"],
    )
    for age, raw in _mails(cast):
        mail, _is_new = storing.store(raw=raw, mailbox=mailbox, at=at - age)
        processing.process(mail.pk, at=at - age)


def _mails(cast: Cast) -> Iterator[tuple[timedelta, bytes]]:
    requester = cast.people["requester"]
    ticket = Ticket.objects.filter(requester=requester, closed_at=None).earliest("pk")
    name, _at, domain = ADDRESS.partition("@")
    thread = f"{name}+{threads.token(ticket=ticket, person=requester)}@{domain}"
    private = f"{requester.get_full_name()} <private-address@mail.example>"
    lead = cast.people["lead"]
    yield (
        timedelta(hours=5),
        _mail(
            private,
            f"回复: [{ticket.number}] {ticket.subject}",
            "我用私人邮箱回复：问题还在，今天下午方便来看吗？",
            to=thread,
        ),
    )
    yield (
        timedelta(hours=4),
        _mail(
            f"{lead.get_full_name()} <{lead.email}>",
            "Please reset my password",
            "I am abroad and can't sign in. Please send it here.",
        ),
    )
    yield (
        timedelta(hours=3),
        _mail(
            "Billing <invoice@supplier.example>",
            "Invoice 2026-118",
            "Please find our invoice for the maintenance contract.",
        ),
    )
    yield (
        timedelta(hours=2),
        _mail(
            f"{requester.get_full_name()} <{requester.email}>",
            "自动回复: 已收到",
            "我正在休假，周一回来。",
            auto="auto-replied",
        ),
    )
    yield timedelta(hours=1), b"Subject: ???\n\nA mail that names no sender.\n"


def _mail(sender: str, subject: str, text: str, *, to: str = ADDRESS, auto: str = "") -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    if auto:
        message["Auto-Submitted"] = auto
    message.set_content(text)
    return message.as_bytes()
