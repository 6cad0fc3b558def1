"""Tasks: what each team has to do for a ticket that needs several (M3.4-3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from helpdesk.accounts.models import Team, User
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed, NotVisible
from helpdesk.common.outbox import Notice, enqueue
from helpdesk.common.text import clean_text
from tickets.choices import Act as ActCode
from tickets.lifecycle import WORKABLE
from tickets.matters import recount
from tickets.models import Ticket, TicketTask
from tickets.models.ticket import TEXT_LENGTH
from tickets.policies import can_end_task, can_work_on
from tickets.services.notices import SUBJECT_TYPE
from tickets.services.recording import Act, open_for_change, record, snapshot

MOST_OPEN = 50


@transaction.atomic
def add_task(*, ticket_id: int, team: Team, words: str, actor: User, at: datetime) -> TicketTask:
    """Ask a team for its share. Raises NotVisible, NotAllowed, Conflict (no longer worked on) or InvalidInput."""
    ticket = open_for_change(ticket_id=ticket_id, actor=actor, version=None)
    if not can_work_on(actor, ticket):
        raise NotAllowed
    return open_task(ticket, team=team, words=words, actor=actor, at=at)


def open_task(ticket: Ticket, *, team: Team, words: str, actor: User | None, at: datetime) -> TicketTask:
    """The body of `add_task` on a ticket that is open for change already."""
    if ticket.status not in WORKABLE:
        raise Conflict(_("This ticket is no longer worked on."), code="not_workable")
    if team.is_retired:
        raise InvalidInput(fields={"team": [_("This team no longer works. Choose another one.")]})
    if ticket.tasks.filter(state=TicketTask.State.OPEN).count() >= MOST_OPEN:
        raise Conflict(_("A ticket has at most %(count)d open tasks.") % {"count": MOST_OPEN}, code="too_many_tasks")
    text = clean_text(words, field="words", max_length=TEXT_LENGTH)
    if not text:
        raise InvalidInput(fields={"words": [_("Say what is to be done.")]})
    before = snapshot(ticket)
    task = TicketTask.objects.create(ticket=ticket, team=team, words=text, created_at=at, created_by=actor)
    recount(ticket)
    act = Act(code=ActCode.TASK_ADDED, actor=actor, at=at, facts={"task": task.pk, "team": team.pk})
    event = record(ticket, act, before=before)
    people = (
        [team.lead_id]
        if team.lead_id
        else list(team.memberships.filter(user__is_active=True).values_list("user_id", flat=True))
    )
    _tell(ticket, "task_added", people, event.pk, actor, at)
    return task


@transaction.atomic
def end_task(*, task_id: int, state: TicketTask.State, result: str, actor: User, at: datetime) -> TicketTask:
    """Say that a task is done, or that it isn't needed (then with a reason). Raises NotVisible, NotAllowed, Conflict
    (`task_ended`) or InvalidInput."""
    found = TicketTask.objects.visible_to(actor).filter(pk=task_id).first()
    if found is None:
        raise NotVisible
    ticket = open_for_change(ticket_id=found.ticket_id, actor=actor, version=None)
    task = TicketTask.objects.select_related("team").get(pk=task_id)
    if not can_end_task(actor, task):
        raise NotAllowed(_("This task belongs to another team."))
    if task.state != TicketTask.State.OPEN:
        raise Conflict(_("This task has ended already."), code="task_ended")
    text = clean_text(result, field="result", max_length=TEXT_LENGTH)
    if not text:
        raise InvalidInput(fields={"result": [_("Say what came of it.")]})
    before = snapshot(ticket)
    task.state, task.result, task.ended_at, task.ended_by = state, text, at, actor
    task.save()
    recount(ticket)
    code = ActCode.TASK_DONE if state == TicketTask.State.DONE else ActCode.TASK_DROPPED
    event = record(
        ticket, Act(code=code, actor=actor, at=at, facts={"task": task.pk, "team": task.team_id}), before=before
    )
    if ticket.assignee_id is not None:
        _tell(ticket, "task_ended", [ticket.assignee_id], event.pk, actor, at)
    return task


def _tell(ticket: Ticket, topic: str, people: Iterable[int], event_id: int, actor: User | None, at: datetime) -> None:
    actor_id = actor.pk if actor is not None else None
    notices = [Notice(topic, person, {"event": event_id}) for person in people if person != actor_id]
    enqueue(notices, event_key=f"task-event-{event_id}", subject_type=SUBJECT_TYPE, subject_id=ticket.pk, at=at)
