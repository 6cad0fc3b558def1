"""Several messages in one mail: the daily summary, and what happens on one ticket within a few minutes.

A message that goes along is settled when it joins its carrier, in one transaction with the check that the carrier can
still take it. From then on the mail is the carrier's alone: a repeat has the same content and the same id.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from helpdesk.common.models import OutboxMessage
from notifications import groups
from notifications.quiet import next_hour
from notifications.services.outcomes import Carried
from notifications.services.preferences import Mode, Wishes

State, Channel = OutboxMessage.State, OutboxMessage.Channel

DIGEST = "digest"
DAYS_AHEAD = 7
MOST_TOGETHER = 20


def join_digest(row: OutboxMessage, wishes: Wishes, *, at: datetime) -> None:
    """Put a message that this worker holds into the recipient's next summary. Always raises Carried.

    The summary of a day is one row, whoever makes it; one that was tried already takes nothing more.
    """
    due = next_hour(at, wishes.digest_hour, wishes.zone)
    for day in range(DAYS_AHEAD):
        if _join(row, due + timedelta(days=day), at):
            raise Carried
    raise RuntimeError("no summary takes this message")


@transaction.atomic
def _join(row: OutboxMessage, due: datetime, at: datetime) -> bool:
    digest = _digest_of(row, due, at)
    if digest is not None:
        _go_along(row, digest)
    return digest is not None


def _digest_of(row: OutboxMessage, due: datetime, at: datetime) -> OutboxMessage | None:
    """The recipient's summary of that day, locked; None if it was tried already."""
    assert row.recipient_id is not None, "summaries are for people"
    digest, _created = OutboxMessage.objects.get_or_create(
        event_key=f"{DIGEST}-{due:%Y-%m-%d}",
        channel=Channel.EMAIL,
        recipient_id=row.recipient_id,
        defaults={
            "topic": DIGEST,
            "subject_type": DIGEST,
            "subject_id": row.recipient_id,
            "next_attempt_at": due,
            "created_at": at,
        },
    )
    locked = OutboxMessage.objects.select_for_update().get(pk=digest.pk)
    return locked if locked.state == State.PENDING and locked.attempts == 0 else None


def _go_along(row: OutboxMessage, carrier: OutboxMessage) -> None:
    mine = OutboxMessage.objects.filter(pk=row.pk, attempts=row.attempts, state=State.LEASED)
    mine.update(state=State.CARRIED, carrier=carrier, lease_expires_at=None, next_attempt_at=None, last_error="")


@transaction.atomic
def take_along(row: OutboxMessage, wishes: Wishes) -> None:
    """Let what waits for the same person about the same ticket go with this mail, unless it was tried already."""
    if row.attempts > 1 or row.topic not in groups.GATHERED:
        return
    mine = OutboxMessage.objects.select_for_update().filter(pk=row.pk, attempts=row.attempts, state=State.LEASED)
    if not mine.exists():
        return
    together = [topic for topic in groups.GATHERED if wishes.mode(topic, Channel.EMAIL) == Mode.AT_ONCE]
    others = OutboxMessage.objects.filter(
        state=State.PENDING,
        attempts=0,
        channel=Channel.EMAIL,
        recipient_id=row.recipient_id,
        subject_type=row.subject_type,
        subject_id=row.subject_id,
        topic__in=together,
        next_attempt_at__isnull=False,
    )
    ids = list(others.order_by("pk").values_list("pk", flat=True)[:MOST_TOGETHER])
    others.filter(pk__in=ids).update(state=State.CARRIED, carrier=row, next_attempt_at=None)


def carried_by(row: OutboxMessage) -> list[OutboxMessage]:
    """What goes along with this mail, oldest first."""
    return list(row.carried.select_related("recipient").order_by("created_at", "pk"))
