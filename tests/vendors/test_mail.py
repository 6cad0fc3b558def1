"""Mails to a vendor and back: their own thread, only what was chosen goes along, only the vendor's answers land (B7)."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from assets.services.vendors import save_vendor
from helpdesk.common.errors import Conflict, InvalidInput
from helpdesk.common.models import OutboxMessage
from notifications.services.operate import replay
from tests.factories import make_ticket, reply, run
from tests.mailroom.letters import DESK, letter, mailbox, take
from tests.notifications.acts import deliver, deliver_parcels_now
from tests.vendors.acts import SUPPORT, at, close, codes, last_message, open_case, told, worked_on, write
from tickets.models import IncomingMail, Message, Ticket, VendorMessage
from tickets.policies import can_decide_on_mail
from tickets.services import audit
from tickets.services.files import store_upload
from tickets.services.mailroom import holding, vendors

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast, vendor):
    """A case on a ticket whose every field has something in it that mustn't get out by itself."""
    ticket = worked_on(
        cast,
        description="CANARY-DESCRIPTION",
        error_message="CANARY-ERROR",
        steps="CANARY-STEPS",
        device_hostname="PC-CANARY",
        device_ip="10.1.2.3",
    )
    reply(ticket, cast.agent, "CANARY-NOTE", kind="internal", at=at(-0.5))
    return open_case(ticket, vendor, cast.agent, question="CANARY-QUESTION")


def case_address(case) -> str:
    name, _at, domain = DESK.partition("@")
    return f"{name}+{vendors.token(case)}@{domain}"


def sent(mailoutbox, *, hours: float = 1):
    # Whoever looks first: it is no webhook that was deleted.
    deliver_parcels_now(at(hours))
    deliver(at(hours))
    return next(mail for mail in mailoutbox if mail.to == [SUPPORT])


def answer(case, text: str = "The patch comes tomorrow.", *, sender: str = SUPPORT, **fields) -> IncomingMail:
    return take(letter(sender, "Re: White page", text, to=case_address(case), **fields), at=at(3))


# --- Out -------------------------------------------------------------------------------------------------------------


def test_nothing_leaves_but_the_words_and_the_cases_subject(cast, case, mailoutbox):
    mailbox(has_subaddresses=True)
    write(case, cast.liaison, "Please send the patch.")
    mail = sent(mailoutbox)
    raw = mail.message().as_string()
    assert mail.subject == "White page since 12.4.1"
    assert "Please send the patch." in mail.body
    assert "马骏" in mail.body
    assert mail.attachments == []
    assert mail.alternatives == []
    ticket = case.ticket
    secrets = ("CANARY", "10.1.2.3", ticket.number, ticket.subject, ticket.contact_name, ticket.contact_email)
    for secret in (*secrets, ticket.contact_phone, ticket.contact_location, "李强"):
        assert secret not in mail.body + mail.subject + raw, secret
    assert mail.extra_headers["Reply-To"] == case_address(case)
    assert vendors.token(case) in mail.extra_headers["References"]
    row = OutboxMessage.objects.get(subject_type="vendor_case")
    assert (row.state, row.recipient_id, row.destination) == ("sent", None, f"vendor-case/{case.pk}")


def test_what_was_chosen_goes_along_and_is_kept_as_it_stood_then(cast, case, mailoutbox):
    ticket = case.ticket
    file = store_upload(
        upload=SimpleUploadedFile("console.log", b"ReferenceError", "text/plain"), actor=cast.agent, at=at()
    )
    reply(ticket, cast.agent, "log", kind="internal", attachments=[str(file.uuid)], at=at(0.5))
    chosen = {"fields": ["error_message", "device_hostname"], "files": [str(file.uuid)], "is_needed": True}
    write(case, cast.liaison, **chosen)
    Ticket.objects.filter(pk=ticket.pk).update(error_message="changed since")
    mail = sent(mailoutbox)
    assert "CANARY-ERROR" in mail.body
    assert "PC-CANARY" in mail.body
    assert "CANARY-DESCRIPTION" not in mail.body
    assert [(name, content) for name, content, _type in mail.attachments] == [("console.log", "ReferenceError")]
    message = last_message(case)
    assert [(item.field, item.is_personal) for item in message.disclosures.all()] == [
        ("error_message", True),
        ("device_hostname", False),
        ("", True),
    ]
    assert audit.verify() == []
    message.disclosures.filter(field="error_message").update(text="nothing")
    assert [row.table for row in audit.verify()] == ["vendor_message"]


