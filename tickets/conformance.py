"""Which clauses of the process manual a ticket's trail shows as followed or skipped (M1.2-3). Pure.

A clause that doesn't apply to a ticket, or not yet, is neither. Each verdict names the acts that prove it, by their
sequence numbers. The codes are those of `tickets.choices.Act` and `tickets.lifecycle.Command`, as the trail stores them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tickets.lifecycle import Command, Status

SUBMITTED, SOLVED_AT_FIRST_CONTACT = "submitted", "solved_at_first_contact"
REPLIED, REMINDED, TARGET_MISSED, INCIDENT_UPDATE = "replied", "reminded", "target_missed", "incident_update"
STEP_DONE, SESSION_STARTED = "step_done", "session_started"
OFFERED, TAKEN_OVER, SENT_BACK, LEFT = "handover_offered", "handover_accepted", "handover_returned", "handover_left"
# Whose data a rule looks at; of all other acts the code is enough.
WITH_DATA = frozenset({SUBMITTED, TARGET_MISSED, STEP_DONE, SESSION_STARTED, OFFERED})


class State(StrEnum):
    FOLLOWED = "followed"
    SKIPPED = "skipped"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class Happening:
    """One act of the trail, with as much of it as the rules ask for."""

    sequence: int
    code: str
    from_status: str = ""
    is_public: bool = False
    is_by_desk: bool = False
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """What the rules ask of the ticket itself."""

    is_over: bool = False
    closure: str = ""
    is_workaround: bool = False
    is_tested: bool = False
    is_explained: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one clause was kept, and the acts that show it, in order."""

    state: State
    evidence: tuple[int, ...] = ()


NONE = Verdict(State.NOT_APPLICABLE)


class Trail:
    """The acts of one ticket by their codes."""

    def __init__(self, happenings: Iterable[Happening]) -> None:
        self.by_code: dict[str, list[Happening]] = {}
        for happening in happenings:
            self.by_code.setdefault(happening.code, []).append(happening)

    def all(self, *codes: str) -> list[Happening]:
        """Acts with one of these codes, in order."""
        found = [happening for code in codes for happening in self.by_code.get(code, ())]
        return found if len(codes) == 1 else sorted(found, key=lambda happening: happening.sequence)

    def missed(self, target: str) -> list[Happening]:
        return [act for act in self.by_code.get(TARGET_MISSED, ()) if act.data.get("target") == target]

    @property
    def solved(self) -> list[Happening]:
        return self.all(Command.RESOLVE, SOLVED_AT_FIRST_CONTACT)

    @property
    def solved_at_first_contact(self) -> list[Happening]:
        return [act for act in self.solved if act.code == SOLVED_AT_FIRST_CONTACT or act.from_status == Status.NEW]


def _followed(*acts: Happening) -> Verdict:
    return Verdict(State.FOLLOWED, tuple(act.sequence for act in acts))


def _skipped(*acts: Happening) -> Verdict:
    return Verdict(State.SKIPPED, tuple(act.sequence for act in acts))


def _receipt(case: Case, trail: Trail) -> Verdict:
    """A receipt goes out with the submission unless no mail may answer it; nobody looking at it in time spoils it."""
    missed = trail.missed("receipt")
    if missed:
        return _skipped(*missed)
    received = trail.all(SUBMITTED, SOLVED_AT_FIRST_CONTACT)
    if not received or received[0].data.get("unanswered"):
        return NONE
    return _followed(received[0])


def _classified(case: Case, trail: Trail) -> Verdict:
    classified = trail.all(Command.CLASSIFY) or trail.solved_at_first_contact
    if classified:
        return _followed(classified[-1])
    return _skipped(trail.solved[-1]) if trail.solved else NONE


def _screened(case: Case, trail: Trail) -> Verdict:
    known = [act for act in trail.all(STEP_DONE) if act.data.get("kind") == "screening"]
    found = known or trail.solved_at_first_contact
    return _followed(*found) if found else NONE


def _accepted(case: Case, trail: Trail) -> Verdict:
    """Solved at first contact it is accepted in the same act; a solution without anybody's acceptance before skips it."""
    accepted = trail.all(Command.ACCEPT, TAKEN_OVER) or trail.solved_at_first_contact
    if accepted:
        return _followed(accepted[0])
    return _skipped(trail.solved[0]) if trail.solved else NONE


def _session(case: Case, trail: Trail) -> Verdict:
    return _each(trail.all(SESSION_STARTED), lambda act: bool(act.data.get("consent")))


def _consent(case: Case, trail: Trail) -> Verdict:
    touching = [act for act in trail.all(STEP_DONE) if act.data.get("touches")]
    return _each(touching, lambda act: bool(act.data.get("consents")))


