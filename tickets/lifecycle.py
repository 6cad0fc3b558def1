"""The lifecycle of a ticket as one table. Pure: no Django, no clock, no database.

Buttons, the API's `allowed_transitions`, the documentation page and the test matrix are generated from
`RULES`. Clauses M3.2 to M3.5 of the process manual; `docs/lifecycle.md` shows the table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from tickets.handover import MORE_PARTS, PARTS


class Status(StrEnum):
    """Where a ticket stands. `resolved` waits for the requester's confirmation; archived is a seal, not a status."""

    NEW = "new"
    CLASSIFIED = "classified"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"
    CANCELLED = "cancelled"


OPEN = (Status.NEW, Status.CLASSIFIED, Status.IN_PROGRESS, Status.WAITING, Status.RESOLVED)
WORKABLE = (Status.NEW, Status.CLASSIFIED, Status.IN_PROGRESS, Status.WAITING)
FINAL = (Status.CLOSED, Status.CANCELLED)
SOLVED = (Status.RESOLVED, Status.CLOSED)


class Command(StrEnum):
    """What can be done with a ticket. The names are part of the public API."""

    CLASSIFY = "classify"
    ASSIGN = "assign"
    ACCEPT = "accept"
    START = "start"
    WAIT = "wait"
    RESUME = "resume"
    RESOLVE = "resolve"
    CONFIRM = "confirm"
    REJECT = "reject"
    CLOSE = "close"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"
    ESCALATE = "escalate"
    ARCHIVE = "archive"


class Party(StrEnum):
    """In which capacity somebody acts on this ticket."""

    REQUESTER = "requester"
    STAFF = "staff"
    SYSTEM = "system"


@dataclass(frozen=True)
class Facts:
    """What the guards need to know about a ticket and its actor."""

    is_archived: bool = False
    is_accepted: bool = False
    is_assigned: bool = False
    is_assigned_to_actor: bool = False
    is_confirmation_overdue: bool = False
    is_reopen_window_open: bool = False
    is_offered: bool = False
    has_open_matters: bool = False
    is_kept_from_archive: bool = False


@dataclass(frozen=True)
class Guard:
    """A condition with the code that the refusal carries."""

    code: str
    holds: Callable[[Facts], bool]


NOT_ARCHIVED = Guard("archived", lambda f: not f.is_archived)
NOT_SOMEBODY_ELSES = Guard("assigned_to_other", lambda f: not f.is_assigned or f.is_assigned_to_actor)
NOT_YET_ACCEPTED = Guard("already_accepted", lambda f: not (f.is_accepted and f.is_assigned_to_actor))
ACCEPTED = Guard("not_accepted", lambda f: f.is_accepted and f.is_assigned)
CONFIRMATION_OVERDUE = Guard("confirmation_not_overdue", lambda f: f.is_confirmation_overdue)
NOT_YET_OFFERED = Guard("already_escalated", lambda f: not f.is_offered)
NO_OPEN_MATTERS = Guard("open_matters", lambda f: not f.has_open_matters)
NOT_KEPT = Guard("vendor_case_open", lambda f: not f.is_kept_from_archive)
REOPEN_WINDOW = Guard("reopen_window_over", lambda f: f.is_reopen_window_open)


@dataclass(frozen=True)
class Rule:
    """One line of the table: who may do `command` in `source`, where it leads, and what it needs.

    `requires` must be given, one of `requires_one_of` must be, `accepts` may be. Where `waived_by` is given, what it waives
    may be missing: the effect says who may.
    """

    source: Status
    command: Command
    target: Status
    who: frozenset[Party]
    requires: tuple[str, ...] = ()
    accepts: tuple[str, ...] = ()
    requires_one_of: tuple[str, ...] = ()
    guards: tuple[Guard, ...] = ()
    waived_by: str = ""
    waives: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        return self.requires + self.requires_one_of + self.accepts


REQUESTER, STAFF, SYSTEM = (frozenset({party}) for party in (Party.REQUESTER, Party.STAFF, Party.SYSTEM))

CLASSIFICATION = ("category", "impact", "urgency")
RESOLUTION = ("outcome", "cause", "solution", "advice", "verification")
# Who tested and when, and who looks at a workaround again; without them the actor, now, and after the usual time.
EVIDENCE = ("tested_by", "tested_at", "workaround_owner", "review_at")

S, C = Status, Command


