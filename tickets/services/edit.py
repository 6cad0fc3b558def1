"""Corrections of a ticket's descriptive fields, and the people who read along."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed
from tickets.choices import Act as ActCode
from tickets.choices import Channel
from tickets.lifecycle import FINAL
from tickets.models import Ticket, Watcher
from tickets.policies import can_edit_details, can_manage_watchers
from tickets.services.create import TEXTS, clean_ticket_text
from tickets.services.recording import Act, open_for_change, record, snapshot

EDITABLE = (*TEXTS, "occurred_at", "needed_by_at")


@transaction.atomic
def edit_ticket(
    *, ticket_id: int, actor: User, version: int, changes: Mapping[str, Any], at: datetime, channel: Channel | str = ""
) -> Ticket:
    """Change descriptive fields (M3.1-2 … M3.1-4). Nothing changed means no act.

    Raises NotVisible, NotAllowed, StaleVersion, Conflict (`closed`, `archived`) or InvalidInput.
    """
    ticket = open_for_change(ticket_id=ticket_id, actor=actor, version=version)
    if not can_edit_details(actor, ticket):
        raise NotAllowed(_("Work on this ticket has begun. Add what has changed as a message."))
    if ticket.status in FINAL:
        raise Conflict(_("This ticket is closed. Reopen it or create a follow-up ticket."), code="closed")
    before = snapshot(ticket)
    _apply(ticket, changes, at)
    if snapshot(ticket) == before:
        return ticket
    record(ticket, Act(code=ActCode.EDITED, actor=actor, at=at, channel=channel, is_public=True), before=before)
    return ticket


def _apply(ticket: Ticket, changes: Mapping[str, Any], at: datetime) -> None:
    problems: dict[str, list[Any]] = {}
    for name, value in changes.items():
        if name not in EDITABLE:
            problems[name] = [_("This field can't be changed here.")]
            continue
        try:
            setattr(ticket, name, clean_ticket_text(name, value) if name in TEXTS else value)
        except InvalidInput as error:
            problems.update(error.fields)
    for name, sentence in (
        ("subject", _("Say in a few words what is wrong.")),
        ("description", _("Describe what happens.")),
    ):
        if not getattr(ticket, name):
            problems.setdefault(name, [sentence])
    if ticket.occurred_at is not None and "occurred_at" in changes and ticket.occurred_at > at:
        problems["occurred_at"] = [_("This time is still to come.")]
    if problems:
        raise InvalidInput(fields=problems)


@transaction.atomic
def add_watcher(*, ticket_id: int, actor: User, person: User, at: datetime) -> Ticket:
    """Let a person read along. Requesters may add people they can look up. Raises NotVisible, NotAllowed, Conflict."""
    ticket = _open_watchers(ticket_id, actor)
    if not User.objects.visible_to(actor).active().filter(pk=person.pk).exists():
        raise InvalidInput(fields={"person": [_("There is no such person.")]})
    _row, created = Watcher.objects.get_or_create(ticket=ticket, user=person)
    if created:
        _record_watchers(ticket, ActCode.WATCHER_ADDED, actor, person, at)
    return ticket


@transaction.atomic
def remove_watcher(*, ticket_id: int, actor: User, person: User, at: datetime) -> Ticket:
    """Stop a person reading along; everybody may remove themselves."""
    ticket = _open_watchers(ticket_id, actor, is_self=actor.pk == person.pk)
    deleted, _by_model = Watcher.objects.filter(ticket=ticket, user=person).delete()
    if deleted:
        _record_watchers(ticket, ActCode.WATCHER_REMOVED, actor, person, at)
    return ticket


def _open_watchers(ticket_id: int, actor: User, *, is_self: bool = False) -> Ticket:
    ticket = open_for_change(ticket_id=ticket_id, actor=actor, version=None)
    if not is_self and not can_manage_watchers(actor, ticket):
        raise NotAllowed
    return ticket


def _record_watchers(ticket: Ticket, code: ActCode, actor: User, person: User, at: datetime) -> None:
    act = Act(code=code, actor=actor, at=at, is_public=True, facts={"person": person.pk})
    record(ticket, act, before=snapshot(ticket))
