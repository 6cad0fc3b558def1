"""What a try on past tickets found, in the order and the words of its page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from escalation.models import SlaPolicyVersion, WhatIfRun
from escalation.version_words import working_time_text
from escalation.whatif import Tally, percentile
from helpdesk.accounts.models import User
from tickets.choices import PRIORITY_LABELS, TARGET_LABELS
from tickets.models import Ticket
from tickets.priority import Priority
from tickets.targets import State, Target

WORST_SHOWN = 20
_A_MINUTE = 60_000_000


@dataclass(frozen=True)
class Counts:
    """How a target came out: `late` ones are over time and still open, `running` ones still in time."""

    met: int
    missed: int
    late: int
    running: int

    @property
    def tickets(self) -> int:
        return self.met + self.missed + self.late + self.running

    @property
    def over_time(self) -> int:
        return self.missed + self.late


@dataclass(frozen=True)
class Line:
    """One priority, or all of them (with an empty code)."""

    priority: str
    label: Any
    in_force: Counts
    draft: Counts

    @property
    def tickets(self) -> int:
        return max(self.in_force.tickets, self.draft.tickets)

    @property
    def more(self) -> int:
        """By how many more tickets the draft would have been over time."""
        return self.draft.over_time - self.in_force.over_time

    @property
    def fewer(self) -> int:
        return -self.more


@dataclass(frozen=True)
class Used:
    """What a side promises of a target, and what half and nine tenths of the tickets kept to, as texts."""

    promised: str
    median: str
    most: str


@dataclass(frozen=True)
class TargetReport:
    label: Any
    lines: list[Line]
    in_force: Used
    draft: Used


@dataclass(frozen=True)
class Worst:
    """A ticket far over time with the draft."""

    number: str
    subject: str
    target: Any
    used: str
    over: str


def targets_of(run: WhatIfRun) -> list[TargetReport]:
    """The targets that either side promises, each with a line for all tickets and one for each priority."""
    sides = [(run.compared_with, Tally.from_json(run.result.get("in_force", {})))]
    sides.append((run.draft(), Tally.from_json(run.result.get("draft", {}))))
    found = []
    for target in Target:
        if not any(version is not None and version.target(target) for version, _tally in sides):
            continue
        in_force, draft = (_used(version, tally, target) for version, tally in sides)
        found.append(TargetReport(TARGET_LABELS[target], _lines(target, *(t for _v, t in sides)), in_force, draft))
    return found


def _lines(target: Target, in_force: Tally, draft: Tally) -> list[Line]:
    before, after = in_force.outcomes.get(target.value, {}), draft.outcomes.get(target.value, {})
    lines = [Line("", _("All priorities"), _total(before), _total(after))]
    for priority in [*Priority, ""]:
        if priority in before or priority in after:
            label = PRIORITY_LABELS[Priority(priority)] if priority else _("not classified")
            counts = _counts(before.get(priority, {})), _counts(after.get(priority, {}))
            lines.append(Line(str(priority), label, *counts))
    return lines


def _counts(outcomes: Mapping[str, int]) -> Counts:
    return Counts(*(outcomes.get(state.value, 0) for state in (State.MET, State.MISSED, State.LATE, State.ON_TRACK)))


def _total(by_priority: Mapping[str, Mapping[str, int]]) -> Counts:
    states = {state for outcomes in by_priority.values() for state in outcomes}
    return _counts({state: sum(outcomes.get(state, 0) for outcomes in by_priority.values()) for state in states})


def _used(version: SlaPolicyVersion | None, tally: Tally, target: Target) -> Used:
    minutes = version.targets.get(target.value) if version is not None else None
    lengths = tally.used[target.value]
    return Used(_length(minutes), _length(percentile(lengths, 50)), _length(percentile(lengths, 90)))


def _length(minutes: int | None) -> str:
    return working_time_text(minutes) if minutes is not None else "–"


def worst_of(run: WhatIfRun, viewer: User) -> list[Worst]:
    """The tickets that would have been most over time, as far as this person may see them."""
    rows = run.result.get("worst", [])
    tickets = Ticket.objects.visible_to(viewer).only("number", "subject").in_bulk({row[2] for row in rows})
    shown = [
        Worst(
            number=tickets[ticket_id].number,
            subject=tickets[ticket_id].subject,
            target=TARGET_LABELS[Target(target)],
            used=working_time_text(used // _A_MINUTE),
            over=working_time_text(over // _A_MINUTE),
        )
        for over, used, ticket_id, target in rows
        if ticket_id in tickets
    ]
    return shown[:WORST_SHOWN]
