"""Fetching from Dovecot, the server that most desks will meet: sign-in, certificates, folders, room, a changed folder."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from helpdesk.env import Mailbox as Address
from tests.mailroom.dovecot import IS_KNOWN, Dovecot
from tests.mailroom.letters import letter
from tests.net_server import make_certificate
from tickets.models import IncomingMail, MailboxState, Ticket
from tickets.services.mailroom import polling

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not IS_KNOWN, reason="Dovecot 2.3 is not installed (Debian 12: dovecot-imapd)"),
]


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return make_certificate(tmp_path)


@pytest.fixture
def server(tmp_path_factory: Any, certificate: Path) -> Iterator[Dovecot]:
    folder = tmp_path_factory.mktemp("dovecot", numbered=True)
    for above in [folder, *folder.parents[:3]]:
        above.chmod(above.stat().st_mode | 0o011)  # its processes run as somebody else
    running = Dovecot(folder, certificate, room=40)
    running.start()
    yield running
    running.stop()


def poll(at: datetime | None = None) -> polling.Run:
    moment = at or timezone.now()
    return polling.poll_all(clock=lambda: moment, may_go_on=lambda: True)


def state() -> MailboxState:
    return MailboxState.objects.get()


def test_mails_become_tickets_and_are_marked(cast, server: Dovecot, settings) -> None:
    settings.MAILBOX = server.address()
    server.put(letter(cast.requester), letter(cast.colleague))
    assert poll().fetched == 2
    assert Ticket.objects.count() == 2
    assert server.unseen() == 0
    assert poll(timezone.now() + timedelta(minutes=1)).fetched == 0


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_that_nobody_vouches_for_is_refused_and_said(cast, server, settings, security, caplog) -> None:
    server.put(letter(cast.requester))
    settings.MAILBOX = server.address(security)
    poll()
    poll(timezone.now() + timedelta(hours=1))
    assert state().last_error.startswith("certificate:")
    assert not IncomingMail.objects.exists()
    assert sum("mailbox_failing" in record.getMessage() for record in caplog.records) == 1


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_that_is_trusted_is_taken(cast, server, settings, security, certificate, monkeypatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    server.put(letter(cast.requester))
    settings.MAILBOX = server.address(security)
    assert poll().fetched == 1
    assert state().last_error == ""


@pytest.mark.parametrize(("changes", "code"), [({"password": "wrong"}, "sign_in"), ({"folder": "没有"}, "folder")])
def test_what_is_wrong_is_said(server: Dovecot, settings, changes: dict[str, str], code: str) -> None:
    settings.MAILBOX = Address(**{**vars(server.address()), **changes})
    poll()
    assert state().last_error.startswith(f"{code}:")


def test_a_mailbox_that_fills_up_is_said_once_and_read_all_the_same(cast, server, settings, client, caplog) -> None:
    settings.MAILBOX = server.address()
    server.put(letter(cast.requester, text="卡纸。" * 3050))
    assert poll().fetched == 1
    poll(timezone.now() + timedelta(minutes=1))
    assert state().is_nearly_full
    assert state().failing_since is None
    assert sum("mailbox_nearly_full" in record.getMessage() for record in caplog.records) == 1
    client.force_login(cast.admin)
    holes = client.get(reverse("admin:escalation_health")).content.decode()
    assert f"{state().percent_full}%" in holes
    with pytest.raises(AssertionError, match="OVERQUOTA"):
        server.put(letter(cast.colleague, text="卡纸。" * 4000))
    _empty(server)
    poll(timezone.now() + timedelta(minutes=2))
    assert state().percent_full == 0


def test_a_folder_that_was_made_anew_makes_nothing_twice(cast, server: Dovecot, settings) -> None:
    """Another UIDVALIDITY, and every mail is unread again (K25)."""
    settings.MAILBOX = server.address()
    mails = [letter(cast.requester, text=f"第 {number} 封") for number in range(3)]
    server.put(*mails)
    poll()
    before = state().uid_validity
    client = server.client()
    client.delete(server.folder)
    client.create(server.folder)
    client.logout()
    server.put(*mails, letter(cast.colleague))
    poll(timezone.now() + timedelta(minutes=1))
    assert state().uid_validity != before
    assert Ticket.objects.count() == 4


def test_a_server_that_ends_in_the_middle_loses_nothing(cast, server: Dovecot, settings) -> None:
    settings.MAILBOX = server.address()
    mails = polling.AT_ONCE + 5
    server.put(*[letter(cast.requester, text=f"第 {number} 封") for number in range(mails)])
    calls = []

    def end_after_the_first_mails() -> bool:
        calls.append(1)
        if len(calls) == 3:  # asked once before the mailbox, and before each lot of mails
            server.stop()
        return True

    now = timezone.now()
    polling.poll_all(clock=lambda: now, may_go_on=end_after_the_first_mails)
    assert state().failing_since is not None
    assert Ticket.objects.count() == polling.AT_ONCE
    server.start()
    poll(now + timedelta(hours=1))
    assert Ticket.objects.count() == mails
    assert server.unseen() == 0


def _empty(server: Dovecot) -> None:
    client = server.client()
    client.select(server.folder)
    client.store("1:*", "+FLAGS", r"(\Deleted)")
    client.expunge()
    client.logout()
