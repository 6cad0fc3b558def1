"""Keeping the search tokens of a ticket in step with it. Called once per act, by `recording`, in its transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from heapq import merge
from typing import Any

from django.db.models import F, Value
from django.db.models.functions import Concat, Length

from assets.models import Asset
from helpdesk.common.search import BARRIER, index_texts, index_tokens, join_tokens
from helpdesk.common.search_table import INTERNAL, LONGEST, PUBLIC
from tickets.choices import Act, MessageKind
from tickets.models import Ticket, TicketEvent, TicketSearch
from tickets.policies import is_reason_open

NAMED = ("number", "subject", "device_hostname", "device_ip", "contact_name")
WRITTEN = ("description", "error_message", "steps")
SHARED_RESOLUTION = ("cause", "solution", "advice")
OWN_RESOLUTION = ("verification",)
ALL_READ = (*NAMED, *SHARED_RESOLUTION, *WRITTEN)
INDEXED = frozenset((*ALL_READ, *OWN_RESOLUTION))
# What takes words away, so that all has to be read again.
_TAKES_AWAY = {Act.ASSET_UNLINKED, Act.ANONYMISED}

Texts = dict[str, list[str]]  # by column


def index_ticket(ticket: Ticket, event: TicketEvent, *, edited: Iterable[str], replaced: Iterable[str]) -> None:
    """Make the texts of an act findable. No query for acts without text, one for a message or a first resolution.

    `edited` are the names of the ticket's fields that changed, `replaced` those of them that were not empty before.
    Internal notes, reasons that are the desk's notes to itself, and how a solution was tested are for the desk's column only.
    """
    if event.sequence == 1:
        texts = _add(_of_ticket(ticket), _of_asset(event))
        TicketSearch.objects.bulk_create(
            [TicketSearch(ticket_id=ticket.pk, **{name: index_texts(texts[name])[:LONGEST] for name in texts})]
        )
    elif event.code in _TAKES_AWAY or not INDEXED.isdisjoint(replaced):
        index_anew(ticket)
    else:
        _append(ticket, event, set(edited))


def index_anew(ticket: Ticket) -> None:
    """Write a ticket's tokens from all its texts: after one of them was corrected, or when a column is full.

    A ticket of thousands of messages keeps its request and its newest messages findable. A quarter of each column stays
    free, or every message to come would write all of them anew.
    """
    known = {name: index_texts(texts) for name, texts in _add(_of_ticket(ticket), _of_assets(ticket)).items()}
    size = LONGEST * 3 // 4
    rooms = {name: size - min(len(tokens), LONGEST // 2) for name, tokens in known.items()}
    said = _newest(ticket, rooms)
    columns = {name: join_tokens((known[name][: size - len(said[name])], said[name])) for name in known}
    TicketSearch.objects.update_or_create(pk=ticket.pk, defaults=columns)


def _newest(ticket: Ticket, rooms: dict[str, int]) -> dict[str, str]:
    """The tokens of what was said, the newest first, as far as there is room in each column."""
    found = dict.fromkeys(rooms, "")
    for _at, name, text in merge(_messages(ticket), _reasons(ticket), key=lambda said: said[0], reverse=True):
        if len(found[name]) < rooms[name]:
            found[name] = join_tokens((found[name], index_tokens(text)))[: rooms[name]]
        if all(len(found[column]) == rooms[column] for column in rooms):
            break
    return found


def _messages(ticket: Ticket) -> Iterator[tuple[datetime, str, str]]:
    rows = ticket.messages.order_by("-created_at", "-id").values_list("created_at", "kind", "body")
    for at, kind, body in rows.iterator():
        yield at, PUBLIC if kind == MessageKind.PUBLIC else INTERNAL, body


def _reasons(ticket: Ticket) -> Iterator[tuple[datetime, str, str]]:
    """The trail keeps the reasons of acts for ever; where texts were erased nobody finds them any more."""
    if ticket.texts_erased_at is not None:
        return
    for event in ticket.events.exclude(reason="").order_by("-sequence").iterator():
        yield event.created_at, PUBLIC if is_reason_open(event) else INTERNAL, event.reason


def _of_ticket(ticket: Ticket) -> Texts:
    """What the ticket itself says. The long texts stand last, for they may be cut."""
    return {
        PUBLIC: _texts(ticket, ALL_READ),
        INTERNAL: _texts(ticket, OWN_RESOLUTION),
    }


def _of_assets(ticket: Ticket) -> Texts:
    return _names_of(ticket.asset_links.values_list("asset__tag", "asset__hostname", "asset__serial"))


def _of_asset(event: TicketEvent) -> Texts:
    """The asset that was named in an act. Its link may be written after the event."""
    assets = Asset.objects.filter(pk=event.data["asset"]) if "asset" in event.data else Asset.objects.none()
    return _names_of(assets.values_list("tag", "hostname", "serial"))


def _names_of(assets: Iterable[tuple[str, str, str]]) -> Texts:
    """Whoever reads a ticket reads the tags on it; names and serial numbers of other people's devices are the desk's."""
    found: Texts = {PUBLIC: [], INTERNAL: []}
    for tag, hostname, serial in assets:
        found[PUBLIC].append(tag)
        found[INTERNAL] += [hostname, serial]
    return found


def _add(texts: Texts, more: Texts) -> Texts:
    return {name: more[name] + texts[name] for name in texts}


def _texts(ticket: Ticket, names: Iterable[str]) -> list[str]:
    return [text for name in names if (text := getattr(ticket, name))]


def _append(ticket: Ticket, event: TicketEvent, edited: set[str]) -> None:
    texts = {
        PUBLIC: _texts(ticket, [name for name in ALL_READ if name in edited]),
        INTERNAL: _texts(ticket, [name for name in OWN_RESOLUTION if name in edited]),
    }
    if event.message is not None:
        texts[PUBLIC if event.message.kind == MessageKind.PUBLIC else INTERNAL].append(event.message.body)
    if event.reason:
        texts[PUBLIC if is_reason_open(event) else INTERNAL].append(event.reason)
    if event.code == Act.ASSET_LINKED:
        texts = _add(texts, _of_asset(event))
    more = {name: f" {BARRIER} {tokens}" for name in texts if (tokens := index_texts(texts[name]))}
    if not more:
        return
    rows = TicketSearch.objects.filter(pk=ticket.pk)
    changes: dict[str, Any] = {}
    for name, tokens in more.items():
        rows = rows.alias(**{f"{name}_length": Length(name)}).filter(**{f"{name}_length__lt": LONGEST - len(tokens)})
        changes[name] = Concat(F(name), Value(tokens))
    if not rows.update(**changes):
        index_anew(ticket)
