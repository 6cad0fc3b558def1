"""Links in mails by which a person answers one question without signing in (M3.3.2-2, M3.5-1).

A link is bound to the person and to that one question; `stamp` is whatever tells this asking of it from an earlier one.
Looking at it changes nothing. Whatever is wrong with it looks the same from outside (A9). It gives no session.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.core import signing

from helpdesk.accounts.models import User
from helpdesk.common.errors import NotVisible
from tickets.models import Survey, Ticket

SALT = "tickets.answer"


@dataclass(frozen=True)
class Link:
    """Who is asked what: the kind of question, the id of its row, and which asking of it."""

    kind: str
    pk: int
    person: User
    stamp: str = ""


def sign(link: Link) -> str:
    """The part of the address that nobody else can write."""
    return signing.dumps([link.kind, link.pk, link.person.pk, link.stamp], salt=SALT)


def read(signed: str) -> Link:
    """What a link asks. Raises NotVisible for one that is foreign or changed, and where the person has left."""
    try:
        kind, pk, person_id, stamp = signing.loads(signed, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        raise NotVisible from None
    person = User.objects.active().filter(pk=person_id).first()
    if person is None:
        raise NotVisible
    return Link(kind, pk, person, stamp)


def link_to(ticket: Ticket) -> Link:
    """The link by which the requester answers the solution that is proposed now; a new proposal has another."""
    proposal = ticket.resolved_at.isoformat() if ticket.resolved_at is not None else ""
    return Link("solution", ticket.pk, ticket.requester, proposal)


def survey_link(survey: Survey) -> Link:
    """The link by which the requester of a closed ticket rates the service; each closing has its own row."""
    return Link("survey", survey.pk, survey.ticket.requester)
