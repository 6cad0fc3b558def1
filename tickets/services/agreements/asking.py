"""What all questions to a requester share: who may ask, who may answer, and how a row ends (ADR 15)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed, NotVisible
from helpdesk.common.text import clean_text
from tickets.choices import Channel
from tickets.lifecycle import WORKABLE
from tickets.models import Ticket
from tickets.models.asking import WORDS_LENGTH, Asking
from tickets.policies import can_work_on, is_requester
from tickets.services.recording import open_for_change

LONGEST_TO_ANSWER = timedelta(days=31)
# An answer shows in the trail with the channel that it came by.
CHANNELS = {
    Asking.Via.PORTAL: Channel.PORTAL,
    Asking.Via.LINK: Channel.EMAIL,
    Asking.Via.SPOKEN: Channel.PHONE,
    Asking.Via.API: Channel.API,
}
A = TypeVar("A", bound=Asking)


@dataclass(frozen=True)
class Answer:
    """Who answers and how. Spoken answers are written down by `actor`, somebody of the desk, in the requester's name."""

    actor: User
    via: Asking.Via
    at: datetime
    words: str = ""


def open_to_ask(*, ticket_id: int, actor: User) -> Ticket:
    """The locked ticket, on which this person may ask something. Raises NotVisible, NotAllowed or Conflict."""
    ticket = open_for_change(ticket_id=ticket_id, actor=actor, version=None)
    if not can_work_on(actor, ticket):
        raise NotAllowed
    if ticket.status not in WORKABLE:
        raise Conflict(_("This ticket is no longer worked on."), code="not_workable")
    return ticket


def check_answer_by(answer_by_at: datetime, at: datetime) -> None:
    """Raise InvalidInput unless there is time to answer, and not for ever."""
    if answer_by_at <= at:
        raise InvalidInput(fields={"answer_by_at": [_("Choose a time in the future.")]})
    if answer_by_at > at + LONGEST_TO_ANSWER:
        raise InvalidInput(fields={"answer_by_at": [_("Choose a time within a month.")]})


def open_to_answer(model: type[A], *, pk: int, answer: Answer) -> tuple[Ticket, A]:
    """The locked ticket and the row that still waits for this person's answer.

    Raises NotVisible, NotAllowed for anybody but the requester (staff may write down what the requester said), and Conflict
    (`already_answered`, `too_late`): of two answers at once the second is told so.
    """
    ticket, row = open_row(model, pk=pk, actor=answer.actor)
    check_answerer(ticket, answer)
    if row.state != Asking.State.ASKED:
        raise Conflict(_("This has been answered or taken back already."), code="already_answered")
    if row.answer_by_at <= answer.at:
        raise Conflict(_("The time to answer this is over."), code="too_late")
    return ticket, row


def open_row(model: type[A], *, pk: int, actor: User) -> tuple[Ticket, A]:
    """The locked ticket and the row as it stands under that lock. Raises NotVisible and what `open_for_change` does."""
    found = model._default_manager.filter(pk=pk).values_list("ticket_id", flat=True).first()
    if found is None:
        raise NotVisible
    ticket = open_for_change(ticket_id=found, actor=actor, version=None)
    row: A = model._default_manager.get(pk=pk)
    return ticket, row


def check_answerer(ticket: Ticket, answer: Answer) -> None:
    """Raise NotAllowed unless it is the requester's own answer, or one that staff on the ticket write down as spoken."""
    if answer.via == Asking.Via.SPOKEN:
        if is_requester(answer.actor, ticket) or not can_work_on(answer.actor, ticket):
            raise NotAllowed
    elif not is_requester(answer.actor, ticket):
        raise NotAllowed(_("Only the person who has the problem can answer this."))


def set_answered(row: Asking, ticket: Ticket, answer: Answer) -> None:
    """Put the answer on the row, unsaved. The person who answers is the requester, whoever wrote it down."""
    is_spoken = answer.via == Asking.Via.SPOKEN
    row.state = Asking.State.ANSWERED
    row.ended_at = answer.at
    row.due_at = None
    row.answered_by = ticket.requester
    row.via = answer.via
    row.recorded_by = answer.actor if is_spoken else None
    row.answer_words = clean_text(answer.words, field="words", max_length=WORDS_LENGTH)
    if is_spoken and not row.answer_words:
        raise InvalidInput(fields={"words": [_("Write down what was said, and how.")]})


def end_unanswered(row: Asking, state: Asking.State, at: datetime) -> None:
    """The time ran out, or the desk took it back."""
    row.state, row.ended_at, row.due_at = state, at, None
    row.save()
