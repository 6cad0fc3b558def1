"""Links in mails by which a requester answers a proposed solution without signing in (M3.5-1).

A link is bound to the person, the ticket and that one proposal, so it is used up by any answer and by any new proposal.
Looking at it changes nothing. Whatever is wrong with it looks the same from outside (A9).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core import signing

from helpdesk.accounts.models import User
from helpdesk.common.errors import NotVisible
from tickets.choices import Channel
from tickets.lifecycle import Command, Status
from tickets.models import Ticket
from tickets.services.engine import run_command

SALT = "tickets.answer"
ANSWERS = (Command.CONFIRM, Command.REJECT)


@dataclass(frozen=True)
class Asked:
    """Who is asked about which ticket."""

    person: User
    ticket: Ticket


def sign(*, ticket: Ticket, person: User) -> str:
    """The part of the link that nobody else can write."""
    return signing.dumps([ticket.pk, person.pk, _proposal(ticket)], salt=SALT)


def asked_by(link: str) -> Asked:
    """What a link asks. Raises NotVisible for one that is foreign, changed, used or out of date."""
    try:
        ticket_id, person_id, proposal = signing.loads(link, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        raise NotVisible from None
    person = User.objects.active().filter(pk=person_id).first()
    if person is None:
        raise NotVisible
    tickets = Ticket.objects.visible_to(person).select_related("outcome", "assignee")
    ticket = tickets.filter(pk=ticket_id, requester=person, status=Status.RESOLVED).first()
    if ticket is None or _proposal(ticket) != proposal:
        raise NotVisible
    return Asked(person, ticket)


def answer(*, link: str, command: Command, reason: str, version: int | None, at: datetime) -> Ticket:
    """Confirm or reject in the name of whom the link was sent to.

    Raises NotVisible, and what `run_command` raises: of two answers at once the second is told so.
    """
    asked = asked_by(link)
    if command not in ANSWERS:
        raise NotVisible
    return run_command(
        ticket_id=asked.ticket.pk,
        command=command,
        actor=asked.person,
        version=version,
        at=at,
        data={"reason": reason},
        channel=Channel.EMAIL,
    )


def _proposal(ticket: Ticket) -> str:
    return ticket.resolved_at.isoformat() if ticket.resolved_at is not None else ""
