"""What watching machines are told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from helpdesk.beat import HeartbeatScheduler
from helpdesk.celery import app
from helpdesk.common import outbox, scheduling
from helpdesk.common.models import Heartbeat
from helpdesk.tasks import heartbeat
from helpdesk.web import health

pytestmark = pytest.mark.django_db


@pytest.fixture
def alive() -> None:
    for name in ("scheduler", "worker"):
        scheduling.beat(name, at=timezone.now())


def test_healthz_says_that_the_process_is_up(client: Client) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert "no-store" in response["Cache-Control"]


def test_ready_when_all_parts_work(client: Client, alive: None) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200, response.json()
    assert set(response.json()["checks"]) == {
        "database",
        "broker",
        "scheduler",
        "worker",
        "outbox",
        "mailboxes",
        "disk",
    }


@pytest.mark.parametrize("name", ["scheduler", "worker"])
def test_a_silent_part_shows_within_two_minutes(client: Client, alive: None, name: str) -> None:
    scheduling.beat(name, at=timezone.now() - timedelta(seconds=110))
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"][name] == {"ok": False, "age_seconds": 110}


def test_a_part_that_was_never_seen_is_not_ready(client: Client) -> None:
    assert client.get("/readyz").json()["checks"]["worker"] == {"ok": False, "reason": "never seen"}


def test_an_outbox_that_nobody_empties_shows(client: Client, alive: None) -> None:
    user = get_user_model()._default_manager.create_user("someone", "someone@example.org", full_name="Someone")
    for age, is_ok in ((10, True), (115, False)):
        notice = outbox.Notice(topic="received", recipient_id=user.pk)
        at = timezone.now() - timedelta(seconds=age)
        outbox.enqueue([notice], event_key=f"test:{age}", subject_type="test", subject_id=1, at=at)
        assert client.get("/readyz").json()["checks"]["outbox"]["ok"] is is_ok


def test_a_full_disk_shows(client: Client, alive: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "FREE_DISK_NEEDED", 2**62)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"]["disk"]["ok"] is False


def test_an_absent_broker_shows(client: Client, alive: None, settings: Any, tmp_path: Any) -> None:
    if settings.REDIS_URL:
        settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": f"unix://{tmp_path}/nowhere"}}
    else:
        settings.BROKER_DIR = tmp_path / "nowhere"
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"]["broker"] == {"ok": False}


def test_the_heartbeat_task_is_the_workers_sign_of_life() -> None:
    heartbeat()
    assert list(Heartbeat.objects.values_list("name", flat=True)) == ["worker"]


@pytest.mark.django_db(transaction=True)
def test_the_scheduler_gives_its_own_sign_of_life() -> None:
    HeartbeatScheduler(app=app, lazy=True)._give_sign(timezone.now())
    assert list(Heartbeat.objects.values_list("name", flat=True)) == ["scheduler"]


def test_all_periodic_work_is_due_when_the_scheduler_starts() -> None:
    entries = HeartbeatScheduler(app=app).schedule
    assert {"sweep", "heartbeat", "dispatch-outbox"} <= set(entries)
    assert [name for name, entry in entries.items() if not entry.is_due().is_due] == []


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_health_pages_only_answer_reading(client: Client, method: str) -> None:
    assert getattr(client, method)("/healthz").status_code == 405


def test_metrics_are_for_this_machine(client: Client) -> None:
    response = client.get("/metrics", REMOTE_ADDR="127.0.0.1")
    assert response.status_code == 200
    assert b"django_http_requests" in response.content


def test_metrics_hide_from_others_and_from_proxied_requests(client: Client) -> None:
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.7").status_code == 404
    assert client.get("/metrics", REMOTE_ADDR="127.0.0.1", headers={"X-Forwarded-For": "6.6.6.6"}).status_code == 404


def test_metrics_open_to_the_token(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = "a-long-one"
    for token, status in (("a-long-one", 200), ("another", 404), ("", 404)):
        headers = {"Authorization": f"Bearer {token}"}
        assert client.get("/metrics", REMOTE_ADDR="203.0.113.7", headers=headers).status_code == status


def test_metrics_open_to_administrators_only(client: Client) -> None:
    people = get_user_model()._default_manager
    for name, is_admin, status in (("boss", True, 200), ("clerk", False, 404)):
        client.force_login(people.create_user(name, f"{name}@example.org", full_name=name, is_admin=is_admin))
        assert client.get("/metrics", REMOTE_ADDR="203.0.113.7").status_code == status
