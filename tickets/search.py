"""Full text search over tickets."""

from __future__ import annotations

from django.db.models import Q

from helpdesk.accounts.models import User
from tickets.models.ticket import TicketQuerySet


def search_tickets(queryset: TicketQuerySet, text: str, viewer: User) -> TicketQuerySet:
    """Tickets of the queryset that match the text."""
    return queryset.filter(Q(number=text) | Q(subject__icontains=text) | Q(description__icontains=text))
