"""Finding tickets by what was written in them and by their fields. docs/search.md explains tokens and fields."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Ability
from helpdesk.common.search import LONGEST_QUERY, MOST_TERMS
from helpdesk.common.search_query import MOST_FIELDS, Query, parse
from tickets.models.ticket import TicketQuerySet
from tickets.search_fields import NAMES, TOKENS, Asker, Reading, read_fields


def read_query(text: str) -> Query:
    """What a text asks of tickets."""
    return parse(text, NAMES)


def search_tickets(queryset: TicketQuerySet, text: str, viewer: User) -> TicketQuerySet:
    """The tickets of `queryset` that fit every word and field of `text`, newest first unless it is ordered already.

    `queryset` must be what the viewer may see. Requesters search only what they may read: their request, public
    messages and the solution; the desk searches internal notes too. Blank text leaves the queryset as it is.
    """
    if not text.strip():
        return queryset
    return narrow(queryset, read_query(text), viewer)[0]


def narrow(queryset: TicketQuerySet, query: Query, viewer: User) -> tuple[TicketQuerySet, list[str]]:
    """As `search_tickets`, with the sentences of `problems_in`."""
    if not queryset.ordered:
        queryset = queryset.order_by("-created_at", "-id")
    if query.is_empty:
        return queryset.none(), []
    reading = _read(query, viewer)
    queryset = queryset.filter(*reading.narrowed)
    for condition in reading.excluded:
        queryset = queryset.exclude(condition)
    if viewer.can(Ability.USE_DESK):
        return TOKENS.narrowed_of_many(queryset, query, with_internal=True), reading.problems
    return TOKENS.narrowed(queryset, query, with_internal=False), reading.problems


def problems_in(text: str, viewer: User) -> list[str]:
    """What a reader should know of the query: what of it means nothing or doesn't count, as sentences."""
    return _read(read_query(text), viewer).problems


def _read(query: Query, viewer: User) -> Reading:
    reading = read_fields(query.fields, Asker(viewer, timezone.now()))
    if query.is_cut:
        limits = {"characters": LONGEST_QUERY, "words": MOST_TERMS, "fields": MOST_FIELDS}
        sentence = _(
            "Only the first %(characters)d characters, %(words)d words and %(fields)d fields of a search count."
        )
        reading.problems.append(sentence % limits)
    return reading
