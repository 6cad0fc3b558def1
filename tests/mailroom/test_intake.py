"""Mail as it comes in, from its bytes to the ticket (M3.1-1, reliability-security E)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from helpdesk.accounts.models import User
from helpdesk.common.models import OutboxMessage
from tests.factories import TeamFactory, bring_to, make_ticket, reply
from tests.mailroom.letters import DESK, letter, mailbox, take, thread_address
from tests.notifications.acts import deliver
from tickets.models import IncomingMail, Mailbox, Message, Ticket, TicketEvent, Watcher

pytestmark = pytest.mark.django_db


def in_state(cast, status: str) -> Ticket:
    ticket = make_ticket(cast.requester)
    bring_to(ticket, status, cast.agent)
    ticket.refresh_from_db()
    return ticket


def answer(cast, ticket: Ticket, text: str = "还是不行，请再看看。", sender: User | None = None, **more) -> bytes:
    person = sender or cast.requester
    return letter(person, f"回复: [{ticket.number}] 财务系统白屏", text, to=thread_address(ticket, person), **more)


# --- New tickets -----------------------------------------------------------------------------------------------------


def test_a_mail_of_a_known_person_becomes_their_ticket(cast):
    mail = take(letter(cast.requester, "Re: 打印机卡纸", files={"日志.txt": b"paper jam"}))
    assert (mail.outcome, mail.reason) == ("created", "new")
    ticket = mail.ticket
    assert (ticket.requester, ticket.channel, ticket.subject) == (cast.requester, "email", "打印机卡纸")
    assert ticket.description == "三楼打印机卡纸，无法打印。"
    assert [file.name for file in ticket.attachments.all()] == ["日志.txt"]


def test_a_mail_of_a_stranger_makes_a_contact(cast):
    mail = take(letter("王 <new@partner.example>"))
    assert mail.outcome == "created"
    person = mail.ticket.requester
    assert (person.email, person.full_name, person.is_contact, person.language) == (
        "new@partner.example",
        "王",
        True,
        "zh-hans",
    )
    assert take(letter("NEW@Partner.example")).ticket.requester == person


@pytest.mark.parametrize(("policy", "outcome"), [("hold", "held"), ("refuse", "ignored")])
def test_a_mailbox_may_hold_or_refuse_strangers(cast, policy, outcome):
    mail = take(letter("new@partner.example"), mailbox(strangers=policy))
    assert (mail.outcome, mail.reason, mail.ticket) == (outcome, "unknown_sender", None)
    assert not User.objects.filter(email="new@partner.example").exists()


def test_a_mailbox_gives_its_tickets_a_team(cast):
    team = TeamFactory()
    assert take(letter(cast.requester), mailbox(team=team)).ticket.team == team


def test_a_mail_without_a_text_or_subject_is_a_ticket_too(cast):
    ticket = take(letter(cast.requester, subject="", text="", files={"shot.txt": b"x"})).ticket
    assert ticket.subject and ticket.description


def test_a_file_of_a_type_that_is_not_accepted_is_named_and_left_out(cast):
    mail = take(letter(cast.requester, files={"virus.exe": b"MZ", "log.txt": b"fine"}))
    assert mail.left_out == ["virus.exe"]
    assert [file.name for file in mail.ticket.attachments.all()] == ["log.txt"]


def test_what_cannot_be_read_waits_for_people_and_the_next_mail_is_taken(cast):
    broken = take(b"From: a@corp.example\r\nFrom: b@corp.example\r\nMessage-ID: <x@y>\r\n\r\nhello")
    assert (broken.outcome, broken.reason) == ("quarantined", "several_senders")
    assert take(letter(cast.requester)).outcome == "created"


# --- The same mail again ---------------------------------------------------------------------------------------------


def test_the_same_mail_three_times_is_one_ticket(cast):
    raw = letter(cast.requester)
    assert {take(raw).pk for _ in range(3)} == {IncomingMail.objects.get().pk}
    assert Ticket.objects.count() == 1


def test_the_same_mail_in_two_mailboxes_is_one_ticket(cast):
    raw = letter(cast.requester)
    first = take(raw)
    second = Mailbox.objects.create(name="IT", address="it@desk.example")
    copy = take(b"Delivered-To: it@desk.example\r\n" + raw, second)
    assert (copy.outcome, copy.ticket) == ("duplicate", first.ticket)
    assert Ticket.objects.count() == 1


def test_another_mail_that_reuses_an_id_is_not_swallowed(cast):
    take(letter(cast.requester, Message_ID="<same@corp.example>"))
    assert take(letter(cast.requester, text="另一件事", Message_ID="<same@corp.example>")).outcome == "created"
    assert Ticket.objects.count() == 2


# --- Answers ---------------------------------------------------------------------------------------------------------


def test_an_answer_to_the_thread_address_is_a_public_message(cast):
    ticket = in_state(cast, "in_progress")
    mail = take(answer(cast, ticket))
    assert (mail.outcome, mail.ticket) == ("appended", ticket)
    message = Message.objects.get()
    assert (message.author, message.kind, message.channel) == (cast.requester, "public", "email")
    assert message.body == "还是不行，请再看看。"


def test_an_answer_ends_waiting_for_the_user(cast):
    ticket = in_state(cast, "waiting")
    take(answer(cast, ticket))
    ticket.refresh_from_db()
    assert ticket.status == "in_progress"


def test_an_answer_to_a_proposed_solution_says_that_it_is_not_solved(cast):
    ticket = in_state(cast, "resolved")
    take(answer(cast, ticket))
    ticket.refresh_from_db()
    assert ticket.status == "in_progress"
    assert ticket.events.last().code == "reject"


@pytest.mark.parametrize("text", ["谢谢！", "Thank you very much!"])
def test_thanks_leave_a_proposed_solution_to_be_confirmed(cast, text):
    ticket = in_state(cast, "resolved")
    take(answer(cast, ticket, text))
    ticket.refresh_from_db()
    assert ticket.status == "resolved"


@pytest.mark.parametrize(("text", "status"), [("又出现同样的问题了。", "in_progress"), ("谢谢，辛苦了！", "closed")])
def test_an_answer_to_a_closed_ticket_reopens_it_unless_it_only_thanks(cast, text, status):
    ticket = in_state(cast, "closed")
    mail = take(answer(cast, ticket, text))
    ticket.refresh_from_db()
    assert (ticket.status, mail.outcome) == (status, "appended")


def test_after_the_window_an_answer_opens_a_follow_up(cast):
    ticket = in_state(cast, "closed")
    mail = take(answer(cast, ticket), at=timezone.now() + timedelta(days=20))
    assert (mail.outcome, mail.reason) == ("created", "follow_up")
    assert mail.ticket.follow_up_of == ticket


def test_a_watcher_answers_with_their_own_token(cast):
    ticket = in_state(cast, "in_progress")
    Watcher.objects.create(ticket=ticket, user=cast.colleague)
    assert take(answer(cast, ticket, sender=cast.colleague)).outcome == "appended"
    assert Message.objects.get().author == cast.colleague


# --- Who may -------------------------------------------------------------------------------------------------------


def our_message_id(ticket: Ticket, person: User) -> str:
    row = OutboxMessage.objects.filter(subject_id=ticket.pk, recipient=person, channel="email").latest("pk")
    return f"<{row.uuid}@help.example>"


@pytest.mark.parametrize("verified", ["", "none", "fail"])
def test_a_known_id_proves_nothing_by_itself(cast, verified):
    ticket = in_state(cast, "in_progress")
    mail = take(letter(cast.requester, answers=our_message_id(ticket, cast.requester), verified=verified))
    assert (mail.outcome, mail.ticket) == ("held", ticket)
    assert not Message.objects.exists()


def test_a_known_id_and_a_verified_sender_are_enough(cast):
    ticket = in_state(cast, "in_progress")
    mailbox()
    raw = letter(
        cast.requester,
        answers=our_message_id(ticket, cast.requester),
        Authentication_Results="mx.desk.example; dmarc=pass header.from=example.com",
    )
    assert take(raw).outcome == "appended"


def test_a_failed_check_is_held_even_with_a_token(cast):
    ticket = in_state(cast, "in_progress")
    mail = take(answer(cast, ticket, verified="fail"))
    assert (mail.outcome, mail.reason) == ("held", "sender_forged")


@pytest.mark.parametrize("verified", ["", "none"])
def test_staff_unverified_are_held(cast, verified):
    ticket = in_state(cast, "in_progress")
    mail = take(answer(cast, ticket, sender=cast.agent, verified=verified))
    assert (mail.outcome, mail.reason) == ("held", "staff_unverified")
    assert not Message.objects.exists()


def test_staff_verified_and_with_their_token_answer_the_requester(cast):
    ticket = in_state(cast, "in_progress")
    passed = "mx.desk.example; dmarc=pass header.from=example.com"
    assert take(answer(cast, ticket, sender=cast.agent, Authentication_Results=passed)).outcome == "appended"
    message = Message.objects.get()
    assert (message.author, message.is_from_desk, message.kind) == (cast.agent, True, "public")


def test_a_stranger_with_the_thread_address_is_held_and_adds_nobody(cast):
    ticket = in_state(cast, "in_progress")
    raw = letter("stranger@elsewhere.example", to=thread_address(ticket, cast.requester), cc=str(cast.colleague.email))
    mail = take(raw)
    assert (mail.outcome, mail.reason, mail.ticket) == ("held", "not_on_ticket", ticket)
    assert not Watcher.objects.exists() and not Message.objects.exists()


@pytest.mark.parametrize("how", ["tag", "id", "forged"])
def test_a_guess_opens_a_new_ticket_that_only_the_desk_sees_linked(cast, how):
    ticket = in_state(cast, "in_progress")
    forged = thread_address(ticket, cast.requester).replace("-", "-0", 1)
    raw = {
        "tag": letter("stranger@elsewhere.example", f"Re: [{ticket.number}] x"),
        "id": letter("stranger@elsewhere.example", answers=our_message_id(ticket, cast.requester)),
        "forged": letter("stranger@elsewhere.example", to=forged),
    }[how]
    mail = take(raw)
    assert mail.outcome == "created" and mail.ticket != ticket
    if how != "forged":
        assert mail.guessed_ticket == ticket
    assert not Message.objects.filter(ticket=ticket).exists()


def test_a_former_watcher_is_no_longer_on_the_ticket(cast):
    ticket = in_state(cast, "in_progress")
    raw = answer(cast, ticket, sender=cast.colleague)
    assert take(raw).reason == "not_on_ticket"


def test_a_closed_account_gets_nowhere(cast):
    assert take(letter(cast.leaver)).reason == "sender_left"


def test_too_many_mails_of_one_sender_are_held(cast):
    box = mailbox(hourly_limit=3)
    outcomes = [take(letter(cast.requester), box).outcome for _ in range(5)]
    assert outcomes == ["created"] * 3 + ["held"] * 2


# --- Cc --------------------------------------------------------------------------------------------------------------


def test_a_proved_senders_cc_lets_colleagues_read_along(cast):
    ticket = in_state(cast, "in_progress")
    take(answer(cast, ticket, cc=f"{cast.colleague.email}, {cast.requester2.email}, x@elsewhere.example, {DESK}"))
    # The other department's people can't be looked up, so they can't be added either.
    assert list(Watcher.objects.values_list("user__username", flat=True)) == ["colleague"]


def test_an_unproved_senders_cc_grants_nothing(cast):
    take(letter(cast.requester, cc=str(cast.colleague.email)))
    assert not Watcher.objects.exists()


# --- Receipts --------------------------------------------------------------------------------------------------------


def mails_to(sink, address: str):
    return [mail for mail in sink.mails if mail["To"] == address]


def test_one_receipt_an_hour_with_nothing_that_the_sender_wrote(cast, sink):
    box = mailbox()
    at = timezone.now()
    for number in range(10):
        take(letter("CANARY <victim@elsewhere.example>", "CANARY subject", f"CANARY text {number}"), box, at)
    deliver()
    (receipt,) = mails_to(sink, "victim@elsewhere.example")
    assert "CANARY" not in receipt.as_string()
    assert Ticket.objects.count() == 10
    take(letter("victim@elsewhere.example", text="later"), box, at + timedelta(minutes=61))
    deliver(after=timedelta(hours=2))
    assert len(mails_to(sink, "victim@elsewhere.example")) == 2


def test_mail_that_no_machine_may_answer_gets_no_receipt(cast, sink):
    mail = take(letter(cast.requester, Precedence="list", List_Id="<users.corp.example>"))
    assert mail.outcome == "created"
    deliver()
    assert not mails_to(sink, str(cast.requester.email))


# --- Machines ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "auto_reply"},
        {"X_Autoreply": "yes"},
        {"Return_Path": "<>"},
    ],
)
def test_automatic_answers_are_kept_on_the_ticket_and_change_nothing(cast, sink, headers):
    ticket = in_state(cast, "resolved")
    mail = take(answer(cast, ticket, "我正在休假。", **headers))
    assert mail.outcome == "appended"
    ticket.refresh_from_db()
    note = Message.objects.get()
    assert (ticket.status, note.kind, ticket.events.last().code) == ("resolved", "internal", "mail_kept")
    assert not OutboxMessage.objects.filter(event_key=f"ticket-event-{ticket.events.last().pk}").exists()


def test_an_absence_note_reopens_nothing(cast):
    ticket = in_state(cast, "closed")
    take(answer(cast, ticket, "I am out of office.", Auto_Submitted="auto-replied"))
    ticket.refresh_from_db()
    assert ticket.status == "closed"


def test_an_absence_note_about_nothing_makes_no_ticket(cast):
    mail = take(letter(cast.requester, "自动回复: 休假", "我正在休假。", Auto_Submitted="auto-replied"))
    assert (mail.outcome, mail.ticket) == ("ignored", None)


def test_alerts_become_tickets_where_the_mailbox_takes_them(cast, sink):
    raw = letter("monitor@corp.example", "DISK FULL", Auto_Submitted="auto-generated")
    assert take(raw, mailbox(machines="create")).outcome == "created"
    deliver()
    assert not mails_to(sink, "monitor@corp.example")


def test_our_own_mail_that_comes_back_is_only_kept(cast):
    mail = take(letter(f"IT <{DESK.upper()}>"))
    assert (mail.outcome, mail.reason) == ("ignored", "own_mail")


# --- Bounces ----------------------------------------------------------------------------------------------------------


def bounce_of(row: OutboxMessage, address: str, status: str = "5.1.1") -> bytes:
    return f"""From: Mail Delivery System <mailer-daemon@mx.example>
