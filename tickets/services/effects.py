"""What each command does to a ticket's fields. The status itself is set by the engine from the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from helpdesk.accounts.models import Team, User
from helpdesk.accounts.roles import Ability
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed
from helpdesk.common.text import clean_text
from tickets.choices import Closure, WaitsFor
from tickets.handover import GIVEN_BY_PEOPLE, MORE_PARTS, PARTS, Reason
from tickets.lifecycle import Command, Status
from tickets.models import Category, DeskSettings, PriorityCell, Ticket
from tickets.models.asking import Asking
from tickets.models.ticket import TEXT_LENGTH
from tickets.priority import Priority
from tickets.refusals import missing_field
from tickets.services import workarounds
from tickets.services.agreements.dropping import drop_open, end_moot
from tickets.services.agreements.promises import watch_again
from tickets.services.agreements.surveys import ask_on_closing, stop_asking
from tickets.services.helped import count_helped, count_no_more
from tickets.timing import confirm_by

REASON_LENGTH = 2000
LONGEST_WAIT = timedelta(days=366)


@dataclass
class Change:
    """One command at work: the locked ticket, who, when, the data, facts for the event, and details beside it."""

    ticket: Ticket
    actor: User | None
    at: datetime
    data: Mapping[str, Any]
    facts: dict[str, Any] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)


def priority_for(impact: str, urgency: str) -> str:
    """The priority that the configured matrix gives (M3.2-1)."""
    return PriorityCell.objects.values_list("priority", flat=True).get(impact=impact, urgency=urgency)


def route(category: Category) -> Team | None:
    """The team of a category, or the nearest one above it in the tree."""
    if category.team is not None and not category.team.is_retired:
        return category.team
    staffed = Category.objects.filter(pk__in=category.branch, team__is_retired=False).select_related("team")
    nearest = staffed.only("team").order_by("-path").first()
    return nearest.team if nearest else None


def set_classification(ticket: Ticket, data: Mapping[str, Any]) -> None:
    """Category, impact, urgency and the priority that follows; routes a ticket without a team."""
    category: Category = data["category"]
    if category.is_retired and category.pk != ticket.category_id:
        raise InvalidInput(fields={"category": [_("This category is no longer used. Choose another one.")]})
    ticket.category = category
    ticket.impact = data["impact"]
    ticket.urgency = data["urgency"]
    ticket.priority = priority_for(ticket.impact, ticket.urgency)
    if data.get("kind"):
        ticket.kind = data["kind"]
    if data.get("team"):
        set_team(ticket, data["team"])
    elif ticket.team_id is None:
        ticket.team = route(category)


def set_team(ticket: Ticket, team: Team) -> None:
    """Hand the ticket to a team; its present assignee stays only if in that team."""
    if team.is_retired:
        raise InvalidInput(fields={"team": [_("This team no longer works. Choose another one.")]})
    ticket.team = team
    if ticket.assignee is not None and team.pk not in ticket.assignee.team_ids:
        ticket.assignee = None


def set_assignee(ticket: Ticket, assignee: User) -> None:
    """Give the ticket to a person; a team of theirs becomes the ticket's if the present one isn't."""
    if not (assignee.is_active and assignee.is_agent):
        raise InvalidInput(fields={"assignee": [_("This person doesn't work on tickets. Choose an agent.")]})
    ticket.assignee = assignee
    if ticket.team_id not in assignee.team_ids and assignee.team_ids:
        ticket.team_id = min(assignee.team_ids)


def set_acceptance(change: Change) -> None:
    """M3.2-3: the acceptor and the time of acceptance."""
    assert change.actor is not None, "the table lets only people accept"
    change.ticket.accepted_by = change.actor
    change.ticket.accepted_at = change.at
    if change.ticket.assignee_id is None:
        set_assignee(change.ticket, change.actor)


def set_resolution(change: Change) -> None:
    """M3.3.4: outcome, cause, solution, advice and how it was tested; the confirmation period starts."""
    ticket, data = change.ticket, change.data
    ticket.outcome = data["outcome"]
    for name in ("cause", "solution", "advice", "verification"):
        setattr(ticket, name, clean_text(data[name], field=name, max_length=TEXT_LENGTH))
    _set_test(change)
    ticket.resolved_at = change.at
    ticket.confirm_by_at = confirm_by(change.at, DeskSettings.current().terms)
    ticket.reminders_sent = 0


def _set_test(change: Change) -> None:
    """Who tested, and when: the actor now, unless they say otherwise (M3.3.4-1)."""
    ticket, data = change.ticket, change.data
    tested_at = data.get("tested_at") or change.at
    if tested_at > change.at:
        raise InvalidInput(fields={"tested_at": [_("This time is still to come.")]})
    name = change.actor.get_full_name() if change.actor is not None else ""
    ticket.tested_at = tested_at
    ticket.tested_by = clean_text(data.get("tested_by") or name, field="tested_by", max_length=120, multiline=False)


def _classify(change: Change) -> None:
    before = change.ticket.priority
    set_classification(change.ticket, change.data)
    change.facts["priority_before"] = before
    _clean_reason(change)


def _assign(change: Change) -> None:
    team, assignee = change.data.get("team"), change.data.get("assignee")
    if team is not None:
        set_team(change.ticket, team)
        if assignee is None:
            change.ticket.assignee = None
    if assignee is not None:
        if team is not None and team.pk not in assignee.team_ids:
            raise InvalidInput(fields={"assignee": [_("This person doesn't work in the chosen team.")]})
        set_assignee(change.ticket, assignee)
    _clean_reason(change)


def _accept(change: Change) -> None:
    set_acceptance(change)


def _nothing_more(change: Change) -> None:
    """The status change is all."""
    _clean_reason(change)


def _wait(change: Change) -> None:
    until: datetime = change.data["next_action_at"]
    if until <= change.at:
        raise InvalidInput(fields={"next_action_at": [_("Choose a time in the future.")]})
    if until > change.at + LONGEST_WAIT:
        raise InvalidInput(fields={"next_action_at": [_("Choose a time within the next year.")]})
    change.ticket.waiting_reason = change.data["waiting_reason"]
    change.ticket.next_action_at = until
    _clean_reason(change)


def stop_waiting(ticket: Ticket) -> None:
    ticket.waiting_reason = None
    ticket.next_action_at = None


def stop_waiting_for_user(ticket: Ticket) -> None:
    """The user has done their part: work goes on, if that is what the ticket waited for."""
    reason = ticket.waiting_reason
    if ticket.status == Status.WAITING and reason is not None and reason.waits_for == WaitsFor.USER:
        stop_waiting(ticket)
        ticket.status = Status.IN_PROGRESS


def _resume(change: Change) -> None:
    stop_waiting(change.ticket)
    _clean_reason(change)


def _resolve(change: Change) -> None:
    ticket = change.ticket
    if ticket.status == Status.NEW:
        set_classification(ticket, change.data)
        ticket.is_first_contact_fix = True
    if ticket.accepted_at is None:
        set_acceptance(change)
    stop_waiting(ticket)
    ticket.offered_to = None
    _refuse_open_children(ticket)
    end_moot(ticket, change.at)
    set_resolution(change)
    count_helped(ticket)
    _plan_review(change)


def _refuse_open_children(ticket: Ticket) -> None:
    """A ticket that came back isn't solved before what followed it up (M3.5-1). Raises Conflict (`open_matters`)."""
    children = list(ticket.follow_ups.open().order_by("pk"))
    if children:
        missing = [{"kind": "follow_up", "id": child.pk, "title": child.number} for child in children]
        numbers = ", ".join(child.number for child in children)
        text = _("Follow-up tickets are still open: %(numbers)s.") % {"numbers": numbers}
        raise Conflict(text, code="open_matters", extra={"missing": missing})


