"""The sweep of the clocks: telling what was passed, each time once, however many workers look (M3.4-2).

The due instants are columns with a partial index; who works on a ticket holds its lock, so two workers never tell the same.
A passed threshold is dated when it was passed, not when somebody looked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import QuerySet

from escalation import configuration
from escalation.alarm import BREACH, Passed, passed
from escalation.configuration import Configuration
from escalation.models import Clock
from escalation.services import automatic
from escalation.services.automatic import reason_for
from escalation.services.clocks import clocks_of_many, judge_anew, meter_of, set_instants
from escalation.services.firings import record_firings
from escalation.services.telling import news_of
from escalation.snapshot import snapshot_of
from helpdesk.common.outbox import enqueue_all
from tickets.models import Ticket
from tickets.services.service_levels import Missed, record_missed_targets, set_service_level

log = structlog.get_logger(__name__)

BATCH = 200
# Tickets in one transaction: their rows are read and written at once, and nobody waits long for one of them.
TOGETHER = 20
# A ticket whose clock can't be told of must not keep the others from theirs.
TRY_AGAIN_AFTER = timedelta(minutes=5)


@dataclass(frozen=True)
class Sounded:
    """A clock with what it has passed and nobody knew yet."""

    clock: Clock
    items: list[Passed]

    @property
    def worst(self) -> int:
        return self.items[-1].percent

    @property
    def is_breach(self) -> bool:
        return any(item.percent == BREACH for item in self.items)


def sound_due(*, at: datetime, limit: int = BATCH) -> dict[str, int]:
    """Look at every clock that has to be looked at by `at`, ticket by ticket. Returns counts by what was done.

    Empty when nothing is due that isn't being done by another worker.
    """
    due = Clock.objects.filter(next_at__lte=at).order_by("next_at").values_list("ticket_id", flat=True)[:limit]
    done: Counter[str] = Counter()
    levels = configuration.in_force()
    for some in _lots(list(dict.fromkeys(due))):
        try:
            done.update(_sound(some, levels, at))
        except Exception:
            # One of them can't be told of. Each for itself, so that the others get theirs.
            for ticket_id in some:
                done.update(_sound_alone(ticket_id, levels, at))
    return dict(done)


def _sound_alone(ticket_id: int, levels: Configuration, at: datetime) -> dict[str, int]:
    try:
        return _sound([ticket_id], levels, at)
    except Exception:
        log.exception("clock_failed", ticket=ticket_id)
        Clock.objects.filter(ticket_id=ticket_id, next_at__lte=at).update(next_at=at + TRY_AGAIN_AFTER)
        return {"refused": 1}


@transaction.atomic
def _sound(ticket_ids: Sequence[int], levels: Configuration, at: datetime) -> dict[str, int]:
    tickets = list(_free().filter(pk__in=ticket_ids))
    clocks = clocks_of_many(tickets, levels)
    sounded = {}
    looked = 0
    for ticket in tickets:
        due = [clock for clock in clocks[ticket.pk] if clock.next_at is not None and clock.next_at <= at]
        sounded[ticket.pk] = [one for clock in due if (one := _look_at(clock, at)) is not None]
        looked += len(due)
        set_service_level(ticket=ticket, level=snapshot_of(clocks[ticket.pk], at), revision=ticket.sla_revision)
    record_firings([(one.clock, one.items) for of_ticket in sounded.values() for one in of_ticket], at=at)
    record_missed_targets(
        [
            Missed(ticket, one.clock.target, one.clock.due_at)
            for ticket in tickets
            for one in sounded[ticket.pk]
            if one.is_breach and one.clock.due_at is not None
        ],
        at=at,
    )
    news = [news_of(ticket, [(one.clock, one.worst) for one in sounded[ticket.pk]]) for ticket in tickets]
    enqueue_all([told for told in news if told is not None], at=at)
    for ticket in tickets:
        for reason in (reason_for(one.clock, one.worst) for one in sounded[ticket.pk]):
            if reason is not None and automatic.escalate(ticket, reason=reason, at=at):
                break
    return {"looked": looked, "told": sum(map(len, sounded.values()))}


def _look_at(clock: Clock, at: datetime) -> Sounded | None:
    """Store when to look at a due clock again. Returns what it has passed; None where that is nothing new."""
    meter = meter_of(clock)
    items = passed(meter, told=clock.told, at=at) if meter is not None else []
    if items:
        clock.told = items[-1].percent
    set_instants(clock, at)
    clock.save(update_fields=["told", "due_at", "next_at"])
    return Sounded(clock, items) if items else None


def judge_stale(*, at: datetime, may_go_on: Callable[[], bool]) -> int:
    """Judge open tickets anew that were judged by older policies, rules or calendars. Returns how many.

    Where this ended can be seen from the tickets, so a killed worker's rest is simply taken up by the next one.
    """
    revision = configuration.in_force().revision
    count = 0
    while may_go_on():
        stale = Ticket.objects.open().filter(sla_revision__lt=revision).order_by("sla_revision")
        judged = 0
        for some in _lots(list(stale.values_list("pk", flat=True)[:BATCH])):
            try:
                judged += _judge(some, at)
            except Exception:
                judged += sum(_judge_alone(ticket_id, at, revision) for ticket_id in some)
        count += judged
        if not judged:
            break
    return count


@transaction.atomic
def _judge(ticket_ids: Sequence[int], at: datetime) -> int:
    """How many of these nobody else holds: the others' acts judge them, or the next pass does."""
    tickets = list(_free().filter(pk__in=ticket_ids))
    judge_anew(tickets=tickets, at=at)
    return len(tickets)


def _judge_alone(ticket_id: int, at: datetime, revision: int) -> int:
    try:
        return _judge([ticket_id], at)
    except Exception:
        # It keeps the clocks it had, and the others get theirs.
        log.exception("judging_failed", ticket=ticket_id)
        return Ticket.objects.filter(pk=ticket_id).update(sla_revision=revision)


def _lots(ticket_ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Tickets for one transaction each."""
    for start in range(0, len(ticket_ids), TOGETHER):
        yield ticket_ids[start : start + TOGETHER]


def _free() -> QuerySet[Ticket]:
    """Tickets held until the transaction ends, without those that somebody else holds, who looks at their clocks too."""
    return Ticket.objects.select_for_update(skip_locked=True, of=("self",)).select_related("team").order_by("pk")
