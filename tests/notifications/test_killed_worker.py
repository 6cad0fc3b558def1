"""K1 of the fault cases, with real processes: kill -9 in the middle of sending loses nothing and doubles nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from helpdesk.common.models import OutboxMessage
from notifications.models import Notification
from tests.factories import make_ticket

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60  # seconds
Manage = Callable[..., subprocess.Popen[str]]


def database_url() -> str:
    facts = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{facts['NAME']}"
    password = f":{facts['PASSWORD']}" if facts.get("PASSWORD") else ""
    if facts["HOST"].startswith("/"):
        return f"postgres://{facts['USER']}{password}@/{facts['HOST']}/{facts['NAME']}"
    return f"postgres://{facts['USER']}{password}@{facts['HOST']}:{facts['PORT'] or 5432}/{facts['NAME']}"


@pytest.fixture
def manage(sink: Any, tmp_path: Path) -> Manage:
    """Start a management command as a process of its own, on the test's database and mail server."""
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ},
        "DJANGO_SETTINGS_MODULE": "helpdesk.settings",
        "DATABASE_URL": database_url(),
        "DATA_DIR": str(tmp_path),
        "EMAIL_URL": f"smtp://127.0.0.1:{sink.port}",
        "SECRET_KEY": "kV9w2qLrT7xYb4NcZ8mHs3JdF6gPa1EuXo5iRtWyQeBnMkCvDz",
        "ALLOW_TEST_CLOCK": "1",
        "LOG_LEVEL": "ERROR",
    }

    def start(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )

    return start


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