def _rules() -> Iterator[Rule]:
    # M3.2-1: classification, and every later change of it with its reason.
    yield Rule(S.NEW, C.CLASSIFY, S.CLASSIFIED, STAFF, CLASSIFICATION, ("kind", "team", "reason"))
    for status in (S.CLASSIFIED, S.IN_PROGRESS, S.WAITING):
        yield Rule(status, C.CLASSIFY, status, STAFF, (*CLASSIFICATION, "reason"), ("kind", "team"))
    for status in WORKABLE:
        yield Rule(status, C.ASSIGN, status, STAFF, (), ("reason",), requires_one_of=("team", "assignee"))
    # M3.2-3: the acceptor and the time of acceptance. A new ticket may be acknowledged before it is classified.
    acceptance = (NOT_SOMEBODY_ELSES, NOT_YET_ACCEPTED)
    for status, target in (
        (S.NEW, S.NEW),
        (S.CLASSIFIED, S.IN_PROGRESS),
        (S.IN_PROGRESS, S.IN_PROGRESS),
        (S.WAITING, S.WAITING),
    ):
        yield Rule(status, C.ACCEPT, target, STAFF, guards=acceptance)
    yield Rule(S.CLASSIFIED, C.START, S.IN_PROGRESS, STAFF, guards=(ACCEPTED,))
    # M3.3.1-2: waiting always has a typed reason and a date at which it ends by itself.
    for status in (S.IN_PROGRESS, S.WAITING):
        yield Rule(status, C.WAIT, S.WAITING, STAFF, ("waiting_reason", "next_action_at"), ("reason",))
    yield Rule(S.WAITING, C.RESUME, S.IN_PROGRESS, STAFF | SYSTEM, (), ("reason",))
    # M3.3.4: tested, explained, with advice. From `new` it is the solution at first contact (M3.2-2).
    tested = (NO_OPEN_MATTERS,)
    yield Rule(S.NEW, C.RESOLVE, S.RESOLVED, STAFF, (*CLASSIFICATION, *RESOLUTION), ("kind", *EVIDENCE), guards=tested)
    for status in (S.CLASSIFIED, S.IN_PROGRESS, S.WAITING):
        yield Rule(status, C.RESOLVE, S.RESOLVED, STAFF, RESOLUTION, EVIDENCE, guards=tested)
    # M3.4: going up is no status. People hand over a complete package; the clock hands over what there is.
    more = (*MORE_PARTS, "to_level", "teams", "files")
    for status in WORKABLE:
        yield Rule(
            status,
            C.ESCALATE,
            status,
            STAFF,
            ("reason_code", *PARTS),
            (*more, "is_forced"),
            guards=(NOT_YET_OFFERED,),
            waived_by="is_forced",
            waives=PARTS,
        )
        yield Rule(status, C.ESCALATE, status, SYSTEM, ("reason_code",), (*PARTS, *more), guards=(NOT_YET_OFFERED,))
    # M3.5-1, M3.5-2: the requester's word closes; staff may record it, saying how it was given.
    yield Rule(S.RESOLVED, C.CONFIRM, S.CLOSED, REQUESTER, (), ("reason",))
    yield Rule(S.RESOLVED, C.CONFIRM, S.CLOSED, STAFF, ("reason",))
    yield Rule(S.RESOLVED, C.REJECT, S.IN_PROGRESS, REQUESTER | STAFF, ("reason",))
    # M3.5-3: the announced silence, and withdrawal.
    yield Rule(S.RESOLVED, C.CLOSE, S.CLOSED, STAFF | SYSTEM, guards=(CONFIRMATION_OVERDUE,))
    for status in WORKABLE:
        yield Rule(status, C.WITHDRAW, S.CANCELLED, REQUESTER | STAFF, ("reason",))
    yield Rule(S.CLOSED, C.REOPEN, S.IN_PROGRESS, REQUESTER | STAFF, ("reason",), guards=(NOT_ARCHIVED, REOPEN_WINDOW))
    # M3.5-4: the archive seals, once no vendor has anything left to do (M3.4-7).
    for status in FINAL:
        yield Rule(status, C.ARCHIVE, status, STAFF | SYSTEM, guards=(NOT_ARCHIVED, NOT_KEPT))


RULES: tuple[Rule, ...] = tuple(_rules())


class Refusal(Exception):
    """A command that the table doesn't allow now. `code` is stable; `allowed` names what is possible instead."""

    def __init__(self, code: str, allowed: tuple[Command, ...] = ()) -> None:
        self.code = code
        self.allowed = allowed
        super().__init__(code)


def rules_for(status: Status, parties: frozenset[Party]) -> tuple[Rule, ...]:
    """The lines open to these parties in this status, one per command (the requester's own line first)."""
    found: dict[Command, Rule] = {}
    for rule in RULES:
        if rule.source == status and rule.who & parties:
            kept = found.get(rule.command)
            if kept is None or (Party.REQUESTER in parties and Party.REQUESTER in rule.who):
                found[rule.command] = rule
    return tuple(found.values())


def allowed_rules(status: Status, parties: frozenset[Party], facts: Facts) -> tuple[Rule, ...]:
    """The lines whose guards hold too: exactly what can be done now."""
    if facts.is_archived:
        return ()
    return tuple(rule for rule in rules_for(status, parties) if all(guard.holds(facts) for guard in rule.guards))


def find_rule(status: Status, command: Command, parties: frozenset[Party], facts: Facts) -> Rule:
    """The line for `command`. Raises Refusal(`not_possible_in_status`, `wrong_party` or the guard's code)."""
    possible = tuple(rule.command for rule in allowed_rules(status, parties, facts))
    if facts.is_archived:
        raise Refusal(NOT_ARCHIVED.code)
    in_status = [rule for rule in RULES if rule.source == status and rule.command == command]
    if not in_status:
        raise Refusal("not_possible_in_status", possible)
    mine = [rule for rule in rules_for(status, parties) if rule.command == command]
    if not mine:
        raise Refusal("wrong_party", possible)
    for guard in mine[0].guards:
        if not guard.holds(facts):
            raise Refusal(guard.code, possible)
    return mine[0]


_NEXT_STEPS: dict[Status, tuple[Command, ...]] = {
    S.NEW: (C.ACCEPT, C.CLASSIFY),
    S.CLASSIFIED: (C.ACCEPT, C.START),
    S.IN_PROGRESS: (C.ACCEPT, C.RESOLVE),
    S.WAITING: (C.RESUME,),
    S.RESOLVED: (C.CLOSE, C.CONFIRM),
    S.CLOSED: (C.ARCHIVE,),
    S.CANCELLED: (C.ARCHIVE,),
}


def next_step(status: Status, allowed: tuple[Rule, ...]) -> Rule | None:
    """The single primary button of a ticket: the first natural step that is allowed now."""
    by_command = {rule.command: rule for rule in allowed}
    return next((by_command[step] for step in _NEXT_STEPS[status] if step in by_command), None)
