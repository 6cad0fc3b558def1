"""Leasing messages of the outbox, and settling what became of them. Any number of workers may do it at once.

A message is leased before it is tried and its attempt counted then, so neither a killed worker nor a message
that kills workers can keep it for ever. Whoever settles a message must still hold its lease: `attempts` is the
fencing token.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from helpdesk.accounts.models import User
from helpdesk.common.models import OutboxMessage
from notifications.models import DeliveryPause
from notifications.services.outcomes import Carried, NotMeant, NotNow, Unanswered, Undelivered

log = structlog.get_logger(__name__)

State, Channel = OutboxMessage.State, OutboxMessage.Channel

LEASE = timedelta(seconds=120)
BACK_OFF = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
)
MAX_ATTEMPTS = len(BACK_OFF) + 1
OVERTAKEN_AFTER = 4  # attempts: from then on the pauses are hours
LOOK_AHEAD = 20
# To destinations, which have a moment of giving up instead: closer together, and the last pause again and again.
BACK_OFF_TO_DESTINATIONS = (
    timedelta(seconds=10),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=4),
)
TRIED_FOR = timedelta(hours=24)
# Against a message that kills its worker each time.
MAX_ATTEMPTS_TO_DESTINATIONS = 20
REPEATS = 1  # of a message that may have arrived already
WAITING = (State.PENDING, State.UNCERTAIN)
# What is repeated is shown a second time there; a webhook carries the id by which its receiver knows it again.
SHOWN_TWICE = (Channel.EMAIL, Channel.CHAT)


@dataclass
class Report:
    """What one run did, as counts by resulting state. `has_more`: the time was over before the messages were."""

    counts: Counter[str] = field(default_factory=Counter)
    has_more: bool = False


def due_messages(*, at: datetime) -> QuerySet[OutboxMessage]:
    """What may be tried at `at`: nothing while delivery is paused."""
    waiting = OutboxMessage.objects.filter(state__in=WAITING, next_attempt_at__lte=at)
    return waiting.filter(~Exists(DeliveryPause.objects.all()))


def in_turn(messages: QuerySet[OutboxMessage]) -> QuerySet[OutboxMessage]:
    """Those to destinations whose turn it is: of each ticket only the oldest message that is not settled yet."""
    older = OutboxMessage.objects.filter(
        ~Q(state=State.UNCERTAIN, next_attempt_at__isnull=True),
        ~Q(destination=""),
        destination=OuterRef("destination"),
        subject_type=OuterRef("subject_type"),
        subject_id=OuterRef("subject_id"),
        state__in=(State.PENDING, State.LEASED, State.UNCERTAIN),
        pk__lt=OuterRef("pk"),
    )
    return messages.filter(~Exists(older))


def claim(due: QuerySet[OutboxMessage], *, at: datetime, limit: int) -> list[OutboxMessage]:
    """Lease some of the due messages and count the attempt. On PostgreSQL rows that others hold are skipped; on SQLite
    the transaction has begun IMMEDIATE, so nobody else writes."""
    due = due.order_by("next_attempt_at", "id")
    if not due.exists():
        return []
    claimed = []
    with transaction.atomic():
        for row in due.select_for_update(skip_locked=True, of=("self",))[:limit]:
            if _lease(row, at, ~Exists(_older_mails(row))):
                claimed.append(row)
    return claimed


def claim_mails(due: QuerySet[OutboxMessage], *, at: datetime) -> Iterator[OutboxMessage]:
    """Lease one due mail after the other, oldest first, each only when it is asked for, with its recipient.

    Other workers may be at the same mails: whoever loses one takes the next. Passed over is what would overtake an older
    mail. Several are looked at together, by an index alone: the database doesn't know how many are due, and would
    otherwise join and sort them all for each.
    """
    due = due.order_by("next_attempt_at", "id")
    page = due
    while rows := list(page[:LOOK_AHEAD]):
        people = User.objects.in_bulk({row.recipient_id for row in rows if row.recipient_id is not None})
        for row in rows:
            if _lease(row, at, ~Exists(_older_mails(row))):
                if row.recipient_id is not None:
                    row.recipient = people[row.recipient_id]
                yield row
        last = rows[-1]
        later = Q(next_attempt_at__gt=last.next_attempt_at) | Q(pk__gt=last.pk)
        page = due.filter(later, next_attempt_at__gte=last.next_attempt_at)


def _older_mails(row: OutboxMessage) -> QuerySet[OutboxMessage]:
    """Mails to the same person about the same thing that go first: on its way, or tried and tried again soon."""
    on_its_way = Q(state=State.LEASED)
    tried_again_soon = Q(state__in=WAITING, attempts__lt=OVERTAKEN_AFTER, next_attempt_at__isnull=False)
    return OutboxMessage.objects.filter(
        on_its_way | tried_again_soon,
        channel=Channel.EMAIL,
        state__in=(State.PENDING, State.LEASED, State.UNCERTAIN),
        attempts__gt=0,
        recipient=row.recipient_id,
        subject_type=row.subject_type,
        subject_id=row.subject_id,
        pk__lt=row.pk,
    )


def _lease(row: OutboxMessage, at: datetime, *conditions: Any) -> bool:
    mine = OutboxMessage.objects.filter(*conditions, pk=row.pk, attempts=row.attempts, state__in=WAITING)
    changes = {"state": State.LEASED, "lease_expires_at": at + LEASE, "next_attempt_at": None}
    is_mine = bool(mine.update(attempts=F("attempts") + 1, **changes))
    row.attempts += is_mine
    return is_mine


def release(rows: Sequence[OutboxMessage], *, at: datetime) -> None:
    """Give back what was leased and not tried after all; the attempt doesn't count."""
    for row in rows:
        mine = OutboxMessage.objects.filter(pk=row.pk, attempts=row.attempts, state=State.LEASED)
        mine.update(state=row.state, attempts=F("attempts") - 1, lease_expires_at=None, next_attempt_at=at)


