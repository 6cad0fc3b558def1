"""How a major incident ends: resolved with the tickets it covers, then reviewed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, DomainError, InvalidInput
from helpdesk.common.locking import lock_row
from helpdesk.common.text import clean_text
from tickets.choices import Act as ActCode
from tickets.choices import Channel, IncidentState
from tickets.doorbell import ring_after_commit
from tickets.lifecycle import CLASSIFICATION, RESOLUTION, SOLVED, WORKABLE, Command, Status
from tickets.models import IncidentLink, IncidentReview, MajorIncident, ReviewAction, Ticket
from tickets.models.incident import ACTION_LENGTH
from tickets.models.ticket import TEXT_LENGTH
from tickets.policies import parties_by_incident
from tickets.services.engine import CommandInput, apply_command
from tickets.services.incidents import must_run, open_incident, record_on_parent, save_incident, wrong_person
from tickets.services.recording import Act, open_for_change

Ending = IncidentLink.Ending
TEXTS = ("happened", "course", "cause", "went_well")
MOST_ACTIONS = 20
FIRST_YEAR, LAST_YEAR = 2000, 2200  # in which an action can be due


@transaction.atomic
def resolve(
    *,
    incident_id: int,
    covered: Sequence[int],
    actor: User,
    version: int | None,
    at: datetime,
    channel: Channel | str = "",
) -> MajorIncident:
    """The parent's solution solves the incident, and the linked tickets in `covered` (their ids).

    Each of these is resolved by a worker through the engine, so each requester confirms for themselves; the others
    stay linked and go on by themselves. A parent that was withdrawn ends the incident and covers none. Ids of tickets that aren't linked, or that the actor may not see, are
    refused. Raises NotVisible, NotAllowed, StaleVersion, InvalidInput, or Conflict: `not_open`,
    `parent_not_resolved`.
    """
    incident = open_incident(incident_id=incident_id, actor=actor, version=version)
    must_run(actor, incident)
    incident.ticket = lock_row(Ticket.objects.all(), pk=incident.ticket_id)
    if incident.ticket.status not in (*SOLVED, Status.CANCELLED):
        raise Conflict(
            _("Ticket %(number)s isn't resolved yet. Propose its solution first; it is offered to the others then.")
            % {"number": incident.ticket.number},
            code="parent_not_resolved",
        )
    if incident.ticket.status == Status.CANCELLED and covered:
        raise InvalidInput(
            fields={"tickets": [_("The incident's ticket was withdrawn, so it has no solution for the others.")]}
        )
    links = IncidentLink.objects.filter(incident=incident, unlinked_at=None)
    wanted = set(covered)
    possible = links.visible_to(actor).filter(ticket__status__in=WORKABLE)
    if wanted != set(possible.filter(ticket__in=wanted).values_list("ticket_id", flat=True)):
        raise InvalidInput(
            fields={"tickets": [_("One of these tickets isn't linked or isn't open any more. Look at the list again.")]}
        )
    links.filter(ticket__in=wanted).update(ending=Ending.PENDING, ending_by=actor)
    links.filter(is_open=True).update(is_open=False)
    incident.state, incident.resolved_at, incident.next_update_due_at = IncidentState.RESOLVED, at, None
    save_incident(incident, actor=actor, at=at, reason=ActCode.INCIDENT_RESOLVED)
    facts = {"covered": len(wanted)}
    record_on_parent(incident, Act(code=ActCode.INCIDENT_RESOLVED, actor=actor, at=at, channel=channel, facts=facts))
    if wanted:
        ring_after_commit()
    return incident


@transaction.atomic
def resolve_linked(*, link_id: int, at: datetime) -> bool:
    """Resolve one covered ticket with the parent's solution. False when another worker has it or has done it.

    A refusal (it was closed, archived or withdrawn meanwhile) is kept on the link with its code.
    """
    pending = IncidentLink.objects.select_for_update(skip_locked=True, of=("self",)).filter(ending=Ending.PENDING)
    link = pending.select_related("incident__ticket", "ending_by").filter(pk=link_id).first()
    if link is None:
        return False
    assert link.ending_by is not None, "the database demands it of pending endings"
    try:
        with transaction.atomic():
            _resolve_like(link.incident, link.ticket_id, actor=link.ending_by, at=at)
    except DomainError as error:
        link.ending, link.ending_problem = Ending.REFUSED, error.code[:40]
    else:
        link.ending = Ending.RESOLVED
    link.save(update_fields=["ending", "ending_problem"])
    return True


def _resolve_like(incident: MajorIncident, ticket_id: int, *, actor: User, at: datetime) -> None:
    ticket = open_for_change(ticket_id=ticket_id, actor=actor, version=None)
    parent = incident.ticket
    who = parties_by_incident(actor, ticket, incident)
    facts = {"incident": incident.pk}
    if ticket.status == Status.NEW:
        # As an act of its own: solved from `new` would count as solved at first contact, which it wasn't.
        classification = {name: getattr(ticket, name) or getattr(parent, name) for name in CLASSIFICATION}
        given = CommandInput(classification, message_facts=facts, who=who)
        apply_command(ticket, command=Command.CLASSIFY, actor=actor, at=at, given=given)
    solution = {name: getattr(parent, name) for name in RESOLUTION}
    given = CommandInput(solution, message_facts=facts, who=who)
    apply_command(ticket, command=Command.RESOLVE, actor=actor, at=at, given=given)


@dataclass(frozen=True)
class PlannedAction:
    """What is to be done after an incident: what, by whom, by when."""

    what: str
    owner: User
    due_on: date


@dataclass(frozen=True)
class Review:
    """The document as it is written."""

    happened: str
    course: str
    cause: str
    went_well: str
    actions: Sequence[PlannedAction] = field(default_factory=tuple)


@transaction.atomic
def close_review(
    *, incident_id: int, review: Review, actor: User, version: int | None, at: datetime, channel: Channel | str = ""
) -> IncidentReview:
    """Keep what was learnt, which closes the incident. It is written once.

    Raises NotVisible, NotAllowed, StaleVersion, InvalidInput, or Conflict: `still_open`, `already_reviewed`,
    `still_resolving` (workers are at its tickets).
    """
    incident = open_incident(incident_id=incident_id, actor=actor, version=version, must_be_open=False)
    must_run(actor, incident)
    if incident.is_open:
        raise Conflict(_("This incident is still open. Resolve it first."), code="still_open")
    if incident.reviewed_at is not None:
        raise Conflict(_("This incident was reviewed before."), code="already_reviewed")
    if incident.links.filter(ending=Ending.PENDING).exists():
        raise Conflict(_("Its tickets are still being resolved. Try again in a minute."), code="still_resolving")
    texts, actions = _checked(review)
    incident.ticket = lock_row(Ticket.objects.all(), pk=incident.ticket_id)
    kept = IncidentReview.objects.create(incident=incident, author=actor, created_at=at, **texts)
    for action in actions:
        action.review = kept
    ReviewAction.objects.bulk_create(actions)
    incident.state, incident.reviewed_at = IncidentState.REVIEWED, at
    save_incident(incident, actor=actor, at=at, reason=ActCode.INCIDENT_REVIEWED)
    record_on_parent(incident, Act(code=ActCode.INCIDENT_REVIEWED, actor=actor, at=at, channel=channel))
    return kept


def _checked(review: Review) -> tuple[dict[str, str], list[ReviewAction]]:
    """The texts as they are kept, and the actions. Raises InvalidInput naming all that is wrong."""
    texts: dict[str, str] = {}
    problems: dict[str, list[Any]] = {}
    for name in TEXTS:
        try:
            texts[name] = clean_text(getattr(review, name), field=name, max_length=TEXT_LENGTH)
        except InvalidInput as error:
            problems.update(error.fields)
            continue
        if not texts[name]:
            problems[name] = [_("This answer is required.")]
    if len(review.actions) > MOST_ACTIONS:
        problems["actions"] = [_("A review has at most %(limit)d actions.") % {"limit": MOST_ACTIONS}]
    actions = [_checked_action(action, f"actions.{place}", problems) for place, action in enumerate(review.actions)]
    if problems:
        raise InvalidInput(fields=problems)
    return texts, actions


def _checked_action(action: PlannedAction, path: str, problems: dict[str, list[Any]]) -> ReviewAction:
    what = ""
    try:
        what = clean_text(action.what, field=f"{path}.what", max_length=ACTION_LENGTH, multiline=False)
    except InvalidInput as error:
        problems.update(error.fields)
    else:
        if not what:
            problems[f"{path}.what"] = [_("Say what is to be done, by whom and by when.")]
    if wrong := wrong_person(action.owner):
        problems[f"{path}.owner"] = [wrong]
    if not FIRST_YEAR <= action.due_on.year <= LAST_YEAR:
        problems[f"{path}.due_on"] = [_("Choose a date between 2000 and 2200.")]
    return ReviewAction(what=what, owner=action.owner, due_on=action.due_on)
