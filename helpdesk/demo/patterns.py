"""Demo tickets as patterns: what the services wrote for one story, with everything marked that a copy changes.

A copy differs in its ids, number, people, times and some of its texts. All else, above all what each act does to a
ticket, was decided by the services.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models

from escalation.models import Escalation
from helpdesk.common.models import OutboxMessage
from helpdesk.common.search import index_texts
from helpdesk.demo.sink import Row, Sink
from tickets.chain import text_digest
from tickets.choices import MessageKind
from tickets.models import (
    ActionRequest,
    Consent,
    DiagnosisStep,
    IncidentLink,
    MajorIncident,
    Message,
    PromisedTime,
    SecurityIncident,
    Ticket,
    TicketEvent,
    TicketSearch,
    TicketTask,
    TimeProposal,
    VendorCase,
    Watcher,
    WorkaroundReview,
    WorkWindow,
)

_CANARY = re.compile(r"(?: ?(?:参考号|Reference))? ?CANARY-[A-Z]+-[0-9]+")
_PEOPLE = {
    "requester_id", "reported_by_id", "assignee_id", "accepted_by_id", "history_user_id", "actor_id", "author_id",
    "recipient_id", "user_id",
}  # fmt: skip


@dataclass
class Cut:
    """One row as a template: encoded values, and where instants and people stand in it."""

    values: Row
    instants: list[tuple[int, datetime]]
    people: list[tuple[int, int]]

    def fill(self, instants: dict[datetime, Any], people: dict[int, Any]) -> Row:
        row = self.values[:]
        for position, instant in self.instants:
            row[position] = instants[instant]
        for position, person in self.people:
            row[position] = people[person]
        return row


@dataclass
class EventCut:
    """An event: its facts for the hash, and the message and outbox rows that belong to it (by position)."""

    cut: Cut
    facts: dict[str, Any]
    at: datetime
    actor: int | None
    message: int | None
    has_ids_in_data: bool
    outbox: list[Cut]


@dataclass
class Pattern:
    """One ticket with all its rows."""

    status: str
    subject: str
    description: str
    begins_at: datetime
    ends_at: datetime
    timer_at: datetime | None
    is_archived: bool
    ticket: Cut
    history: list[Cut]
    messages: list[Cut]
    events: list[EventCut]
    watchers: list[Cut]
    promises: list[Cut]
    promise_ids: list[int]
    public_tokens: str
    internal_tokens: str
    people: list[int]
    requester: int
    instants: list[datetime]


@dataclass
class Sinks:
    """The tables that a ticket's rows go to, in the order in which they may be written."""

    tickets: Sink
    history: Sink
    messages: Sink
    events: Sink
    watchers: Sink
    promises: Sink
    search: Sink
    outbox: Sink

    @classmethod
    def open(cls) -> Sinks:
        history = Ticket.history.model
        written = (Ticket, history, Message, TicketEvent, Watcher, PromisedTime, TicketSearch, OutboxMessage)
        return cls(*map(Sink, written))

    def __iter__(self) -> Any:
        return iter(vars(self).values())


def capture(sinks: Sinks, tickets: Iterable[Ticket]) -> list[Pattern]:
    """Patterns of these tickets, as they stand now, as far as each stands by itself."""
    entangled = _entangled()
    return [_capture(sinks, ticket) for ticket in tickets if ticket.pk not in entangled]


def _entangled() -> set[int]:
    """Tickets that point at rows which copies don't have: what they follow up, hand-overs, tasks, incidents of both kinds,
    vendors, questions to the requester, diagnosis steps."""
    return {
        *Ticket.objects.filter(follow_up_of__isnull=False).values_list("pk", flat=True),
        *Escalation.objects.values_list("ticket_id", flat=True),
        *TicketTask.objects.values_list("ticket_id", flat=True),
        *VendorCase.objects.values_list("ticket_id", flat=True),
        *MajorIncident.objects.values_list("ticket_id", flat=True),
        *IncidentLink.objects.values_list("ticket_id", flat=True),
        *SecurityIncident.objects.values_list("ticket_id", flat=True),
        *TimeProposal.objects.values_list("ticket_id", flat=True),
        *WorkWindow.objects.values_list("ticket_id", flat=True),
        *ActionRequest.objects.values_list("ticket_id", flat=True),
        *Consent.objects.values_list("ticket_id", flat=True),
        *DiagnosisStep.objects.values_list("ticket_id", flat=True),
        *WorkaroundReview.objects.filter(due_at__isnull=False).values_list("ticket_id", flat=True),
    }