def _plan_review(change: Change) -> None:
    """A workaround gets an owner and a day on which it is looked at again (M3.5-2)."""
    ticket = change.ticket
    workarounds.forget(ticket)
    if ticket.outcome is not None and ticket.outcome.is_workaround:
        assert change.actor is not None, "the table lets only people resolve"
        workarounds.plan_review(
            ticket,
            owner=change.data.get("workaround_owner") or ticket.assignee or change.actor,
            review_at=change.data.get("review_at"),
            at=change.at,
        )


def _confirm(change: Change) -> None:
    outcome = change.ticket.outcome
    is_workaround = outcome is not None and outcome.is_workaround
    change.ticket.closure = Closure.WORKAROUND_ACCEPTED if is_workaround else Closure.CONFIRMED
    change.ticket.closed_at = change.at
    change.facts |= ask_on_closing(change.ticket, change.at)
    _clean_reason(change)


def _back_to_work(change: Change) -> None:
    """Rejected or reopened: the same assignee goes on (M3.3.4-2); the resolution stays readable in history."""
    ticket = change.ticket
    ticket.reopen_count += 1
    ticket.resolved_at = ticket.confirm_by_at = ticket.closed_at = None
    workarounds.forget(ticket)
    count_no_more(ticket)
    ticket.reminders_sent = 0
    ticket.closure = ""
    ticket.is_first_contact_fix = False
    stop_asking(ticket, change.at, state=Asking.State.CANCELLED)
    if ticket.promise_state:
        watch_again(ticket)
    _clean_reason(change)


