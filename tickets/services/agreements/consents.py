"""Consent before anybody touches the requester's data or work (M3.3.2-2): asked, answered by item, withdrawn, run out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed
from helpdesk.common.templatetags.hd import when_text
from helpdesk.common.text import clean_text
from tickets.choices import Act as ActCode
from tickets.consent import ABOUT_DATA, LONGEST_VALIDITY, NEEDS_BACKUP, Backup, Item
from tickets.matters import recount
from tickets.models import Consent, ConsentItem, Ticket
from tickets.models.asking import WORDS_LENGTH, Asking
from tickets.policies import can_work_on
from tickets.seals import seal
from tickets.services.agreements import asking, sessions
from tickets.services.agreements.asking import Answer
from tickets.services.recording import Act, record, snapshot

KIND = "consent"
MOST_OPEN = 20
MOST_REMINDERS = 3
REMIND_AFTER = timedelta(hours=1)
SHORT = 300


@dataclass(frozen=True)
class Wish:
    """What the requester is asked to allow. `valid_for` counts from the answer."""

    items: Sequence[str]
    purpose: str
    changes: str
    answer_by_at: datetime
    valid_for: timedelta
    data_named: str = ""
    backup: str = Backup.NOT_NEEDED
    backup_words: str = ""
    risk: str = ""


@transaction.atomic
def ask_consent(*, ticket_id: int, wish: Wish, actor: User, at: datetime) -> Consent:
    """Ask the requester. Raises NotVisible, NotAllowed, Conflict (no longer worked on, too many) or InvalidInput."""
    ticket = asking.open_to_ask(ticket_id=ticket_id, actor=actor)
    if Consent.objects.filter(ticket=ticket).open().count() >= MOST_OPEN:
        raise Conflict(_("Too many questions wait for an answer already."), code="too_many")
    facts = _checked(wish, at)
    before = snapshot(ticket)
    row = Consent.objects.create(
        ticket=ticket, asked_by=actor, asked_at=at, answer_by_at=wish.answer_by_at, due_at=wish.answer_by_at, **facts
    )
    ConsentItem.objects.bulk_create(ConsentItem(consent=row, code=item) for item in Item if item in wish.items)
    _record(ticket, row, ActCode.CONSENT_ASKED, actor, at, before, items=[item.code for item in row.items.all()])
    return row


def _checked(wish: Wish, at: datetime) -> dict[str, Any]:
    """The columns of a wish. Raises InvalidInput naming each field that can't be."""
    errors: dict[str, list[str]] = {}
    items = set(wish.items)
    if not items:
        errors["items"] = [_("Choose at least one thing to ask for.")]
    elif items - set(Item):
        errors["items"] = [_("Choose one of the answers.")]
    if wish.valid_for <= timedelta(0) or wish.valid_for > LONGEST_VALIDITY:
        errors["valid_for"] = [_("A consent holds for at most a week.")]
    texts = {
        name: clean_text(getattr(wish, name), field=name, max_length=length)
        for name, length in (
            ("purpose", WORDS_LENGTH),
            ("changes", WORDS_LENGTH),
            ("data_named", SHORT),
            ("backup_words", SHORT),
            ("risk", SHORT),
        )
    }
    if not texts["purpose"]:
        errors["purpose"] = [_("Say what it is for.")]
    if not texts["changes"]:
        errors["changes"] = [_("Say what will change, or that nothing will.")]
    if items & ABOUT_DATA and not texts["data_named"]:
        errors["data_named"] = [_("Name the data that you mean.")]
    if wish.backup not in set(Backup):
        errors["backup"] = [_("Choose one of the answers.")]
    elif items & NEEDS_BACKUP and wish.backup == Backup.NOT_NEEDED:
        errors["backup"] = [_("Say whether a backup was made; if not, why.")]
    elif wish.backup == Backup.DECLINED and not texts["backup_words"]:
        errors["backup_words"] = [_("Say why no backup is made.")]
    try:
        asking.check_answer_by(wish.answer_by_at, at)
    except InvalidInput as error:
        errors |= error.sentences()
    if errors:
        raise InvalidInput(fields=errors)
    return {**texts, "backup": wish.backup, "valid_minutes": max(1, int(wish.valid_for.total_seconds() // 60))}


@transaction.atomic
def remind_consent(*, consent_id: int, actor: User, at: datetime) -> Consent:
    """Ask once more what nobody has answered yet: at most three times, and an hour apart.

    Raises NotVisible, NotAllowed or Conflict (`already_answered`, `too_late`, `too_soon`, `too_many`).
    """
    ticket, row = _open_own(consent_id, actor)
    if row.answer_by_at <= at:
        raise Conflict(_("The time to answer this is over."), code="too_late")
    if row.reminders_sent >= MOST_REMINDERS:
        words = _("The user was reminded %(count)d times already. Call them instead.")
        raise Conflict(words % {"count": row.reminders_sent}, code="too_many")
    again = (row.reminded_at or row.asked_at) + REMIND_AFTER
    if at < again:
        words = _("The user was asked within the last hour. A reminder can be sent from %(time)s on.")
        raise Conflict(words % {"time": when_text(again)}, code="too_soon")
    before = snapshot(ticket)
    row.reminded_at, row.reminders_sent = at, row.reminders_sent + 1
    row.save(update_fields=["reminded_at", "reminders_sent"])
    _record(ticket, row, ActCode.CONSENT_REMINDED, actor, at, before)
    return row


@transaction.atomic
def answer_consent(*, consent_id: int, allowed: Collection[str], answer: Answer) -> Consent:
    """Allow some of what was asked, or nothing. What isn't named is refused.

    Raises NotVisible, NotAllowed, Conflict (`already_answered`, `too_late`) or InvalidInput.
    """
    ticket, row = asking.open_to_answer(Consent, pk=consent_id, answer=answer)
    items = list(row.items.all())
    if set(allowed) - {item.code for item in items}:
        raise InvalidInput(fields={"allowed": [_("Choose one of the answers.")]})
    before = snapshot(ticket)
    for item in items:
        item.is_allowed = item.code in allowed
        item.save(update_fields=["is_allowed"])
    asking.set_answered(row, ticket, answer)
    row.valid_until_at = answer.at + timedelta(minutes=row.valid_minutes)
    row.save()
    row = Consent.objects.prefetch_related("items").get(pk=row.pk)
    refused = [item.code for item in items if not item.is_allowed]
    facts = {"allowed": row.allowed, "refused": refused, "is_spoken": row.via == Asking.Via.SPOKEN}
    channel = asking.CHANNELS[answer.via]
    _record(ticket, row, ActCode.CONSENT_ANSWERED, answer.actor, answer.at, before, channel=channel, **facts)
    return row


@transaction.atomic
def withdraw_consent(*, consent_id: int, answer: Answer) -> Consent:
    """Take a consent back, at any time; a session that rests on it ends at once.

    By the requester alone. Of a consent that the desk wrote down it is an objection. Raises NotVisible, NotAllowed or
    Conflict (`not_in_force`).
    """
    ticket, row = asking.open_row(Consent, pk=consent_id, actor=answer.actor)
    asking.check_answerer(ticket, answer)
    if not row.is_in_force(answer.at) or row.is_refused:
        raise Conflict(_("This consent doesn't hold any more."), code="not_in_force")
    before = snapshot(ticket)
    row.withdrawn_at, row.withdrawn_by, row.withdrawn_via = answer.at, answer.actor, answer.via
    row.withdrawn_words = clean_text(answer.words, field="words", max_length=WORDS_LENGTH)
    row.is_objection = row.via == Asking.Via.SPOKEN and answer.via != Asking.Via.SPOKEN
    row.save()
    ended = sessions.end_with_consent(row, at=answer.at)
    facts: dict[str, Any] = {"is_objection": row.is_objection, "allowed": row.allowed}
    if ended is not None:
        facts["session"] = ended.pk
    channel = asking.CHANNELS[answer.via]
    reason = row.withdrawn_words
    _record(
        ticket, row, ActCode.CONSENT_WITHDRAWN, answer.actor, answer.at, before, channel=channel, reason=reason, **facts
    )
    return row


@transaction.atomic
def cancel_consent(*, consent_id: int, actor: User, at: datetime) -> Consent:
    """The desk takes its question back. Raises NotVisible, NotAllowed or Conflict (`already_answered`)."""
    ticket, row = _open_own(consent_id, actor)
    before = snapshot(ticket)
    asking.end_unanswered(row, Asking.State.CANCELLED, at)
    _record(ticket, row, ActCode.CONSENT_CANCELLED, actor, at, before)
    return row


def _open_own(consent_id: int, actor: User) -> tuple[Ticket, Consent]:
    """The locked ticket and the question that still waits. Raises NotVisible, NotAllowed or Conflict."""
    ticket, row = asking.open_row(Consent, pk=consent_id, actor=actor)
    if not can_work_on(actor, ticket):
        raise NotAllowed
    if not row.is_open:
        raise Conflict(_("This has been answered or taken back already."), code="already_answered")
    return ticket, row


def let_lapse(ticket: Ticket, at: datetime) -> None:
    """Silence is a refusal: record the questions whose time is over. The caller holds the ticket's lock."""
    for row in Consent.objects.filter(ticket=ticket, due_at__lte=at).open():
        before = snapshot(ticket)
        asking.end_unanswered(row, Asking.State.LAPSED, at)
        _record(ticket, row, ActCode.CONSENT_LAPSED, None, at, before)


def drop_open(ticket: Ticket, at: datetime) -> None:
    """The ticket was withdrawn, so nobody asks any more. Part of that act; the caller records it."""
    for row in Consent.objects.filter(ticket=ticket).open():
        asking.end_unanswered(row, Asking.State.CANCELLED, at)


def _record(
    ticket: Ticket,
    row: Consent,
    code: ActCode,
    actor: User | None,
    at: datetime,
    before: dict[str, Any],
    *,
    channel: str = "",
    reason: str = "",
    **facts: Any,
) -> None:
    recount(ticket)
    sealed = seal(KIND, row, is_answered=row.state == Asking.State.ANSWERED)
    act = Act(
        code=code,
        actor=actor,
        at=at,
        channel=channel,
        reason=reason,
        is_public=True,
        facts={"consent": row.pk, **facts, **sealed},
    )
    record(ticket, act, before=before)
