"""Finding tickets by what was written in them. The tokens are explained in docs/search.md."""

from __future__ import annotations

from django.db import connections
from django.db.models.expressions import RawSQL

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Ability
from helpdesk.common.search import Term, fts5_query, parse_query, tsquery
from tickets.models.ticket import TicketQuerySet

_FTS5 = "SELECT rowid FROM tickets_ticketsearch_fts WHERE tickets_ticketsearch_fts MATCH %s"


def search_tickets(queryset: TicketQuerySet, text: str, viewer: User) -> TicketQuerySet:
    """The tickets of `queryset` in which every word of `text` stands, newest first unless it is ordered already.

    `queryset` must be what the viewer may see. Requesters search only what they may read: their request, public
    messages and the solution; the desk searches internal notes too. Blank text leaves the queryset as it is.
    """
    if not text.strip():
        return queryset
    if not queryset.ordered:
        queryset = queryset.order_by("-created_at", "-id")
    terms = parse_query(text)
    if not terms:
        return queryset.none()
    reads_internals = viewer.can(Ability.USE_DESK)
    if connections[queryset.db].vendor == "postgresql":
        return _in_postgresql(queryset, terms, reads_internals=reads_internals)
    query = fts5_query(terms, "" if reads_internals else "public_tokens")
    return queryset.filter(pk__in=RawSQL(_FTS5, [query]))


def _in_postgresql(queryset: TicketQuerySet, terms: list[Term], *, reads_internals: bool) -> TicketQuerySet:
    """One condition per word, because the words of a match may stand in different columns."""
    conditions, parameters = [], []
    columns = ("public_vector", "internal_vector") if reads_internals else ("public_vector",)
    for term in terms:
        conditions.append("(" + " OR ".join(f"{name} @@ to_tsquery('simple', %s)" for name in columns) + ")")
        parameters += [tsquery(term)] * len(columns)
    sql = f"SELECT ticket_id FROM tickets_ticketsearch WHERE {' AND '.join(conditions)}"
    return queryset.filter(pk__in=RawSQL(sql, parameters))
