"""Chat: one sentence and a link, in the channel's language, of what its people may read at that moment."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.models import OutboxMessage
from helpdesk.common.net import Answer
from notifications import chat_programs, topics
from notifications.chat_programs import UnknownAddress
from notifications.models import ChatChannel
from notifications.services.briefing import side_of
from notifications.services.mail import ticket_path
from notifications.services.outcomes import NotMeant, Refused, Undelivered
from tickets.choices import ACT_LABELS
from tickets.models import Ticket, TicketEvent
from tickets.services.notices import SUBJECT_TYPE

TEST = "test"


def send(row: OutboxMessage, channel: ChatChannel, *, at: datetime) -> Answer:
    """Compose and hand over one message. Raises NotMeant, Refused, Undelivered, EgressError."""
    text = compose(row, channel)
    try:
        answer = chat_programs.post(text, to=channel.url)
    except UnknownAddress:
        raise Refused("the address can't be read; enter it again") from None
    return answer


def refuse_refusal(answer: Answer) -> None:
    """Some programs call every answer a success and say in its text what is wrong. Raises Undelivered."""
    said = chat_programs.refusal_in(answer)
    if said:
        raise Undelivered(said)


def compose(row: OutboxMessage, channel: ChatChannel) -> str:
    """The message's text. Raises NotMeant where it is no longer meant for this channel, Refused for the unknown."""
    with translation.override(channel.language):
        if row.topic == TEST:
            return _("This is a test of “%(name)s”. Messages about tickets will come here.") % {"name": channel.name}
        ticket, event, side = _occasion(row, channel)
        sentence = _("Ticket %(number)s “%(subject)s”: %(act)s.") % {
            "number": ticket.number,
            "subject": " ".join(ticket.subject.split()),
            "act": ACT_LABELS[event.code],
        }
    return f"{sentence}\n{settings.SITE_URL}{ticket_path(ticket, side)}"


def _occasion(row: OutboxMessage, channel: ChatChannel) -> tuple[Ticket, TicketEvent, str]:
    if row.subject_type != SUBJECT_TYPE or row.topic not in ACT_LABELS:
        raise Refused(f"unknown topic {row.subject_type}/{row.topic}")
    if channel.is_retired:
        raise NotMeant("destination_retired")
    event = TicketEvent.objects.select_related("ticket").filter(pk=row.payload.get("event"), ticket=row.subject_id)
    if channel.person is None:
        found, side = event.first(), topics.DESK
    else:
        found, side = _for_person(event.first(), channel.person)
    if found is None:
        raise Refused("the event is missing")
    if found.ticket.is_confidential:
        raise NotMeant("confidential")
    return found.ticket, found, side


def _for_person(event: TicketEvent | None, person: User) -> tuple[TicketEvent | None, str]:
    """The event, if the person may read it: a requester's acts of the desk are none of theirs unless they are public."""
    if not person.is_active:
        raise NotMeant("recipient_inactive")
    if event is None:
        return None, topics.PORTAL
    side = side_of(person, event.ticket, event.code)
    may_see = TicketEvent.objects.visible_to(person).filter(pk=event.pk).exists()
    if not may_see or (side == topics.PORTAL and not event.is_public):
        raise NotMeant("not_visible")
    return event, side
