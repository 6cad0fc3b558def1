"""A ticket's past as steps of its clocks: read from its trail, so that a policy can be held against it afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from escalation.keeping import Standing, Step
from tickets.choices import Act, MessageKind
from tickets.lifecycle import Command, Status
from tickets.models import Ticket, TicketEvent

# Whoever accepts or solves has taken the ticket on (M3.2-3).
ACCEPTING = (Command.ACCEPT, Command.RESOLVE, Act.SOLVED_AT_FIRST_CONTACT, Act.HANDOVER_ACCEPTED)
# What clocks never look at.
QUIET = (
    Act.NOTED,
    Act.EDITED,
    Act.REMINDED,
    Act.TARGET_MISSED,
    Act.WATCHER_ADDED,
    Act.WATCHER_REMOVED,
    Command.ARCHIVE,
)
# Of an act's data only this one change is asked for, so that the database reads the JSON and not we.
FACTS = (
    "code",
    "to_status",
    "data__changes__waiting_reason_id",
    "created_at",
    "message__kind",
    "message__is_from_desk",
)


class Fact(NamedTuple):
    """What the trail says of one act, as far as clocks care. `reason_change` is the waiting reason before and after."""

    code: str
    to_status: str
    reason_change: Sequence[str | None] | None
    created_at: datetime
    message_kind: str | None
    is_from_desk: bool | None

    @property
    def is_answer(self) -> bool:
        """The desk wrote to the requester."""
        return self.message_kind == MessageKind.PUBLIC and bool(self.is_from_desk)

    @property
    def is_told(self) -> bool:
        """The requester learnt how it stands: by a message, or by an update of their incident (M3.3.3-1)."""
        return self.is_answer or self.code == Act.INCIDENT_UPDATE


def steps_of(ticket: Ticket) -> list[Step]:
    """The steps of one ticket, oldest first."""
    rows = ticket.events.exclude(code__in=QUIET).order_by("sequence").values_list(*FACTS)
    return list(steps(map(Fact._make, rows)))


def steps_of_many(ticket_ids: Sequence[int], *, until: datetime) -> Iterator[tuple[int, list[Step]]]:
    """The steps that each ticket had made by `until`, with its id: one query, in the order of the ids."""
    events = TicketEvent.objects.filter(ticket_id__in=ticket_ids, created_at__lte=until).exclude(code__in=QUIET)
    rows = events.order_by("ticket_id", "sequence").values_list("ticket_id", *FACTS)
    for ticket_id, own in groupby(rows.iterator(), key=lambda row: row[0]):
        yield ticket_id, list(steps(Fact._make(row[1:]) for row in own))


def steps(facts: Iterable[Fact]) -> Iterator[Step]:
    """The steps that acts of one ticket make, in their order. An act after which a ticket stands as before makes none."""
    is_accepted = is_answered = False
    reason = ""
    before: tuple[str, bool, bool, str] | None = None
    for fact in facts:
        is_told = fact.is_told
        is_accepted = is_accepted or fact.code in ACCEPTING
        is_answered = is_answered or fact.is_answer
        if fact.reason_change is not None:
            reason = fact.reason_change[1] or ""
        stands = (fact.to_status, is_accepted, is_answered, reason)
        if stands == before and not is_told:
            continue
        before = stands
        yield Step(
            fact.created_at,
            Standing(
                status=Status(fact.to_status),
                is_accepted=is_accepted,
                is_answered=is_answered,
                waiting_reason=reason,
                is_told=is_told,
            ),
        )