def test_personal_data_goes_along_only_knowingly_and_foreign_files_never(cast, case):
    for fields in ({"fields": ["contact_phone"]}, {"fields": ["description"]}):
        with pytest.raises(InvalidInput) as refused:
            write(case, cast.liaison, **fields)
        assert set(refused.value.fields) == {"is_needed"}
    write(case, cast.liaison, fields=["device_hostname"])
    other = make_ticket(cast.requester2)
    file = store_upload(upload=SimpleUploadedFile("a.txt", b"x"), actor=cast.agent, at=at())
    reply(other, cast.lead, "x", kind="internal", at=at())
    run(other, "assign", cast.lead, team=cast.first_line)
    reply(other, cast.agent, "x", kind="internal", attachments=[str(file.uuid)], at=at())
    with pytest.raises(InvalidInput) as refused:
        write(case, cast.liaison, files=[str(file.uuid)], is_needed=True)
    assert set(refused.value.fields) == {"files_sent"}
    for field in ("cause", "status", "id", "requester"):
        with pytest.raises(InvalidInput) as refused:
            write(case, cast.liaison, fields=[field], is_needed=True)
        assert set(refused.value.fields) == {"fields_sent"}


def test_their_number_stands_in_the_subject_and_line_breaks_stay_out_of_headers(cast, case, mailoutbox):
    case.reference = "SR-9"
    case.save()
    write(case, cast.liaison)
    assert sent(mailoutbox).subject == "[SR-9] White page since 12.4.1"


def test_a_vendor_without_an_address_is_not_written_to(cast, vendor, case):
    vendor.email = ""
    save_vendor(vendor=vendor, actor=cast.admin)
    with pytest.raises(Conflict) as refused:
        write(case, cast.liaison)
    assert refused.value.code == "no_address"
    assert not OutboxMessage.objects.filter(subject_type="vendor_case").exists()


def test_mails_of_a_case_go_out_in_their_order_beside_those_to_people(cast, case, mailoutbox):
    write(case, cast.liaison, "One")
    write(case, cast.liaison, "Two", hours=1.5)
    deliver(at(2))
    bodies = [mail.body.splitlines()[0] for mail in mailoutbox if mail.to == [SUPPORT]]
    assert bodies == ["One", "Two"]
    assert ["liaison@example.com"] in [mail.to for mail in mailoutbox]


def test_a_mail_that_failed_can_be_sent_again(cast, case, mailoutbox):
    write(case, cast.liaison)
    OutboxMessage.objects.filter(subject_type="vendor_case").update(state="dead", attempts=6, next_attempt_at=None)
    assert replay(at=at(2)) == 1
    assert sent(mailoutbox, hours=3).subject == "White page since 12.4.1"


# --- In --------------------------------------------------------------------------------------------------------------


