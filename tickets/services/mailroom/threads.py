"""Which ticket a mail points at, and how well that is proved. Our own mails are given their proofs here too."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from django.conf import settings
from django.utils.encoding import force_bytes

from helpdesk.accounts.models import User
from helpdesk.common.models import OutboxMessage
from tickets.choices import Channel
from tickets.intake.gate import Thread
from tickets.intake.headers import addresses_of, raw_values
from tickets.intake.reading import Letter
from tickets.intake.tokens import claim_in, token_for
from tickets.models import IncomingMail, Mailbox, Ticket
from tickets.policies import is_on_requesters_side
from tickets.services.notices import SUBJECT_TYPE

# Where servers write the address that a mail was really delivered to.
DELIVERED = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To")
OUR_ID = re.compile(r"<?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@")
TAG = re.compile(r"\[#?([\w.-]{1,32})\]|#([\w.-]{1,32})")
MOST_IDS = 50
MOST_REFERENCES = 5


@dataclass(frozen=True)
class Pointer:
    """`person_id`: whom the token was sent to."""

    thread: Thread
    ticket: Ticket | None = None
    person_id: int | None = None


def token(*, ticket: Ticket, person: User) -> str:
    """What a mail to this person about this ticket carries, so that their answer finds its way."""
    return token_for(ticket_id=ticket.pk, person_id=person.pk, key=keys()[0])


def answered_mailboxes() -> list[Mailbox]:
    """Those in use, the one from the settings first."""
    return list(Mailbox.objects.filter(is_active=True).order_by("-is_from_settings", "pk"))


def answer_address(boxes: Sequence[Mailbox], *, ticket: Ticket, person: User) -> str:
    """Where this person's answer to a mail about this ticket goes; empty where none of the mailboxes would take it.

    The mailbox that the ticket came to, else its team's, else the first. The desk's people can answer only where our mail
    server's checks are known.
    """
    if person.is_desk and not is_on_requesters_side(person, ticket):
        boxes = [box for box in boxes if box.authserv_id]
    if not boxes:
        return ""
    came_to = None
    if ticket.channel == Channel.EMAIL and len(boxes) > 1:
        mails = IncomingMail.objects.filter(ticket=ticket, outcome=IncomingMail.Outcome.CREATED)
        came_to = mails.order_by("pk").values_list("mailbox_id", flat=True).first()
    box = min(boxes, key=lambda box: (box.pk != came_to, box.team_id is None or box.team_id != ticket.team_id))
    name, _at, domain = box.address.rpartition("@")
    return f"{name}+{token(ticket=ticket, person=person)}@{domain}" if box.has_subaddresses else box.address


def ids_of_mails_from(person: User, ticket: Ticket) -> list[str]:
    """The Message-IDs of what this person has mailed to a ticket that came by mail, the latest last."""
    if ticket.channel != Channel.EMAIL:
        return []
    mails = IncomingMail.objects.filter(
        ticket=ticket, person=person, outcome__in=(IncomingMail.Outcome.CREATED, IncomingMail.Outcome.APPENDED)
    ).exclude(message_id="")
    return list(mails.order_by("-pk").values_list("message_id", flat=True)[:MOST_REFERENCES])[::-1]


def pointer_of(letter: Letter) -> Pointer:
    """The strongest way in which a mail points at a ticket."""
    claim = claim_in([*recipients(letter), *letter.references], keys=keys())
    if claim is not None and claim.is_genuine:
        ticket = _ticket(pk=claim.ticket_id)
        if ticket is not None:
            return Pointer(Thread.TOKEN, ticket, claim.person_id)
    known = _by_known_id(letter)
    if known is not None:
        return Pointer(Thread.KNOWN_ID, known)
    tagged = _by_tag(letter.subject)
    if tagged is not None:
        return Pointer(Thread.TAG, tagged)
    if claim is not None and not claim.is_genuine:
        return Pointer(Thread.FORGED, _ticket(pk=claim.ticket_id))
    return Pointer(Thread.NONE)


def our_ids_in(text: str) -> list[UUID]:
    """The ids of outgoing messages whose Message-IDs stand in a text."""
    return [UUID(found) for found in dict.fromkeys(OUR_ID.findall(text.lower()))][:MOST_IDS]


def recipients(letter: Letter) -> list[str]:
    """Every address that a mail was sent or delivered to."""
    named = [address.email for address in (*letter.to, *letter.cc)]
    for name in DELIVERED:
        named += [address.email for address in addresses_of(letter.message, name)]
        named += raw_values(letter.message, name)
    return named


def _by_known_id(letter: Letter) -> Ticket | None:
    """By the Message-ID of a mail that we sent or that brought something to a ticket, the nearest first."""
    references = list(reversed(letter.references))[:MOST_IDS]
    if not references:
        return None
    sent = OutboxMessage.objects.filter(uuid__in=our_ids_in(" ".join(references)), subject_type=SUBJECT_TYPE)
    ticket_id = sent.order_by("-pk").values_list("subject_id", flat=True).first()
    if ticket_id is None:
        came = IncomingMail.objects.filter(
            message_id__in=references, outcome__in=(IncomingMail.Outcome.CREATED, IncomingMail.Outcome.APPENDED)
        )
        ticket_id = came.order_by("-pk").values_list("ticket_id", flat=True).first()
    return _ticket(pk=ticket_id) if ticket_id is not None else None


def _by_tag(subject: str) -> Ticket | None:
    numbers = [first or second for first, second in TAG.findall(subject)][:5]
    return _ticket(number__in=numbers) if numbers else None


def _ticket(**lookup: object) -> Ticket | None:
    """Any ticket: whether the sender may act on it is the gate's question."""
    people = ("requester", "reported_by", "team", "assignee")
    return Ticket.objects.filter(**lookup).select_related(*people).order_by("pk").first()


@cache
def keys() -> list[bytes]:
    """What tokens are sealed with, today's key first."""
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return [hashlib.sha256(b"mail threads\0" + force_bytes(secret)).digest() for secret in secrets]
