"""Fetching from a real IMAP server: nothing lost, nothing doubled, whatever happens in between."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from helpdesk.env import Mailbox as Address
from tests.mailroom.imap_server import FOLDER, PASSWORD, USER, ImapServer
from tests.mailroom.letters import DESK, letter
from tickets.models import IncomingMail, Mailbox, MailboxState, Ticket
from tickets.services.mailroom import polling, processing, storing

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def running() -> Iterator[ImapServer]:
    server = ImapServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def server(running, settings) -> Iterator[ImapServer]:
    """The server with an empty folder, and MAILBOX_URL pointing at it."""
    client = running.client()
    client.delete(FOLDER)
    client.create(FOLDER)
    client.logout()
    settings.MAILBOX = running.address
    yield running


def poll(at: datetime | None = None, *, may_go_on=lambda: True) -> polling.Run:
    moment = at or timezone.now()
    return polling.poll_all(clock=lambda: moment, may_go_on=may_go_on)


def state() -> MailboxState:
    return MailboxState.objects.get()


def test_unread_mails_become_tickets_and_are_marked(cast, server):
    server.put(letter(cast.requester), letter(cast.colleague))
    assert poll().fetched == 2
    assert Ticket.objects.count() == 2 and server.unseen() == 0
    assert state().last_success_at is not None and state().last_error == ""


def test_later_mails_are_new_whether_somebody_has_read_them_or_not(cast, server):
    server.put(letter(cast.requester))
    poll()
    server.put(letter(cast.colleague))
    client = server.client()
    client.select(FOLDER)
    client.store("1:*", "+FLAGS", r"(\Seen)")
    client.logout()
    poll(timezone.now() + timedelta(minutes=1))
    assert Ticket.objects.count() == 2


def test_a_mailbox_that_was_set_up_anew_makes_nothing_twice(cast, server):
    """UIDVALIDITY changes, and every mail in the box is unread again (K25)."""
    mails = [letter(cast.requester, text=f"第 {number} 封") for number in range(5)]
    server.put(*mails)
    poll()
    before = state().uid_validity
    client = server.client()
    client.delete(FOLDER)
    client.create(FOLDER)
    client.logout()
    server.put(*mails, letter(cast.colleague))
    poll(timezone.now() + timedelta(minutes=1))
    assert Ticket.objects.count() == 6
    assert state().uid_validity != before


def test_an_unreadable_mail_blocks_no_other(cast, server):
    server.put(b"From: a@x.example\r\nFrom: b@x.example\r\n\r\ntwo senders", letter(cast.requester))
    poll()
    assert set(IncomingMail.objects.values_list("outcome", flat=True)) == {"quarantined", "created"}


def test_a_crash_after_storing_is_made_good_by_the_next_run(cast, server):
    raw = letter(cast.requester)
    server.put(raw)
    box = polling.to_fetch()[0]
    storing.store(raw=raw, mailbox=box, at=timezone.now())  # …and then the poller was killed
    poll()
    processing.process_waiting(clock=timezone.now, may_go_on=lambda: True)
    assert Ticket.objects.count() == 1 and server.unseen() == 0


def test_a_crash_in_the_middle_of_a_mail_is_made_good_when_its_lease_is_over(cast, server):
    now = timezone.now()
    mail, _is_new = storing.store(raw=letter(cast.requester), mailbox=polling.to_fetch()[0], at=now)
    IncomingMail.objects.filter(pk=mail.pk).update(attempts=1, lease_expires_at=now + processing.LEASE)
    processing.process_waiting(clock=lambda: now, may_go_on=lambda: True)
    assert not Ticket.objects.exists()
    later = now + processing.LEASE
    processing.process_waiting(clock=lambda: later, may_go_on=lambda: True)
    assert Ticket.objects.count() == 1


def test_a_mail_that_kills_its_reader_ends_in_quarantine(cast, server):
    now = timezone.now()
    mail, _is_new = storing.store(raw=letter(cast.requester), mailbox=polling.to_fetch()[0], at=now)
    IncomingMail.objects.filter(pk=mail.pk).update(attempts=processing.MAX_ATTEMPTS)
    assert processing.process(mail.pk, at=now).reason == "failed"


def test_no_time_for_all_goes_on_where_it_stopped(cast, server):
    server.put(*(letter(cast.requester, text=str(number)) for number in range(polling.AT_ONCE + 5)))
    answers = iter([True, True, False])
    run = poll(may_go_on=lambda: next(answers))
    assert run.has_more and run.fetched == polling.AT_ONCE
    poll()
    assert Ticket.objects.count() == polling.AT_ONCE + 5


def test_two_pollers_at_once_make_one_ticket_a_mail(cast, server):
    """The lease keeps the second one off; were it over, the mail's row would."""
    server.put(letter(cast.requester))
    box = polling.to_fetch()[0]
    now = timezone.now()
    MailboxState.objects.create(mailbox=box, lease_expires_at=now + polling.LEASE)
    assert poll(now).fetched == 0
    assert poll(now + polling.LEASE).fetched == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"password": "wrong"}, "sign_in"), ({"folder": "Nowhere"}, "folder"), ({"host": "nowhere.invalid"}, "address")],
)
def test_what_is_wrong_with_a_mailbox_is_said(server, settings, changes, code):
    settings.MAILBOX = Address(**{**vars(settings.MAILBOX), **changes})
    assert poll().failing
    assert state().last_error.startswith(f"{code}:")
    assert "wrong" not in state().last_error


