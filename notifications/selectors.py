"""Reads of the notifications app: the notification centre, the bell, and the state of the outbox."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Max, Min, Q
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import InvalidInput, NotVisible
from helpdesk.common.models import OutboxMessage
from notifications import article_topics, asset_topics, secrecy_topics, topics
from notifications.models import ChatChannel, Delivery, DeliveryPause, Destination, Notification, WebhookEndpoint
from notifications.services.briefing import may_read_absences, side_of
from notifications.services.mail import absence_path, glass_path, ticket_path
from notifications.services.settling import in_turn
from tickets.choices import ACT_LABELS
from tickets.erasure import shown_actor
from tickets.models import BreakGlass, Ticket, TicketEvent, TicketTask
from tickets.services.notices import SUBJECT_TYPE

PAGE_SIZE = 30
LOG_LENGTH = 20
COUNTED_UP_TO = 100  # the bell shows 99+ from here on

State = OutboxMessage.State


def unread_count(user: User) -> int:
    """How many lines the user hasn't read, counted no further than 100."""
    return Notification.objects.visible_to(user).unread()[:COUNTED_UP_TO].count()


@dataclass(frozen=True)
class Entry:
    """One line of the notification centre. `path` is empty when what it tells of is no longer visible.

    `task` is the one that the line tells of, as it stands now.
    """

    id: int
    sentence: str
    path: str
    created_at: datetime
    is_unread: bool
    task: TicketTask | None = None

    @property
    def day(self) -> date:
        """The reader's own day of it."""
        return localdate(self.created_at)


@dataclass(frozen=True)
class Page:
    """Lines newest first, and the id after which older ones begin (None: there are none).

    `unread_up_to` is the newest unread line on any page, None when everything is read.
    """

    entries: list[Entry]
    older_than: int | None
    unread_up_to: int | None


def notification_page(*, user: User, older_than: int | None = None) -> Page:
    """A page of the user's notification centre. Raises InvalidInput for a place that isn't the user's own."""
    mine = Notification.objects.visible_to(user).order_by("-created_at", "-id")
    unread_up_to = mine.unread().aggregate(newest=Max("pk"))["newest"]
    if older_than is not None:
        last = mine.filter(pk=older_than).values_list("created_at", flat=True).first()
        if last is None:
            raise InvalidInput(_("This page of the list doesn't exist."))
        mine = mine.filter(Q(created_at__lt=last) | Q(created_at=last, pk__lt=older_than))
    rows = list(mine[: PAGE_SIZE + 1])
    shown = rows[:PAGE_SIZE]
    return Page(_entries(shown, user), shown[-1].pk if len(rows) > PAGE_SIZE else None, unread_up_to)


def notification_entry(*, user: User, notification_id: int) -> Entry:
    """One line of the user's own. Raises NotVisible."""
    row = Notification.objects.visible_to(user).filter(pk=notification_id).first()
    if row is None:
        raise NotVisible
    return _entries([row], user)[0]


def _entries(rows: Iterable[Notification], user: User) -> list[Entry]:
    """The sentences, with what they tell of looked up at once, through the reader's own eyes."""
    rows = list(rows)
    tickets = Ticket.objects.visible_to(user).in_bulk(
        [row.subject_id for row in rows if row.subject_type == SUBJECT_TYPE]
    )
    events = TicketEvent.objects.select_related("actor", "ticket__requester").in_bulk(
        [row.trail_event_id for row in rows if row.trail_event_id is not None]
    )
    tasks = _tasks_of(events.values(), user)
    people, glasses = _people_away(rows, user), _glasses(rows, user)
    told = [(row.topic, row.subject_id) for row in rows if row.subject_type == asset_topics.REGISTER]
    news = asset_topics.news_of(told, user) if told else {}
    read = [(row.topic, row.subject_id, row.facts) for row in rows if row.subject_type == article_topics.KNOWLEDGE]
    articles = article_topics.news_of(read, user) if read else {}
    entries = []
    for row in rows:
        if row.subject_type == topics.ABSENCE:
            entries.append(_stand_in_entry(row, people.get(row.facts.get("person"))))
            continue
        if row.subject_type == secrecy_topics.GLASS:
            entries.append(_glass_entry(row, glasses.get(row.subject_id)))
            continue
        if row.subject_type == asset_topics.REGISTER:
            entries.append(_register_entry(row, news.get((row.topic, row.subject_id))))
            continue
        if row.subject_type == article_topics.KNOWLEDGE:
            entries.append(_article_entry(row, articles.get((row.topic, row.subject_id))))
            continue
        event = events.get(row.trail_event_id)
        task = tasks.get(event.data.get("task")) if event is not None else None
        entries.append(_entry(row, tickets.get(row.subject_id), event, task, user))
    return entries


