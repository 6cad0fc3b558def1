"""One act on many tickets: each ticket its own act and transaction, so that one refusal spoils nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import DomainError, InvalidInput, NotVisible
from tickets.lifecycle import CLASSIFICATION, Command
from tickets.models import Ticket
from tickets.services.engine import run_command
from tickets.services.incident_links import link_tickets

MOST = 100
# What needs no text of its own for each ticket.
BULK_COMMANDS = (Command.ASSIGN, Command.CLASSIFY)


@dataclass(frozen=True)
class Chosen:
    """A ticket as the actor saw it in the list."""

    pk: int
    version: int


@dataclass(frozen=True)
class RowResult:
    """What became of one ticket. `problem` is empty when it was changed, else a sentence a line."""

    pk: int
    number: str
    subject: str
    problem: str = ""


def on_each(*, chosen: Sequence[Chosen], actor: User, act: Callable[[Ticket, int], object]) -> list[RowResult]:
    """Carry out `act` on each ticket with the version that the actor saw; refusals are told per ticket.

    Raises InvalidInput for none or too many.
    """
    if not chosen:
        raise InvalidInput(_("Choose at least one ticket."))
    if len(chosen) > MOST:
        raise InvalidInput(_("Choose at most %(limit)d tickets at once.") % {"limit": MOST})
    found = Ticket.objects.visible_to(actor).select_related("category", "requester", "waiting_reason")
    tickets = {ticket.pk: ticket for ticket in found.filter(pk__in=[row.pk for row in chosen])}
    return [_on_one(row, tickets.get(row.pk), act) for row in chosen]


def _on_one(row: Chosen, ticket: Ticket | None, act: Callable[[Ticket, int], object]) -> RowResult:
    if ticket is None:
        return RowResult(row.pk, "—", "", str(NotVisible.default_message))
    try:
        act(ticket, row.version)
    except DomainError as error:
        told = [str(text) for texts in error.fields.values() for text in texts] or [str(error.message)]
        return RowResult(row.pk, ticket.number, ticket.subject, "\n".join(told))
    return RowResult(row.pk, ticket.number, ticket.subject)


def run_on_many(
    *, chosen: Sequence[Chosen], command: Command, actor: User, data: Mapping[str, Any], at: datetime
) -> list[RowResult]:
    """One command on each ticket. Raises InvalidInput as `on_each`, and for another command."""
    if command not in BULK_COMMANDS:
        raise InvalidInput(_("This can't be done for several tickets at once."))

    def run(ticket: Ticket, version: int) -> None:
        given = data
        if command == Command.CLASSIFY:
            given = {**data, **{name: data.get(name) or getattr(ticket, name) for name in CLASSIFICATION}}
        run_command(ticket_id=ticket.pk, command=command, actor=actor, version=version, data=given, at=at)

    return on_each(chosen=chosen, actor=actor, act=run)


def link_many(*, chosen: Sequence[Chosen], incident_id: int, actor: User, at: datetime) -> list[RowResult]:
    """Link each ticket to a major incident; what else happened to a ticket meanwhile doesn't matter for that.

    Raises InvalidInput as `on_each`.
    """

    def link(ticket: Ticket, _version: int) -> None:
        link_tickets(incident_id=incident_id, ticket_ids=[ticket.pk], actor=actor, at=at)

    return on_each(chosen=chosen, actor=actor, act=link)
