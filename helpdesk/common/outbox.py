"""Writing to the outbox. Sending from it is the notifications app's work."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from helpdesk.common.models import OutboxMessage

PEOPLE, DESTINATIONS = "people", "destinations"
_wake_ups: dict[str, list[Callable[[], None]]] = {PEOPLE: [], DESTINATIONS: []}


@dataclass(frozen=True)
class Notice:
    """One person to be told one thing. `payload` holds codes and ids, never finished text."""

    topic: str
    recipient_id: int
    payload: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Occasion:
    """What is told of: the notices, the subject, and the key by which each person hears it once."""

    notices: Iterable[Notice]
    event_key: str
    subject_type: str
    subject_id: int


@dataclass(frozen=True)
class Parcel:
    """Another system to be told one thing. `payload` holds codes and ids, never finished text.

    It is tried no longer than until `give_up_at`.
    """

    topic: str
    channel: str
    destination: str
    give_up_at: datetime
    payload: dict[str, Any] = field(default_factory=dict)


def on_new_messages(wake_up: Callable[[], None], *, to: str = PEOPLE) -> None:
    """Register a doorbell, called after the commit of a transaction that wrote messages to people, or to
    destinations. It must not fail."""
    _wake_ups[to].append(wake_up)


@contextmanager
def without_doorbell() -> Iterator[None]:
    """Commit without waking anybody: for seeding a past whose messages count as sent."""
    silenced = {to: wake_ups[:] for to, wake_ups in _wake_ups.items()}
    for wake_ups in _wake_ups.values():
        wake_ups.clear()
    try:
        yield
    finally:
        _wake_ups.update(silenced)


def _ring_after_commit(to: str) -> None:
    def ring() -> None:
        for wake_up in _wake_ups[to]:
            wake_up()

    transaction.on_commit(ring, robust=True)


def enqueue(
    notices: Iterable[Notice],
    *,
    event_key: str,
    subject_type: str,
    subject_id: int,
    at: datetime,
    channels: Iterable[str] = OutboxMessage.PERSONAL,
) -> int:
    """Append messages for every notice on every channel, once per person. Returns how many were written.

    Must run inside the transaction of the act. A person named twice gets the first notice.
    """
    return enqueue_all([Occasion(notices, event_key, subject_type, subject_id)], at=at, channels=channels)


def enqueue_all(
    occasions: Iterable[Occasion], *, at: datetime, channels: Iterable[str] = OutboxMessage.PERSONAL
) -> int:
    """As `enqueue`, for several things at once."""
    channels = tuple(channels)
    rows: dict[tuple[str, str, int], OutboxMessage] = {}
    for told in occasions:
        for notice in told.notices:
            for channel in channels:
                rows.setdefault(
                    (told.event_key, channel, notice.recipient_id),
                    OutboxMessage(
                        event_key=told.event_key,
                        topic=notice.topic,
                        channel=channel,
                        recipient_id=notice.recipient_id,
                        subject_type=told.subject_type,
                        subject_id=told.subject_id,
                        payload=notice.payload,
                        next_attempt_at=at,
                        created_at=at,
                    ),
                )
    if rows:
        OutboxMessage.objects.bulk_create(rows.values(), ignore_conflicts=True)
        _ring_after_commit(PEOPLE)
    return len(rows)


def enqueue_parcels(
    parcels: Iterable[Parcel], *, event_key: str, subject_type: str, subject_id: int, at: datetime
) -> int:
    """Append one message for each destination, once. Returns how many. Must run inside the transaction of the act."""
    rows = [
        OutboxMessage(
            event_key=event_key,
            topic=parcel.topic,
            channel=parcel.channel,
            destination=parcel.destination,
            subject_type=subject_type,
            subject_id=subject_id,
            payload=parcel.payload,
            next_attempt_at=at,
            give_up_at=parcel.give_up_at,
            created_at=at,
        )
        for parcel in parcels
    ]
    if rows:
        OutboxMessage.objects.bulk_create(rows, ignore_conflicts=True)
        _ring_after_commit(DESTINATIONS)
    return len(rows)


@dataclass(frozen=True)
class Letter:
    """A mail to somebody outside who has no account here. `destination` stands in place of a person; whoever sends it
    looks up the address and the words, which are no part of the row."""

    topic: str
    destination: str
    payload: dict[str, Any] = field(default_factory=dict)


def enqueue_letter(letter: Letter, *, event_key: str, subject_type: str, subject_id: int, at: datetime) -> None:
    """Append one mail to somebody outside, once. Must run inside the transaction of the act."""
    row = OutboxMessage(
        event_key=event_key,
        topic=letter.topic,
        channel=OutboxMessage.Channel.EMAIL,
        destination=letter.destination,
        subject_type=subject_type,
        subject_id=subject_id,
        payload=letter.payload,
        next_attempt_at=at,
        created_at=at,
    )
    OutboxMessage.objects.bulk_create([row], ignore_conflicts=True)
    _ring_after_commit(PEOPLE)
