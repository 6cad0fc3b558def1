"""Mails of ours that came back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from helpdesk.accounts.models import User
from helpdesk.common.models import OutboxMessage
from tickets.choices import Act
from tickets.intake.reading import Letter
from tickets.intake.signs import Finding
from tickets.models import Ticket, TicketEvent, VendorMessage
from tickets.services.mailroom.threads import our_ids_in
from tickets.services.notices import SUBJECT_TYPE
from tickets.services.vendors.speaking import SUBJECT_TYPE as VENDOR_CASE

LONGEST_LOOK = 200_000


@dataclass(frozen=True)
class Returned:
    """Whom a mail of ours didn't reach, and which ticket it was about. `facts` are what the trail says of it."""

    person: User
    ticket: Ticket | None
    facts: dict[str, Any]

    @property
    def is_known(self) -> bool:
        """The same is noted on the ticket already: each mail comes back once, whatever is reported, and by whomever."""
        notes = TicketEvent.objects.filter(ticket=self.ticket, code=Act.MAIL_KEPT)
        return notes.filter(data__returned=self.facts["returned"], data__is_final=self.facts["is_final"]).exists()


def mark_returned(finding: Finding, letter: Letter, *, at: datetime) -> Returned | None:
    """Mark the address that a mail of ours didn't reach.

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
    facts = {"kept": "bounce", "person": person.pk, "returned": str(row.uuid), "is_final": finding.is_final}
    return Returned(person, ticket, facts)


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


def sent_to_vendor(finding: Finding, letter: Letter) -> OutboxMessage | None:
    """The mail to a vendor that a bounce quotes, if it was sent to the address that it says was missed."""
    rows = OutboxMessage.objects.filter(
        uuid__in=our_ids_in(_quoted(letter)), channel=OutboxMessage.Channel.EMAIL, subject_type=VENDOR_CASE
    )
    missed = {address.lower() for address in finding.addresses}
    for row in rows.order_by("-pk"):
        message = VendorMessage.objects.filter(pk=row.payload["message"]).first()
        if message is not None and (message.address.lower() in missed or not missed):
            return row
    return None


def _quoted(letter: Letter) -> str:
    """Everything in which a returned mail's Message-ID may stand."""
    parts = [letter.text, *letter.references]
    parts += [file.content[:LONGEST_LOOK].decode("latin-1") for file in letter.files]
    return "\n".join(parts)
