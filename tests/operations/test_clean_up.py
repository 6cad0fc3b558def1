"""Cleaning up: each job once per slot, and no job keeps another from running."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from helpdesk import periodic
from helpdesk.common.models import IdempotencyKey, JobSlot
from helpdesk.periodic import Job, clean_up
from tests.factories import make_ticket
from tickets.models import AuditAnchor, Presence

NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


def test_every_job_runs_once_per_slot_however_many_ask(db):
    assert clean_up(at=NOON) == [job.name for job in periodic.JOBS]
    assert clean_up(at=NOON + timedelta(minutes=15)) == []
    assert "presence" in clean_up(at=NOON + timedelta(hours=1))


def test_there_is_one_audit_anchor_a_day(cast):
    make_ticket(cast.requester, at=NOON - timedelta(hours=1))
    for hours in range(3):
        clean_up(at=NOON + timedelta(hours=hours))
    assert AuditAnchor.objects.count() == 1
    assert AuditAnchor.objects.get().event_count == 1


def test_what_has_served_its_time_is_forgotten(cast):
    ticket = make_ticket(cast.requester)
    Presence.objects.create(ticket=ticket, user=cast.agent, seen_at=NOON - timedelta(hours=2))
    Presence.objects.create(ticket=ticket, user=cast.lead, seen_at=NOON - timedelta(seconds=20))
    for key, age in (("old", timedelta(hours=25)), ("young", timedelta(hours=23))):
        IdempotencyKey.objects.create(user=cast.agent, key=key, request_hash="x", created_at=NOON - age)
    JobSlot.objects.create(job="x", slot=NOON - timedelta(days=3))
    clean_up(at=NOON)
    assert list(Presence.objects.values_list("user", flat=True)) == [cast.lead.pk]
    assert list(IdempotencyKey.objects.values_list("key", flat=True)) == ["young"]
    assert not JobSlot.objects.filter(slot__lt=NOON - timedelta(days=2)).exists()


def test_a_job_that_fails_is_tried_at_the_next_tick_and_stops_no_other(db, monkeypatch: pytest.MonkeyPatch):
    calls: list[str] = []

    def fail(at: datetime) -> None:
        calls.append("bad")
        raise OSError("disk full")

    jobs = (
        Job("bad", timedelta(days=1), fail),
        Job("good", timedelta(days=1), lambda at: calls.append("good")),
    )
    monkeypatch.setattr(periodic, "JOBS", jobs)
    assert clean_up(at=NOON) == ["good"]
    assert clean_up(at=NOON + timedelta(minutes=15)) == []
    assert calls == ["bad", "good", "bad"]
