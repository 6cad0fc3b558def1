"""Tickets as cards: on the start page and in My tickets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.templatetags.hd import when_text
from tickets.lifecycle import Status
from tickets.models import Ticket
from tickets.timing import Terms
from tickets.views.portal import telling


@dataclass(frozen=True)
class Card:
    """A ticket in a list. `is_unread`: something happened since the viewer last read it."""

    ticket: Ticket
    chip: dict[str, str]
    saying: telling.Saying
    handler: str
    progress: list[str]
    is_unread: bool


@dataclass(frozen=True)
class Todo:
    """Something that only the requester can do now."""

    ticket: Ticket
    title: str
    text: str
    action: str
    colour: str
    icon: str
    is_primary: bool


def cards(tickets: Iterable[Ticket], viewer: User, terms: Terms, at: datetime) -> list[Card]:
    return [
        Card(
            ticket=ticket,
            chip=telling.chip(ticket, viewer),
            saying=telling.saying(ticket, viewer, terms, at),
            handler=telling.handler(ticket),
            progress=telling.progress(ticket),
            is_unread=(getattr(ticket, "seen_version", None) or ticket.version) < ticket.version,
        )
        for ticket in tickets
    ]


def todos(tickets: Iterable[Ticket]) -> list[Todo]:
    """Tickets of the `waiting` tab as things to do; the first one's button is the page's main one."""
    return [_todo(ticket, is_primary=index == 0) for index, ticket in enumerate(tickets)]


def _todo(ticket: Ticket, *, is_primary: bool) -> Todo:
    facts = {"subject": ticket.subject, "name": telling.handler(ticket)}
    if ticket.status == Status.RESOLVED:
        facts |= {"when": when_text(ticket.resolved_at), "until": when_text(ticket.confirm_by_at)}
        return Todo(
            ticket,
            _("%(subject)s: is it fixed?") % facts,
            _("%(name)s sent a solution %(when)s. It closes by itself %(until)s if you do not answer.") % facts,
            _("Check it"),
            "c-green",
            "checkc",
            is_primary,
        )
    if ticket.open_questions:
        return Todo(
            ticket,
            _("%(subject)s: we need your decision") % facts,
            _("%(name)s asks you something before the work goes on.") % facts,
            _("Decide"),
            "c-amber",
            "shield",
            is_primary,
        )
    facts |= {"until": when_text(ticket.next_action_at)}
    return Todo(
        ticket,
        _("%(subject)s: we have a question") % facts,
        _("%(name)s needs an answer from you. Without one we come back to it %(until)s.") % facts,
        _("Answer"),
        "c-amber",
        "chat",
        is_primary,
    )
