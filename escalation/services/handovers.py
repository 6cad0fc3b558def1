"""Every escalation, whichever door it came through: offering, accepting, sending back, climbing on (M3.4).

All of it happens under the lock of the ticket, and each step leaves one event in its trail.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from escalation import ladder, paths, prefill
from escalation.actions import Action
from escalation.ladder import Rung
from escalation.models import Escalation, EscalationPath, Package
from escalation.policies import can_answer, can_complete
from escalation.services import level_clock, notices
from escalation.services.telling import people_in_charge
from escalation.turns import Turn
from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed, NotVisible
from helpdesk.common.text import clean_text
from tickets.choices import MessageKind
from tickets.handover import MORE_PARTS, PARTS, Reason, missing
from tickets.lifecycle import Command
from tickets.models import Ticket, TicketEvent
from tickets.models.ticket import TEXT_LENGTH
from tickets.refusals import missing_field
from tickets.services import handovers as acts
from tickets.services import incidents, tasks
from tickets.services.conversation import post_message
from tickets.services.effects import REASON_LENGTH
from tickets.services.engine import run_command
from tickets.services.incidents import Declaration
from tickets.services.recording import open_for_change

State = Escalation.State
log = structlog.get_logger(__name__)


@transaction.atomic
def escalate(
    *, ticket_id: int, actor: User, version: int, data: Mapping[str, Any], message: str, at: datetime
) -> Ticket:
    """Hand a ticket on by hand, and tell the requester in the same act if there is a message.

    Raises what the engine raises: NotVisible, NotAllowed, Conflict, StaleVersion, InvalidInput.
    """
    if message.strip():
        post_message(
            ticket_id=ticket_id,
            actor=actor,
            body=message,
            kind=MessageKind.PUBLIC,
            version=version,
            then=Command.ESCALATE,
            data=data,
            at=at,
        )
        return Ticket.objects.visible_to(actor).get(pk=ticket_id)
    return run_command(ticket_id=ticket_id, command=Command.ESCALATE, actor=actor, version=version, data=data, at=at)


def begin(*, ticket: Ticket, event: TicketEvent, actor: User | None, details: Mapping[str, Any], at: datetime) -> None:
    """Offer a ticket that was escalated just now to its next level; runs inside that act.

    Raises Conflict (`top_reached`) where nobody is above, InvalidInput for a level that doesn't exist.
    """
    reason = Reason(event.data["reason_code"])
    path = paths.path_for(ticket, reason)
    rungs = ladder.rungs_above(ticket, path, above=ticket.escalation_level, at=at)
    if not rungs:
        raise Conflict(_("This ticket is on the highest level already; nobody is above."), code="top_reached")
    rung = _wanted(rungs, details.get("to_level"))
    package = _pack(ticket, details["parts"], details.get("files", ()), actor=actor, at=at)
    # Tasks first: what the team's lead reads then is the whole.
    for team in details.get("teams", ()):
        tasks.open_task(ticket, team=team, words=details["parts"]["asked"] or ticket.subject, actor=actor, at=at)
    escalation = Escalation(
        ticket=ticket,
        reason=reason,
        path=path,
        package=package,
        offered_by=actor,
        from_level=ticket.escalation_level,
        from_team=ticket.team,
    )
    _arrive(escalation, ticket, rung, at=at)
    if actor is None and not package.is_complete and ticket.assignee_id is not None:
        notices.tell(ticket, "package_incomplete", [ticket.assignee_id], escalation, event=event, at=at)


def _wanted(rungs: list[Rung], number: int | None) -> Rung:
    if number is None:
        return rungs[0]
    found = next((rung for rung in rungs if rung.number == number), None)
    if found is None:
        raise InvalidInput(fields={"to_level": [_("The ticket can't go to this level.")]})
    return found


def _pack(
    ticket: Ticket, parts: Mapping[str, str], files: Iterable[Any], *, actor: User | None, at: datetime
) -> Package:
    texts = {name: parts.get(name, "") for name in (*PARTS, *MORE_PARTS)}
    package = Package.objects.create(
        ticket=ticket, made_at=at, made_by=actor, parts=texts, facts=prefill.facts_of(ticket)
    )
    package.files.set(files)
    return package


def _arrive(escalation: Escalation, ticket: Ticket, rung: Rung, *, at: datetime) -> None:
    """The ticket comes to a level: what the level does, and the first person's turn."""
    escalation.level, escalation.level_number, escalation.team = rung.level, rung.number, rung.team
    escalation.began_at, escalation.asked = at, []
    _ask(escalation, ticket, rung, rung.turns[0], at=at)
    if rung.has(Action.RAISE_PRIORITY):
        acts.raise_priority(ticket, at=at)
    if rung.has(Action.DECLARE_INCIDENT):
        _declare(ticket, rung.turns[0].person, at=at)
    if rung.has(Action.NOTIFY) and rung.team is not None:
        members = rung.team.memberships.filter(user__is_active=True).values_list("user_id", flat=True)
        told = [person for person in members if person != escalation.offered_to_id]
        notices.tell(ticket, "escalation_told", told, escalation, event=None, at=at)


