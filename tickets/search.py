"""Finding tickets by what was written in them. The tokens are explained in docs/search.md."""

from __future__ import annotations

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Ability
from helpdesk.common.search import parse_query
from helpdesk.common.search_table import SearchTable
from tickets.models.ticket import TicketQuerySet

TOKENS = SearchTable("tickets_ticketsearch", "ticket_id")


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
    found = TOKENS.matching(terms, with_internal=viewer.can(Ability.USE_DESK), using=queryset.db)
    return queryset.filter(pk__in=found)