def _capture(sinks: Sinks, ticket: Ticket) -> Pattern:
    _forget_canaries(ticket, ("subject", "description"))
    history = list(ticket.history.order_by("history_id"))
    for past in history:
        _forget_canaries(past, ("subject", "description"))
    messages = list(ticket.messages.order_by("pk"))
    for message in messages:
        _forget_canaries(message, ("body",))
    places = {message.pk: place for place, message in enumerate(messages)}
    events = list(ticket.events.order_by("sequence"))
    watchers = list(ticket.watcher_rows.all())
    promises = list(ticket.promises.all())
    pattern = Pattern(
        status=ticket.status,
        subject=ticket.subject,
        description=ticket.description,
        begins_at=ticket.created_at,
        ends_at=max(event.created_at for event in events),
        timer_at=ticket.timer_at,
        is_archived=ticket.is_archived,
        ticket=_cut(sinks.tickets, ticket),
        history=[_cut(sinks.history, past) for past in history],
        messages=[_cut(sinks.messages, message) for message in messages],
        events=[_event(sinks, event, messages, places) for event in events],
        watchers=[_cut(sinks.watchers, watcher) for watcher in watchers],
        promises=[_cut(sinks.promises, promise) for promise in promises],
        promise_ids=[promise.pk for promise in promises],
        public_tokens=_tokens(ticket, messages, MessageKind.PUBLIC),
        internal_tokens=_tokens(ticket, messages, MessageKind.INTERNAL),
        people=[],
        requester=ticket.requester_id,
        instants=[],
    )
    cuts = [pattern.ticket, *pattern.history, *pattern.messages, *pattern.watchers, *pattern.promises]
    for event in pattern.events:
        cuts += [event.cut, *event.outbox]
    pattern.people = sorted({person for cut in cuts for _position, person in cut.people})
    pattern.instants = sorted({instant for cut in cuts for _position, instant in cut.instants})
    return pattern


def _forget_canaries(row: models.Model, names: Iterable[str]) -> None:
    """Canary words belong to the cast's own tickets; many copies of them would prove nothing."""
    for name in names:
        setattr(row, name, _CANARY.sub("", getattr(row, name)).strip() or "-")


def _cut(sink: Sink, row: models.Model) -> Cut:
    instants, people = [], []
    for position, name in enumerate(sink.attributes):
        value = getattr(row, name)
        if isinstance(value, datetime):
            instants.append((position, value))
        elif name in _PEOPLE and value is not None:
            people.append((position, value))
    return Cut(sink.template(row), instants, people)


def _event(sinks: Sinks, event: TicketEvent, messages: list[Message], places: dict[int, int]) -> EventCut:
    place = places[event.message_id] if event.message_id is not None else None
    data = dict(event.data)
    if place is not None and "text_sha256" in data:
        data["text_sha256"] = text_digest(messages[place].body)
        data["files"] = []
    event.data = data
    outbox = OutboxMessage.objects.filter(event_key=f"ticket-event-{event.pk}").order_by("pk")
    changes = data.get("changes", {})
    return EventCut(
        cut=_cut(sinks.events, event),
        facts={
            "sequence": event.sequence,
            "code": event.code,
            "from": event.from_status,
            "to": event.to_status,
            "channel": event.channel,
            "reason": event.reason,
            "public": event.is_public,
            "data": data,
        },
        at=event.created_at,
        actor=event.actor_id,
        message=place,
        has_ids_in_data=bool({"person", "promised"} & set(data))
        or bool({"assignee_id", "next_action_at"} & set(changes)),
        outbox=[_cut(sinks.outbox, _as_settled(row)) for row in outbox],
    )


def _as_settled(row: OutboxMessage) -> OutboxMessage:
    """Mail counts as sent. Copies leave no lines in anybody's notification centre, so those were not sent."""
    is_mail = row.channel == OutboxMessage.Channel.EMAIL
    row.state = OutboxMessage.State.SENT if is_mail else OutboxMessage.State.SKIPPED
    row.sent_at = row.created_at if is_mail else None
    row.attempts = 1
    row.next_attempt_at = None
    return row


def _tokens(ticket: Ticket, messages: list[Message], kind: MessageKind) -> str:
    """Tokens of what copies don't change; number, subject, description, device and name come with each copy."""
    names = (
        ("error_message", "steps", "cause", "solution", "advice") if kind == MessageKind.PUBLIC else ("verification",)
    )
    texts = [getattr(ticket, name) for name in names]
    texts += [message.body for message in messages if message.kind == kind]
    return index_texts(texts)
