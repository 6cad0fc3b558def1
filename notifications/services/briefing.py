"""What one message may tell its recipient: looked up when it is sent, through the recipient's own eyes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Ability
from helpdesk.common.models import OutboxMessage
from helpdesk.common.templatetags.hd import date_text
from notifications import article_topics, asset_topics, secrecy_topics, topics
from notifications.services.outcomes import NotMeant, Refused
from notifications.topics import Line
from tickets.lifecycle import Status
from tickets.models import BreakGlass, IncidentUpdate, MajorIncident, Message, Ticket, TicketEvent, TicketTask
from tickets.policies import can_read_reason, is_on_requesters_side
from tickets.seals import KINDS
from tickets.services.notices import RECEIPTS, SUBJECT_TYPE, UNANSWERED


@dataclass(frozen=True)
class Briefing:
    """What this recipient may know. `message` and `reason` are empty unless they may read them.

    `event` is the act it tells of; None where nobody acted, and only `facts` (codes) say what it is about.
    `agreement` is what was asked or answered. `incident`, `update` and `task` are those that the event tells of, with the words as they stand in their rows now.
    """

    topic: str
    recipient: User
    ticket: Ticket
    event: TicketEvent | None
    facts: dict[str, Any]
    message: Message | None
    reason: str
    side: str
    incident: MajorIncident | None = None
    update: IncidentUpdate | None = None
    task: TicketTask | None = None
    agreement: Any = None

    @property
    def changes(self) -> dict[str, Any]:
        changes: dict[str, Any] = self.event.data.get("changes", {}) if self.event is not None else {}
        return changes

    @property
    def key(self) -> str:
        return topics.key_for(self.topic, side=self.side, recipient_id=self.recipient.pk, changes=self.changes)

    @property
    def line(self) -> Line:
        return topics.LINES[self.key]

    @property
    def names(self) -> dict[str, str]:
        actor = self.event.actor if self.event is not None else None
        return topics.names_for(
            number=self.ticket.number,
            subject=self.ticket.subject,
            name=actor.get_full_name() if actor is not None else "",
            facts=self.facts,
            # A mail is read later: no “tomorrow”.
            moment=date_text,
        )

    @property
    def headline(self) -> str:
        return self.line.sentence(self.names)


@dataclass(frozen=True)
class OffTicket:
    """What somebody is told of a person and of no ticket. `facts` are the times and codes as they were then."""

    topic: str
    recipient: User
    person: User
    facts: dict[str, Any]
    kind: ClassVar[str]

    @property
    def key(self) -> str:
        return f"{self.kind}/{self.topic}"

    @property
    def line(self) -> Line:
        return topics.LINES[self.key]

    @property
    def names(self) -> dict[str, str]:
        raise NotImplementedError

    @property
    def headline(self) -> str:
        return self.line.sentence(self.names)


class StandIn(OffTicket):
    """What a substitute is told of somebody's absence."""

    kind = topics.ABSENCE

    @property
    def names(self) -> dict[str, str]:
        return topics.stand_in_names(name=self.person.get_full_name(), facts=self.facts, moment=date_text)


class Emergency(OffTicket):
    """That somebody opened a confidential ticket in an emergency: told also to those who may not see that ticket."""

    kind = secrecy_topics.GLASS

    @property
    def names(self) -> dict[str, str]:
        return secrecy_topics.glass_names(name=self.person.get_full_name(), facts=self.facts, moment=date_text)


class RegisterNews(OffTicket):
    """What somebody is told of an asset or a licence. `facts` are what its sentence names, and `path`."""

    kind = asset_topics.REGISTER

    @property
    def names(self) -> dict[str, str]:
        return {name: self.facts[name] for name in ("name", "asset", "day")}


class OfArticle(OffTicket):
    """What somebody of the desk is told of an article. `facts` hold the `news`."""

    kind = article_topics.KNOWLEDGE

    @property
    def names(self) -> dict[str, str]:
        return self.news.names

    @property
    def news(self) -> article_topics.ArticleNews:
        news: article_topics.ArticleNews = self.facts["news"]
        return news


def may_read_absences(person: User) -> bool:
    """Only who works on tickets is asked in somebody's place."""
    return person.can(Ability.WORK)


def side_of(person: User, ticket: Ticket, topic: str) -> str:
    """On which page this person reads the topic: people on the requester's side in the portal, unless it is work."""
    is_work = topic in topics.FOR_DESK or not is_on_requesters_side(person, ticket)
    is_desk = person.can(Ability.USE_DESK) and is_work
    return topics.DESK if is_desk else topics.PORTAL


