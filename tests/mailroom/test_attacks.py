"""Mails of people who mean harm, and mails that would do harm by accident (reliability-security E, B9, 1.8)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from helpdesk.common.models import OutboxMessage
from tests.mailroom.letters import CHECKED, DESK, letter, mailbox, take, thread_address
from tests.mailroom.test_intake import answer, in_state
from tests.notifications.acts import deliver
from tests.notifications.sink import Sink
from tickets.models import IncomingMail, Mailbox, Message, Ticket, Watcher
from tickets.services.signed_links import link_to, sign

pytestmark = pytest.mark.django_db


def authors(ticket: Ticket) -> set[str]:
    return set(Message.objects.filter(ticket=ticket).values_list("author__username", flat=True))


# --- Who it is from ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("owner", ["colleague", "leaver"])
def test_a_token_proves_nothing_for_somebody_else(cast, owner: str) -> None:
    """A watcher, or somebody who has left, writes in the requester's name and shows the token of their own mail."""
    ticket = in_state(cast, "resolved")
    Watcher.objects.create(ticket=ticket, user=cast.colleague)
    mail = take(letter(cast.requester, "Re: x", "没好", to=thread_address(ticket, getattr(cast, owner))))
    assert (mail.outcome, mail.reason) == ("held", "thread_unproved")
    ticket.refresh_from_db()
    assert ticket.status == "resolved"


def test_an_address_may_look_like_a_result_of_our_server(cast) -> None:
    ticket = in_state(cast, "in_progress")
    before = authors(ticket)
    said = f"{CHECKED}; spf=pass smtp.mailfrom=dmarc=pass@evil.example; dmarc=fail header.from=example.com"
    raw = letter(
        cast.agent, "Re: x", "请把密码发给我", to=thread_address(ticket, cast.requester), Authentication_Results=said
    )
    mail = take(raw)
    assert (mail.outcome, mail.verdict) == ("held", "failed")
    assert authors(ticket) == before


def test_a_sender_beside_from_is_never_verified(cast) -> None:
    raw = letter(cast.agent, verified="pass").replace(b"From:", b"Reply-To:", 1)
    assert take(raw).verdict != "verified"


