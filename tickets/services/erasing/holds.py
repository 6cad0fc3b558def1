"""Legal holds: what must be kept as it is, whatever a policy or a person asks for (M3.5-4)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed, NotVisible
from helpdesk.common.locking import lock_row
from helpdesk.common.text import clean_text
from tickets.choices import Act as ActCode
from tickets.models import LegalHold, Ticket
from tickets.models.keeping import REASON_LENGTH
from tickets.policies import can_erase_people, can_hold
from tickets.services.recording import Act, open_for_change, record, snapshot


@transaction.atomic
def hold_ticket(*, ticket_id: int, reason: str, actor: User, at: datetime) -> LegalHold:
    """Keep a ticket as it is. Raises NotVisible, NotAllowed, Conflict (`already_held`) or InvalidInput."""
    ticket = _open(ticket_id, actor)
    words = _reason(reason)
    if LegalHold.objects.filter(ticket=ticket).in_force().exists():
        raise Conflict(_("This ticket is under a legal hold already."), code="already_held")
    before = snapshot(ticket)
    hold = LegalHold(ticket=ticket, reason=words, set_at=at, set_by=actor)
    _save(hold, actor, at)
    act = Act(code=ActCode.HOLD_SET, actor=actor, at=at, reason=words, facts={"hold": hold.pk})
    record(ticket, act, before=before, is_untouched=True)
    return hold


@transaction.atomic
def lift_ticket_hold(*, ticket_id: int, reason: str, actor: User, at: datetime) -> LegalHold:
    """The ticket need not be kept any longer. Raises NotVisible, NotAllowed, Conflict (`not_held`) or InvalidInput."""
    ticket = _open(ticket_id, actor)
    hold = LegalHold.objects.filter(ticket=ticket).in_force().first()
    if hold is None:
        raise Conflict(_("This ticket is under no legal hold of its own."), code="not_held")
    before = snapshot(ticket)
    _lift(hold, reason, actor, at)
    act = Act(code=ActCode.HOLD_LIFTED, actor=actor, at=at, reason=hold.lift_reason, facts={"hold": hold.pk})
    record(ticket, act, before=before, is_untouched=True)
    return hold


@transaction.atomic
def hold_person(*, person_id: int, reason: str, actor: User, at: datetime) -> LegalHold:
    """Keep a person's name and all their requests. Raises NotAllowed, NotVisible, Conflict (`already_held`,
    `already_anonymised`) or InvalidInput."""
    person = _lock_person(person_id, actor)
    words = _reason(reason)
    if person.anonymised_at is not None:
        raise Conflict(_("This person has been anonymised already."), code="already_anonymised")
    if LegalHold.objects.filter(person=person).in_force().exists():
        raise Conflict(_("This person is under a legal hold already."), code="already_held")
    hold = LegalHold(person=person, reason=words, set_at=at, set_by=actor)
    _save(hold, actor, at)
    return hold


@transaction.atomic
def lift_person_hold(*, person_id: int, reason: str, actor: User, at: datetime) -> LegalHold:
    """Raises NotAllowed, NotVisible, Conflict (`not_held`) or InvalidInput."""
    person = _lock_person(person_id, actor)
    hold = LegalHold.objects.filter(person=person).in_force().first()
    if hold is None:
        raise Conflict(_("This person is under no legal hold."), code="not_held")
    _lift(hold, reason, actor, at)
    return hold


def _open(ticket_id: int, actor: User) -> Ticket:
    ticket = open_for_change(ticket_id=ticket_id, actor=actor, version=None, even_archived=True)
    if not can_hold(actor, ticket):
        raise NotAllowed
    return ticket


def _lock_person(person_id: int, actor: User) -> User:
    if not can_erase_people(actor):
        raise NotAllowed
    try:
        return lock_row(User.objects.all(), pk=person_id)
    except User.DoesNotExist:
        raise NotVisible from None


def _reason(text: str) -> str:
    words = clean_text(text, field="reason", max_length=REASON_LENGTH)
    if not words:
        raise InvalidInput(fields={"reason": [_("Say why.")]})
    return words


def _lift(hold: LegalHold, reason: str, actor: User, at: datetime) -> None:
    hold.lift_reason = _reason(reason)
    hold.lifted_at, hold.lifted_by = at, actor
    _save(hold, actor, at)


def _save(hold: LegalHold, actor: User, at: datetime) -> None:
    hold._history_user = actor  # type: ignore[attr-defined]
    hold._history_date = at  # type: ignore[attr-defined]
    hold.save()
