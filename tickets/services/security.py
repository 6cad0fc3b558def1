"""One button for a security incident: shut the ticket, call the duty officer, start the checklist (M2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed, NotVisible
from helpdesk.common.text import clean_text
from tickets.choices import Act as ActCode
from tickets.lifecycle import WORKABLE
from tickets.matters import recount
from tickets.models import DeskSettings, RequestKind, SecurityIncident, SecurityStep, Ticket
from tickets.models.security import WORDS_LENGTH
from tickets.policies import can_handle_security, can_work_on
from tickets.security import plan
from tickets.services.confidentiality import Circle, refuse_public, set_circle, tell
from tickets.services.recording import Act, open_for_change, record, snapshot

KIND = "security"


def duty_officers(desk: DeskSettings) -> list[User]:
    """Whom to call: the person that the settings name, else the people of the team that they name, else all leads."""
    on_call = User.objects.desk().filter(is_agent=True).order_by("pk")
    chosen = list(on_call.filter(pk=desk.security_officer_id)) if desk.security_officer_id is not None else []
    if not chosen and desk.security_team_id is not None:
        chosen = list(on_call.filter(memberships__team_id=desk.security_team_id).distinct())
    return chosen or list(on_call.filter(is_lead=True))


@transaction.atomic
def raise_security_incident(*, ticket_id: int, suspicion: str, actor: User, at: datetime) -> SecurityIncident:
    """Restrict the ticket to the actor, its assignee and the duty officers, and start the checklist.

    Who was named as a reader before stays named. Raises NotVisible, NotAllowed, Conflict (`not_workable`, `already_raised`,
    `major_incident`) or InvalidInput.
    """
    ticket = open_for_change(ticket_id=ticket_id, actor=actor, version=None)
    if not can_work_on(actor, ticket):
        raise NotAllowed
    if ticket.status not in WORKABLE:
        raise Conflict(_("This ticket is no longer worked on."), code="not_workable")
    if SecurityIncident.objects.filter(ticket=ticket).exists():
        raise Conflict(_("This ticket was raised to a security incident before."), code="already_raised")
    refuse_public(ticket)
    words = clean_text(suspicion, field="suspicion", max_length=WORDS_LENGTH)
    if not words:
        raise InvalidInput(fields={"suspicion": [_("Say in a sentence what you suspect.")]})
    before = snapshot(ticket)
    officers = duty_officers(DeskSettings.current())
    facts = set_circle(ticket, _circle(ticket, officers), actor=actor, at=at)
    ticket.kind = RequestKind.objects.get(code=KIND)
    incident = SecurityIncident.objects.create(ticket=ticket, suspicion=words, started_at=at, started_by=actor)
    incident.officers.set(officers)
    SecurityStep.objects.bulk_create(
        SecurityStep(ticket=ticket, position=place, code=step.code, due_at=step.due_at, alert_at=step.due_at)
        for place, step in enumerate(plan(at), 1)
    )
    recount(ticket)
    called = [officer.pk for officer in officers]
    act = Act(code=ActCode.SECURITY_RAISED, actor=actor, at=at, facts={**facts, "called": called})
    event = record(ticket, act, before=before)
    assignee = [ticket.assignee_id] if ticket.assignee_id is not None else []
    tell(ticket, "security_raised", [*called, *assignee], event_id=event.pk, actor=actor, at=at)
    return incident


def _circle(ticket: Ticket, officers: Sequence[User]) -> Circle:
    rows = list(ticket.reader_rows.select_related("user", "team"))
    named = {row.user.pk: row.user for row in rows if row.user is not None}
    return Circle(
        people=list({**named, **{officer.pk: officer for officer in officers}}.values()),
        teams=[row.team for row in rows if row.team is not None],
        is_named_only=True,
    )


@transaction.atomic
def end_step(*, step_id: int, state: SecurityStep.State, words: str, actor: User, at: datetime) -> SecurityStep:
    """Say that a step is done, or why it doesn't apply. Raises NotVisible, NotAllowed, Conflict (`step_ended`) or
    InvalidInput."""
    found = SecurityStep.objects.visible_to(actor).filter(pk=step_id).values_list("ticket_id", flat=True).first()
    if found is None:
        raise NotVisible
    ticket = open_for_change(ticket_id=found, actor=actor, version=None)
    step = SecurityStep.objects.get(pk=step_id)
    if not can_handle_security(actor, ticket):
        raise NotAllowed
    if not step.is_open:
        raise Conflict(_("This step has ended already."), code="step_ended")
    if state not in (SecurityStep.State.DONE, SecurityStep.State.NOT_APPLICABLE):
        raise InvalidInput(fields={"state": [_("Choose one of the answers.")]})
    text = clean_text(words, field="words", max_length=WORDS_LENGTH)
    if not text and state == SecurityStep.State.NOT_APPLICABLE:
        raise InvalidInput(fields={"words": [_("Say why it doesn't apply.")]})
    before = snapshot(ticket)
    step.state, step.words, step.ended_at, step.ended_by, step.alert_at = state, text, at, actor, None
    step.save()
    recount(ticket)
    facts = {"security_step": step.code, "state": step.state, "is_late": step.is_late}
    record(ticket, Act(code=ActCode.SECURITY_STEP_ENDED, actor=actor, at=at, facts=facts), before=before)
    return step


def alert_due(ticket: Ticket, at: datetime) -> None:
    """Tell of each step whose time is over, once. The caller holds the ticket's lock."""
    for step in SecurityStep.objects.filter(ticket=ticket, alert_at__lte=at):
        before = snapshot(ticket)
        step.alert_at = None
        step.save(update_fields=["alert_at"])
        recount(ticket)
        facts = {"security_step": step.code, "due_at": step.due_at.isoformat() if step.due_at is not None else None}
        act = Act(code=ActCode.SECURITY_STEP_OVERDUE, actor=None, at=at, facts=facts)
        event = record(ticket, act, before=before)
        people = list(ticket.security.officers.values_list("pk", flat=True))
        if ticket.assignee_id is not None:
            people.append(ticket.assignee_id)
        tell(ticket, "security_step_overdue", people, event_id=event.pk, actor=None, at=at)


def drop_open(ticket: Ticket, at: datetime) -> None:
    """The ticket was withdrawn, so nobody works on the rest of the list. Part of that act; the caller records it."""
    state = SecurityStep.State
    SecurityStep.objects.filter(ticket=ticket, state=state.OPEN).update(
        state=state.NOT_APPLICABLE, ended_at=at, alert_at=None
    )