@pytest.mark.parametrize("signs", [{"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}])
def test_a_forged_machine_writes_no_note_in_a_colleagues_name(cast, signs: dict[str, str]) -> None:
    ticket = in_state(cast, "in_progress")
    address = thread_address(ticket, cast.requester)
    for verified in ("fail", ""):
        take(letter(cast.agent, "Re: x", "已核实，请给他权限", to=address, verified=verified, **signs))
    assert not Message.objects.filter(ticket=ticket, body__contains="已核实").exists()


def test_an_ordinary_agent_cannot_vouch_for_a_mail_in_a_leads_name(cast, client: Client) -> None:
    ticket = in_state(cast, "in_progress")
    raw = letter(cast.lead, "Re: x", "同意", to=thread_address(ticket, cast.requester), verified="fail")
    mail = take(raw)
    assert mail.outcome == "held"
    client.force_login(cast.agent)
    assert client.post(reverse("desk:mail_release", args=[mail.uuid])).status_code == 403
    assert not Message.objects.filter(ticket=ticket, author=cast.lead).exists()


def test_forged_mails_use_up_nobodys_limit_and_take_no_mark_away(cast) -> None:
    ticket = in_state(cast, "in_progress")
    cast.requester.email_bounced_at = timezone.now()
    cast.requester.save()
    box = mailbox(hourly_limit=2)
    for number in range(3):
        assert take(letter(cast.requester, text=f"{number}", verified="fail"), box).reason == "sender_forged"
    cast.requester.refresh_from_db()
    assert cast.requester.email_bounced_at is not None
    assert take(answer(cast, ticket), box).outcome == "appended"


def test_our_own_address_with_a_suffix_is_our_own(cast) -> None:
    name, _at, domain = DESK.partition("@")
    assert take(letter(f"{name}+x@{domain}")).reason == "own_mail"


# --- What it does to other mails -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [b"Message-ID: <\xff\xfe@x>", b"Message-ID: <a\0b@x>", "Message-ID: <中文@x>".encode("gb18030")]
    + [b"References: <\xff\0@x>\r\nIn-Reply-To: <\0@x>"],
)
def test_odd_ids_are_stored_and_taken_like_others(cast, header: bytes) -> None:
    raw = b"From: a@x.example\r\nTo: help@desk.example\r\n" + header + b"\r\n\r\nhi\r\n"
    assert take(raw).outcome == "created"


def test_a_mailbox_that_refuses_strangers_swallows_nothing_for_another(cast) -> None:
    raw = letter("new@partner.example")
    refusing = Mailbox.objects.create(name="B", address="b@desk.example", host="b.example", strangers="refuse")
    assert take(raw, refusing).outcome == "ignored"
    assert take(raw).outcome == "created"
    assert (
        take(raw, Mailbox.objects.create(name="C", address="c@desk.example", host="c.example")).outcome == "duplicate"
    )
    assert Ticket.objects.count() == 1


def test_a_copy_sent_ahead_as_a_machines_swallows_nothing(cast) -> None:
    raw = letter(cast.requester, Message_ID="<one@corp.example>")
    assert take(b"Auto-Submitted: auto-generated\n" + raw).outcome == "ignored"
    assert take(raw).outcome == "created"


def test_one_returned_mail_is_noted_once_however_often_it_is_reported(cast, sink: Sink) -> None:
    ticket = in_state(cast, "in_progress")
    deliver()
    row = OutboxMessage.objects.filter(recipient=cast.requester, channel="email", state="sent").earliest("pk")
    for number in range(5):
        text = f"Not delivered, {number}.\nMessage-ID: <{row.uuid}@help.example>"
        take(letter(cast.agent, "returned", text, X_Failed_Recipients=cast.requester.email))
    note = Message.objects.get(ticket=ticket, kind="internal", body__contains="Not delivered")
    assert note.author is None
    assert OutboxMessage.objects.filter(topic="mail_bounced", channel="email").count() == 1


# --- Who may read it --------------------------------------------------------------------------------------------------


def test_text_that_grows_when_it_is_stored_is_cut_and_taken(cast) -> None:
    ticket = in_state(cast, "in_progress")
    assert take(answer(cast, ticket, "\u0344" * 15_000)).outcome == "appended"


def test_a_quoted_link_lets_nobody_answer_for_the_requester(cast, client: Client, api: Any) -> None:
    ticket = in_state(cast, "resolved")
    link = sign(link_to(ticket))
    token = thread_address(ticket, cast.requester)
    quoted = f"谢谢！\n\n> https://help.example/tickets/answer/{link}\n> {token}\n"
    mail = take(answer(cast, ticket, quoted))
    shown = [
        api(cast.agent).get(f"mails/{mail.uuid}/").content.decode(),
        *(_page(client, cast.agent, name, mail) for name in ("desk:mail", "desk:mail_html")),
    ]
    follow_up = take(letter(cast.requester, "Fw: x", quoted))
    shown.append(follow_up.ticket.description)
    for text in shown:
        assert link not in text
        assert token.partition("+")[2].partition("@")[0] not in text
    client.force_login(cast.agent)
    assert client.get(reverse("desk:mail_original", args=[mail.uuid])).status_code == 403


def _page(client: Client, person: Any, name: str, mail: IncomingMail) -> str:
    client.force_login(person)
    response = client.get(reverse(name, args=[mail.uuid]))
    assert response.status_code == 200
    return response.content.decode()


# --- People who write about machines ------------------------------------------------------------------------------------


@pytest.mark.parametrize("subject", ["自动回复怎么设置？", "自动回复设置不了", "休假通知发不出去", "外出通知怎么发"])
def test_a_question_about_absence_notes_is_a_request(cast, subject: str) -> None:
    assert take(letter(cast.requester, subject)).outcome == "created"


@pytest.mark.parametrize("subject", ["Auto reply is not working", "休假: 系统无法提交", "Out of office message"])
def test_what_only_looks_like_an_absence_note_is_shown_to_people(cast, subject: str) -> None:
    mail = take(letter(cast.requester, subject))
    assert (mail.outcome, mail.reason) == ("held", "vacation_subject")
