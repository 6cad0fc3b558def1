"""One command on many tickets: each ticket its own act and transaction, so that one refusal spoils nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import DomainError, InvalidInput
from tickets.lifecycle import CLASSIFICATION, Command
from tickets.models import Ticket
from tickets.services.engine import run_command

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
    """What became of one ticket. `problem` is empty when it was changed."""

    pk: int
    number: str
    subject: str
    problem: str = ""


def run_on_many(
    *, chosen: Sequence[Chosen], command: Command, actor: User, data: Mapping[str, Any], at: datetime
) -> list[RowResult]:
    """Carry out the command on each ticket; refusals are told per ticket. Raises InvalidInput for no or too many."""
    if command not in BULK_COMMANDS:
        raise InvalidInput(_("This can't be done for several tickets at once."))
    if not chosen:
        raise InvalidInput(_("Choose at least one ticket."))
    if len(chosen) > MOST:
        raise InvalidInput(_("Choose at most %(limit)d tickets at once.") % {"limit": MOST})
    found = Ticket.objects.visible_to(actor).select_related("category")
    tickets = {ticket.pk: ticket for ticket in found.filter(pk__in=[row.pk for row in chosen])}
    return [_run_one(row, tickets.get(row.pk), command, actor, data, at) for row in chosen]


def _run_one(
    row: Chosen, ticket: Ticket | None, command: Command, actor: User, data: Mapping[str, Any], at: datetime
) -> RowResult:
    if ticket is None:
        return RowResult(row.pk, "—", "", _("There is nothing here, or you may not see it."))
    if command == Command.CLASSIFY:
        data = {**data, **{name: data.get(name) or getattr(ticket, name) for name in CLASSIFICATION}}
    try:
        run_command(ticket_id=row.pk, command=command, actor=actor, version=row.version, data=data, at=at)
    except DomainError as error:
        told = next((str(text) for texts in error.fields.values() for text in texts), str(error.message))
        return RowResult(row.pk, ticket.number, ticket.subject, told)
    return RowResult(row.pk, ticket.number, ticket.subject)
