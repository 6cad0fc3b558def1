"""Keeping the clocks of a ticket: after every act on it, and when policies, rules or calendars change (M1.2-2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from typing import Any

from escalation import configuration, segments
from escalation.alarm import BREACH, Meter, next_look, passed, still_told
from escalation.calendars import working_time
from escalation.configuration import Configuration
from escalation.history import steps_of
from escalation.keeping import PAUSABLE, Standing, Step, advance, replay
from escalation.keeping import Clock as Count
from escalation.models import Clock, SlaPolicyVersion
from escalation.services.firings import record_firings
from escalation.snapshot import snapshot_of
from tickets.choices import Act, MessageKind
from tickets.models import Ticket, TicketEvent
from tickets.services.service_levels import set_on_new, set_service_level
from tickets.targets import Target

# What decides which policy a ticket gets.
CHOOSING = ("kind_id", "category_id", "priority")
WRITTEN = ["version", "segments", "earlier_ends", "started_at", "stopped_at", "due_at", "told", "next_at"]


@dataclass(frozen=True)
class _Judging:
    """What the clocks of one ticket are worked out from."""

    ticket: Ticket
    version: SlaPolicyVersion | None
    standing: Standing
    at: datetime
    may_have_past: bool
    is_quiet: bool = False

    @cached_property
    def past(self) -> list[Step]:
        """The ticket's steps so far; read once for all targets that need them."""
        return steps_of(self.ticket)


def begin(*, ticket: Ticket, at: datetime) -> Callable[[], object] | None:
    """Judge a ticket that is about to be stored. Returns what stores its clocks then; None where nothing is promised."""
    levels = configuration.in_force()
    if levels.revision == 0:
        return None
    judging = _Judging(ticket, levels.version_for(ticket), standing_of(ticket), at, may_have_past=False)
    rows = [row for target in Target if (row := _begin(judging, target)) is not None]
    set_on_new(ticket=ticket, level=snapshot_of(rows, at), revision=levels.revision)
    return partial(Clock.objects.bulk_create, rows) if rows else None


def follow(*, ticket: Ticket, event: TicketEvent, at: datetime, changes: Mapping[str, Any]) -> None:
    """Let the clocks follow an act on a stored ticket; runs inside its transaction, under the lock of its ticket."""
    if event.code == Act.TARGET_MISSED:
        return  # this is what the clocks themselves have told
    levels = configuration.in_force()
    if levels.revision == 0:
        return
    rows = clocks_of(ticket, levels)
    is_chosen_anew = ticket.sla_revision != levels.revision or any(name in changes for name in CHOOSING) or not rows
    version = levels.version_for(ticket) if is_chosen_anew else _version_of(rows, levels)
    judging = _Judging(ticket, version, standing_of(ticket, event), at, may_have_past=is_chosen_anew)
    _keep(judging, rows, levels)


def judge_anew(*, tickets: Sequence[Ticket], at: datetime) -> None:
    """Work the clocks of tickets out by what is in force now. The caller holds the tickets' locks.

    What a new policy would have told long ago is told no more: else switching it on would be a storm.
    """
    levels = configuration.in_force()
    clocks = clocks_of_many(tickets, levels)
    for ticket in tickets:
        version = levels.version_for(ticket)
        judging = _Judging(ticket, version, standing_of(ticket), at, may_have_past=True, is_quiet=True)
        _keep(judging, clocks[ticket.pk], levels)


def clocks_of(ticket: Ticket, levels: Configuration) -> list[Clock]:
    """A ticket's clocks with what they are judged by."""
    return clocks_of_many([ticket], levels)[ticket.pk]


def clocks_of_many(tickets: Iterable[Ticket], levels: Configuration) -> dict[int, list[Clock]]:
    """The clocks of tickets, by their ids, with what they are judged by: mostly versions in force, not read again."""
    found: dict[int, list[Clock]] = {ticket.pk: [] for ticket in tickets}
    wanted = Clock.objects.filter(ticket__in=list(found))
    rows = list(wanted)
    if any(row.version_id is not None and row.version_id not in levels.versions for row in rows):
        rows = list(wanted.select_related("version__calendar"))
    for row in rows:
        if row.version_id is not None and row.version_id in levels.versions:
            row.version = levels.versions[row.version_id]
        found[row.ticket_id].append(row)
    return found


