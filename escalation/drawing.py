"""The way of one ticket as steps: where it was, where it stands, and where it would go, with the times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from escalation import ladder, paths
from escalation.alarm import BREACH
from escalation.keeping import ESCALATING
from escalation.models import Clock, Escalation
from escalation.services.clocks import meter_of
from helpdesk.accounts.models import Team, User
from tickets.handover import Reason
from tickets.lifecycle import WORKABLE
from tickets.models import Ticket

DONE, CURRENT, AHEAD = "done", "current", "ahead"


@dataclass(frozen=True)
class Stop:
    """One step of the way. `at` is when it was reached, or would be; None where that can't be foreseen."""

    label: str
    team: Team | None
    person: User | None
    state: str
    at: datetime | None
    escalation: Escalation | None = None


def way_of(ticket: Ticket, *, at: datetime) -> list[Stop]:
    """The steps from the first line up. What lies ahead is told only while somebody works on the ticket."""
    made = list(
        Escalation.objects.filter(ticket=ticket)
        .select_related("team", "from_team", "offered_to", "answered_by", "package", "path", "stands_for")
        .order_by("id")
    )
    kept = [one for one in made if one.state not in (Escalation.State.RETURNED, Escalation.State.ENDED)]
    came_from = kept[0].from_team if kept else ticket.team
    first = Stop("L1", came_from, None, DONE if kept else CURRENT, ticket.created_at)
    stops = [first]
    for place, one in enumerate(kept):
        person = one.answered_by if one.state == Escalation.State.ACCEPTED else one.offered_to
        state = CURRENT if place == len(kept) - 1 else DONE
        stops.append(Stop(one.label, one.team, person, state, one.answered_at or one.offered_at, one))
    if ticket.status in WORKABLE:
        stops += _ahead(ticket, kept[-1] if kept else None, at)
    return stops


def _ahead(ticket: Ticket, last: Escalation | None, at: datetime) -> list[Stop]:
    path = last.path if last is not None else paths.path_for(ticket, Reason.OVERDUE)
    here = last.level_number if last is not None else ticket.escalation_level
    rungs = ladder.rungs_above(ticket, path, above=here, at=at)
    when = _goes_on_at(ticket, last)
    stops = []
    for rung in rungs:
        stops.append(Stop(f"L{rung.number + 1}", rung.team, rung.turns[0].person, AHEAD, when))
        when = None  # what comes behind depends on who answers
    return stops


def _goes_on_at(ticket: Ticket, last: Escalation | None) -> datetime | None:
    """When the ticket goes up by itself: an offer at its end, else the first clock that escalates."""
    if last is not None and last.is_open:
        return last.accept_by_at
    if last is not None and last.handle_by_at is not None:
        return last.handle_by_at
    clocks = Clock.objects.filter(ticket=ticket, stopped_at__isnull=True, version__isnull=False)
    instants = []
    for clock in clocks.select_related("version__calendar"):
        assert clock.version is not None, "the query asks for it"
        percent = clock.version.escalate_at.get(clock.target)
        meter = meter_of(clock)
        if percent and meter is not None and clock.target in ESCALATING:
            instants.append(clock.due_at if percent == BREACH else meter.reached(percent))
    return min((instant for instant in instants if instant is not None), default=None)
