"""Who needs to know: making a ticket confidential, changing its readers, lifting it (M1.2-4, ADR 17)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from helpdesk.accounts.models import Team, User
from helpdesk.accounts.roles import Ability
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed
from helpdesk.common.outbox import Notice, enqueue
from helpdesk.common.text import clean_text
from tickets.choices import Act as ActCode
from tickets.models import MajorIncident, SecurityStep, Ticket, TicketReader
from tickets.models.confidential import REASON_LENGTH
from tickets.policies import can_lift_confidentiality, can_work_on, is_on_ticket
from tickets.services.notices import SUBJECT_TYPE
from tickets.services.recording import Act, open_for_change, record, snapshot

MOST_NAMED = 50


@dataclass(frozen=True)
class Circle:
    """Who needs to know besides the people on the ticket. `is_named_only` takes the rest of its team out."""

    people: Sequence[User] = ()
    teams: Sequence[Team] = ()
    is_named_only: bool = False


@transaction.atomic
def make_confidential(*, ticket_id: int, circle: Circle, reason: str, actor: User, at: datetime) -> Ticket:
    """Let only those read the ticket who need to know.

    Raises NotVisible, NotAllowed, Conflict (`already_confidential`, `major_incident`) or InvalidInput.
    """
    ticket = _open(ticket_id, actor)
    if ticket.is_confidential:
        raise Conflict(_("This ticket is confidential already. Change who may read it."), code="already_confidential")
    refuse_public(ticket)
    words = need_reason(reason)
    before = snapshot(ticket)
    facts = set_circle(ticket, circle, actor=actor, at=at)
    act = Act(code=ActCode.MADE_CONFIDENTIAL, actor=actor, at=at, reason=words, is_public=True, facts=facts)
    event = record(ticket, act, before=before)
    tell_named(ticket, facts, event_id=event.pk, actor=actor, at=at)
    return ticket


@transaction.atomic
def change_readers(*, ticket_id: int, circle: Circle, actor: User, at: datetime) -> Ticket:
    """Name other readers: those who aren't named any more lose sight of the ticket.

    Raises NotVisible, NotAllowed, Conflict (`not_confidential`) or InvalidInput.
    """
    ticket = _open(ticket_id, actor)
    if not ticket.is_confidential:
        raise Conflict(_("This ticket isn't confidential."), code="not_confidential")
    before = snapshot(ticket)
    facts = set_circle(ticket, circle, actor=actor, at=at)
    if not facts and before["is_named_only"] == ticket.is_named_only:
        return ticket
    event = record(ticket, Act(code=ActCode.READERS_CHANGED, actor=actor, at=at, facts=facts), before=before)
    tell_named(ticket, facts, event_id=event.pk, actor=actor, at=at)
    return ticket


@transaction.atomic
def lift_confidentiality(*, ticket_id: int, reason: str, actor: User, at: datetime) -> Ticket:
    """Open the ticket to the whole desk again.

    By its assignee or a lead who is let in. Raises NotVisible, NotAllowed, Conflict (`not_confidential`,
    `security_running`) or InvalidInput.
    """
    ticket = open_for_change(ticket_id=ticket_id, actor=actor, version=None)
    if not can_lift_confidentiality(actor, ticket):
        raise NotAllowed(_("Only the assignee or a lead can open a confidential ticket to everybody."))
    if not ticket.is_confidential:
        raise Conflict(_("This ticket isn't confidential."), code="not_confidential")
    if SecurityStep.objects.filter(ticket=ticket, state=SecurityStep.State.OPEN).exists():
        raise Conflict(
            _("A security incident is going on. Finish its checklist before everybody may read this."),
            code="security_running",
        )
    words = need_reason(reason)
    before = snapshot(ticket)
    TicketReader.objects.filter(ticket=ticket).delete()
    ticket.is_confidential = ticket.is_named_only = False
    act = Act(code=ActCode.CONFIDENTIALITY_LIFTED, actor=actor, at=at, reason=words, is_public=True)
    record(ticket, act, before=before)
    return ticket


def _open(ticket_id: int, actor: User) -> Ticket:
    ticket = open_for_change(ticket_id=ticket_id, actor=actor, version=None)
    if not can_work_on(actor, ticket):
        raise NotAllowed
    return ticket


def refuse_public(ticket: Ticket) -> None:
    """Raise Conflict (`major_incident`) for a ticket about which everybody was told."""
    if MajorIncident.objects.open().filter(ticket=ticket).exists():
        raise Conflict(
            _("Everybody knows of this major incident. Write what is confidential on another ticket."),
            code="major_incident",
        )


def need_reason(reason: str) -> str:
    """The reason as it is stored. Raises InvalidInput without one."""
    words = clean_text(reason, field="reason", max_length=REASON_LENGTH)
    if not words:
        raise InvalidInput(fields={"reason": [_("Give the reason in a sentence.")]})
    return words


def set_circle(ticket: Ticket, circle: Circle, *, actor: User, at: datetime) -> dict[str, Any]:
    """Make the ticket confidential for this circle, unsaved but for its readers' rows. For services that hold its lock.

    Whoever acts stays in. Returns what changed as the event's facts: ids of people and teams that came and went.
    """
    _check(circle)
    ticket.is_confidential, ticket.is_named_only = True, circle.is_named_only
    people, teams = {person.pk for person in circle.people}, {team.pk for team in circle.teams}
    if not (is_on_ticket(actor, ticket) or teams & actor.team_ids):
        people.add(actor.pk)  # nobody shuts themselves out by mistake
    wanted: set[tuple[int | None, int | None]] = {(pk, None) for pk in people} | {(None, pk) for pk in teams}
    rows = {(row.user_id, row.team_id): row for row in ticket.reader_rows.all()}
    came = [key for key in wanted if key not in rows]
    gone = [key for key in rows if key not in wanted]
    TicketReader.objects.filter(pk__in=[rows[key].pk for key in gone]).delete()
    TicketReader.objects.bulk_create(
        TicketReader(ticket=ticket, user_id=person, team_id=team, added_by=actor, added_at=at) for person, team in came
    )
    facts = {
        "readers": [person for person, _team in came if person],
        "reader_teams": [team for _person, team in came if team],
        "readers_gone": [person for person, _team in gone if person],
        "reader_teams_gone": [team for _person, team in gone if team],
    }
    return {name: sorted(ids) for name, ids in facts.items() if ids}


def _check(circle: Circle) -> None:
    errors: dict[str, list[str]] = {}
    if len(circle.people) + len(circle.teams) > MOST_NAMED:
        errors["people"] = [_("Name at most %(limit)d people and teams.") % {"limit": MOST_NAMED}]
    for person in circle.people:
        if not person.can(Ability.USE_DESK):
            text = _("%(name)s isn't of the desk. Let them read along instead: they see what the requester sees.")
            errors.setdefault("people", []).append(text % {"name": person.get_full_name()})
    for team in circle.teams:
        if team.is_retired:
            text = _("The team “%(team)s” no longer works. Choose another one.")
            errors.setdefault("teams", []).append(text % {"team": team.name})
    if errors:
        raise InvalidInput(fields=errors)


def tell_named(ticket: Ticket, facts: dict[str, Any], *, event_id: int, actor: User, at: datetime) -> None:
    """Tell the people who were named, and the leads of the teams that were."""
    leads = Team.objects.filter(pk__in=facts.get("reader_teams", ()), lead__isnull=False).values_list(
        "lead_id", flat=True
    )
    people = [*facts.get("readers", ()), *leads]
    tell(ticket, "reader_named", people, event_id=event_id, actor=actor, at=at)


def tell(ticket: Ticket, topic: str, people: Iterable[int], *, event_id: int, actor: User | None, at: datetime) -> None:
    """Append the notices of an event of this kind, to everybody but its actor."""
    actor_id = actor.pk if actor is not None else None
    notices = [Notice(topic, person, {"event": event_id}) for person in people if person != actor_id]
    enqueue(notices, event_key=f"secret-event-{event_id}", subject_type=SUBJECT_TYPE, subject_id=ticket.pk, at=at)