def test_a_server_that_is_away_is_said_once_and_asked_again_with_growing_pauses(cast, settings, caplog):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        settings.MAILBOX = Address("127.0.0.1", closed.getsockname()[1], "none", USER, PASSWORD, FOLDER)
    at = timezone.now()
    pauses = []
    with caplog.at_level("INFO"):
        for _ in range(8):
            poll(at)
            pauses.append(state().next_poll_at - at)
            at = state().next_poll_at
    assert pauses[0] == polling.EVERY and pauses[1] == 2 * polling.EVERY and pauses[-1] == polling.LONGEST_PAUSE
    assert sum("mailbox_failing" in record.getMessage() for record in caplog.records) == 1


def test_a_mailbox_recovers_by_itself(cast, server, settings):
    good = settings.MAILBOX
    settings.MAILBOX = Address(**{**vars(good), "password": "wrong"})
    poll()
    server.put(letter(cast.requester))
    settings.MAILBOX = good
    poll(state().next_poll_at)
    assert Ticket.objects.count() == 1
    assert (state().failing_since, state().failures, state().last_error) == (None, 0, "")


def test_a_server_that_hangs_up_in_the_middle_is_a_failure_and_no_more(cast, settings):
    listener = socket.create_server(("127.0.0.1", 0))

    def hang_up() -> None:
        connection, _address = listener.accept()
        connection.sendall(b"* OK ready\r\n")
        connection.recv(100)
        connection.close()

    thread = threading.Thread(target=hang_up)
    thread.start()
    settings.MAILBOX = Address("127.0.0.1", listener.getsockname()[1], "none", USER, PASSWORD, FOLDER)
    poll()
    thread.join()
    listener.close()
    assert state().failing_since is not None


def test_an_unknown_certificate_is_refused(cast, server, settings):
    """pymap speaks no TLS here, so what answers is no TLS at all; the connection must not fall back to plain text."""
    settings.MAILBOX = Address(**{**vars(settings.MAILBOX), "security": "tls"})
    poll()
    assert state().failing_since is not None and not IncomingMail.objects.exists()


def test_mailboxes_of_the_administration_are_fetched_too(cast, server, settings):
    settings.MAILBOX = None
    Mailbox.objects.create(
        name="IT",
        address=DESK,
        host="127.0.0.1",
        port=server.port,
        security="none",
        username=USER,
        password=PASSWORD,
        folder=FOLDER,
    )
    server.put(letter(cast.requester))
    assert poll().fetched == 1
    assert Ticket.objects.count() == 1


def test_a_stored_password_is_not_readable_in_the_database(db):
    from django.db import connection

    box = Mailbox.objects.create(name="IT", address=DESK, password="s3cret-CANARY")
    with connection.cursor() as cursor:
        cursor.execute("SELECT password FROM tickets_mailbox")
        (stored,) = cursor.fetchone()
    assert "CANARY" not in stored
    box.refresh_from_db()
    assert box.password == "s3cret-CANARY"
    assert not any("CANARY" in str(vars(row)) for row in Mailbox.history.all())


def test_readyz_tells_of_the_last_poll_and_of_a_poller_that_stopped(client, cast, server):
    def finding():
        return client.get("/readyz").json()["checks"]["mailboxes"]

    assert finding()["ok"] is False  # nobody has fetched yet
    poll()
    polled = finding()
    assert polled.pop("last_poll_seconds") < 60
    assert polled == {"ok": True, "failing": 0, "nearly_full": 0}
    MailboxState.objects.update(next_poll_at=timezone.now() - timedelta(minutes=2))
    assert finding()["ok"] is False
