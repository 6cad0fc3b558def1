"""Trying a draft policy on past tickets: asked for, worked off in slices by any number of workers, or called off.

The row is the truth and the broker only a doorbell: the scheduler's ticks find what waits, and what a killed worker left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F, Max, Q
from django.utils.translation import gettext as _

from escalation import configuration, doorbell
from escalation.calendars import working_time
from escalation.history import steps_of_many
from escalation.models import SlaPolicy, SlaPolicyVersion, WhatIfRun
from escalation.ruler import Ruler
from escalation.selectors import Sorting
from escalation.services.policies import Terms, refuse_bad_terms
from escalation.whatif import Terms as Side
from escalation.whatif import Trial
from helpdesk.accounts.models import User
from helpdesk.common.errors import InvalidInput
from helpdesk.common.locking import lock_row
from tickets.models import Ticket
from tickets.targets import Target

log = structlog.get_logger(__name__)

State, Scope = WhatIfRun.State, WhatIfRun.Scope

FEWEST, USUAL, MOST = 1, 1_000, 100_000  # tickets
SLICE = 500  # tickets between two saves, well under a second
LEASE = timedelta(seconds=30)
MOST_ATTEMPTS = 5  # without progress
KEPT = 20  # ended tries of a policy
OPEN = (State.WAITING, State.RUNNING)


@transaction.atomic
def request_run(*, policy: SlaPolicy, terms: Terms, scope: str, wanted: int, actor: User, at: datetime) -> WhatIfRun:
    """Ask for a draft to be tried on the last `wanted` tickets. Raises InvalidInput."""
    refuse_bad_terms(terms)
    _refuse_bad_range(policy, scope, wanted)
    lock_row(SlaPolicy.objects.all(), pk=policy.pk)
    if policy.tries.filter(state__in=OPEN).exists():
        raise InvalidInput(
            fields={"try_count": [_("A try of this policy is still running. Wait for it or cancel it.")]}
        )
    newest = Ticket.objects.aggregate(newest=Max("pk"))["newest"] or 0
    existing = Ticket.objects.filter(pk__lte=newest).count()
    facts = asdict(terms)
    facts.pop("calendar")
    run = WhatIfRun.objects.create(
        policy=policy,
        compared_with=policy.current,
        calendar=terms.calendar,
        terms=facts,
        scope=scope,
        wanted=wanted,
        total=min(wanted, existing) if scope == Scope.ALL else existing,
        cursor=newest + 1,
        requested_by=actor,
        requested_at=at,
    )
    kept = policy.tries.exclude(state__in=OPEN).values_list("pk", flat=True)[:KEPT]
    policy.tries.exclude(state__in=OPEN).exclude(pk__in=list(kept)).delete()
    transaction.on_commit(doorbell.ring, robust=True)
    return run


def _refuse_bad_range(policy: SlaPolicy, scope: str, wanted: int) -> None:
    problems = {}
    if not FEWEST <= wanted <= MOST:
        problems["try_count"] = [_("Choose between 1 and 100,000 tickets.")]
    if scope not in Scope.values:
        problems["try_scope"] = [_("Choose which tickets to try it on.")]
    elif scope == Scope.RULES and not policy.rules.exists():
        problems["try_scope"] = [_("No rule gives this policy yet. Try it on all tickets.")]
    if problems:
        raise InvalidInput(fields=problems)


def cancel_run(*, run: WhatIfRun, at: datetime) -> bool:
    """Call a try off. Whoever works on it stops with the next slice. False if it had ended already."""
    still_open = WhatIfRun.objects.filter(pk=run.pk, state__in=OPEN)
    return bool(still_open.update(state=State.CANCELLED, ended_at=at, lease_expires_at=None))


def run_waiting(*, clock: Callable[[], datetime], may_go_on: Callable[[], bool]) -> bool:
    """Work on tries that wait, or that a killed worker left, as long as `may_go_on()`. True if something is left."""
    while (run := _claim(clock())) is not None:
        try:
            is_over = _work(run, clock, may_go_on)
        except Exception:
            log.exception("what_if_failed", run=run.pk)
            _mine(run).update(state=State.FAILED, ended_at=clock(), lease_expires_at=None)
            continue
        if not is_over:
            # Given back at once, so that sweeps and notices get their turn before the rest.
            _mine(run).update(lease_expires_at=clock())
            return True
    return False


def _claim(at: datetime) -> WhatIfRun | None:
    """The oldest try that nobody works on, now leased. A conditional update decides between two workers."""
    free = Q(state=State.WAITING) | Q(state=State.RUNNING, lease_expires_at__lte=at)
    waiting = WhatIfRun.objects.filter(free).select_related("calendar", "compared_with__calendar")
    for run in waiting.order_by("requested_at", "pk"):
        mine = WhatIfRun.objects.filter(free, pk=run.pk, turn=run.turn)
        if run.attempts >= MOST_ATTEMPTS:
            log.error("what_if_given_up", run=run.pk)
            mine.update(state=State.FAILED, ended_at=at, lease_expires_at=None)
        elif mine.update(
            state=State.RUNNING, turn=F("turn") + 1, attempts=F("attempts") + 1, lease_expires_at=at + LEASE
        ):
            run.turn += 1
            return run
    return None


def _mine(run: WhatIfRun) -> Any:
    """The row, if it is still this worker's: neither taken over nor called off."""
    return WhatIfRun.objects.filter(pk=run.pk, turn=run.turn, state=State.RUNNING)


