"""The poller killed at any moment: as many tickets as mails, no more, no fewer. With real processes."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import UserFactory
from tests.mailroom.imap_server import ImapServer
from tests.mailroom.letters import letter
from tests.notifications.processes import ROOT, database_url
from tickets.models import IncomingMail, Ticket
from tickets.services.mailroom import polling, processing

# The whole measure, 50 kills while 200 mails arrive, takes minutes: KILLS=50 MAILS=200.
KILLS = int(os.environ.get("KILLS", "6"))
MAILS = int(os.environ.get("MAILS", "40"))
POLLER = """
import django
django.setup()
from django.utils import timezone
from tickets.services.mailroom import polling, processing
while True:
    polling.poll_all(clock=timezone.now, may_go_on=lambda: True)
    processing.process_waiting(clock=timezone.now, may_go_on=lambda: True)
    polling.MailboxState.objects.update(next_poll_at=None)  # ask again at once, not in 15 s
"""


@pytest.mark.django_db(transaction=True)
def test_a_poller_killed_again_and_again_makes_one_ticket_a_mail(cast, settings, tmp_path):
    settings.FILES_DIR = tmp_path / "files"
    server = ImapServer()
    server.start()
    dice = random.Random(7)
    people = [UserFactory() for _ in range(MAILS)]
    mails = [letter(person, text=f"{person.username} 报修") for person in people]
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ},
        "DJANGO_SETTINGS_MODULE": "helpdesk.settings",
        "DATABASE_URL": database_url(),
        "DATA_DIR": str(tmp_path),
        "MAILBOX_URL": server.url,
        "SECRET_KEY": "kV9w2qLrT7xYb4NcZ8mHs3JdF6gPa1EuXo5iRtWyQeBnMkCvDz",
        "LOG_LEVEL": "ERROR",
    }
    try:
        for _ in range(KILLS):
            arriving = [mails.pop() for _ in range(min(len(mails), MAILS // KILLS))]
            server.put(*arriving)
            poller = subprocess.Popen([sys.executable, "-c", POLLER], cwd=ROOT, env=environment)
            with pytest.raises(subprocess.TimeoutExpired):
                poller.wait(1 + 4 * dice.random())
            poller.kill()
            poller.wait()
        assert Ticket.objects.exists(), "no poller got anywhere before it was killed"
        server.put(*mails)
        settings.MAILBOX = server.address
        later = timezone.now() + timedelta(minutes=5)
        polling.poll_all(clock=lambda: later, may_go_on=lambda: True)
        processing.process_waiting(clock=lambda: later, may_go_on=lambda: True)
    finally:
        server.stop()
    assert set(IncomingMail.objects.values_list("outcome", flat=True)) == {"created"}
    assert Ticket.objects.count() == MAILS
    assert Ticket.objects.values("requester").distinct().count() == MAILS
