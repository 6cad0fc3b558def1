"""Periodic jobs that run once per slot however many schedulers tick, and signs of life."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from helpdesk.common.models import Heartbeat, JobSlot


def claim_slot(job: str, *, every: timedelta, at: datetime) -> bool:
    """True for exactly one caller per job and slot of length `every` (slots are aligned to the epoch, UTC)."""
    _, created = JobSlot.objects.get_or_create(job=job, slot=_slot(every, at))
    return created


def release_slot(job: str, *, every: timedelta, at: datetime) -> None:
    """Give a claimed slot back, because its job failed: the next caller gets it."""
    JobSlot.objects.filter(job=job, slot=_slot(every, at)).delete()


def _slot(every: timedelta, at: datetime) -> datetime:
    seconds = int(every.total_seconds())
    return datetime.fromtimestamp(int(at.timestamp()) // seconds * seconds, tz=UTC)


def forget_old_slots(*, before: datetime) -> int:
    """Remove slots older than `before`. Returns how many."""
    deleted, _ = JobSlot.objects.filter(slot__lt=before).delete()
    return deleted


def beat(name: str, *, at: datetime) -> None:
    """Record that the named part is alive."""
    Heartbeat.objects.update_or_create(name=name, defaults={"seen_at": at})
