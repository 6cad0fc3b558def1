"""Finding tickets by what was written in them and by their fields. docs/search.md explains tokens and fields."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.utils import timezone

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Ability
from helpdesk.common.search_query import Query, parse
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
    """As `search_tickets`, with sentences on values of fields that mean nothing."""
    if not queryset.ordered:
        queryset = queryset.order_by("-created_at", "-id")
    if query.is_empty:
        return queryset.none(), []
    reading = read_fields(query.fields, Asker(viewer, timezone.now()))
    queryset = queryset.filter(*reading.narrowed)
    for condition in reading.excluded:
        queryset = queryset.exclude(condition)
    return _with_words(queryset, query, viewer), reading.problems


def problems_in(text: str, viewer: User) -> list[str]:
    """What a reader should know of the query: values of fields that mean nothing, as sentences."""
    reading: Reading = read_fields(read_query(text).fields, Asker(viewer, timezone.now()))
    return reading.problems


def _with_words(queryset: TicketQuerySet, query: Query, viewer: User) -> TicketQuerySet:
    with_internal = viewer.can(Ability.USE_DESK)
    how: dict[str, Any] = {"with_internal": with_internal, "using": queryset.db}
    if query.terms and TOKENS.is_common(query.terms, **how):
        # A sum can't be looked up by key, so the rows are walked in the order that is asked for.
        found = TOKENS.matching(query.terms, without=query.without, **how)
        return queryset.alias(walked=F("pk") + 0).filter(walked__in=found)
    return TOKENS.narrowed(queryset, query, with_internal=with_internal)
