"""What a hand-over does to a ticket: who is asked, who takes it, and at which level it stands (M3.4).

Which people these are is the escalation app's business. Every function here gets a ticket whose lock the caller holds, and
leaves one event.
"""

from __future__ import annotations

from datetime import datetime

from helpdesk.accounts.models import Team, User
from tickets.choices import Act as ActCode
from tickets.lifecycle import Status
from tickets.models import Ticket, TicketEvent
from tickets.priority import Priority
from tickets.services.recording import Act, record, snapshot


def offer_to(ticket: Ticket, *, person: User | None, level: int, at: datetime, is_deputy: bool = False) -> TicketEvent:
    """It is this person's turn to accept, on this level. None: the level is only told, nobody is asked there."""
    before = snapshot(ticket)
    ticket.offered_to = person
    ticket.escalation_level = level
    facts = {"level": level, "is_deputy": is_deputy}
    return record(ticket, Act(code=ActCode.HANDOVER_OFFERED, actor=None, at=at, facts=facts), before=before)


def leave_with(ticket: Ticket, *, person: User, at: datetime) -> TicketEvent:
    """Nobody has accepted and nobody is above: from now on it stays with this person (M3.4-5)."""
    before = snapshot(ticket)
    ticket.offered_to = person
    act = Act(code=ActCode.HANDOVER_LEFT, actor=None, at=at, facts={"person": person.pk})
    return record(ticket, act, before=before)


def take_over(ticket: Ticket, *, actor: User, team: Team | None, at: datetime) -> TicketEvent:
    """The receiver accepts: ticket and team are theirs, and the requester learns who it is now (M3.4-6)."""
    before = snapshot(ticket)
    ticket.offered_to = None
    ticket.assignee = actor
    if team is not None:
        ticket.team = team
    if ticket.accepted_at is None:
        ticket.accepted_at, ticket.accepted_by = at, actor
    if ticket.status == Status.CLASSIFIED:
        ticket.status = Status.IN_PROGRESS
    act = Act(
        code=ActCode.HANDOVER_ACCEPTED,
        actor=actor,
        at=at,
        is_public=True,
        facts={"level": ticket.escalation_level, "person": actor.pk, "team": ticket.team_id},
    )
    return record(ticket, act, before=before)


def give_back(ticket: Ticket, *, actor: User, level: int, reason: str, at: datetime) -> TicketEvent:
    """The receiver sends it back with a reason; it stands where it stood, and its holder still has it."""
    before = snapshot(ticket)
    ticket.offered_to = None
    ticket.escalation_level = level
    act = Act(code=ActCode.HANDOVER_RETURNED, actor=actor, at=at, reason=reason)
    return record(ticket, act, before=before)


def note_completed(ticket: Ticket, *, actor: User, at: datetime) -> TicketEvent:
    """The package of a hand-over is complete now."""
    return record(ticket, Act(code=ActCode.HANDOVER_COMPLETED, actor=actor, at=at), before=snapshot(ticket))


def raise_priority(ticket: Ticket, *, at: datetime) -> None:
    """One priority up, as a level of the path asks for; the most urgent stays what it is."""
    order = list(Priority)
    if not ticket.priority or ticket.priority == order[0]:
        return
    before = snapshot(ticket)
    ticket.priority = order[order.index(Priority(ticket.priority)) - 1]
    record(ticket, Act(code=ActCode.PRIORITY_RAISED, actor=None, at=at), before=before)