def attempt(row: OutboxMessage, deliver: Callable[[], None], at: datetime, report: Report) -> Exception | None:
    """Try one message and settle it. Whatever goes wrong stays with this message; the error is returned.

    No transaction is open while another server is spoken to: it would keep every writer of SQLite waiting.
    """
    try:
        deliver()
    except NotMeant as error:
        state = _settle(row, State.SKIPPED, reason=error.reason)
        failure: Exception | None = error
    except NotNow as error:
        state, failure = _put_off(row, until=error.until), error
    except Carried as error:
        state, failure = State.CARRIED, error
    except Exception as error:
        if not isinstance(error, Undelivered):
            log.exception("outbox_error", event_id=str(row.uuid), topic=row.topic, channel=row.channel)
        state = _settle_failure(row, error, at=at)
        failure = error
    else:
        state, failure = _settle_success(row, at=at), None
    report.counts[state] += 1
    log.info("outbox_attempt", event_id=str(row.uuid), topic=row.topic, channel=row.channel, outcome=state)
    return failure


def _settle_success(row: OutboxMessage, *, at: datetime) -> str:
    """It is out. True even if the lease has run out meanwhile, unless another worker is at it again."""
    mine = OutboxMessage.objects.filter(pk=row.pk, attempts=row.attempts)
    mine.update(state=State.SENT, sent_at=at, lease_expires_at=None, next_attempt_at=None, last_error="")
    return State.SENT


def _settle_failure(row: OutboxMessage, error: Exception, *, at: datetime, wait: timedelta | None = None) -> str:
    """Back into the queue with back-off, or to its end: dead, or uncertain if it may have arrived."""
    doubts = row.doubts + int(getattr(error, "is_doubtful", False))
    is_over = getattr(error, "is_permanent", False) or _is_over(row, at) or doubts > REPEATS
    reason = error.reason if isinstance(error, Undelivered) else type(error).__name__
    if is_over:
        return _settle(row, State.UNCERTAIN if doubts else State.DEAD, reason=reason, doubts=doubts)
    next_attempt_at = at + (_pause(row, error) if wait is None else wait)
    if row.give_up_at is not None:
        next_attempt_at = min(next_attempt_at, row.give_up_at)
    state = State.UNCERTAIN if doubts else State.PENDING
    return _settle(row, state, reason=reason, doubts=doubts, next_attempt_at=next_attempt_at)


def _is_over(row: OutboxMessage, at: datetime) -> bool:
    if row.give_up_at is None:
        return row.attempts >= MAX_ATTEMPTS
    return at >= row.give_up_at or row.attempts >= MAX_ATTEMPTS_TO_DESTINATIONS


def _pause(row: OutboxMessage, error: Exception) -> timedelta:
    if row.give_up_at is None:
        return BACK_OFF[row.attempts - 1]
    usual = BACK_OFF_TO_DESTINATIONS[min(row.attempts, len(BACK_OFF_TO_DESTINATIONS)) - 1]
    asked = error.retry_after if isinstance(error, Undelivered) else None
    return usual if asked is None else max(usual, asked)


def _put_off(row: OutboxMessage, *, until: datetime) -> str:
    """Back into the queue until then. The attempt that `claim` counted was none."""
    mine = OutboxMessage.objects.filter(pk=row.pk, attempts=row.attempts, state=State.LEASED)
    mine.update(
        state=State.PENDING, attempts=F("attempts") - 1, next_attempt_at=until, lease_expires_at=None, last_error=""
    )
    return State.PENDING


def _settle(
    row: OutboxMessage,
    state: str,
    *,
    reason: str,
    doubts: int | None = None,
    next_attempt_at: datetime | None = None,
) -> str:
    mine = OutboxMessage.objects.filter(pk=row.pk, attempts=row.attempts, state=State.LEASED)
    mine.update(
        state=state,
        doubts=row.doubts if doubts is None else doubts,
        next_attempt_at=next_attempt_at,
        lease_expires_at=None,
        last_error=reason[:300],
    )
    return state


def recover_expired(*, at: datetime) -> int:
    """Give back what killed workers had leased. Returns how many.

    What nobody sees twice is simply tried again. A mail or a chat message may have been handed over just before the
    end, so its attempt counts as one without an answer.
    """
    expired = OutboxMessage.objects.filter(state=State.LEASED, lease_expires_at__lte=at)
    count = 0
    for row in expired:
        kind = Unanswered if row.channel in SHOWN_TWICE else Undelivered
        _settle_failure(row, kind("the worker ended before it was done"), at=at, wait=timedelta(0))
        count += 1
    return count