def test_the_vendors_answer_lands_on_its_case_and_nowhere_else(cast, case, as_user):
    write(case, cast.liaison)
    mail = answer(case, files={"patch.txt": b"how to"})
    assert (mail.outcome, mail.reason, mail.ticket) == ("appended", "vendor_answer", case.ticket)
    message = last_message(case)
    assert (message.direction, message.body, message.author) == ("in", "The patch comes tomorrow.", None)
    assert [file.name for file in message.files.all()] == ["patch.txt"]
    case.refresh_from_db()
    assert case.turn == "us"
    assert told("vendor_answered") == ["liaison", "agent"]
    ticket = case.ticket
    assert not Message.objects.filter(ticket=ticket, body__contains="patch comes").exists()
    page = as_user(cast.requester).get(f"/tickets/{ticket.number}/").content.decode()
    assert "patch" not in page
    assert "vendor has answered" in page
    file = message.files.get()
    assert as_user(cast.requester).get(f"/files/{file.uuid}").status_code == 404
    assert as_user(cast.agent).get(f"/files/{file.uuid}").status_code == 200
    assert audit.verify() == []


@pytest.mark.parametrize("sender", ["eve@vendor.example", "EVE@Vendor.Example"])
def test_a_contact_speaks_for_the_vendor(cast, case, sender):
    assert answer(case, sender=sender).outcome == "appended"


def test_the_whole_domain_speaks_for_the_vendor_only_where_that_is_set(cast, vendor, case):
    assert answer(case, sender="bob@vendor.example").outcome == "held"
    vendor.mail_domain = "vendor.example"
    save_vendor(vendor=vendor, actor=cast.admin)
    assert answer(case, "Now?", sender="bob@vendor.example").outcome == "appended"
    assert answer(case, "And I?", sender="bob@evil-vendor.example").outcome == "held"


def test_who_has_only_seen_the_token_is_held_and_can_be_vouched_for(cast, case):
    for sender in ("mallory@evil.example", cast.requester, cast.agent):
        mail = answer(case, "Pay here", sender=sender)
        assert (mail.outcome, mail.reason, mail.ticket) == ("held", "vendor_other_sender", case.ticket)
    assert codes(case.ticket) == ["vendor_case_opened"]
    assert IncomingMail.objects.visible_to(cast.agent).filter(outcome="held").count() == 3
    held = answer(case, "I am Eve's colleague", sender="new@vendor.example")
    assert can_decide_on_mail(cast.agent, held)
    released = holding.release(mail_id=held.pk, actor=cast.agent, at=at(4))
    assert (released.outcome, released.reason) == ("appended", "vendor_answer")
    assert last_message(case).address == "new@vendor.example"
    assert audit.verify() == []


def test_a_token_that_we_never_gave_opens_nothing(cast, case):
    genuine = vendors.token(case)
    forged = genuine[:-1] + ("a" if genuine[-1] != "a" else "b")
    mail = take(letter(SUPPORT, "Re: x", "x", to=f"help+{forged}@desk.example"), at=at(3))
    assert (mail.outcome, mail.reason) == ("held", "vendor_unproved")
    write(case, cast.liaison)
    deliver(at(1))
    uuid = OutboxMessage.objects.get(subject_type="vendor_case").uuid
    mail = take(letter(SUPPORT, "Re: x", "x", answers=f"<{uuid}@testserver>"), at=at(3))
    assert (mail.outcome, mail.reason, mail.ticket) == ("held", "vendor_unproved", case.ticket)
    assert Ticket.objects.count() == 1


def test_references_are_enough_where_the_mailbox_takes_no_subaddresses(cast, case):
    references = f"<{vendors.token(case)}@testserver> <x@vendor.example>"
    mail = take(letter(SUPPORT, "Re: x", "Here it is.", answers=references), at=at(3))
    assert (mail.outcome, mail.reason) == ("appended", "vendor_answer")


def test_the_vendors_token_gives_no_right_on_the_ticket(cast, case):
    """Neither does the requester's token let them write on the case."""
    answer(case)
    assert case.ticket.status == "in_progress"
    assert case.ticket.watcher_rows.count() == 0
    assert not Message.objects.filter(ticket=case.ticket, channel="email").exists()


def test_people_in_copy_learn_nothing(cast, case):
    answer(case, cc=cast.colleague.email, verified="pass")
    assert case.ticket.watcher_rows.count() == 0


