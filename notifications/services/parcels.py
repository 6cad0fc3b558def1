"""Telling other systems: what is due for webhooks and chat channels. Any number of workers at once.

Every destination is served by itself, oldest first and each ticket in order, so a slow or dead one keeps none of the
others waiting. Nothing is open in the database while another server is spoken to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet

from helpdesk.common.models import OutboxMessage
from helpdesk.common.net import Answer, EgressError
from notifications.models import ChatChannel, Delivery, Destination, WebhookEndpoint
from notifications.services import chat, circuit, webhooks
from notifications.services.exchange import Exchange, exchange_of, failed_exchange, failure_of, refuse_failure
from notifications.services.outcomes import NotMeant, Undelivered
from notifications.services.settling import (
    SHOWN_TWICE,
    Report,
    attempt,
    claim,
    due_messages,
    in_turn,
    recover_expired,
    release,
)

State = OutboxMessage.State

KINDS: tuple[type[Destination], ...] = (WebhookEndpoint, ChatChannel)
LANES = 16  # destinations served at the same time
LOOK_AGAIN = 0.5  # seconds after which new messages for idle destinations are noticed
BATCH = 50
TOGETHER = 10


def deliver_parcels(*, at: datetime, may_go_on: Callable[[], bool]) -> Report:
    """Deliver to destinations what is due by `at`, as long as `may_go_on()`. Nothing while delivery is paused.

    A run has to be short beside the length of a lease: leases count from `at`.
    """
    report = Report()
    report.counts["recovered"] += recover_expired(at=at)
    everybody = _destinations()
    _drop_orphans([one.key for one in everybody], at, report)
    _give_up([one.key for one in everybody if _is_blocked(one, at)], at, report)
    if len(everybody) == 1:
        for destination in _ready(at):
            _run_lane(destination, at, may_go_on, report)
    else:
        _run_lanes(at, may_go_on, report)
    report.counts += Counter()  # drops the zeros
    return report


def _run_lanes(at: datetime, may_go_on: Callable[[], bool], report: Report) -> None:
    """Side by side. A destination that failed isn't tried again in this run."""
    failed: set[str] = set()
    running: dict[Future[bool], str] = {}
    reports = []
    with ThreadPoolExecutor(max_workers=LANES) as pool:
        while True:
            busy = failed | set(running.values())
            for destination in _ready(at) if may_go_on() else ():
                if destination.key not in busy:
                    reports.append(Report())
                    future = pool.submit(_run_in_thread, destination, at, may_go_on, reports[-1])
                    running[future] = destination.key
            if not running:
                break
            for future in wait(running, timeout=LOOK_AGAIN, return_when=FIRST_COMPLETED).done:
                key = running.pop(future)
                if not future.result():
                    failed.add(key)
    for one in reports:
        report.counts += one.counts
        report.has_more |= one.has_more


def _run_in_thread(destination: Destination, at: datetime, may_go_on: Callable[[], bool], report: Report) -> bool:
    try:
        return _run_lane(destination, at, may_go_on, report)
    finally:
        connection.close()


def _run_lane(destination: Destination, at: datetime, may_go_on: Callable[[], bool], report: Report) -> bool:
    """Serve one destination until nothing is due, it fails, or the time is over. Returns whether it may be served on."""
    if not circuit.enter(destination, at=at):
        return False
    while rows := claim(_due_there(destination, at), at=at, limit=_at_once(destination)):
        for place, row in enumerate(rows, 1):
            failure = _serve(row, destination, at, report)
            is_over = not may_go_on()
            if failure is not None or is_over:
                release(rows[place:], at=at)
                # With few failures the others are worth a try at once; an open circuit lets nobody in.
                report.has_more = True
                if failure is not None:
                    return False
                circuit.leave(destination, at=at)
                return True
    circuit.leave(destination, at=at)
    return True


def _at_once(destination: Destination) -> int:
    """How many messages to lease together. One where a repeat would be seen, so that only one is ever in doubt; one
    where it failed last."""
    is_alone = destination.channel in SHOWN_TWICE or destination.failures
    return 1 if is_alone else TOGETHER


def _serve(row: OutboxMessage, destination: Destination, at: datetime, report: Report) -> Undelivered | None:
    """Try one message, write down what passed, and judge the destination by it. Returns its failure."""
    passed: list[Exchange] = []

    def deliver() -> None:
        try:
            answer = _hand_over(row, destination, at)
        except EgressError as error:
            passed.append(failed_exchange(error))
            raise failure_of(error, is_shown_twice=row.channel in SHOWN_TWICE) from error
        passed.append(exchange_of(answer))
        refuse_failure(answer, at=at)
        if isinstance(destination, ChatChannel):
            chat.refuse_refusal(answer)

    error = attempt(row, deliver, at, report)
    if not passed:
        return None
    failure = error if isinstance(error, Undelivered) else None
    with transaction.atomic():
        _log(row, destination, passed[0], failure, at)
        if failure is None:
            circuit.note_success(destination)
        else:
            circuit.note_failure(destination, reason=failure.reason, retry_after=failure.retry_after, at=at)
    return failure


def _hand_over(row: OutboxMessage, destination: Destination, at: datetime) -> Answer:
    if isinstance(destination, WebhookEndpoint):
        return webhooks.send(row, destination, at=at)
    assert isinstance(destination, ChatChannel)
    return chat.send(row, destination, at=at)


def _log(
    row: OutboxMessage, destination: Destination, passed: Exchange, failure: Undelivered | None, at: datetime
) -> None:
    Delivery.objects.create(
        message=row,
        destination=destination.key,
        attempt=row.attempts,
        tried_at=at,
        duration_ms=round(passed.seconds * 1000),
        status=passed.status,
        error=passed.error or (failure.reason[:300] if failure is not None else ""),
        answer=passed.answer,
    )


# --- What is due -----------------------------------------------------------------------------------------------


def _destinations() -> list[Destination]:
    return [row for kind in KINDS for row in kind._default_manager.order_by("pk")]


def _is_blocked(destination: Destination, at: datetime) -> bool:
    return destination.blocked_until is not None and destination.blocked_until > at


def _ready(at: datetime) -> Iterator[Destination]:
    """The destinations that may be tried and have something due."""
    for destination in _destinations():
        if not _is_blocked(destination, at) and _due_there(destination, at).exists():
            yield destination


def _due_there(destination: Destination, at: datetime) -> QuerySet[OutboxMessage]:
    return in_turn(due_messages(at=at).filter(destination=destination.key))


def _drop_orphans(keys: list[str], at: datetime, report: Report) -> None:
    """Messages for what was deleted meanwhile. Letters to people outside have a destination too, and go with the mails."""

    def refuse() -> None:
        raise NotMeant("destination_gone")

    orphans = due_messages(at=at).exclude(destination="").exclude(destination__in=keys)
    orphans = orphans.exclude(channel=OutboxMessage.Channel.EMAIL)
    while rows := claim(orphans, at=at, limit=BATCH):
        for row in rows:
            attempt(row, refuse, at, report)


def _give_up(blocked: list[str], at: datetime, report: Report) -> None:
    """End what waited its whole time for a destination that never came back. The others get their last attempt."""
    over = due_messages(at=at).filter(destination__in=blocked, give_up_at__lte=at)
    if not blocked or not over.exists():
        return
    reason = "the destination did not answer all the time"
    report.counts[State.DEAD] += over.filter(state=State.PENDING).update(
        state=State.DEAD, next_attempt_at=None, last_error=reason
    )
    report.counts[State.UNCERTAIN] += over.filter(state=State.UNCERTAIN).update(next_attempt_at=None)
