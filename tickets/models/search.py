from __future__ import annotations

from django.db import models

from tickets.models.ticket import Ticket


class TicketSearch(models.Model):
    """The search tokens of one ticket, written in the transaction of each act (`tickets/services/indexing.py`).

    Two columns, so that internal text can leak neither through results nor through counts: requesters search
    the public one only. The database keeps its index by itself: FTS5 by triggers, PostgreSQL by generated
    columns `public_vector` and `internal_vector` (migration `ticket_search`).
    """

    ticket = models.OneToOneField(Ticket, primary_key=True, on_delete=models.CASCADE, related_name="+")
    public_tokens = models.TextField()
    internal_tokens = models.TextField(blank=True)

    def __str__(self) -> str:
        return str(self.ticket_id)
