"""Reads that pages and API share: the timeline, the stage tracker, what a list row shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Count, Max, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from helpdesk.accounts.models import User
from helpdesk.common.errors import NotVisible
from tickets.choices import Act, MessageKind
from tickets.erasure import keep_nameless
from tickets.lifecycle import WORKABLE, Command, Status
from tickets.models import (
    Attachment,
    ConfidentialRead,
    DiagnosisTemplate,
    MajorIncident,
    Message,
    PhoneCall,
    Ticket,
    TicketEvent,
    TicketSeen,
)
from tickets.models.ticket import TicketQuerySet
from tickets.promise_ledger import has_passed
from tickets.services.readings import note_reading

# What one ticket page or row needs of other tables, in one query.
RELATED = ("requester", "reported_by", "assignee", "team", "category", "kind", "outcome", "waiting_reason")
# The long texts that lists never show.
UNLISTED = ("description", "error_message", "steps", "cause", "solution", "advice", "verification")


def get_ticket(*, number: str, viewer: User, place: str = ConfidentialRead.Place.PAGE) -> Ticket:
    """The ticket with this number as the viewer may see it. Raises NotVisible.

    The door of all pages, so it writes down who of the desk opens a confidential one, and for which `place`.
    """
    rows = Ticket.objects.visible_to(viewer).select_related(*RELATED, "follow_up_of")
    ticket = rows.filter(number=number.replace("\x00", "")).first()
    if ticket is None:
        raise NotVisible
    note_reading(ticket=ticket, reader=viewer, place=place, at=timezone.now())
    return ticket


def for_list(tickets: TicketQuerySet, viewer: User) -> TicketQuerySet:
    """The queryset with what any list row shows, and `seen_version` of the viewer (None: never opened)."""
    seen = TicketSeen.objects.filter(ticket=OuterRef("pk"), user=viewer).values("version")
    return (
        tickets.select_related("assignee", "category", "waiting_reason")
        .defer(*UNLISTED)
        .annotate(seen_version=Subquery(seen))
    )


@dataclass
class Entry:
    """One line of a ticket's timeline: a message, or an act without one."""

    event: TicketEvent
    message: Message | None
    files: list[Attachment] = field(default_factory=list)

    @property
    def call(self) -> PhoneCall | None:
        """The telephone call in which this was said."""
        return getattr(self.event, "call", None)

    @property
    def is_message(self) -> bool:
        return self.message is not None

    @property
    def is_internal(self) -> bool:
        return self.message is not None and self.message.kind == MessageKind.INTERNAL


def timeline(ticket: Ticket, viewer: User, *, after: int = 0) -> list[Entry]:
    """A ticket's acts in order, oldest first, as far as the viewer may read them.

    `after` is a version: only what happened since. Two queries plus one for files, however long it is.
    """
    events = (
        TicketEvent.objects.visible_to(viewer)
        .filter(ticket=ticket, sequence__gt=after)
        .select_related("actor", "message__author", "call__taken_by")
        .prefetch_related(Prefetch("message__attachments", Attachment.objects.order_by("pk")))
        .order_by("sequence")
    )
    keep_nameless(ticket, events)
    return [
        Entry(event, event.message, list(event.message.attachments.all()) if event.message else []) for event in events
    ]


def templates_for(ticket: Ticket) -> models.QuerySet[DiagnosisTemplate]:
    """Lists of usual steps for the ticket's category, those above it in the tree, and for every ticket."""
    branch = ticket.category.branch if ticket.category is not None else ()
    usual = Q(category__isnull=True) | Q(category__in=branch)
    return DiagnosisTemplate.objects.filter(usual, is_retired=False).order_by("pk")


def own_files(ticket: Ticket) -> list[Attachment]:
    """Files that came with the request itself."""
    return list(ticket.attachments.filter(message__isnull=True, is_internal=False).order_by("pk"))


STAGES = ("reported", "received", "finding", "fix_sent", "confirm", "closed")


@dataclass(frozen=True)
class Stage:
    """One step of the requester's tracker. `state` is done, current or ahead."""

    code: str
    state: str
    at: datetime | None


def stages(ticket: Ticket) -> list[Stage]:
    """The six steps that a requester understands, with the instant each was reached."""
    reached: dict[str, datetime | None] = {
        "reported": ticket.created_at,
        "received": ticket.accepted_at,
        "finding": ticket.accepted_at if ticket.status not in (Status.NEW, Status.CLASSIFIED) else None,
        "fix_sent": ticket.resolved_at,
        "confirm": ticket.closed_at if ticket.status == Status.CLOSED else None,
        "closed": ticket.closed_at,
    }
    position = _position(ticket)
    return [
        Stage(code, "done" if index < position else "current" if index == position else "ahead", reached[code])
        for index, code in enumerate(STAGES)
    ]


def _position(ticket: Ticket) -> int:
    """The index of the current step."""
    if ticket.status in (Status.CLOSED, Status.CANCELLED):
        return 5
    if ticket.status == Status.RESOLVED:
        return 4
    if ticket.status in (Status.IN_PROGRESS, Status.WAITING):
        return 2
    return 1 if ticket.accepted_at or ticket.status == Status.CLASSIFIED else 0


def waits_for_requester(tickets: TicketQuerySet, viewer: User) -> TicketQuerySet:
    """The viewer's own tickets in which it is the viewer's turn: confirm a solution, or answer a question."""
    mine = tickets.filter(requester=viewer)
    asked = mine.filter(status__in=WORKABLE, open_questions__gt=0)
    return (
        asked
        | mine.filter(status=Status.RESOLVED)
        | mine.filter(status=Status.WAITING, waiting_reason__waits_for="user")
    )


# Acts that the desk's timeline shows folded, as system lines.
SYSTEM_CODES = frozenset(
    {
        *(command.value for command in Command),
        Act.EDITED,
        Act.REMINDED,
        Act.TARGET_MISSED,
        Act.WATCHER_ADDED,
        Act.WATCHER_REMOVED,
    }
)


def has_deadlines(tickets: TicketQuerySet) -> bool:
    """True while time runs on any open one of these tickets."""
    return tickets.open().filter(next_due_at__isnull=False).exists()


def counts(tickets: TicketQuerySet, viewer: User, at: datetime) -> dict[str, Any]:
    """How many open tickets stand in each built-in view of the desk, on how many time runs, how many wait for the viewer
    to take them over (`asked`), and how many major incidents are open (`incidents`), in one query. (Without any open ticket the incidents are counted by themselves.)"""
    workable = Q(status__in=WORKABLE)
    incidents = MajorIncident.objects.open()
    counted = incidents.order_by().values("state").annotate(n=Count("pk")).values("n")
    totals = tickets.open().aggregate(
        incidents=Max(Coalesce(Subquery(counted), 0)),
        open=Count("pk"),
        mine=Count("pk", filter=Q(assignee=viewer)),
        late=Count("pk", filter=Q(next_due_at__lt=at)),
        unassigned=Count("pk", filter=workable & Q(assignee__isnull=True)),
        asked=Count("pk", filter=Q(offered_to=viewer)),
        escalated=Count("pk", filter=Q(escalation_level__gt=0)),
        waiting_user=Count("pk", filter=Q(status=Status.WAITING, waiting_reason__waits_for="user")),
        vendor=Count("pk", filter=Q(status=Status.WAITING, waiting_reason__waits_for="vendor")),
        confirm=Count("pk", filter=Q(status=Status.RESOLVED)),
        promise=Count("pk", filter=has_passed(at)),
        running=Count("next_due_at"),
    )
    if totals["incidents"] is None:
        totals["incidents"] = incidents.count()
    return totals