def _register_entry(row: Notification, news: asset_topics.News | None) -> Entry:
    line = asset_topics.OF_REGISTER.get(row.topic)
    if news is None or line is None:
        return _shown(row, str(topics.GONE), "")
    return _shown(row, line.sentence(news.names), news.path)


def _tasks_of(events: Iterable[TicketEvent], user: User) -> dict[int, TicketTask]:
    """The tasks that events tell of, as far as the reader may see them."""
    wanted = [event.data["task"] for event in events if "task" in event.data]
    return TicketTask.objects.visible_to(user).select_related("team").in_bulk(wanted)


def _people_away(rows: Iterable[Notification], user: User) -> dict[int, User]:
    """The people for whom the reader stands in, by their ids; nobody where that is no longer the reader's business."""
    wanted = {row.facts["person"] for row in rows if row.subject_type == topics.ABSENCE}
    return User.objects.in_bulk(wanted) if may_read_absences(user) else {}


def _stand_in_entry(row: Notification, person: User | None) -> Entry:
    sentence, path = str(topics.GONE), ""
    line = topics.OF_ABSENCES.get(row.topic)
    if person is not None and line is not None:
        sentence = line.sentence(topics.stand_in_names(name=person.get_full_name(), facts=row.facts))
        path = absence_path()
    return _shown(row, sentence, path)


def _glasses(rows: Iterable[Notification], user: User) -> dict[int, BreakGlass]:
    """The emergency accesses that lines tell of, as far as the reader may know of them."""
    wanted = {row.subject_id for row in rows if row.subject_type == secrecy_topics.GLASS}
    return BreakGlass.objects.visible_to(user).select_related("user").in_bulk(wanted) if wanted else {}


def _glass_entry(row: Notification, glass: BreakGlass | None) -> Entry:
    line = secrecy_topics.OF_GLASS.get(row.topic)
    if glass is None or line is None:
        return _shown(row, str(topics.GONE), "")
    names = secrecy_topics.glass_names(name=glass.user.get_full_name(), facts=row.facts)
    return _shown(row, line.sentence(names), glass_path())


def _article_entry(row: Notification, news: article_topics.ArticleNews | None) -> Entry:
    line = article_topics.OF_ARTICLES.get(row.topic)
    if news is None or line is None:
        return _shown(row, str(topics.GONE), "")
    return _shown(row, line.sentence(news.names), news.path)


def _shown(row: Notification, sentence: str, path: str, task: TicketTask | None = None) -> Entry:
    return Entry(
        id=row.pk,
        sentence=sentence,
        path=path,
        created_at=row.created_at,
        is_unread=row.read_at is None,
        task=task if path else None,
    )


def _entry(
    row: Notification, ticket: Ticket | None, event: TicketEvent | None, task: TicketTask | None, user: User
) -> Entry:
    sentence, path = str(topics.GONE), ""
    is_whole = event is not None or row.trail_event_id is None
    if row.topic in topics.ABOUT_TASKS:
        is_whole = task is not None
    if ticket is not None and is_whole and row.topic in topics.TOPICS:
        side = side_of(user, ticket, row.topic)
        changes = event.data.get("changes", {}) if event is not None else {}
        key = topics.key_for(row.topic, side=side, recipient_id=user.pk, changes=changes)
        actor = shown_actor(event) if event is not None else None
        names = topics.names_for(
            number=ticket.number,
            subject=ticket.subject,
            name=actor.get_full_name() if actor is not None else "",
            facts=topics.facts_of(event, row.facts),
        )
        sentence = topics.LINES[key].sentence(names)
        path = ticket_path(ticket, side, row.topic)
    return _shown(row, sentence, path, task)


def destinations() -> list[Destination]:
    """Every webhook and chat channel."""
    return [*WebhookEndpoint.objects.order_by("pk"), *ChatChannel.objects.order_by("pk")]


