"""What people decide about mails that were held or couldn't be read."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed, NotVisible
from helpdesk.common.file_store import open_bytes
from helpdesk.common.locking import lock_row
from tickets.intake.gate import FromVendor, Step
from tickets.intake.reading import Letter, Unreadable, read
from tickets.models import IncomingMail, Ticket
from tickets.policies import can_decide_on_mail, can_write_notes
from tickets.services.mailroom.acting import carry_out, note_on
from tickets.services.mailroom.judging import judge
from tickets.services.mailroom.marker import without_proofs
from tickets.services.mailroom.processing import in_their_language

Outcome = IncomingMail.Outcome
DECIDABLE = (Outcome.HELD, Outcome.QUARANTINED)


@transaction.atomic
def release(*, mail_id: int, actor: User, at: datetime) -> IncomingMail:
    """Take a mail for what it says it is: the actor answers for its sender.

    Raises NotVisible, NotAllowed, Conflict (`decided`, `not_releasable`, or what the ticket says) or InvalidInput.
    """
    mail = _open(mail_id, actor)
    letter = letter_of(mail)
    case = judge(mail, letter, at=at, voucher=actor)
    if case.decision.step == Step.HOLD and case.vendor.found != FromVendor.NONE:
        raise Conflict(
            _("This can't be taken for the vendor's word. Add the mail to a ticket as a note, or discard it."),
            code="not_releasable",
        )
    if case.decision.step in (Step.HOLD, Step.IGNORE):
        raise Conflict(
            _("This sender's account is closed. Add the mail to a ticket instead, or discard it."),
            code="not_releasable",
        )
    in_their_language(case, partial(carry_out, case, at=at))
    return _decided(mail, actor, at)


@transaction.atomic
def add_to_ticket(*, mail_id: int, number: str, actor: User, at: datetime) -> IncomingMail:
    """Put what a mail says on a ticket as an internal note. Raises NotVisible, NotAllowed, Conflict or InvalidInput."""
    mail = _open(mail_id, actor)
    ticket = Ticket.objects.visible_to(actor).filter(number=number.strip().lstrip("#")).first()
    if ticket is None or not can_write_notes(actor, ticket):
        raise InvalidInput(fields={"number": [_("There is no ticket with this number.")]})
    case = judge(mail, letter_of(mail), at=at, voucher=actor)
    note_on(case, ticket, why="added", at=at)
    mail.reason = "added"
    return _decided(mail, actor, at)


@transaction.atomic
def discard(*, mail_id: int, actor: User, at: datetime) -> IncomingMail:
    """Keep a mail without doing anything. Raises NotVisible, NotAllowed or Conflict (`decided`)."""
    mail = _open(mail_id, actor)
    mail.outcome, mail.reason = Outcome.IGNORED, "discarded"
    return _decided(mail, actor, at)


def letter_of(mail: IncomingMail) -> Letter:
    """The mail, read anew from its bytes. Raises Conflict (`unreadable`)."""
    try:
        with open_bytes(mail.storage_key) as file:
            return read(file.read())
    except (OSError, Unreadable):
        raise Conflict(_("This mail can't be read. Look at the original."), code="unreadable") from None


def shown(mail: IncomingMail) -> Letter:
    """The mail as people of the desk may read it. Raises Conflict (`unreadable`)."""
    letter = letter_of(mail)
    to, cc = (
        tuple(replace(address, email=without_proofs(address.email)) for address in addresses)
        for addresses in (letter.to, letter.cc)
    )
    return replace(letter, to=to, cc=cc, text=without_proofs(letter.text), html=without_proofs(letter.html))


def _open(mail_id: int, actor: User) -> IncomingMail:
    mails = IncomingMail.objects.visible_to(actor).select_related("mailbox__team", "mailbox__category")
    try:
        mail = lock_row(mails, pk=mail_id)
    except IncomingMail.DoesNotExist:
        raise NotVisible from None
    if not can_decide_on_mail(actor, mail):
        raise NotAllowed
    if mail.outcome not in DECIDABLE:
        raise Conflict(_("Somebody has decided about this mail already."), code="decided")
    return mail


def _decided(mail: IncomingMail, actor: User, at: datetime) -> IncomingMail:
    mail.handled_by, mail.handled_at = actor, at
    mail.save()
    return mail
