"""Reading paths: which way a ticket goes up, who is asked on each level, and until when (M3.4-5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from escalation import calendars
from escalation.models import Absence, EscalationLevel, EscalationPath
from escalation.policy_rules import Sort, first_taking
from escalation.turns import Turn, next_turn, turns
from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Ability
from tickets.handover import Reason
from tickets.models import Category, Ticket


def path_for(ticket: Ticket, trigger: Reason | str) -> EscalationPath | None:
    """The first path in order that fits the ticket and the reason; None where there is none."""
    paths = list(EscalationPath.objects.in_use().select_related("category"))
    place = first_taking([sort_of(path) for path in paths], sort_of(ticket, trigger))
    return paths[place] if place is not None else None


def sort_of(row: EscalationPath | Ticket, trigger: Reason | str = "") -> Sort:
    """What a path asks for, and what a ticket is that goes up for this reason."""
    return Sort(
        category_branch=branch_of(row.category),
        priority=row.priority,
        trigger=row.trigger if isinstance(row, EscalationPath) else str(trigger),
    )


def branch_of(category: Category | None) -> tuple[int, ...]:
    return tuple(category.branch) if category is not None else ()


def levels_of(path: EscalationPath) -> list[EscalationLevel]:
    """The levels in order, with all that is shown of them."""
    return list(path.levels.select_related("team", "responsible", "deputy", "calendar").order_by("number"))


def can_be_asked(person: User) -> bool:
    """Only who may sign in and works on tickets."""
    return person.can(Ability.WORK)


class Roster:
    """Who is away when, and who stands in. Read once, it answers for every instant from then on."""

    def __init__(self, absences: Iterable[Absence]) -> None:
        self._absences: dict[int, list[Absence]] = defaultdict(list)
        for absence in absences:
            self._absences[absence.person_id].append(absence)

    @classmethod
    def from_now(cls, at: datetime) -> Roster:
        return cls(Absence.objects.not_over(at).select_related("person", "substitute"))

    def absence_of(self, person: User, at: datetime) -> Absence | None:
        """The absence that covers the instant; it ends before its last instant."""
        found = self._absences.get(person.pk, ())
        return next((absence for absence in found if absence.starts_at <= at < absence.ends_at), None)

    def substitute_of(self, person: User, at: datetime) -> User | None:
        absence = self.absence_of(person, at)
        return absence.substitute if absence is not None else None

    def people_of(self, level: EscalationLevel, at: datetime) -> list[Turn[User]]:
        return turns(
            level.responsible,
            level.deputy,
            can_work=can_be_asked,
            substitute_of=lambda person: self.substitute_of(person, at),
        )


def people_of(level: EscalationLevel, at: datetime) -> list[Turn[User]]:
    """Whom to ask on this level at this instant, in order; nobody if none of its people works here any more."""
    return Roster.from_now(at).people_of(level, at)


@dataclass(frozen=True)
class Step:
    """Somebody is asked at `asked_at` and has until `accept_by`; then it is the next one's turn."""

    level: EscalationLevel
    turn: Turn[User]
    asked_at: datetime
    accept_by: datetime


def accept_by(level: EscalationLevel, asked_at: datetime) -> datetime:
    """Until when somebody who is asked at this instant may answer."""
    time = timedelta(minutes=level.acceptance_minutes)
    return calendars.working_time(level.calendar).add(asked_at, time)


def steps(levels: Sequence[EscalationLevel], at: datetime, roster: Roster | None = None) -> list[Step]:
    """Who would be asked until when, for a ticket that goes up at `at` and that nobody accepts.

    Levels without anybody to ask are passed over at once.
    """
    roster = roster or Roster.from_now(at)
    found: list[Step] = []
    for level in levels:
        asked: list[User] = []
        while (turn := next_turn(roster.people_of(level, at), asked)) is not None:
            asked.append(turn.person)
            found.append(Step(level, turn, at, accept_by(level, at)))
            at = found[-1].accept_by
    return found
