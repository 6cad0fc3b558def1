"""Whole conversations by mail alone, through real servers (M3.1-1, M3.1-6, M3.5-1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.utils import timezone

from helpdesk.accounts.models import User
from tests.factories import bring_to, make_ticket, reply, resolution, run
from tests.mailroom.imap_server import FOLDER, ImapServer
from tests.mailroom.letters import CHECKED, DESK, letter, mailbox, take
from tests.notifications.acts import deliver
from tests.notifications.sink import Sink, text_of
from tickets.models import Mailbox, Ticket
from tickets.services.mailroom import polling
from tickets.services.mailroom.marker import MARKER

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def running() -> Iterator[ImapServer]:
    server = ImapServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def imap(running: ImapServer, settings) -> ImapServer:
    client = running.client()
    client.delete(FOLDER)
    client.create(FOLDER)
    client.logout()
    settings.MAILBOX = running.address
    mailbox()
    return running


class Correspondent:
    """Somebody with a mail program: reads the last mail they got, and answers it as programs do."""

    def __init__(self, person: str, sink: Sink, imap: ImapServer) -> None:
        self.address, self.sink, self.imap = person, sink, imap

    @property
    def mails(self) -> list[EmailMessage]:
        return [mail for mail in self.sink.mails if mail["To"] == self.address]

    def writes(self, raw: bytes) -> None:
        self.imap.put(raw)
        fetch()

    def answers(self, text: str, *, with_marker: bool = True, **headers: str) -> None:
        last = self.mails[-1]
        quoted = "\n".join(f"> {line}" for line in text_of(last).splitlines())
        body = f"{text}\n\n{quoted}" if with_marker else text
        answers = f"{last['References']} {last['Message-ID']}"
        subject = f"回复: {last['Subject']}"
        self.writes(letter(self.address, subject, body, to=str(last["Reply-To"]), answers=answers, **headers))


def fetch() -> None:
    later = timezone.now() + timedelta(minutes=1)
    polling.MailboxState.objects.update(next_poll_at=None)
    polling.poll_all(clock=lambda: later, may_go_on=lambda: True)
    deliver(after=timedelta(minutes=2))


@pytest.mark.parametrize("has_subaddresses", [False, True])
def test_a_conversation_in_chinese_from_receipt_to_confirmation(cast, sink, imap, client, settings, has_subaddresses):
    Mailbox.objects.update(has_subaddresses=has_subaddresses)
    mei = Correspondent(["梅 ", "mei@corp.example>"][1].rstrip(">"), sink, imap)

    mei.writes(letter("王梅 <mei@corp.example>", "打印机卡纸", "三楼打印机卡纸，无法打印。"))
    ticket = Ticket.objects.get()
    receipt = mei.mails[-1]
    assert ticket.number in str(receipt["Subject"]) and MARKER in text_of(receipt)
    assert "您的邮件已收到" in text_of(receipt)

    bring_to(ticket, "in_progress", cast.agent)
    reply(ticket, cast.agent, "请问是哪一台打印机？")
    deliver(after=timedelta(minutes=2))
    assert "请问是哪一台打印机？" in text_of(mei.mails[-1])

    mei.answers("是 3F-02 那一台。")
    ticket.refresh_from_db()
    said = ticket.messages.latest("pk")
    assert (said.body, said.author.email, said.kind) == ("是 3F-02 那一台。", "mei@corp.example", "public")

    run(ticket, "resolve", cast.agent, **resolution())
    deliver(after=timedelta(minutes=2))
    mei.answers("还是卡纸。")
    ticket.refresh_from_db()
    assert ticket.status == "in_progress"

    run(ticket, "resolve", cast.agent, **resolution())
    deliver(after=timedelta(minutes=2))
    url = re.search(r"https?://[^/]+(/tickets/answer/\S+)", text_of(mei.mails[-1]))[1]
    ticket.refresh_from_db()
    assert client.get(url).status_code == 200
    client.post(url, {"answer": "yes", "version": ticket.version})
    ticket.refresh_from_db()
    assert (ticket.status, ticket.closure) == ("closed", "confirmed")
    assert Ticket.objects.count() == 1

    # All mails stand in one conversation, and each is known by its own id.
    first = {str(mail["References"]).split()[0] for mail in mei.mails}
    assert len(first) == 1
    assert len({mail["Message-ID"] for mail in mei.mails}) == len(mei.mails)


def test_staff_answer_by_mail_and_the_requester_gets_it(cast, sink, imap):
    ticket = make_ticket(cast.requester)
    bring_to(ticket, "in_progress", cast.agent)
    reply(ticket, cast.requester, "还是白屏。")
    deliver(after=timedelta(minutes=2))
    agent = Correspondent(str(cast.agent.email), sink, imap)
    agent.answers("请清除缓存再试。", Authentication_Results=f"{CHECKED}; dmarc=pass header.from=example.com")
    said = ticket.messages.latest("pk")
    assert (said.author, said.is_from_desk, said.body) == (cast.agent, True, "请清除缓存再试。")
    requester = Correspondent(str(cast.requester.email), sink, imap)
    assert "请清除缓存再试。" in text_of(requester.mails[-1])


def test_without_a_known_checking_server_the_desk_is_not_asked_to_answer_by_mail(cast, sink, imap):
    Mailbox.objects.update(authserv_id="")
    ticket = make_ticket(cast.requester)
    bring_to(ticket, "in_progress", cast.agent)
    reply(ticket, cast.requester, "还是白屏。")
    deliver()
    (mail,) = [mail for mail in sink.mails if mail["To"] == cast.agent.email and mail["References"]][-1:]
    assert mail["Reply-To"] is None and MARKER not in text_of(mail)


@pytest.mark.parametrize("marks_its_mail", [True, False])
def test_two_desks_that_acknowledge_each_other_stop_at_once(cast, sink, marks_its_mail):
    """The other desk answers each mail with a receipt of its own, with and without saying that a machine wrote it."""
    other = "desk@other.example"
    box = mailbox()
    at = timezone.now()
    marks = {"Auto_Submitted": "auto-replied"} if marks_its_mail else {}
    take(letter(other, "Your ticket #1", "We have received your mail.", **marks), box, at)
    deliver(at)
    answered = 0
    for number in range(50):
        at += timedelta(seconds=30)
        ours = [mail for mail in sink.mails if mail["To"] == other]
        if len(ours) == answered:
            break
        answered = len(ours)
        headers = {**marks, "In_Reply_To": str(ours[-1]["Message-ID"])}
        take(letter(other, f"Your ticket #{number}", "We have received your mail.", to=DESK, **headers), box, at)
        deliver(at)
    ours = [mail for mail in sink.mails if mail["To"] == other]
    assert len(ours) <= 1
    assert not User.objects.filter(email=other, is_agent=True).exists()


def test_fifty_receipts_of_a_desk_that_references_nothing_get_one_answer(cast, sink):
    box = mailbox()
    at = timezone.now()
    for number in range(50):
        take(letter("desk@other.example", f"Your ticket #{number}", f"Received as {number}."), box, at)
        deliver(at)
    assert len([mail for mail in sink.mails if mail["To"] == "desk@other.example"]) == 1
