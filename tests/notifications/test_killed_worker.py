"""K1 of the fault cases, with real processes: kill -9 in the middle of sending loses nothing and doubles nothing."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from helpdesk.common.models import OutboxMessage
from notifications.models import Notification
from tests.factories import make_ticket
from tests.notifications.processes import PATIENCE


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_while_sending_loses_no_mail_and_doubles_none(cast, sink, manage):
    for _ in range(5):
        make_ticket(cast.requester)
    sink.mode = "hold"
    worker = manage("outbox", "drain")
    try:
        assert sink.has_arrived.wait(PATIENCE), "the worker never sent anything"
    finally:
        worker.kill()
    worker.wait(PATIENCE)
    in_flight = OutboxMessage.objects.get(channel="email", state="leased")
    sink.mode = "ok"
    sink.let_go()

    later = (timezone.now() + timedelta(minutes=3)).isoformat()
    restarted = manage("sweep", "--now", later, "--json")
    output, _ = restarted.communicate(timeout=PATIENCE)
    assert restarted.returncode == 0
    assert json.loads(output)["outbox"] == {"recovered": 1, "sent": 5}

    assert set(OutboxMessage.objects.values_list("state", flat=True)) == {"sent"}
    assert Notification.objects.count() == 5
    counts = sink.count_by_event()
    assert len(counts) == 5, "every mail went out"
    assert counts.pop(str(in_flight.uuid)) == 2, "it had been taken when the worker died: the one allowed repeat"
    assert set(counts.values()) == {1}
    repeats = [mail["Message-ID"] for mail in sink.mails if mail["X-Event-Id"] == str(in_flight.uuid)]
    assert len(set(repeats)) == 1


@pytest.mark.django_db(transaction=True)
def test_two_processes_that_drain_at_once_send_each_mail_once(cast, sink, manage):
    for _ in range(8):
        make_ticket(cast.requester)
    workers = [manage("outbox", "drain") for _ in range(2)]
    for worker in workers:
        worker.communicate(timeout=PATIENCE)
    assert [worker.returncode for worker in workers] == [0, 0]
    assert set(sink.count_by_event().values()) == {1}
    assert len(sink.mails) == 8