def _work(run: WhatIfRun, clock: Callable[[], datetime], may_go_on: Callable[[], bool]) -> bool:
    """Slice by slice, each saved. False if the time was over first; True if nothing is left for this worker."""
    trial = _trial_of(run)
    takes = _taking(run)
    while True:
        is_over = _take_slice(run, trial, takes)
        facts: dict[str, Any] = {"cursor": run.cursor, "done": run.done, "result": trial.as_json(), "attempts": 0}
        if is_over:
            facts |= {"state": State.DONE, "total": run.done, "ended_at": clock(), "lease_expires_at": None}
        else:
            facts["lease_expires_at"] = clock() + LEASE
        if not _mine(run).update(**facts) or is_over:
            return True
        if not may_go_on():
            return False


def _take_slice(run: WhatIfRun, trial: Trial, takes: Callable[..., bool]) -> bool:
    """Count the next tickets. True if those were the last."""
    tickets = Ticket.objects.filter(pk__lt=run.cursor).order_by("-pk")
    rows = list(tickets.values_list("pk", "priority", *Sorting.COLUMNS)[:SLICE])
    priorities: dict[int, str] = {}
    is_over = len(rows) < SLICE
    for pk, priority, *sort in rows:
        run.cursor = pk
        run.done += 1
        if takes(priority, *sort):
            priorities[pk] = priority
            if trial.tickets + len(priorities) >= run.wanted:
                is_over = True
                break
    for ticket_id, steps in steps_of_many(list(priorities), until=run.requested_at):
        trial.take(ticket_id, priorities[ticket_id], steps)
    return is_over


def _taking(run: WhatIfRun) -> Callable[..., bool]:
    """Whether a ticket belongs to the tickets that the try is about."""
    if run.scope == Scope.ALL:
        return lambda *_sort: True
    levels = configuration.in_force()
    sorting = Sorting(levels.sorts)

    def takes(*sort: Any) -> bool:
        place = sorting.first_taking(*sort)
        given = levels.given[place] if place is not None else None
        return given is not None and given.policy_id == run.policy_id

    return takes


def _trial_of(run: WhatIfRun) -> Trial:
    """What was counted so far, with both sides' terms; those of one calendar share its table."""
    rulers: dict[int, Ruler] = {}

    def side(version: SlaPolicyVersion) -> Side:
        calendar = version.calendar
        ruler = rulers.setdefault(calendar.pk, Ruler(working_time(calendar)))
        promised: Mapping[Target, timedelta | None] = {target: version.target(target) for target in Target}
        return Side(
            targets={target: time for target, time in promised.items() if time is not None},
            pauses={target: frozenset(version.pauses.get(target.value, ())) for target in Target},
            ruler=ruler,
        )

    in_force = side(run.compared_with) if run.compared_with is not None else None
    trial = Trial(side(run.draft()), in_force, run.requested_at)
    trial.go_on_from(run.result)
    return trial
