"""Requests for action: what only the requester can do, step by step, while the ticket waits for them (M3.3.3-3)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import InvalidInput
from helpdesk.common.text import clean_text
from tickets.choices import Act as ActCode
from tickets.choices import WaitsFor
from tickets.lifecycle import Command
from tickets.models import ActionRequest, ActionStep
from tickets.models.asking import WORDS_LENGTH, Asking
from tickets.promises import MOST_STEPS, STEP_LENGTH
from tickets.services.agreements import asking, rows, waiting
from tickets.services.agreements.asking import Answer
from tickets.services.agreements.reminders import next_look
from tickets.services.effects import stop_waiting_for_user
from tickets.services.engine import CommandInput, apply_command
from tickets.services.recording import snapshot


@dataclass(frozen=True)
class Guidance:
    """What the requester is asked to do, and until when we wait for it."""

    words: str
    steps: Sequence[str]
    answer_by_at: datetime


@transaction.atomic
def request_action(*, ticket_id: int, guidance: Guidance, actor: User, at: datetime) -> ActionRequest:
    """Ask the requester to do something; the ticket waits for them, which is an act of its own.

    Raises NotVisible, NotAllowed, Conflict (`not_in_work`, `already_asked`) or InvalidInput.
    """
    ticket = waiting.open_in_work(ticket_id=ticket_id, actor=actor)
    rows.check_none_open(ActionRequest, ticket)
    words, steps = _checked(guidance, at)
    before = snapshot(ticket)
    row = ActionRequest.objects.create(
        ticket=ticket,
        asked_by=actor,
        asked_at=at,
        answer_by_at=guidance.answer_by_at,
        due_at=next_look(at, guidance.answer_by_at, sent=0),
        words=words,
    )
    ActionStep.objects.bulk_create(
        ActionStep(request=row, position=position, words=text) for position, text in enumerate(steps, 1)
    )
    rows.record_act(ticket, row, ActCode.ACTION_REQUESTED, actor=actor, at=at, before=before, **_times(row))
    data = {"waiting_reason": waiting.reason_for(WaitsFor.USER), "next_action_at": row.answer_by_at}
    given = CommandInput(data, message_facts={row.KIND: row.pk})
    apply_command(ticket, command=Command.WAIT, actor=actor, at=at, given=given)
    return row


def _checked(guidance: Guidance, at: datetime) -> tuple[str, list[str]]:
    errors: dict[str, list[str]] = {}
    words = clean_text(guidance.words, field="words", max_length=WORDS_LENGTH)
    if not words:
        errors["words"] = [_("Say what it is for; the requester reads it.")]
    steps = [step for text in guidance.steps if (step := text.strip())]
    if not steps:
        errors["steps"] = [_("Write at least one step.")]
    elif len(steps) > MOST_STEPS:
        errors["steps"] = [_("A request has at most %(count)d steps; yours has %(given)d.") % _counted(steps)]
    else:
        steps = [clean_text(step, field="steps", max_length=STEP_LENGTH, multiline=False) for step in steps]
    try:
        asking.check_answer_by(guidance.answer_by_at, at)
    except InvalidInput as error:
        errors |= error.sentences()
    if errors:
        raise InvalidInput(fields=errors)
    return words, steps


def _counted(steps: Sequence[str]) -> dict[str, int]:
    return {"count": MOST_STEPS, "given": len(steps)}


@transaction.atomic
def answer_action(*, request_id: int, is_done: bool, answer: Answer, done: Collection[int] = ()) -> ActionRequest:
    """Say that it is done, with the numbers of the steps that were taken, or that it can't be; the ticket goes on.

    Raises NotVisible, NotAllowed, Conflict (`already_answered`, `too_late`) or InvalidInput.
    """
    ticket, row = asking.open_to_answer(ActionRequest, pk=request_id, answer=answer)
    steps = list(row.steps.all())
    if set(done) - {step.position for step in steps}:
        raise InvalidInput(fields={"done": [_("Choose one of the answers.")]})
    before = snapshot(ticket)
    asking.set_answered(row, ticket, answer)
    _check_words(row, is_done=is_done, is_whole=len(set(done)) == len(steps))
    row.is_done = is_done
    row.save()
    for step in steps:
        step.is_done = step.position in done
        step.save(update_fields=["is_done"])
    row = ActionRequest.objects.prefetch_related("steps").get(pk=row.pk)
    stop_waiting_for_user(ticket)
    rows.record_answer(
        ticket, row, ActCode.ACTION_ANSWERED, answer=answer, before=before, is_done=is_done, done=row.done
    )
    return row


def _check_words(row: ActionRequest, *, is_done: bool, is_whole: bool) -> None:
    if row.answer_words or (is_done and is_whole):
        return
    if is_done:
        raise InvalidInput(
            fields={"words": [_("A step is not ticked. Tick it, or say in a sentence why you left it out.")]}
        )
    raise InvalidInput(fields={"words": [_("Say in a sentence what keeps you from it.")]})


@transaction.atomic
def cancel_action(*, request_id: int, actor: User, at: datetime) -> ActionRequest:
    """The desk takes its request back; the ticket no longer waits for it. Raises NotVisible, NotAllowed or Conflict
    (`already_answered`)."""
    ticket, row = rows.open_to_cancel(ActionRequest, pk=request_id, actor=actor)
    before = snapshot(ticket)
    asking.end_unanswered(row, Asking.State.CANCELLED, at)
    stop_waiting_for_user(ticket)
    rows.record_act(ticket, row, ActCode.ACTION_CANCELLED, actor=actor, at=at, before=before)
    return row


def _times(row: ActionRequest) -> dict[str, Any]:
    return {"due_at": row.answer_by_at.isoformat()}
