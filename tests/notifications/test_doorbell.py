"""Ringing for a worker never breaks or slows an act."""

from __future__ import annotations

from typing import Any

import pytest
from celery import current_app
from django.core.cache import cache
from kombu.exceptions import OperationalError

from notifications import doorbell
from notifications.tasks import dispatch_outbox
from tests.factories import make_ticket


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tasks that were sent to the broker; the bell starts untouched."""
    sent: list[str] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, **options: sent.append(name))
    monkeypatch.setattr(doorbell, "_silent_until", 0.0)
    return sent


@pytest.mark.django_db(transaction=True)
def test_a_committed_act_rings_once_until_a_worker_answers(cast, rung):
    make_ticket(cast.requester)
    make_ticket(cast.requester)
    assert rung == [dispatch_outbox.name]
    doorbell.answer()
    make_ticket(cast.requester)
    assert len(rung) == 2


def test_the_bell_is_silent_before_the_commit(cast, rung, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        make_ticket(cast.requester)
        assert rung == []
    assert rung == [dispatch_outbox.name]


@pytest.mark.django_db(transaction=True)
def test_an_absent_broker_breaks_nothing_and_is_asked_only_once_in_a_while(cast, rung, monkeypatch):
    attempts = []

    def fail(name: str, **options: Any) -> None:
        attempts.append(name)
        raise OperationalError("nobody there")

    monkeypatch.setattr(current_app, "send_task", fail)
    for _ in range(3):
        assert make_ticket(cast.requester).pk
        cache.clear()
    assert len(attempts) == 1


@pytest.mark.django_db(transaction=True)
def test_the_task_delivers_what_is_due(cast, rung, mailoutbox):
    make_ticket(cast.requester)
    dispatch_outbox()
    assert len(mailoutbox) == 1
    assert cache.get(doorbell.KEY) is None
