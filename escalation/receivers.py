"""Where acts on tickets reach clocks and escalations: inside the act's own transaction, so that neither stands without
the other."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from escalation import configuration
from escalation.services import automatic, clocks, first_promise, handovers, level_clock
from escalation.services.revision import begin_new_revision
from helpdesk.accounts.models import User
from tickets.handover import Reason
from tickets.lifecycle import Command
from tickets.models import Ticket, TicketEvent
from tickets.services.service_levels import judge_again


def on_submitting(*, ticket: Ticket, at: datetime, **_more: Any) -> Callable[[], object] | None:
    return clocks.begin(ticket=ticket, at=at)


def on_ticket_event(
    *,
    ticket: Ticket,
    event: TicketEvent,
    actor: User | None,
    at: datetime,
    changes: dict[str, Any],
    details: dict[str, Any],
    **_more: Any,
) -> None:
    if event.sequence > 1:
        clocks.follow(ticket=ticket, event=event, at=at, changes=changes)
    if event.code == Command.ESCALATE:
        handovers.begin(ticket=ticket, event=event, actor=actor, details=details, at=at)
    elif event.code in (Command.RESOLVE, Command.WITHDRAW) and ticket.escalation_level:
        handovers.end_open(ticket=ticket, actor=actor, at=at)
    elif event.code in (Command.REJECT, Command.REOPEN) and ticket.reopen_count >= automatic.REOPENED_TOO_OFTEN:
        automatic.escalate(ticket, reason=Reason.REOPENED, at=at)
    if ticket.escalation_level:
        level_clock.follow(ticket, at=at)
    first_promise.follow(ticket=ticket, event=event, at=at)


def on_category_moved(**_more: Any) -> None:
    """Rules mean a category with all below it."""
    begin_new_revision()


def on_belonging_changed(*, people: Collection[int] | None, **_more: Any) -> None:
    """Rules ask for departments and requester groups; a person's tickets get what they would get today."""
    if people is None:
        begin_new_revision()
    elif any(sort.department_branch or sort.groups for sort in configuration.in_force().sorts):
        judge_again(requesters=people)