def _close(change: Change) -> None:
    change.ticket.closure = Closure.UNCONFIRMED
    change.ticket.closed_at = change.at
    change.facts |= ask_on_closing(change.ticket, change.at)


def _withdraw(change: Change) -> None:
    stop_waiting(change.ticket)
    change.ticket.offered_to = None
    drop_open(change.ticket, change.at)
    change.ticket.closure = Closure.WITHDRAWN
    change.ticket.closed_at = change.at
    _clean_reason(change)


def _escalate(change: Change) -> None:
    """M3.4: the package is checked here; whom it goes to is the business of whoever hears of the act."""
    data = change.data
    if change.actor is not None and data["reason_code"] not in GIVEN_BY_PEOPLE:
        raise InvalidInput(fields={"reason_code": [_("Choose one of the answers.")]})
    is_forced = bool(data.get("is_forced"))
    if is_forced and not _may_force(change):
        raise NotAllowed(_("Only leads can send an incomplete package on, and only for priority P1 or P2."))
    teams = list(data.get("teams", ()))
    if data["reason_code"] == Reason.MULTI_TEAM and not teams:
        raise InvalidInput(fields={"teams": [missing_field("teams")]})
    parts = {name: clean_text(data.get(name, ""), field=name, max_length=TEXT_LENGTH) for name in (*PARTS, *MORE_PARTS)}
    change.facts["reason_code"] = str(data["reason_code"])
    change.details = {
        "parts": parts,
        "to_level": data.get("to_level"),
        "teams": teams,
        "files": list(data.get("files", ())),
    }


def _may_force(change: Change) -> bool:
    is_urgent = change.ticket.priority in (Priority.P1, Priority.P2)
    return is_urgent and change.actor is not None and change.actor.can(Ability.WORK_EVERYWHERE)


def _archive(change: Change) -> None:
    drop_open(change.ticket, change.at)
    change.ticket.archived_at = change.at
    stop_asking(change.ticket, change.at, state=Asking.State.LAPSED)


def _clean_reason(change: Change) -> None:
    if "reason" in change.data:
        reason = clean_text(change.data["reason"], field="reason", max_length=REASON_LENGTH)
        change.data = {**change.data, "reason": reason}


APPLY: dict[Command, Callable[[Change], None]] = {
    Command.CLASSIFY: _classify,
    Command.ASSIGN: _assign,
    Command.ACCEPT: _accept,
    Command.START: _nothing_more,
    Command.WAIT: _wait,
    Command.RESUME: _resume,
    Command.RESOLVE: _resolve,
    Command.CONFIRM: _confirm,
    Command.REJECT: _back_to_work,
    Command.CLOSE: _close,
    Command.REOPEN: _back_to_work,
    Command.WITHDRAW: _withdraw,
    Command.ESCALATE: _escalate,
    Command.ARCHIVE: _archive,
}
