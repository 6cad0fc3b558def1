"""The one dispatcher of the outbox. Any number of workers may run it at once.

A message is leased before it is tried and its attempt counted then, so neither a killed worker nor a message
that kills workers can keep it for ever. Whoever settles a message must still hold its lease: `attempts` is the
fencing token.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Exists, F, QuerySet

from helpdesk.common.models import OutboxMessage
from notifications.models import DeliveryPause
from notifications.services import centre, mail
from notifications.services.outcomes import ChannelDown, NotMeant, Unanswered, Undelivered
from notifications.services.smtp import MailTransport

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
REPEATS = 1  # of a message that may have arrived already
BATCH = 50
WAITING = (State.PENDING, State.UNCERTAIN)


@dataclass
class Report:
    """What one run did, as counts by resulting state. `has_more`: the time was over before the messages were."""

    counts: Counter[str] = field(default_factory=Counter)
    has_more: bool = False


def dispatch_due(*, at: datetime, may_go_on: Callable[[], bool]) -> Report:
    """Deliver what is due by `at`, as long as `may_go_on()`. Nothing while delivery is paused.

    A run has to be short beside the length of a lease: leases count from `at`.
    """
    report = Report()
    report.counts["recovered"] += recover_expired(at=at)
    _run_centre(at, may_go_on, report)
    _run_mail(at, may_go_on, report)
    report.counts += Counter()  # drops the zeros
    return report


def _run_centre(at: datetime, may_go_on: Callable[[], bool], report: Report) -> None:
    while rows := _claim(channel=Channel.IN_APP, at=at, limit=BATCH):
        for row in rows:
            # Line and state become visible together.
            with transaction.atomic():
                _attempt(row, lambda row=row: _deliver_line(row), at, report)  # type: ignore[misc]
        if not may_go_on():
            report.has_more = True
            return


def _deliver_line(row: OutboxMessage) -> None:
    with transaction.atomic():
        centre.deliver(row)


def _run_mail(at: datetime, may_go_on: Callable[[], bool], report: Report) -> None:
    """One by one: when the worker is killed, one message is in doubt and not a whole batch."""
    with MailTransport() as transport:
        while rows := _claim(channel=Channel.EMAIL, at=at, limit=1):
            row = rows[0]
            error = _attempt(row, lambda row=row: mail.deliver(row, transport), at, report)  # type: ignore[misc]
            if isinstance(error, ChannelDown):
                return
            if not may_go_on():
                report.has_more = True
                return


def due_messages(*, at: datetime) -> QuerySet[OutboxMessage]:
    """What may be tried at `at`: nothing while delivery is paused."""
    waiting = OutboxMessage.objects.filter(state__in=WAITING, next_attempt_at__lte=at)
    return waiting.filter(~Exists(DeliveryPause.objects.all()))


def _claim(*, channel: str, at: datetime, limit: int) -> list[OutboxMessage]:
    """Lease due messages and count the attempt. On PostgreSQL rows that others hold are skipped; on SQLite the
    transaction has begun IMMEDIATE, so nobody else writes."""
    due = due_messages(at=at).filter(channel=channel).order_by("next_attempt_at", "id")
    if not due.exists():
        return []
    claimed = []
    with transaction.atomic():
        for row in due.select_for_update(skip_locked=True, of=("self",))[:limit]:
            mine = OutboxMessage.objects.filter(pk=row.pk, attempts=row.attempts, state__in=WAITING)
            if mine.update(
                state=State.LEASED, attempts=F("attempts") + 1, lease_expires_at=at + LEASE, next_attempt_at=None
            ):
                row.attempts += 1
                claimed.append(row)
    return claimed


def _attempt(row: OutboxMessage, deliver: Callable[[], None], at: datetime, report: Report) -> Exception | None:
    """Try one message and settle it. Whatever goes wrong stays with this message; the error is returned.

    No transaction is open while a mail server is spoken to: it would keep every writer of SQLite waiting.
    """
    try:
        deliver()
    except NotMeant as error:
        state = _settle(row, State.SKIPPED, reason=error.reason)
        failure: Exception | None = error
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
    is_over = getattr(error, "is_permanent", False) or row.attempts >= MAX_ATTEMPTS or doubts > REPEATS
    reason = error.reason if isinstance(error, Undelivered) else type(error).__name__
    if is_over:
        return _settle(row, State.UNCERTAIN if doubts else State.DEAD, reason=reason, doubts=doubts)
    pause = BACK_OFF[row.attempts - 1] if wait is None else wait
    state = State.UNCERTAIN if doubts else State.PENDING
    return _settle(row, state, reason=reason, doubts=doubts, next_attempt_at=at + pause)


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

    A line of the notification centre is simply tried again. A mail may have been handed over just before the
    end, so its attempt counts as one without an answer.
    """
    expired = OutboxMessage.objects.filter(state=State.LEASED, lease_expires_at__lte=at)
    count = 0
    for row in expired:
        kind = Unanswered if row.channel == Channel.EMAIL else Undelivered
        _settle_failure(row, kind("the worker ended before it was done"), at=at, wait=timedelta(0))
        count += 1
    return count
