"""What vendors say by mail: a word on their case, for the desk alone (M3.4-7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from helpdesk.common.errors import NotVisible
from helpdesk.common.models import OutboxMessage
from helpdesk.common.text import clean_text
from tickets.choices import Act as ActCode
from tickets.choices import Channel
from tickets.models import IncomingMail, TicketEvent, VendorCase, VendorMessage
from tickets.models.ticket import TEXT_LENGTH
from tickets.services.files import attach
from tickets.services.recording import open_for_change, snapshot
from tickets.services.vendors.case_rows import tell, under_lock


@transaction.atomic
def take_answer(
    *,
    case_id: int,
    mail: IncomingMail,
    body: str,
    files: Sequence[str],
    is_automatic: bool,
    facts: Mapping[str, Any],
    at: datetime,
) -> VendorMessage:
    """Keep a mail of the vendor on its case, also on one that was closed meanwhile.

    Nothing of it reaches the requester. What a machine sent doesn't change whose turn it is. Raises NotVisible or
    Conflict (`archived`).
    """
    ticket_id = VendorCase.objects.filter(pk=case_id).values_list("ticket_id", flat=True).first()
    if ticket_id is None:
        raise NotVisible
    ticket = open_for_change(ticket_id=ticket_id, actor=None, version=None)
    case = under_lock(ticket, case_id)
    before = snapshot(ticket)
    message = VendorMessage.objects.create(
        case=case,
        direction=VendorMessage.Direction.IN,
        channel=VendorMessage.Channel.EMAIL,
        address=mail.sender_email,
        body=clean_text(body, field="body", max_length=TEXT_LENGTH),
        is_automatic=is_automatic,
        created_at=at,
        mail=mail,
    )
    message.files.set(attach(files, ticket=ticket, message=None, actor=None, is_internal=True))
    if case.is_open and not is_automatic:
        case.turn = VendorCase.Turn.US
    tell(
        case,
        ActCode.VENDOR_ANSWERED,
        actor=None,
        at=at,
        before=before,
        message=message,
        is_public=not is_automatic,
        channel=Channel.EMAIL,
        facts=facts,
    )
    return message


@transaction.atomic
def note_returned(*, message_id: int, row: OutboxMessage, is_final: bool, at: datetime) -> bool:
    """A mail of ours didn't reach the vendor, so it is our turn again. False where that is known, or may still change.

    `row` is that mail. Each comes back once, whatever is reported, and by whomever.
    """
    message = VendorMessage.objects.select_related("case__ticket").get(pk=message_id)
    if not is_final or message.case.ticket.is_archived:
        return False
    ticket = open_for_change(ticket_id=message.case.ticket_id, actor=None, version=None)
    told = TicketEvent.objects.filter(ticket=ticket, code=ActCode.VENDOR_MAIL_RETURNED)
    if told.filter(data__returned=str(row.uuid)).exists():
        return False
    OutboxMessage.objects.filter(pk=row.pk, state=OutboxMessage.State.SENT).update(state=OutboxMessage.State.BOUNCED)
    case = under_lock(ticket, message.case_id)
    before = snapshot(ticket)
    if case.is_open:
        case.turn = VendorCase.Turn.US
    facts = {"returned": str(row.uuid)}
    tell(case, ActCode.VENDOR_MAIL_RETURNED, actor=None, at=at, before=before, message=message, facts=facts)
    return True