def _declare(ticket: Ticket, commander: User, *, at: datetime) -> None:
    """M3.4-4: wide impact goes to the responsible person at once, as a major incident that they command."""
    try:
        incidents.declare_on(ticket, actor=None, declaration=Declaration(commander=commander), at=at)
    except (Conflict, InvalidInput) as refusal:
        # It is one already, or its words are nobody else's business: the hand-over itself goes on.
        log.info("incident_not_declared", ticket=ticket.pk, code=refusal.code)


def _ask(escalation: Escalation, ticket: Ticket, rung: Rung, turn: Turn[User], *, at: datetime) -> None:
    """It is somebody's turn: they are asked, and have the level's time to answer."""
    person = turn.person if rung.is_offer else None
    escalation.state = State.OFFERED if rung.is_offer else State.NOTIFIED
    escalation.offered_to, escalation.stands_for, escalation.is_deputy = person, turn.stands_for, turn.is_deputy
    escalation.asked = [*escalation.asked, turn.person.pk]
    escalation.offered_at = at
    escalation.accept_by_at = escalation.next_at = rung.accept_by(at)
    escalation.save()
    event = acts.offer_to(ticket, person=person, level=rung.number, at=at, is_deputy=turn.is_deputy)
    topic = "escalation_offered" if rung.is_offer else "escalation_told"
    notices.tell(ticket, topic, [turn.person.pk], escalation, event=event, at=at)


@transaction.atomic
def accept(*, escalation_id: int, actor: User, at: datetime) -> Escalation:
    """Take the ticket over: it is the actor's from now on, and the level's team's.

    Raises NotVisible, NotAllowed, or Conflict (`not_offered`) when it was answered or went on meanwhile.
    """
    escalation, ticket = _open(escalation_id, actor)
    holder = ticket.assignee_id
    _answer(escalation, State.ACCEPTED, actor=actor, at=at)
    level_clock.start(escalation, at=at)
    event = acts.take_over(ticket, actor=actor, team=escalation.team, at=at)
    told = _others([escalation.offered_by_id, holder], actor)
    notices.tell(ticket, "escalation_accepted", told, escalation, event=event, at=at)
    return escalation


@transaction.atomic
def send_back(*, escalation_id: int, reason: str, actor: User, at: datetime) -> Escalation:
    """Return the ticket to who sent it, who has stayed its owner. Raises as `accept`, and InvalidInput without reason."""
    escalation, ticket = _open(escalation_id, actor)
    words = clean_text(reason, field="reason", max_length=REASON_LENGTH)
    if not words:
        raise InvalidInput(fields={"reason": [_("Say what is missing, or who should take it instead.")]})
    escalation.answer = words
    _answer(escalation, State.RETURNED, actor=actor, at=at)
    event = acts.give_back(ticket, actor=actor, level=escalation.from_level, reason=words, at=at)
    told = _others([escalation.offered_by_id, *people_in_charge(ticket)], actor)
    notices.tell(ticket, "escalation_returned", told, escalation, event=event, at=at)
    return escalation


@transaction.atomic
def complete(
    *, escalation_id: int, parts: Mapping[str, str], files: Iterable[Any], actor: User, at: datetime
) -> Escalation:
    """Replace an incomplete package by a complete one; the old one stays as it was.

    Raises NotVisible, NotAllowed, Conflict (`not_offered`), or InvalidInput naming what is still missing.
    """
    escalation, ticket = _found(escalation_id, actor)
    if not can_complete(actor, ticket):
        raise NotAllowed
    if not escalation.is_open:
        raise Conflict(_("This escalation has been answered meanwhile."), code="not_offered")
    texts = {
        name: clean_text(parts.get(name, ""), field=name, max_length=TEXT_LENGTH) for name in (*PARTS, *MORE_PARTS)
    }
    if gaps := missing(texts):
        raise InvalidInput(fields={name: [missing_field(name)] for name in gaps})
    escalation.package = _pack(ticket, texts, files, actor=actor, at=at)
    escalation.save(update_fields=["package"])
    event = acts.note_completed(ticket, actor=actor, at=at)
    if escalation.offered_to_id is not None:
        told = _others([escalation.offered_to_id], actor)
        notices.tell(ticket, "package_completed", told, escalation, event=event, at=at)
    return escalation