To: {DESK}
Subject: Undelivered Mail Returned to Sender
Message-ID: <bounce-{row.uuid}@mx.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {address}
Action: failed
Status: {status}

--b
Content-Type: text/rfc822-headers

Message-ID: <{row.uuid}@help.example>
Subject: x
--b--
""".replace("\n", "\r\n").encode()


def sent_to(person: User) -> OutboxMessage:
    return OutboxMessage.objects.filter(recipient=person, channel="email", state="sent").latest("pk")


def test_a_bounce_marks_the_address_and_tells_the_desk(cast, sink):
    ticket = in_state(cast, "in_progress")
    deliver()
    row = sent_to(cast.requester)
    mail = take(bounce_of(row, str(cast.requester.email)))
    assert (mail.outcome, mail.ticket) == ("appended", ticket)
    cast.requester.refresh_from_db()
    row.refresh_from_db()
    assert cast.requester.email_bounced_at is not None and row.state == "bounced"
    assert OutboxMessage.objects.filter(topic="mail_bounced", recipient=cast.agent).count() == 2
    sink.mails.clear()
    reply(ticket, cast.agent, "收到了吗？")
    deliver()
    assert not mails_to(sink, str(cast.requester.email))
    assert take(answer(cast, ticket)).outcome == "appended"
    cast.requester.refresh_from_db()
    assert cast.requester.email_bounced_at is None


def test_a_forged_bounce_silences_nobody(cast, sink):
    in_state(cast, "in_progress")
    deliver()
    invented = OutboxMessage(recipient=cast.requester)
    assert take(bounce_of(invented, str(cast.requester.email))).reason == "bounce_of_nothing"
    others = sent_to(cast.requester)
    assert take(bounce_of(others, str(cast.colleague.email))).reason == "bounce_of_nothing"
    assert not User.objects.filter(email_bounced_at__isnull=False).exists()


# --- Traces -----------------------------------------------------------------------------------------------------------


def test_the_trail_says_which_mail_it_was_and_how_its_sender_was_proved(cast):
    mail = take(letter(cast.requester, verified="none"))
    event = TicketEvent.objects.get()
    assert event.data["mail"] == str(mail.uuid) and event.data["verdict"] == "unverified"
    assert event.channel == "email"


def test_a_retired_team_gets_no_tickets(cast):
    cast.applications.is_retired = True
    cast.applications.save()
    assert take(letter(cast.requester), mailbox(team=cast.applications)).ticket.team is None
