"""Promised times: the first one, agreeing a new one, and what happens when one passes (M3.3.3-2).

Nothing is overwritten: each promise is a row of its own, and the last one holds. What is promised never changes a clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, InvalidInput, NotVisible
from helpdesk.common.text import clean_text
from tickets.choices import Act as ActCode
from tickets.matters import recount
from tickets.models import PromisedTime, Ticket, TimeProposal
from tickets.models.asking import WORDS_LENGTH, Asking
from tickets.promises import Origin, Reason, Standing
from tickets.services.agreements import asking, rows
from tickets.services.agreements.asking import Answer
from tickets.services.recording import Act, record, snapshot


@dataclass(frozen=True)
class NewTime:
    """What is proposed. Without `answer_by_at` there is time to answer until the proposed time itself."""

    proposed_at: datetime
    reason_code: str
    words: str
    meanwhile: str = ""
    answer_by_at: datetime | None = None


def make_first(*, ticket: Ticket, promised_at: datetime, at: datetime) -> PromisedTime | None:
    """Promise what the target says, once somebody has taken the ticket on; once per ticket, else None.

    Called by who keeps the targets, inside the act by which the target became known. It is an act of its own.
    """
    if ticket.promised_at is not None or promised_at <= at:
        return None
    before, standing = snapshot(ticket), ticket.promise_state
    promise = _promise(ticket, promised_at, at, origin=Origin.FIRST)
    ticket.promise_state = standing or Standing.AGREED  # what is proposed already stays so
    recount(ticket)
    facts = {"promised": promise.pk, "due_at": promised_at.isoformat()}
    record(ticket, Act(code=ActCode.PROMISE_MADE, actor=None, at=at, is_public=True, facts=facts), before=before)
    return promise


@transaction.atomic
def propose_time(*, ticket_id: int, new: NewTime, actor: User, at: datetime) -> TimeProposal:
    """Ask the requester for a new time. Raises NotVisible, NotAllowed, Conflict (no longer worked on, `already_asked`) or
    InvalidInput."""
    ticket = asking.open_to_ask(ticket_id=ticket_id, actor=actor)
    rows.check_none_open(TimeProposal, ticket)
    facts = _checked(new, at)
    before = snapshot(ticket)
    row = TimeProposal.objects.create(
        ticket=ticket,
        asked_by=actor,
        asked_at=at,
        due_at=facts["answer_by_at"],
        promised_at=ticket.promised_at,
        **facts,
    )
    ticket.promise_state = Standing.PROPOSED
    rows.record_act(
        ticket, row, ActCode.NEW_TIME_PROPOSED, actor=actor, at=at, before=before, why=row.reason_code, **_times(row)
    )
    return row


def _checked(new: NewTime, at: datetime) -> dict[str, Any]:
    errors = rows.check_future("proposed_at", new.proposed_at, at)
    if new.reason_code not in set(Reason):
        errors["reason_code"] = [_("Choose one of the answers.")]
    words = clean_text(new.words, field="words", max_length=WORDS_LENGTH)
    if not words:
        errors["words"] = [_("Say why in a sentence; the requester reads it.")]
    answer_by_at = new.proposed_at
    if "proposed_at" not in errors:
        try:
            answer_by_at = rows.answer_by(new.answer_by_at, latest=new.proposed_at, at=at)
        except InvalidInput as error:
            errors |= error.sentences()
    if errors:
        raise InvalidInput(fields=errors)
    return {
        "proposed_at": new.proposed_at,
        "reason_code": new.reason_code,
        "words": words,
        "meanwhile": clean_text(new.meanwhile, field="meanwhile", max_length=WORDS_LENGTH),
        "answer_by_at": answer_by_at,
    }


@transaction.atomic
def answer_proposal(
    *, proposal_id: int, is_accepted: bool, answer: Answer, counter_at: datetime | None = None
) -> TimeProposal:
    """Accept the proposed time, or decline it with a time of one's own or a word about why.

    Raises NotVisible, NotAllowed, Conflict (`already_answered`, `too_late`) or InvalidInput.
    """
    ticket, row = asking.open_to_answer(TimeProposal, pk=proposal_id, answer=answer)
    before = snapshot(ticket)
    asking.set_answered(row, ticket, answer)
    row.is_accepted = is_accepted
    if not is_accepted:
        row.counter_at = counter_at
        _check_declined(row, answer.at)
    row.save()
    if is_accepted:
        _promise(ticket, row.proposed_at, answer.at, origin=Origin.AGREED, made_by=row.asked_by, proposal=row)
    else:
        ticket.promise_state = Standing.DECLINED
    own = {"own_at": row.counter_at.isoformat()} if row.counter_at is not None else {}
    rows.record_answer(
        ticket,
        row,
        ActCode.NEW_TIME_ANSWERED,
        answer=answer,
        before=before,
        is_accepted=is_accepted,
        **own,
        **_times(row),
    )
    return row


def _check_declined(row: TimeProposal, at: datetime) -> None:
    if row.counter_at is not None:
        errors = rows.check_future("counter_at", row.counter_at, at)
        if errors:
            raise InvalidInput(fields=errors)
    elif not row.answer_words:
        text = _("Say by when you need it, or write in a sentence why this time doesn't suit.")
        raise InvalidInput(fields={"counter_at": [text]})


@transaction.atomic
def accept_counter(*, proposal_id: int, actor: User, at: datetime) -> PromisedTime:
    """Promise the time that the requester named instead of ours. Raises NotVisible, NotAllowed or Conflict (`not_declined`,
    `too_late`, no longer worked on)."""
    row = TimeProposal.objects.filter(pk=proposal_id).first()
    if row is None:
        raise NotVisible
    ticket = asking.open_to_ask(ticket_id=row.ticket_id, actor=actor)
    row.refresh_from_db()
    newest = TimeProposal.objects.filter(ticket=ticket).order_by("-pk").values_list("pk", flat=True).first()
    if row.counter_at is None or ticket.promise_state != Standing.DECLINED or newest != row.pk:
        raise Conflict(_("There is no suggestion of the requester to accept any more."), code="not_declined")
    if row.counter_at <= at:
        raise Conflict(_("The suggested time has passed. Propose a new one."), code="too_late")
    before = snapshot(ticket)
    promise = _promise(ticket, row.counter_at, at, origin=Origin.COUNTER, made_by=actor, proposal=row)
    facts = {"promised": promise.pk, "due_at": promise.promised_at.isoformat()}
    rows.record_act(ticket, row, ActCode.NEW_TIME_AGREED, actor=actor, at=at, before=before, **facts)
    return promise


@transaction.atomic
def cancel_proposal(*, proposal_id: int, actor: User, at: datetime) -> TimeProposal:
    """The desk takes its proposal back. Raises NotVisible, NotAllowed or Conflict (`already_answered`)."""
    ticket, row = rows.open_to_cancel(TimeProposal, pk=proposal_id, actor=actor)
    before = snapshot(ticket)
    asking.end_unanswered(row, Asking.State.CANCELLED, at)
    _stand_as_promised(ticket)
    rows.record_act(ticket, row, ActCode.NEW_TIME_CANCELLED, actor=actor, at=at, before=before, **_times(row))
    return row


def run_due(ticket: Ticket, at: datetime) -> None:
    """Record what passed and what nobody answered. The caller holds the ticket's lock.

    Silence is no consent: the old promise stays, and stays missed.
    """
    for row in rows.overdue(TimeProposal, ticket, at):
        before = snapshot(ticket)
        asking.end_unanswered(row, Asking.State.LAPSED, at)
        _stand_as_promised(ticket)
        rows.record_act(ticket, row, ActCode.NEW_TIME_LAPSED, actor=None, at=at, before=before, **_times(row))
    for promise in PromisedTime.objects.filter(ticket=ticket, due_at__lte=at):
        before = snapshot(ticket)
        promise.due_at, promise.passed_at = None, at
        promise.save(update_fields=["due_at", "passed_at"])
        recount(ticket)
        facts = {"promised": promise.pk, "due_at": promise.promised_at.isoformat()}
        record(ticket, Act(code=ActCode.PROMISE_PASSED, actor=None, at=at, is_public=True, facts=facts), before=before)


def drop_open(ticket: Ticket, at: datetime) -> None:
    """The ticket was solved or withdrawn: nothing is asked any more, and nothing runs out. Part of that act."""
    rows.drop_open(TimeProposal, ticket, at)
    _watch_none(ticket)
    _stand_as_promised(ticket)


def watch_again(ticket: Ticket) -> None:
    """Work goes on after a solution: the last promise holds on. Part of that act."""
    last = ticket.promises.order_by("-pk").first()
    if last is not None and last.passed_at is None:
        last.due_at = last.promised_at
        last.save(update_fields=["due_at"])
        recount(ticket)


def _promise(
    ticket: Ticket,
    promised_at: datetime,
    at: datetime,
    *,
    origin: Origin,
    made_by: User | None = None,
    proposal: TimeProposal | None = None,
) -> PromisedTime:
    """The promise that holds from now on. The one before it is no longer watched."""
    _watch_none(ticket)
    ticket.promised_at, ticket.promise_state = promised_at, Standing.AGREED
    return PromisedTime.objects.create(
        ticket=ticket,
        promised_at=promised_at,
        made_at=at,
        made_by=made_by,
        origin=origin,
        proposal=proposal,
        due_at=promised_at,
    )


def _watch_none(ticket: Ticket) -> None:
    for promise in PromisedTime.objects.filter(ticket=ticket, due_at__isnull=False):
        promise.due_at = None
        promise.save(update_fields=["due_at"])


def _stand_as_promised(ticket: Ticket) -> None:
    """Nothing is proposed any more, so what was promised before holds."""
    ticket.promise_state = Standing.AGREED if ticket.promised_at is not None else ""


def _times(row: TimeProposal) -> dict[str, str]:
    """The instants that sentences about a proposal name."""
    old = {"old_at": row.promised_at.isoformat()} if row.promised_at is not None else {}
    return {"due_at": row.proposed_at.isoformat(), **old}
