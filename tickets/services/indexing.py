"""Keeping the search tokens of a ticket in step with it. Called once per act, by `recording`, in its transaction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import F, Value
from django.db.models.functions import Concat, Left

from helpdesk.common.search import index_tokens
from helpdesk.common.search_table import LONGEST
from tickets.choices import MessageKind
from tickets.models import Message, Ticket, TicketEvent, TicketSearch

REQUEST = ("number", "subject", "description", "error_message", "steps", "device_hostname", "device_ip", "contact_name")
SHARED_RESOLUTION = ("cause", "solution", "advice")
OWN_RESOLUTION = ("verification",)


def index_ticket(ticket: Ticket, event: TicketEvent, *, edited: Iterable[str]) -> None:
    """Make the texts of an act findable. No query for acts without text, one for a message or a resolution.

    Internal notes, reasons given by the desk, and how a solution was tested are for the desk's column only.
    """
    edited = set(edited)
    if event.sequence == 1:
        TicketSearch.objects.bulk_create([tokens_of(ticket, [])])
    elif edited.intersection(REQUEST):
        index_anew(ticket)
    else:
        _append(ticket, event, edited)


def index_anew(ticket: Ticket) -> None:
    """Write a ticket's tokens from all its texts: after its request was corrected."""
    row = tokens_of(ticket, ticket.messages.order_by("pk"))
    # The trail keeps the reasons of acts for ever; where texts were erased nobody finds them any more.
    reasons = ticket.events.exclude(reason="") if ticket.texts_erased_at is None else ticket.events.none()
    for reason, actor_id in reasons.order_by("sequence").values_list("reason", "actor_id"):
        name = "public_tokens" if actor_id == ticket.requester_id else "internal_tokens"
        setattr(row, name, _shorten(f"{getattr(row, name)} {index_tokens(reason)}"))
    TicketSearch.objects.update_or_create(
        pk=ticket.pk, defaults={"public_tokens": row.public_tokens, "internal_tokens": row.internal_tokens}
    )


def tokens_of(ticket: Ticket, messages: Iterable[Message]) -> TicketSearch:
    """The unsaved row for a ticket with these messages."""
    public = _texts(ticket, (*REQUEST, *SHARED_RESOLUTION))
    internal = _texts(ticket, OWN_RESOLUTION)
    for message in messages:
        (public if message.kind == MessageKind.PUBLIC else internal).append(message.body)
    return TicketSearch(ticket_id=ticket.pk, public_tokens=_tokens(public), internal_tokens=_tokens(internal))


def _texts(ticket: Ticket, names: Iterable[str]) -> list[str]:
    return [text for name in names if (text := getattr(ticket, name))]


def _tokens(texts: Iterable[str]) -> str:
    return _shorten(" ".join(index_tokens(text) for text in texts))


def _shorten(tokens: str) -> str:
    """A ticket of thousands of messages keeps its request and its newest messages findable."""
    return tokens[:LONGEST]


def _append(ticket: Ticket, event: TicketEvent, edited: set[str]) -> None:
    public = _texts(ticket, [name for name in SHARED_RESOLUTION if name in edited])
    internal = _texts(ticket, [name for name in OWN_RESOLUTION if name in edited])
    if event.message is not None:
        (public if event.message.kind == MessageKind.PUBLIC else internal).append(event.message.body)
    if event.reason:
        (public if event.actor_id == ticket.requester_id else internal).append(event.reason)
    more = {"public_tokens": _tokens(public), "internal_tokens": _tokens(internal)}
    changes: dict[str, Any] = {
        name: Concat(Left(F(name), max(LONGEST - len(tokens), 1)), Value(" "), Value(tokens))
        for name, tokens in more.items()
        if tokens
    }
    if changes and not TicketSearch.objects.filter(pk=ticket.pk).update(**changes):
        index_anew(ticket)