def standing_of(ticket: Ticket, event: TicketEvent | None = None) -> Standing:
    """How a ticket stands, after an act or just now."""
    message = event.message if event is not None else None
    is_answer = message is not None and message.kind == MessageKind.PUBLIC and message.is_from_desk
    return Standing(
        status=ticket.status,  # type: ignore[arg-type]
        is_accepted=ticket.accepted_at is not None,
        is_answered=ticket.first_response_at is not None,
        waiting_reason=ticket.waiting_reason_id or "",
        is_told=is_answer or (event is not None and event.code == Act.INCIDENT_UPDATE),
    )


def _version_of(rows: Iterable[Clock], levels: Configuration) -> SlaPolicyVersion | None:
    return next((levels.versions.get(row.version_id) for row in rows if row.version_id is not None), None)


def _keep(judging: _Judging, rows: list[Clock], levels: Configuration) -> None:
    known = {row.target: row for row in rows}
    made, changed = [], []
    for target in Target:
        row = known.get(target)
        if row is None:
            row = _begin(judging, target)
            if row is not None:
                made.append(row)
        elif _go_on(row, judging, target):
            changed.append(row)
    if made:
        Clock.objects.bulk_create(made)
    for row in changed:
        # A bulk update compiles a case for each row and column: slower than the few rows one by one.
        row.save(update_fields=WRITTEN)
    set_service_level(ticket=judging.ticket, level=snapshot_of([*rows, *made], judging.at), revision=levels.revision)


def _begin(judging: _Judging, target: Target) -> Clock | None:
    """The clock of a target that had none. A policy that comes later counts from the submission on."""
    version = judging.version
    if version is None or version.target(target) is None:
        return None
    count = None
    if judging.may_have_past:
        count = replay(judging.past, target, version.pauses.get(target, ()))
    if count is None:
        count = _advanced(None, judging, target)
    if count is None:
        return None
    row = Clock(ticket=judging.ticket, target=target, version=version)
    row.count = count
    set_instants(row, judging.at)
    if judging.is_quiet and (meter := meter_of(row)) is not None:
        row.told = max((item.percent for item in passed(meter, told=0, at=judging.at)), default=0)
        set_instants(row, judging.at)
    return row


def _go_on(row: Clock, judging: _Judging, target: Target) -> bool:
    """Carry a clock through the change. False if nothing about it is new."""
    before = row.count
    count = _advanced(before, judging, target)
    assert count is not None, "a clock that has begun stays"
    is_judged_anew = row.version_id != _promising(judging, target)
    if count == before and not is_judged_anew and not judging.may_have_past:
        return False
    ends_round = count.round != before.round or segments.is_stopped(count.segments)
    if ends_round or is_judged_anew:
        _settle(row, judging.at)
    row.count = count
    if count.round != before.round:
        row.told = 0
    row.version = judging.version if _promising(judging, target) is not None else None
    if judging.may_have_past and (meter := meter_of(row)) is not None:
        row.told = still_told(meter, told=row.told, at=judging.at)
    set_instants(row, judging.at)
    return True


def _promising(judging: _Judging, target: Target) -> int | None:
    """The id of the version if it promises this target at all."""
    version = judging.version
    return version.pk if version is not None and version.target(target) is not None else None


def _advanced(count: Count | None, judging: _Judging, target: Target) -> Count | None:
    version, standing = judging.version, judging.standing
    is_paused = target in PAUSABLE and version is not None and version.is_paused_by(target, standing.waiting_reason)
    return advance(count, target, standing, judging.at, is_paused=is_paused)


def meter_of(row: Clock) -> Meter | None:
    """The clock beside what is promised; None where nothing is."""
    version = row.version
    if version is None:
        return None
    target = version.target(row.target)
    assert target is not None, "a clock names a version only while that promises its target"
    return Meter(row.count.segments, working_time(version.calendar), target, version.thresholds_of(row.target))


def set_instants(row: Clock, at: datetime) -> None:
    """Work out when the clock is due and when to look at it again."""
    meter = meter_of(row)
    row.due_at = meter.due_at if meter is not None else None
    row.next_at = next_look(meter, told=row.told, at=at) if meter is not None else None


def _settle(row: Clock, at: datetime) -> None:
    """A breach that nobody has noticed yet is recorded before the round ends, so that no report misses it."""
    if row.next_at is None or row.next_at > at or (meter := meter_of(row)) is None:
        return
    breaches = [item for item in passed(meter, told=row.told, at=at) if item.percent >= BREACH]
    if breaches:
        record_firings([(row, breaches)], at=at)
        row.told = breaches[-1].percent
