"""The one engine of the lifecycle: every command on a ticket, from any door, runs here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed
from tickets import lifecycle
from tickets.choices import Channel, MessageKind
from tickets.lifecycle import FINAL, Command, Facts, Party, Refusal, Rule, Status
from tickets.matters import is_kept_from_archive, open_matters
from tickets.models import DeskSettings, Message, Ticket
from tickets.policies import parties
from tickets.refusals import missing_field, refusal_text
from tickets.services import effects
from tickets.services.recording import Act, open_for_change, record, snapshot
from tickets.timing import Terms, reopen_until

# What the requester sees happen on their ticket. The rest is the desk's own business.
_PUBLIC = frozenset(set(Command) - {Command.ASSIGN, Command.ARCHIVE})


@dataclass
class CommandInput:
    """Data for one command as Python values (a Category, an aware datetime, text), and a message sent with it.

    `message_facts` are the message's fingerprints, which the event of the command has to carry. `who` replaces the
    actor's own capacities on this ticket, where a policy gave them for the occasion.
    """

    data: Mapping[str, Any] = field(default_factory=dict)
    message: Message | None = None
    channel: Channel | str = ""
    message_facts: Mapping[str, Any] = field(default_factory=dict)
    who: frozenset[Party] | None = None


def facts_about(ticket: Ticket, actor: User | None, at: datetime, terms: Terms | None = None) -> Facts:
    """What the guards ask about a ticket, for this actor at this instant. Lists give `terms`, read once for all rows."""
    is_reopenable = False
    if ticket.status == Status.CLOSED and ticket.closed_at is not None:
        is_reopenable = at < reopen_until(ticket.closed_at, terms or DeskSettings.current().terms)
    return Facts(
        is_archived=ticket.is_archived,
        is_accepted=ticket.accepted_at is not None,
        is_assigned=ticket.assignee_id is not None,
        is_assigned_to_actor=actor is not None and ticket.assignee_id == actor.pk,
        is_confirmation_overdue=ticket.is_confirmation_overdue(at),
        is_reopen_window_open=is_reopenable,
        is_offered=ticket.offered_to_id is not None,
        has_open_matters=ticket.open_matters > 0,
        is_kept_from_archive=ticket.status in FINAL and is_kept_from_archive(ticket),
    )


def allowed_rules(ticket: Ticket, actor: User | None, at: datetime, terms: Terms | None = None) -> tuple[Rule, ...]:
    """What this actor can do with the ticket now: the source of buttons and of `allowed_transitions`."""
    facts = facts_about(ticket, actor, at, terms)
    return lifecycle.allowed_rules(Status(ticket.status), parties(actor, ticket), facts)


def next_step(ticket: Ticket, rules: tuple[Rule, ...]) -> Rule | None:
    """The single primary button among the allowed commands."""
    return lifecycle.next_step(Status(ticket.status), rules)


@transaction.atomic
def run_command(
    *,
    ticket_id: int,
    command: Command | str,
    actor: User | None,
    version: int | None,
    at: datetime,
    data: Mapping[str, Any] | None = None,
    channel: Channel | str = "",
) -> Ticket:
    """Carry out one command of the lifecycle table. `actor` None is the system (timers only).

    Raises NotVisible (404), NotAllowed (403), Conflict and StaleVersion (409), InvalidInput (400).
    """
    ticket = open_for_change(ticket_id=ticket_id, actor=actor, version=version)
    apply_command(ticket, command=Command(command), actor=actor, at=at, given=CommandInput(data or {}, None, channel))
    return ticket


def apply_command(ticket: Ticket, *, command: Command, actor: User | None, at: datetime, given: CommandInput) -> None:
    """The body of `run_command` on a ticket that is open for change already; also used with a message."""
    before = snapshot(ticket)
    rule = find_rule(ticket, command, actor, at, who=given.who)
    data = {name: value for name, value in given.data.items() if name in rule.fields and not _is_blank(value)}
    check_required(rule, data)
    change = effects.Change(ticket=ticket, actor=actor, at=at, data=data)
    effects.APPLY[command](change)
    ticket.status = rule.target
    record(
        ticket,
        Act(
            code=command,
            actor=actor,
            at=at,
            channel=given.channel,
            reason=str(change.data.get("reason", "")),
            message=given.message,
            is_public=command in _PUBLIC and (given.message is None or given.message.kind == MessageKind.PUBLIC),
            facts={**change.facts, **given.message_facts},
            details=change.details,
        ),
        before=before,
    )


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def find_rule(
    ticket: Ticket, command: Command, actor: User | None, at: datetime, *, who: frozenset[Party] | None = None
) -> Rule:
    """The table's line for this command, or the refusal as a DomainError."""
    who = parties(actor, ticket) if who is None else who
    if not who:
        raise NotAllowed
    try:
        return lifecycle.find_rule(Status(ticket.status), command, who, facts_about(ticket, actor, at))
    except Refusal as refusal:
        text = refusal_text(refusal.code, command=command, status=Status(ticket.status))
        if refusal.code == "wrong_party":
            raise NotAllowed(text) from None
        extra = {"status": ticket.status, "allowed": list(refusal.allowed), "version": ticket.version}
        if refusal.code == lifecycle.NO_OPEN_MATTERS.code:
            extra["missing"] = [
                {"kind": matter.kind, "id": matter.row.pk, "title": matter.title} for matter in open_matters(ticket)
            ]
        raise Conflict(text, code=refusal.code, extra=extra) from None


def check_required(rule: Rule, data: Mapping[str, Any]) -> None:
    """Raise InvalidInput naming every field that the table requires and that is missing."""
    is_waived = bool(rule.waived_by and data.get(rule.waived_by))
    missing = [name for name in rule.requires if name not in data and not (is_waived and name in rule.waives)]
    if rule.requires_one_of and not any(name in data for name in rule.requires_one_of):
        missing.append(rule.requires_one_of[-1])
    if missing:
        raise InvalidInput(
            _("Something is still missing for this step."), fields={name: [missing_field(name)] for name in missing}
        )


def acts_for_requester(ticket: Ticket, actor: User) -> bool:
    """True when the actor speaks as the requester of this ticket."""
    return Party.REQUESTER in parties(actor, ticket)
