"""Mails of ours that came back."""

from __future__ import annotations

from datetime import datetime

from helpdesk.accounts.models import User
from helpdesk.common.models import OutboxMessage
from tickets.intake.reading import Letter
from tickets.intake.signs import Finding
from tickets.models import Ticket
from tickets.services.mailroom.threads import our_ids_in
from tickets.services.notices import SUBJECT_TYPE

LONGEST_LOOK = 200_000


def mark_returned(finding: Finding, letter: Letter, *, at: datetime) -> tuple[User, Ticket | None] | None:
    """Mark the address that a mail of ours didn't reach; whose it is, and which ticket the mail was about.

    None unless the bounce quotes the Message-ID of a mail that we sent to this address: a forged one would silence
    somebody. One that may still arrive marks nothing.
    """
    row = _sent(finding, letter)
    if row is None or row.recipient is None:
        return None
    person = row.recipient
    if finding.is_final:
        User.objects.filter(pk=person.pk).update(email_bounced_at=at)
        OutboxMessage.objects.filter(pk=row.pk, state=OutboxMessage.State.SENT).update(
            state=OutboxMessage.State.BOUNCED, last_error=finding.reason
        )
    ticket = None
    if row.subject_type == SUBJECT_TYPE:
        ticket = Ticket.objects.filter(pk=row.subject_id).first()
    return person, ticket


def _sent(finding: Finding, letter: Letter) -> OutboxMessage | None:
    rows = OutboxMessage.objects.filter(
        uuid__in=our_ids_in(_quoted(letter)), channel=OutboxMessage.Channel.EMAIL
    ).select_related("recipient")
    missed = {address.lower() for address in finding.addresses}
    for row in rows.order_by("-pk"):
        address = (row.recipient.email or "").lower() if row.recipient else ""
        if address and (address in missed or not missed):
            return row
    return None


def _quoted(letter: Letter) -> str:
    """Everything in which a returned mail's Message-ID may stand."""
    parts = [letter.text, *letter.references]
    parts += [file.content[:LONGEST_LOOK].decode("latin-1") for file in letter.files]
    return "\n".join(parts)
