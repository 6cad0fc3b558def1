"""Agreed work windows: when the desk may work on what the requester needs (M3.3.2-3)."""

from __future__ import annotations

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
from tickets.lifecycle import Command, Party
from tickets.models import Ticket, WorkWindow
from tickets.models.asking import WORDS_LENGTH, Asking
from tickets.services.agreements import asking, rows, waiting
from tickets.services.agreements.asking import Answer
from tickets.services.engine import CommandInput, apply_command
from tickets.services.recording import snapshot


@dataclass(frozen=True)
class Window:
    """What is proposed. Without `answer_by_at` there is time to answer until the window begins."""

    starts_at: datetime
    ends_at: datetime
    words: str
    affected: str = ""
    answer_by_at: datetime | None = None


@transaction.atomic
def propose_window(*, ticket_id: int, window: Window, actor: User, at: datetime) -> WorkWindow:
    """Ask the requester for a time. Raises NotVisible, NotAllowed, Conflict (`not_in_work`, `already_asked`) or
    InvalidInput."""
    ticket = waiting.open_in_work(ticket_id=ticket_id, actor=actor)
    rows.check_none_open(WorkWindow, ticket)
    facts = _checked(window, at)
    before = snapshot(ticket)
    row = WorkWindow.objects.create(ticket=ticket, asked_by=actor, asked_at=at, due_at=facts["answer_by_at"], **facts)
    rows.record_act(ticket, row, ActCode.WINDOW_PROPOSED, actor=actor, at=at, before=before, **_times(row))
    return row


def _checked(window: Window, at: datetime) -> dict[str, Any]:
    errors = rows.check_future("starts_at", window.starts_at, at)
    if window.ends_at <= window.starts_at:
        errors["ends_at"] = [_("The end has to come after the beginning.")]
    else:
        errors |= rows.check_future("ends_at", window.ends_at, at)
    words = clean_text(window.words, field="words", max_length=WORDS_LENGTH)
    if not words:
        errors["words"] = [_("Say what happens in this time; the requester reads it.")]
    answer_by_at = window.starts_at
    if "starts_at" not in errors:
        try:
            answer_by_at = rows.answer_by(window.answer_by_at, latest=window.starts_at, at=at)
        except InvalidInput as error:
            errors |= error.sentences()
    if errors:
        raise InvalidInput(fields=errors)
    return {
        "starts_at": window.starts_at,
        "ends_at": window.ends_at,
        "words": words,
        "affected": clean_text(window.affected, field="affected", max_length=WORDS_LENGTH),
        "answer_by_at": answer_by_at,
    }


@transaction.atomic
def answer_window(
    *, window_id: int, is_accepted: bool, answer: Answer, wished_at: datetime | None = None
) -> WorkWindow:
    """Accept the window: the ticket waits until it begins and comes back by itself. Or say when it suits better.

    Raises NotVisible, NotAllowed, Conflict (`already_answered`, `too_late`) or InvalidInput.
    """
    ticket, row = asking.open_to_answer(WorkWindow, pk=window_id, answer=answer)
    before = snapshot(ticket)
    asking.set_answered(row, ticket, answer)
    row.is_accepted = is_accepted
    if not is_accepted:
        row.wished_at = wished_at
        _check_declined(row, answer.at)
    row.save()
    wish = {"own_at": row.wished_at.isoformat()} if row.wished_at is not None else {}
    rows.record_answer(
        ticket,
        row,
        ActCode.WINDOW_ANSWERED,
        answer=answer,
        before=before,
        is_accepted=is_accepted,
        **wish,
        **_times(row),
    )
    if is_accepted:
        _wait(ticket, row, answer.at)
    return row


def _check_declined(row: WorkWindow, at: datetime) -> None:
    if row.wished_at is not None:
        errors = rows.check_future("wished_at", row.wished_at, at)
        if errors:
            raise InvalidInput(fields=errors)
    elif not row.answer_words:
        raise InvalidInput(fields={"wished_at": [_("Say when it suits you better, as a time or in a sentence.")]})


def _wait(ticket: Ticket, row: WorkWindow, at: datetime) -> None:
    """What was agreed makes the ticket wait, whoever answered; so nobody is named as having done it."""
    data = {"waiting_reason": waiting.reason_for(WaitsFor.SCHEDULED), "next_action_at": row.starts_at}
    given = CommandInput(data, message_facts={row.KIND: row.pk}, who=frozenset({Party.STAFF}))
    apply_command(ticket, command=Command.WAIT, actor=None, at=at, given=given)


@transaction.atomic
def cancel_window(*, window_id: int, actor: User, at: datetime) -> WorkWindow:
    """The desk takes its proposal back. Raises NotVisible, NotAllowed or Conflict (`already_answered`)."""
    ticket, row = rows.open_to_cancel(WorkWindow, pk=window_id, actor=actor)
    before = snapshot(ticket)
    asking.end_unanswered(row, Asking.State.CANCELLED, at)
    rows.record_act(ticket, row, ActCode.WINDOW_CANCELLED, actor=actor, at=at, before=before, **_times(row))
    return row


def _times(row: WorkWindow) -> dict[str, str]:
    return {"due_at": row.starts_at.isoformat(), "ends_at": row.ends_at.isoformat()}