@dataclass(frozen=True)
class Attempt:
    """One line of a destination's log. `number` is the ticket's, empty where the reader may not see it."""

    row: Delivery
    what: str
    number: str
    may_replay: bool


def attempts_at(destination: Destination, *, viewer: User, limit: int = LOG_LENGTH) -> list[Attempt]:
    """The latest attempts to reach a destination, newest first."""
    rows = list(Delivery.objects.filter(destination=destination.key).select_related("message").order_by("-id")[:limit])
    tickets = {row.message.subject_id for row in rows if row.message.subject_type == SUBJECT_TYPE}
    numbers = dict(Ticket.objects.visible_to(viewer).filter(pk__in=tickets).values_list("pk", "number"))
    return [
        Attempt(
            row=row,
            what=str(ACT_LABELS.get(row.message.topic, _("Test"))),
            number=numbers.get(row.message.subject_id, "") if row.message.subject_type == SUBJECT_TYPE else "",
            may_replay=row.message.next_attempt_at is None and row.message.state != State.LEASED,
        )
        for row in rows
    ]


def waiting_for(destination: Destination) -> int:
    """How many messages still wait to be sent there."""
    return OutboxMessage.objects.filter(destination=destination.key, next_attempt_at__isnull=False).count()


def oldest_due(*, at: datetime) -> datetime | None:
    """Since when the message that waits longest could have been sent. In back-off, behind an older message of its
    ticket, or for a destination that is left alone, it could not."""
    pending = OutboxMessage.objects.filter(state=State.PENDING, next_attempt_at__lte=at)
    left_alone = [one.key for one in destinations() if one.blocked_until is not None and one.blocked_until > at]
    waiting = in_turn(pending).exclude(destination__in=left_alone)
    oldest: datetime | None = waiting.aggregate(oldest=Min("next_attempt_at"))["oldest"]
    return oldest


def is_paused() -> bool:
    """True while nothing leaves the outbox."""
    return DeliveryPause.objects.exists()


def outbox_status(*, at: datetime) -> dict[str, Any]:
    """The state of the outbox for operators: counts by state and channel, the oldest waiting message, the pause.

    `flagged` counts the uncertain messages that won't be tried again by themselves.
    """
    counts: dict[str, int] = dict.fromkeys(State.values, 0)
    channels: dict[str, dict[str, int]] = {
        channel: dict.fromkeys(State.values, 0) for channel in OutboxMessage.Channel.values
    }
    for row in OutboxMessage.objects.values("channel", "state").annotate(count=Count("id")):
        counts[row["state"]] += row["count"]
        channels.setdefault(row["channel"], dict.fromkeys(State.values, 0))[row["state"]] = row["count"]
    waiting = OutboxMessage.objects.filter(state__in=(State.PENDING, State.LEASED))
    oldest = waiting.aggregate(oldest=Min("created_at"))["oldest"]
    pause = DeliveryPause.objects.first()
    return {
        "paused": pause is not None,
        "paused_at": pause.paused_at.isoformat() if pause else None,
        **counts,
        "flagged": OutboxMessage.objects.filter(state=State.UNCERTAIN, next_attempt_at__isnull=True).count(),
        "due": OutboxMessage.objects.filter(next_attempt_at__lte=at).count(),
        "oldest_waiting_seconds": max(0, round((at - oldest).total_seconds())) if oldest else None,
        "channels": channels,
        "destinations": _destination_states(at),
    }


def _destination_states(at: datetime) -> dict[str, dict[str, Any]]:
    """By name of the destination: counts by state, and how its circuit stands."""
    states: dict[str, dict[str, Any]] = {
        one.key: {
            "name": one.name,
            "circuit": "open" if one.blocked_until is not None and one.blocked_until > at else "closed",
            "failures": one.failures,
            "blocked_until": one.blocked_until.isoformat() if one.blocked_until is not None else None,
            "last_error": one.last_error,
            **dict.fromkeys(State.values, 0),
        }
        for one in destinations()
    }
    rows = OutboxMessage.objects.exclude(destination="").values("destination", "state").annotate(count=Count("id"))
    for row in rows:
        counts = states.setdefault(row["destination"], dict.fromkeys(State.values, 0))
        counts[row["state"]] = row["count"]
    return states
