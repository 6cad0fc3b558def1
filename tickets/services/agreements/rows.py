"""How promises, windows and requests for action are recorded and end: what the three have in common (ADR 15)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed
from tickets.matters import recount
from tickets.models import ActionRequest, Ticket, TicketEvent, TimeProposal, WorkWindow
from tickets.models.asking import Asking
from tickets.policies import can_work_on
from tickets.promises import LONGEST_AHEAD
from tickets.seals import seal
from tickets.services.agreements import asking
from tickets.services.agreements.asking import LONGEST_TO_ANSWER, Answer
from tickets.services.recording import Act, record

Row = TimeProposal | WorkWindow | ActionRequest
R = TypeVar("R", TimeProposal, WorkWindow, ActionRequest)


def record_act(
    ticket: Ticket, row: Row, code: str, *, actor: User | None, at: datetime, before: dict[str, Any], **facts: Any
) -> TicketEvent:
    """Record what was asked, or that nobody answered. `facts` are codes and instants in ISO 8601 for the sentences."""
    return _record(ticket, row, Act(code=code, actor=actor, at=at, facts=facts), before)


def record_answer(
    ticket: Ticket, row: Row, code: str, *, answer: Answer, before: dict[str, Any], **facts: Any
) -> TicketEvent:
    """Record an answer, with the channel that it came by and the requester's own words."""
    facts["is_spoken"] = answer.via == Asking.Via.SPOKEN
    act = Act(
        code=code,
        actor=answer.actor,
        at=answer.at,
        channel=asking.CHANNELS[answer.via],
        reason=row.answer_words,
        facts=facts,
    )
    return _record(ticket, row, act, before)


def _record(ticket: Ticket, row: Row, act: Act, before: dict[str, Any]) -> TicketEvent:
    recount(ticket)
    act.is_public = True
    act.facts = {row.KIND: row.pk, **act.facts, **seal(row.KIND, row, is_answered=row.state == Asking.State.ANSWERED)}
    return record(ticket, act, before=before)


def check_none_open(model: type[R], ticket: Ticket) -> None:
    """Raise Conflict (`already_asked`) while a question of the kind waits: two at once could contradict each other."""
    if model.objects.filter(ticket=ticket).open().exists():
        raise Conflict(_("This waits for an answer already. Take it back before you ask anew."), code="already_asked")


def open_to_cancel(model: type[R], *, pk: int, actor: User) -> tuple[Ticket, R]:
    """The locked ticket and the question that the desk takes back. Raises NotVisible, NotAllowed or Conflict."""
    ticket, row = asking.open_row(model, pk=pk, actor=actor)
    if not can_work_on(actor, ticket):
        raise NotAllowed
    if not row.is_open:
        raise Conflict(_("This has been answered or taken back already."), code="already_answered")
    return ticket, row


def overdue(model: type[R], ticket: Ticket, at: datetime) -> Iterator[R]:
    """What nobody answered in time."""
    yield from model.objects.filter(ticket=ticket, answer_by_at__lte=at).open()


def drop_open(model: type[R], ticket: Ticket, at: datetime) -> None:
    """End what is still asked, because the ticket has ended. Part of that act; the caller records it."""
    for row in model.objects.filter(ticket=ticket).open():
        asking.end_unanswered(row, Asking.State.CANCELLED, at)


def check_future(field: str, moment: datetime, at: datetime) -> dict[str, list[str]]:
    """What is wrong with an instant that has to come, within a year; empty if nothing is."""
    if moment <= at:
        return {field: [_("Choose a time in the future.")]}
    if moment > at + LONGEST_AHEAD:
        return {field: [_("Choose a time within the next year.")]}
    return {}


def answer_by(given: datetime | None, *, latest: datetime, at: datetime) -> datetime:
    """Until when an answer counts: as given, or as long as there is time. Raises InvalidInput."""
    if given is None:
        return min(latest, at + LONGEST_TO_ANSWER)
    asking.check_answer_by(given, at)
    if given > latest:
        raise InvalidInput(fields={"answer_by_at": [_("The answer has to come before the time that it is about.")]})
    return given
