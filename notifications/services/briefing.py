"""What one message may tell its recipient: looked up when it is sent, through the recipient's own eyes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Ability
from helpdesk.common.models import OutboxMessage
from notifications import topics
from notifications.services.outcomes import NotMeant, Refused
from notifications.topics import Line
from tickets.lifecycle import Status
from tickets.models import Message, Ticket, TicketEvent
from tickets.policies import is_on_requesters_side
from tickets.services.notices import SUBJECT_TYPE


@dataclass(frozen=True)
class Briefing:
    """The facts that this recipient may know. `message` and `reason` are empty unless they may read them."""

    topic: str
    recipient: User
    ticket: Ticket
    event: TicketEvent
    message: Message | None
    reason: str
    side: str

    @property
    def changes(self) -> dict[str, Any]:
        changes: dict[str, Any] = self.event.data.get("changes", {})
        return changes

    @property
    def line(self) -> Line:
        return topics.line_for(self.topic, side=self.side, recipient_id=self.recipient.pk, changes=self.changes)

    @property
    def headline(self) -> str:
        name = self.event.actor.get_full_name() if self.event.actor is not None else ""
        return topics.headline(self.line, number=self.ticket.number, subject=self.ticket.subject, name=name)


def side_of(person: User, ticket: Ticket) -> str:
    """On which page this person reads the ticket: people on the requester's side in the portal."""
    is_desk = person.can(Ability.USE_DESK) and not is_on_requesters_side(person, ticket)
    return topics.DESK if is_desk else topics.PORTAL


def brief(row: OutboxMessage) -> Briefing:
    """The facts for one outgoing message, checked now: rights may have changed since it was written.

    Raises NotMeant when the recipient left, may no longer see it, or it is out of date; Refused for a message
    that this version doesn't know.
    """
    recipient = row.recipient
    if not recipient.is_active:
        raise NotMeant("recipient_inactive")
    if row.subject_type != SUBJECT_TYPE or row.topic not in topics.TOPICS:
        raise Refused(f"unknown topic {row.subject_type}/{row.topic}")
    ticket = Ticket.objects.visible_to(recipient).filter(pk=row.subject_id).first()
    if ticket is None:
        raise NotMeant("not_visible")
    if row.topic == "reminder" and ticket.status != Status.RESOLVED:
        raise NotMeant("out_of_date")
    event = TicketEvent.objects.filter(ticket=ticket, pk=row.payload.get("event")).select_related("actor").first()
    if event is None:
        raise Refused("the event is missing")
    message = None
    if event.message_id is not None:
        message = Message.objects.visible_to(recipient).filter(pk=event.message_id).first()
    if message is None and row.topic == "reply":
        raise NotMeant("not_visible")
    may_read_event = TicketEvent.objects.visible_to(recipient).filter(pk=event.pk).exists()
    return Briefing(
        topic=row.topic,
        recipient=recipient,
        ticket=ticket,
        event=event,
        message=message,
        reason=event.reason if may_read_event else "",
        side=side_of(recipient, ticket),
    )
