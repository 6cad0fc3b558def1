"""Dead, slow and rude destinations beside healthy ones (K23), two workers, a worker killed in the middle."""

from __future__ import annotations

import json
import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import close_old_connections, connection
from django.utils import timezone

from helpdesk.common import net
from helpdesk.common.models import OutboxMessage
from notifications.models import ChatChannel, Delivery, WebhookEndpoint
from notifications.selectors import oldest_due
from notifications.services import circuit
from notifications.services.parcels import deliver_parcels
from notifications.services.settling import LEASE, recover_expired
from tests.factories import make_ticket, reply
from tests.net_server import WebServer, answer, make_certificate, reset
from tests.notifications.acts import deliver_parcels_now, make_hook, parcels
from tests.notifications.processes import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)
EVENTS = 40


def ids_of(server: WebServer) -> Counter[str]:
    return Counter(asked.headers["webhook-id"] for asked in server.asked)


def test_failing_destinations_keep_nothing_from_a_healthy_one(cast, make_server, tmp_path, monkeypatch):
    monkeypatch.setattr(net, "TIME_LIMIT", 2.0)
    healthy, broken, busy, cut = make_server(), make_server(answer("500 Error")), make_server(), make_server(reset)
    slow = make_server()
    slow.reply = slow.hold
    busy.reply = answer("429 Too Many Requests", Retry_After="600")
    tls = make_server(certificate=make_certificate(tmp_path))
    servers = {"healthy": healthy, "broken": broken, "busy": busy, "cut": cut, "slow": slow, "tls": tls}
    hooks = {name: make_hook(cast.admin, server.url, name=name) for name, server in servers.items()}
    at = timezone.now()
    for _ in range(EVENTS):
        make_ticket(cast.requester)

    while deliver_parcels_now().has_more:
        pass
    assert len(healthy.asked) == EVENTS
    assert set(ids_of(healthy).values()) == {1}
    assert {row.state for row in parcels(destination=hooks["healthy"].key)} == {"sent"}
    for name in ("broken", "cut", "slow", "tls"):
        assert servers[name].connections == circuit.OPENS_AFTER, name
        hook = WebhookEndpoint.objects.get(name=name)
        assert hook.blocked_until is not None, name
        assert hook.failures == circuit.OPENS_AFTER, name
    errors = {name: WebhookEndpoint.objects.get(name=name).last_error.partition(":")[0] for name in hooks}
    assert errors == {
        "healthy": "", "broken": "500", "busy": "429", "cut": "broken", "slow": "timeout", "tls": "tls"
    }  # fmt: skip

    # One that asks for ten minutes gets them.
    assert len(busy.asked) == 1
    hook = WebhookEndpoint.objects.get(name="busy")
    assert hook.blocked_until is not None
    assert hook.blocked_until >= at + timedelta(seconds=600)
    for server in (broken, busy, cut, slow):
        server.reply = answer()
        server.asked.clear()
    deliver_parcels_now(after=timedelta(minutes=5))
    assert busy.asked == []
    deliver_parcels_now(after=timedelta(minutes=11))
    deliver_parcels_now(after=timedelta(minutes=25))
    for name in ("broken", "busy", "cut", "slow"):
        assert len(ids_of(servers[name])) == EVENTS, name
        assert set(ids_of(servers[name]).values()) == {1}, name
    assert {row.state for row in parcels(destination=hooks["broken"].key)} == {"sent"}


def test_an_open_circuit_tries_one_message_now_and_then(cast, server):
    server.reply = answer("500 Error")
    make_hook(cast.admin, server.url)
    for _ in range(8):
        make_ticket(cast.requester)
    while deliver_parcels_now().has_more:
        pass
    assert len(server.asked) == circuit.OPENS_AFTER
    at = timezone.now()
    for pause in (*circuit.PAUSES[:2], circuit.PAUSES[2]):
        before = len(server.asked)
        deliver_parcels_now(at, after=pause / 2)
        assert len(server.asked) == before
        at += pause + timedelta(seconds=5)
        deliver_parcels_now(at)
        assert len(server.asked) == before + 1
    # New messages wait with the others.
    before = len(server.asked)
    make_ticket(cast.requester)
    deliver_parcels_now(at)
    assert len(server.asked) == before


def test_what_waits_for_a_dead_destination_ends_after_a_day_and_alarms_nobody(cast, server):
    server.reply = answer("500 Error")
    make_hook(cast.admin, server.url)
    for _ in range(5):
        make_ticket(cast.requester)
    while deliver_parcels_now().has_more:
        pass
    OutboxMessage.objects.filter(destination="").delete()
    assert oldest_due(at=timezone.now()) is None, "what waits for a failing destination is no sign of a stuck worker"
    later = timezone.now() + timedelta(hours=25)
    WebhookEndpoint.objects.update(blocked_until=later + timedelta(minutes=1))
    deliver_parcels_now(later)
    assert {(row.state, row.next_attempt_at) for row in parcels()} == {("dead", None)}