def end_open(*, ticket: Ticket, actor: User | None, at: datetime) -> None:
    """A ticket that was solved or withdrawn waits for nobody's acceptance any more."""
    for escalation in Escalation.objects.open().filter(ticket=ticket):
        _answer(escalation, State.ENDED, actor=actor, at=at)


def climb(escalation: Escalation, ticket: Ticket, *, at: datetime) -> str:
    """Nobody has answered in time: the deputy's turn, then the next level's, and in the end it stays with a person.

    The caller holds the ticket's lock and has seen that the time is over. Returns what was done.
    """
    here = _rung_here(escalation, ticket, at)
    turn = next((turn for turn in here.turns if turn.person.pk not in escalation.asked), None) if here else None
    if here is not None and here.is_offer and turn is not None:
        _ask(escalation, ticket, here, turn, at=at)
        return "asked_deputy"
    above = _rungs(ticket, escalation.path, above=escalation.level_number, at=at)
    if above:
        return _go_on(escalation, ticket, above[0], at=at)
    return _stay(escalation, ticket, here, at=at)


def _go_on(escalation: Escalation, ticket: Ticket, rung: Rung, *, at: datetime) -> str:
    passed = escalation.offered_to_id
    _answer(escalation, State.CLIMBED, actor=None, at=at)
    following = Escalation(
        ticket=ticket,
        reason=escalation.reason,
        path=escalation.path,
        package=escalation.package,
        offered_by=escalation.offered_by,
        from_level=escalation.from_level,
        from_team=ticket.team,
        previous=escalation,
    )
    _arrive(following, ticket, rung, at=at)
    told = {person for person in (passed, ticket.assignee_id) if person is not None} - {following.offered_to_id}
    notices.tell(ticket, "escalation_climbed", sorted(told), following, event=None, at=at)
    return "climbed"


def _stay(escalation: Escalation, ticket: Ticket, here: Rung | None, *, at: datetime) -> str:
    """The last responsible person has it, whether they have answered or not: the path ends at a name."""
    person = here.turns[0].person if here is not None else escalation.offered_to
    if person is None:
        # Everybody on the path has left since: whoever leads now.
        leaders = ladder.rungs_above(ticket, None, above=0, at=at)
        person = leaders[0].turns[0].person if leaders else None
    if person is None:
        escalation.next_at = None
        escalation.save()
        return "nobody"
    escalation.state, escalation.offered_to, escalation.is_deputy = State.OFFERED, person, False
    escalation.stands_for = here.turns[0].stands_for if here is not None else None
    escalation.accept_by_at = escalation.next_at = None
    escalation.save()
    event = acts.leave_with(ticket, person=person, at=at)
    notices.tell(ticket, "escalation_left", [person.pk], escalation, event=event, at=at)
    return "left"


def _rung_here(escalation: Escalation, ticket: Ticket, at: datetime) -> Rung | None:
    """The escalation's own level with who can be asked there now; None if all its people have gone."""
    rungs = _rungs(ticket, escalation.path, above=escalation.level_number - 1, at=at)
    return next((rung for rung in rungs if rung.number == escalation.level_number), None)


def _rungs(ticket: Ticket, path: EscalationPath | None, *, above: int, at: datetime) -> list[Rung]:
    return ladder.rungs_above(ticket, path, above=above, at=at)


def _found(escalation_id: int, actor: User) -> tuple[Escalation, Ticket]:
    """The escalation and its ticket, held until the transaction ends. Raises NotVisible."""
    ticket_id = (
        Escalation.objects.visible_to(actor).filter(pk=escalation_id).values_list("ticket_id", flat=True).first()
    )
    if ticket_id is None:
        raise NotVisible
    ticket = open_for_change(ticket_id=ticket_id, actor=actor, version=None)
    return Escalation.objects.select_related("team", "level").get(pk=escalation_id), ticket


def _open(escalation_id: int, actor: User) -> tuple[Escalation, Ticket]:
    escalation, ticket = _found(escalation_id, actor)
    if not can_answer(actor, escalation):
        raise NotAllowed(_("This hand-over was offered to somebody else."))
    if escalation.state != State.OFFERED:
        raise Conflict(_("This escalation has been answered meanwhile."), code="not_offered")
    return escalation, ticket


def _answer(escalation: Escalation, state: Escalation.State, *, actor: User | None, at: datetime) -> None:
    escalation.state, escalation.answered_at, escalation.answered_by = state, at, actor
    escalation.next_at = None
    escalation.save()


def _others(people: Iterable[int | None], actor: User) -> list[int]:
    return sorted({person for person in people if person is not None and person != actor.pk})
