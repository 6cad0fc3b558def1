"""A ticket's past as steps of its clocks: read from its trail, so that a policy can be held against it afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from escalation.keeping import Standing, Step
from tickets.choices import Act, MessageKind
from tickets.lifecycle import Command, Status
from tickets.models import Ticket

# Whoever accepts or solves has taken the ticket on (M3.2-3).
ACCEPTING = (Command.ACCEPT, Command.RESOLVE, Act.SOLVED_AT_FIRST_CONTACT)
FACTS = ("code", "to_status", "data", "created_at", "message__kind", "message__is_from_desk")


@dataclass(frozen=True)
class Fact:
    """What the trail says of one act, as far as clocks care."""

    code: str
    to_status: str
    data: dict[str, Any]
    created_at: datetime
    message_kind: str | None
    is_from_desk: bool | None

    @property
    def is_told(self) -> bool:
        return self.message_kind == MessageKind.PUBLIC and bool(self.is_from_desk)


def steps_of(ticket: Ticket) -> list[Step]:
    """The steps of one ticket, oldest first."""
    rows = ticket.events.order_by("sequence").values_list(*FACTS)
    return list(steps(Fact(*row) for row in rows))


def steps(facts: Iterable[Fact]) -> Iterator[Step]:
    """The steps that acts of one ticket make, in their order."""
    is_accepted = is_answered = False
    reason = ""
    for fact in facts:
        is_accepted = is_accepted or fact.code in ACCEPTING
        is_answered = is_answered or fact.is_told
        changed = fact.data.get("changes", {}).get("waiting_reason_id")
        if changed is not None:
            reason = changed[1] or ""
        yield Step(
            fact.created_at,
            Standing(
                status=Status(fact.to_status),
                is_accepted=is_accepted,
                is_answered=is_answered,
                waiting_reason=reason,
                is_told=fact.is_told,
            ),
        )