def brief(row: OutboxMessage) -> Briefing | OffTicket:
    """The facts for one outgoing message, checked now: rights may have changed since it was written.

    Raises NotMeant when the recipient left, may no longer see it, or it is out of date; Refused for a message
    that this version doesn't know.
    """
    recipient = row.recipient
    if recipient is None:
        raise Refused("nobody is named")
    if not recipient.is_active:
        raise NotMeant("recipient_inactive")
    off_ticket = _OFF_TICKET.get(f"{row.subject_type}/{row.topic}")
    if off_ticket is not None:
        return off_ticket(row, recipient)
    if row.subject_type != SUBJECT_TYPE or row.topic not in topics.TOPICS:
        raise Refused(f"unknown topic {row.subject_type}/{row.topic}")
    ticket = Ticket.objects.visible_to(recipient).filter(pk=row.subject_id).first()
    if ticket is None:
        raise NotMeant("not_visible")
    event = _event_of(row, ticket)
    _check_timely(row, ticket, event)
    message = None
    if event is not None and event.message_id is not None:
        message = Message.objects.visible_to(recipient).filter(pk=event.message_id).first()
    if message is None and row.topic == "reply":
        raise NotMeant("not_visible")
    seen = TicketEvent.objects.visible_to(recipient)
    if row.topic in topics.ABOUT_INCIDENTS and (event is None or not seen.filter(pk=event.pk).exists()):
        raise NotMeant("not_visible")
    data = event.data if event is not None else {}
    task = _task_of(data, recipient)
    if row.topic in topics.ABOUT_TASKS and task is None:
        raise NotMeant("not_visible")
    return Briefing(
        topic=row.topic,
        recipient=recipient,
        ticket=ticket,
        event=event,
        facts=topics.facts_of(event, row.payload),
        message=message,
        reason=event.reason if event is not None and can_read_reason(recipient, event) else "",
        side=side_of(recipient, ticket, row.topic),
        incident=MajorIncident.objects.filter(pk=data["incident"]).first() if "incident" in data else None,
        update=IncidentUpdate.objects.filter(pk=data["update"]).first() if "update" in data else None,
        task=task,
        agreement=_agreement_of(data, recipient),
    )


def _agreement_of(data: dict[str, Any], recipient: User) -> Any:
    """The row that the trail covers with this event: a consent, a promised time."""
    if "sealed" not in data:
        return None
    rows: Any = KINDS[data["sealed"]["kind"]]._default_manager
    return rows.visible_to(recipient).filter(pk=data["sealed"]["id"]).first()


def _check_timely(row: OutboxMessage, ticket: Ticket, event: TicketEvent | None) -> None:
    """Raise NotMeant for what has come too late, and for a receipt that no mail may give."""
    if row.topic == "reminder" and ticket.status != Status.RESOLVED:
        raise NotMeant("out_of_date")
    if row.topic == "target_near" and not ticket.is_open:
        raise NotMeant("out_of_date")
    if row.topic in RECEIPTS and row.channel == OutboxMessage.Channel.EMAIL and event is not None:
        unanswered = event.data.get(UNANSWERED)
        if unanswered:
            raise NotMeant(unanswered)


def _task_of(data: dict[str, Any], recipient: User) -> TicketTask | None:
    if "task" not in data:
        return None
    return TicketTask.objects.visible_to(recipient).filter(pk=data["task"]).select_related("team").first()


def _stand_in(row: OutboxMessage, recipient: User) -> StandIn:
    if not may_read_absences(recipient):
        raise NotMeant("not_visible")
    person = User.objects.filter(pk=row.payload["person"]).first()
    if person is None:
        raise Refused("the person is missing")
    return StandIn(topic=row.topic, recipient=recipient, person=person, facts=row.payload)


def _emergency(row: OutboxMessage, recipient: User) -> Emergency:
    glass = BreakGlass.objects.visible_to(recipient).select_related("user").filter(pk=row.subject_id).first()
    if glass is None:
        raise NotMeant("not_visible")
    return Emergency(topic=row.topic, recipient=recipient, person=glass.user, facts=row.payload)


def _register_news(row: OutboxMessage, recipient: User) -> RegisterNews:
    if asset_topics.is_answered(row.topic, row.subject_id):
        raise NotMeant("out_of_date")
    news = asset_topics.news_of([(row.topic, row.subject_id)], recipient).get((row.topic, row.subject_id))
    if news is None:
        raise NotMeant("not_visible")
    return RegisterNews(row.topic, recipient, news.person, {**news.names, "path": news.path})


def _of_article(row: OutboxMessage, recipient: User) -> OfArticle:
    if article_topics.is_settled(row.topic, row.subject_id):
        raise NotMeant("out_of_date")
    told = [(row.topic, row.subject_id, row.payload)]
    news = article_topics.news_of(told, recipient).get((row.topic, row.subject_id))
    if news is None:
        raise NotMeant("not_visible")
    return OfArticle(row.topic, recipient, news.person, {"news": news})


# What is told of no ticket, under the keys of its lines.
_OFF_TICKET: dict[str, Callable[[OutboxMessage, User], OffTicket]] = {
    **{f"{topics.ABSENCE}/{topic}": _stand_in for topic in topics.OF_ABSENCES},
    **{f"{secrecy_topics.GLASS}/{topic}": _emergency for topic in secrecy_topics.OF_GLASS},
    **{f"{asset_topics.REGISTER}/{topic}": _register_news for topic in asset_topics.OF_REGISTER},
    **{f"{article_topics.KNOWLEDGE}/{topic}": _of_article for topic in article_topics.OF_ARTICLES},
}


def _event_of(row: OutboxMessage, ticket: Ticket) -> TicketEvent | None:
    """The act that a message tells of; None for one that tells of no act. Raises Refused if it is missing."""
    if "event" not in row.payload:
        return None
    event = TicketEvent.objects.filter(ticket=ticket, pk=row.payload["event"]).select_related("actor").first()
    if event is None:
        raise Refused("the event is missing")
    return event