def test_a_sender_whose_domain_refutes_the_mail_is_held(cast, case):
    mail = answer(case, verified="fail")
    assert (mail.outcome, mail.reason) == ("held", "sender_forged")


def test_a_machine_of_the_vendor_is_kept_on_the_case_and_changes_no_turn(cast, case):
    write(case, cast.liaison)
    mail = answer(case, "We got your request SR-9.", Auto_Submitted="auto-replied")
    assert (mail.outcome, mail.reason) == ("appended", "vendor_answer")
    case.refresh_from_db()
    assert (case.turn, last_message(case).is_automatic) == ("vendor", True)
    assert told("vendor_answered") == ["liaison"]
    public = case.ticket.events.filter(code="vendor_answered", is_public=True)
    assert not public.exists()


def test_quotes_are_left_out_and_tokens_are_not_shown(cast, case):
    quoted = f"OK.\n\nOn Mon, 23 Nov 2026, Help wrote:\n> reply to {case_address(case)}\n> Please send the patch.\n"
    answer(case, quoted)
    assert last_message(case).body == "OK."
    answer(case, f"Write to {case_address(case)}")
    assert vendors.token(case) not in last_message(case).body


def test_an_answer_to_a_closed_case_is_kept_on_it(cast, case):
    close(case, cast.liaison, hours=2)
    assert answer(case, "One more thing").outcome == "appended"
    case.refresh_from_db()
    assert (case.state, case.turn) == ("closed", "us")
    assert told("vendor_answered") == ["liaison", "agent"]
    assert audit.verify() == []


def test_an_answer_about_an_archived_ticket_is_held(cast, case):
    close(case, cast.liaison, hours=2)
    run(case.ticket, "withdraw", cast.requester, at=at(2.2), reason="x")
    run(case.ticket, "archive", cast.agent, at=at(2.5))
    mail = answer(case)
    assert (mail.outcome, mail.reason) == ("held", "vendor_sealed")
    with pytest.raises(Conflict) as refused:
        holding.release(mail_id=mail.pk, actor=cast.agent, at=at(4))
    assert refused.value.code == "not_releasable"


def test_the_same_mail_twice_is_one_answer(cast, case):
    raw = letter(SUPPORT, "Re: x", "Once", to=case_address(case))
    first = take(raw, at=at(3))
    again = take(raw, at=at(3) + timedelta(minutes=1))
    assert first.pk == again.pk or again.outcome == "duplicate"
    assert VendorMessage.objects.filter(case=case).count() == 1


def bounce(row: OutboxMessage, address: str) -> bytes:
    """A report that a mail of ours didn't arrive, with our mail in it."""
    report = EmailMessage()
    report["From"] = "MAILER-DAEMON@mx.vendor.example"
    report["To"] = DESK
    report["Subject"] = "Undelivered Mail Returned to Sender"
    report["Message-ID"] = "<bounce-1@mx.vendor.example>"
    report.set_content(f"<{address}>: host mx said: 550 5.1.1 User unknown\n\nMessage-ID: <{row.uuid}@testserver>\n")
    return report.as_bytes()


def test_a_mail_that_comes_back_is_told_once_and_marks_no_person(cast, case):
    write(case, cast.liaison)
    deliver(at(1))
    row = OutboxMessage.objects.get(subject_type="vendor_case")
    first = take(bounce(row, SUPPORT), at=at(2))
    assert (first.outcome, first.ticket) == ("appended", case.ticket)
    again = take(bounce(row, SUPPORT).replace(b"bounce-1", b"bounce-2"), at=at(2))
    assert again.outcome in ("ignored", "duplicate")
    row.refresh_from_db()
    case.refresh_from_db()
    assert (row.state, case.turn) == ("bounced", "us")
    assert told("vendor_mail_returned") == ["liaison"]
    assert take(bounce(row, "somebody@else.example").replace(b"bounce-1", b"bounce-3"), at=at(2)).outcome == "ignored"
    assert audit.verify() == []
