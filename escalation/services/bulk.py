"""Escalating many tickets: what is asked is said once, what each ticket knows is its own (M3.4-6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from escalation import prefill
from escalation.services import handovers
from helpdesk.accounts.models import Team, User
from tickets.models import Ticket
from tickets.models.ticket import TEXT_LENGTH
from tickets.services.bulk import Chosen, RowResult, on_each


@dataclass(frozen=True)
class SaidForAll:
    """What people say once. With `is_told` each requester gets the usual word, in their language."""

    reason_code: str
    asked: str
    access: str
    scope: str = ""
    teams: Sequence[Team] = field(default_factory=tuple)
    is_told: bool = False


def escalate_many(*, chosen: Sequence[Chosen], said: SaidForAll, actor: User, at: datetime) -> list[RowResult]:
    """Hand each ticket on to its own next level; what lacks a required part is refused like a single escalation.

    Raises InvalidInput for no or too many tickets.
    """

    def escalate(ticket: Ticket, version: int) -> None:
        handovers.escalate(
            ticket_id=ticket.pk,
            actor=actor,
            version=version,
            data=_package(ticket, said, at),
            message=prefill.word_to_requester(ticket) if said.is_told else "",
            at=at,
        )

    return on_each(chosen=chosen, actor=actor, act=escalate)


def _package(ticket: Ticket, said: SaidForAll, at: datetime) -> dict[str, Any]:
    """The ticket's own parts; what all have in common stands above its own scope."""
    known = prefill.begun_by_people(ticket, at)
    scope = "\n".join(text for text in (said.scope.strip(), known["scope"]) if text)[:TEXT_LENGTH]
    shared = {"reason_code": said.reason_code, "teams": said.teams, "asked": said.asked, "access": said.access}
    return {**known, **shared, "scope": scope}