def test_two_workers_at_once_tell_everything_once_and_in_order(cast, make_server):
    servers = [make_server() for _ in range(3)]
    for server in servers:
        make_hook(cast.admin, server.url)
    tickets = [make_ticket(cast.requester) for _ in range(5)]
    for ticket in tickets:
        reply(ticket, cast.requester, "还没好")
    failures: list[Exception] = []
    start = threading.Barrier(3)

    def work() -> None:
        try:
            start.wait(timeout=10)
            while deliver_parcels_now().counts:
                pass
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=PATIENCE)
    close_old_connections()
    while deliver_parcels_now().counts:
        pass
    assert failures == []
    assert {row.state for row in parcels()} == {"sent"}
    for server in servers:
        assert set(ids_of(server).values()) == {1}
        assert len(server.asked) == 10
        for ticket in tickets:
            told = [json.loads(asked.body)["data"] for asked in server.asked]
            assert [data["sequence"] for data in told if data["number"] == ticket.number] == [1, 2]


def test_only_one_worker_tries_a_destination_that_has_failed(cast, server):
    make_hook(cast.admin, server.url)
    for _ in range(3):
        make_ticket(cast.requester)
    server.reply = answer("500 Error")
    deliver_parcels_now()
    server.reply = server.hold
    at = timezone.now()

    def work() -> None:
        try:
            deliver_parcels_now(at)
        finally:
            connection.close()

    first = threading.Thread(target=work)
    first.start()
    server.has_arrived.clear()
    assert server.has_arrived.wait(PATIENCE)
    before = len(server.asked)
    assert deliver_parcels_now(at).counts == {}
    assert len(server.asked) == before
    server.let_go()
    first.join(PATIENCE)


def test_a_run_ends_when_its_time_is_over(cast, make_server):
    servers = [make_server() for _ in range(2)]
    for server in servers:
        make_hook(cast.admin, server.url)
    for _ in range(3):
        make_ticket(cast.requester)
    questions = iter([True, *[False] * 100])
    report = deliver_parcels(at=timezone.now(), may_go_on=lambda: next(questions))
    assert report.has_more
    assert sum(len(server.asked) for server in servers) < 6
    while deliver_parcels_now().has_more:
        pass
    assert {row.state for row in parcels()} == {"sent"}


def test_a_worker_killed_after_sending_repeats_under_the_same_id(cast, server, manage):
    hook = make_hook(cast.admin, server.url)
    for _ in range(3):
        make_ticket(cast.requester)
    server.reply = server.hold
    worker = manage("outbox", "drain", EGRESS_ALLOW=f"127.0.0.1:{server.port}")
    try:
        assert server.has_arrived.wait(PATIENCE), "the worker never sent anything"
    finally:
        worker.kill()
    worker.wait(PATIENCE)
    leased = OutboxMessage.objects.filter(destination=hook.key, state="leased")
    assert leased.count() == 3, "they are leased together and sent one by one"
    (in_flight,) = [row for row in leased if str(row.uuid) in ids_of(server)]
    server.reply = answer()
    server.let_go()

    later = (timezone.now() + timedelta(minutes=3)).isoformat()
    restarted = manage("sweep", "--now", later, "--json", EGRESS_ALLOW=f"127.0.0.1:{server.port}")
    restarted.communicate(timeout=PATIENCE)
    assert restarted.returncode == 0
    assert {row.state for row in parcels()} == {"sent"}
    counts = ids_of(server)
    assert counts.pop(str(in_flight.uuid)) == 2, "the receiver knows the repeat by its id"
    assert list(counts.values()) == [1, 1]


def test_a_chat_message_left_by_a_killed_worker_may_have_been_seen(cast):
    channel = ChatChannel.objects.create(name="A", url="dingtalk://abc123", service="dingtalk", team=cast.first_line)
    at = timezone.now()
    row: dict[str, Any] = {"topic": "test", "subject_type": "destination", "subject_id": 1, "created_at": at}
    OutboxMessage.objects.create(
        event_key="x", channel="chat", destination=channel.key, state="leased", attempts=1,
        lease_expires_at=at, give_up_at=at + timedelta(hours=24), **row,
    )  # fmt: skip
    assert recover_expired(at=at + LEASE) == 1
    assert [(row.state, row.doubts) for row in parcels()] == [("uncertain", 1)]


def test_what_was_leased_with_a_failing_message_is_given_back_untried(cast, server):
    make_hook(cast.admin, server.url)
    for _ in range(3):
        make_ticket(cast.requester)
    server.reply = answer("500 Error")
    deliver_parcels_now()
    rows = parcels()
    assert [(row.state, row.attempts) for row in rows] == [("pending", 1), ("pending", 0), ("pending", 0)]
    assert all(row.lease_expires_at is None and row.next_attempt_at is not None for row in rows)


def test_attempts_are_written_down(cast, server):
    server.reply = answer("503 Service Unavailable", b"\xffmaintenance" * 500)
    make_hook(cast.admin, server.url)
    make_ticket(cast.requester)
    deliver_parcels_now()
    log = Delivery.objects.get()
    assert (log.status, log.error, log.attempt, len(log.answer)) == (503, "503", 1, 1024)
    assert log.answer.startswith("\ufffdmaintenance")