def _each(acts: list[Happening], is_right: Callable[[Happening], bool]) -> Verdict:
    """Followed if every one of the acts is right; else skipped, by those that aren't."""
    wrong = [act for act in acts if not is_right(act)]
    if wrong:
        return _skipped(*wrong)
    return _followed(*acts) if acts else NONE


def _updated(case: Case, trail: Trail) -> Verdict:
    missed = trail.missed("update")
    if missed:
        return _skipped(*missed)
    if not trail.all(Command.ACCEPT, TAKEN_OVER):
        return NONE
    spoken = trail.all(REPLIED, Command.WAIT, Command.RESOLVE, INCIDENT_UPDATE)
    told = [act for act in spoken if act.is_public and (act.code != REPLIED or act.is_by_desk)]
    return _followed(*told) if told else NONE


def _tested(case: Case, trail: Trail) -> Verdict:
    return _with_solution(trail, is_right=case.is_tested)


def _explained(case: Case, trail: Trail) -> Verdict:
    return _with_solution(trail, is_right=case.is_explained)


def _with_solution(trail: Trail, *, is_right: bool) -> Verdict:
    if not trail.solved:
        return NONE
    return (_followed if is_right else _skipped)(trail.solved[-1])


def _handed_over(case: Case, trail: Trail) -> Verdict:
    """The last time somebody was asked: what was sent back was not handed over, and the sender goes on."""
    asked = [act for act in trail.all(OFFERED) if act.data.get("changes", {}).get("offered_to_id", [None, None])[1]]
    if not asked:
        return NONE
    answers = {act.code: act for act in trail.all(TAKEN_OVER, SENT_BACK, LEFT) if act.sequence > asked[-1].sequence}
    if TAKEN_OVER in answers:
        return _followed(asked[-1], answers[TAKEN_OVER])
    if SENT_BACK in answers:
        return NONE
    if LEFT in answers:
        return _skipped(answers[LEFT])
    return _skipped(asked[-1]) if case.is_over else NONE


def _confirmed(case: Case, trail: Trail) -> Verdict:
    if case.closure == "confirmed":
        return _followed(*trail.all(Command.CONFIRM)[-1:])
    if case.closure == "unconfirmed" and not case.is_workaround:
        return _skipped(*trail.all(Command.CLOSE)[-1:])
    return NONE


def _workaround(case: Case, trail: Trail) -> Verdict:
    if case.closure == "workaround_accepted":
        return _followed(*trail.all(Command.CONFIRM)[-1:])
    if case.closure == "unconfirmed" and case.is_workaround:
        return _skipped(*trail.all(Command.CLOSE)[-1:])
    return NONE


def _otherwise_ended(case: Case, trail: Trail) -> Verdict:
    """Withdrawn, or closed after the announced silence: with reminders since the last solution, or not as it should be."""
    if case.closure == "withdrawn":
        return _followed(*trail.all(Command.WITHDRAW)[-1:])
    if case.closure != "unconfirmed":
        return NONE
    closed = trail.all(Command.CLOSE)[-1:]
    reminded = [act for act in trail.all(REMINDED) if not trail.solved or act.sequence > trail.solved[-1].sequence]
    return _followed(*reminded, *closed) if reminded else _skipped(*closed)


def _archived(case: Case, trail: Trail) -> Verdict:
    archived = trail.all(Command.ARCHIVE)
    return _followed(archived[-1]) if archived else NONE


Judge = Callable[[Case, Trail], Verdict]
# By the clauses' ids, in the manual's order.
CLAUSES: dict[str, Judge] = {
    "M3.1-6": _receipt,
    "M3.2-1": _classified,
    "M3.2-2": _screened,
    "M3.2-3": _accepted,
    "M3.3.1-1": _session,
    "M3.3.2-2": _consent,
    "M3.3.3-1": _updated,
    "M3.3.4-1": _tested,
    "M3.3.4-3": _explained,
    "M3.4-6": _handed_over,
    "M3.5-1": _confirmed,
    "M3.5-2": _workaround,
    "M3.5-3": _otherwise_ended,
    "M3.5-4": _archived,
}
# The acts that any of the rules looks at.
CODES = frozenset(
    {
        *(Command.CLASSIFY, Command.ACCEPT, Command.WAIT, Command.RESOLVE, Command.CONFIRM, Command.CLOSE),
        *(Command.WITHDRAW, Command.ARCHIVE),
        *(SUBMITTED, SOLVED_AT_FIRST_CONTACT, REPLIED, REMINDED, TARGET_MISSED, INCIDENT_UPDATE),
        *(STEP_DONE, SESSION_STARTED, OFFERED, TAKEN_OVER, SENT_BACK, LEFT),
    }
)


def judge(case: Case, happenings: Iterable[Happening]) -> dict[str, Verdict]:
    """The verdict on every clause. The happenings are in order; those whose codes aren't in CODES may be left out."""
    trail = Trail(happenings)
    return {clause: rule(case, trail) for clause, rule in CLAUSES.items()}
