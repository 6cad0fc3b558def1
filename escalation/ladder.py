"""Where a ticket can go up from where it stands, and who is asked there: always a named person (M3.4-5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from escalation import paths
from escalation.actions import Action
from escalation.models import EscalationLevel, EscalationPath
from escalation.turns import Turn
from helpdesk.accounts.models import Team, User
from tickets.models import Ticket

# Where no path is set up nobody has said how long to wait either.
WITHOUT_PATH = timedelta(hours=1)


@dataclass(frozen=True)
class Rung:
    """A level that a ticket can go to, with the people who can be asked there, in order. Never without any.

    `level` is None where no path fits: the team's lead is asked, else another lead, else an administrator.
    """

    number: int
    level: EscalationLevel | None
    team: Team | None
    turns: list[Turn[User]]

    @property
    def is_offer(self) -> bool:
        """False where the level is only told and nobody is asked to take the ticket over."""
        return self.level is None or Action.OFFER in self.level.actions

    def has(self, action: Action) -> bool:
        return self.level is not None and action in self.level.actions

    def accept_by(self, asked_at: datetime) -> datetime:
        """Until when somebody who is asked at this instant may answer (UTC)."""
        return paths.accept_by(self.level, asked_at) if self.level is not None else asked_at + WITHOUT_PATH


def rungs_above(ticket: Ticket, path: EscalationPath | None, *, above: int, at: datetime) -> list[Rung]:
    """The levels above the given one, lowest first. Levels where nobody is left to ask are passed over.

    Empty at the top of a path. Without any level to go to from the first line, the one of whoever leads.
    """
    found: list[Rung] = []
    if path is not None:
        roster = paths.Roster.from_now(at)
        for level in paths.levels_of(path):
            turns = roster.people_of(level, at) if level.number > above else []
            if turns:
                found.append(Rung(level.number, level, level.team, turns))
    if not found and above == 0:
        found = list(_whoever_leads(ticket))
    return found


def _whoever_leads(ticket: Ticket) -> Iterator[Rung]:
    team = ticket.team
    people: list[User] = []
    if team is not None and team.lead is not None and paths.can_be_asked(team.lead):
        people.append(team.lead)
    others = User.objects.active().filter(is_lead=True).order_by("full_name", "pk")
    people += [person for person in others if person not in people][: 2 - len(people)]
    if not people:
        people = list(User.objects.active().filter(is_admin=True).order_by("full_name", "pk")[:1])
    if people:
        yield Rung(1, None, team, [Turn(person, is_deputy=index > 0) for index, person in enumerate(people)])
