"""Making a person nameless: the account at once, their tickets one by one."""

from __future__ import annotations

from datetime import datetime

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from assets.models import Asset
from assets.services import custody
from helpdesk.accounts.models import User
from helpdesk.accounts.services.erasing import erase_account
from helpdesk.accounts.services.people import refuse_unfinished_duties
from helpdesk.common.errors import Conflict, DomainError, InvalidInput, NotAllowed, NotVisible
from helpdesk.common.locking import lock_row
from knowledge.services import opinions
from tickets.models import Draft, IncomingMail, LegalHold, PersonErasure, PhoneCall, Ticket, Watcher
from tickets.policies import can_erase_people
from tickets.services.erasing.tickets import erase_mails, erase_ticket

log = structlog.get_logger(__name__)
AT_ONCE = 100


def refuse_erasing(person: User) -> None:
    """Raise Conflict with what stands against making this person nameless now."""
    if person.anonymised_at is not None:
        raise Conflict(_("This person has been anonymised already."), code="already_anonymised")
    if LegalHold.objects.filter(person=person).in_force().exists():
        raise Conflict(_("This person is under a legal hold. Lift it first."), code="held")
    if person.is_desk and person.is_active:
        raise Conflict(
            _("This person works on the desk and may still sign in. Deactivate the account first."),
            code="still_active",
        )
    mine = Ticket.objects.filter(requester=person) | Ticket.objects.filter(reported_by=person)
    numbers = list(mine.open().order_by("pk").values_list("number", flat=True)[:5])
    if numbers:
        raise Conflict(
            _("This person still has open tickets: %(numbers)s. Close them first.") % {"numbers": ", ".join(numbers)},
            code="open_tickets",
        )
    held = mine.filter(holds__in=LegalHold.objects.in_force()).order_by("pk").values_list("number", flat=True)
    if numbers := list(held[:5]):
        raise Conflict(
            _("Tickets of this person are under a legal hold: %(numbers)s.") % {"numbers": ", ".join(numbers)},
            code="held",
        )
    tags = list(Asset.objects.filter(holder=person).order_by("tag").values_list("tag", flat=True)[:5])
    if tags:
        raise Conflict(
            _("This person still has equipment: %(tags)s. Take it back first.") % {"tags": ", ".join(tags)},
            code="holds_assets",
        )
    refuse_unfinished_duties(person)


@transaction.atomic
def erase_person(*, person_id: int, typed: str, actor: User, at: datetime) -> PersonErasure:
    """Make a person nameless; `typed` is their user name, written once more so that nobody does it by mistake.

    Their tickets follow in `follow_erasures`. Raises NotAllowed, NotVisible, InvalidInput (`typed`) or Conflict.
    """
    if not can_erase_people(actor):
        raise NotAllowed
    try:
        person = lock_row(User.objects.all(), pk=person_id)
    except User.DoesNotExist:
        raise NotVisible from None
    if person.pk == actor.pk:
        raise NotAllowed(_("You can't anonymise yourself. Ask another administrator."))
    refuse_erasing(person)
    if typed.strip() != person.username:
        raise InvalidInput(fields={"typed": [_("This is not the user name of the person.")]})
    _forget_calls_and_mails(person)
    custody.forget_words(person)
    opinions.forget_words(person)
    Draft.objects.filter(user=person).delete()
    Watcher.objects.filter(user=person).delete()
    erase_account(person=person, actor=actor, at=at)
    return PersonErasure.objects.create(person=person, erased_at=at, erased_by=actor)


def _forget_calls_and_mails(person: User) -> None:
    """Where they rang from and what their mails' heads said, on whosever tickets."""
    PhoneCall.objects.filter(caller=person).update(number="", number_key="")
    erase_mails(IncomingMail.objects.filter(person=person))


def follow_erasures(*, at: datetime, limit: int = AT_ONCE) -> int:
    """Let tickets of nameless people follow, each in its own transaction. Returns how many; any number of workers may."""
    done = 0
    for erasure in PersonErasure.objects.unfinished().select_related("person").order_by("pk"):
        left = Ticket.objects.filter(requester=erasure.person, anonymised_at=None).order_by("pk")
        for ticket_id in list(left.values_list("pk", flat=True)[: limit - done]):
            done += _follow(ticket_id, erasure, at)
        if done >= limit:
            return done
        if not left.exists():
            PersonErasure.objects.filter(pk=erasure.pk, done_at=None).update(done_at=at)
    return done


@transaction.atomic
def _follow(ticket_id: int, erasure: PersonErasure, at: datetime) -> int:
    free = Ticket.objects.select_for_update(skip_locked=True, of=("self",))
    if not free.filter(pk=ticket_id, anonymised_at=None).exists():
        return 0
    try:
        with transaction.atomic():
            erase_ticket(ticket_id=ticket_id, with_texts=False, at=at, person=erasure.person)
    except DomainError as error:
        log.warning("erasure_waits", ticket=ticket_id, code=error.code)
        return 0
    return 1
