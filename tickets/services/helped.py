"""How many tickets an article solved: counted when a ticket is solved with it, taken back when it wasn't (M3.3.1-3).

Articles are changed in the order of their ids, so that two tickets that share some never wait for each other.
"""

from __future__ import annotations

from knowledge.services.opinions import count_solved
from tickets.models import Ticket, TicketArticle

# What helps the requester; the rest was read by the desk only.
HELPING = (TicketArticle.Kind.SENT, TicketArticle.Kind.USED)


def count_helped(ticket: Ticket) -> None:
    """The ticket is solved: the articles that were sent or used solved one more. Part of that act."""
    rows = TicketArticle.objects.filter(ticket=ticket, kind__in=HELPING, is_counted=False).order_by("article_id", "pk")
    counted = set(TicketArticle.objects.filter(ticket=ticket, is_counted=True).values_list("article_id", flat=True))
    for row in rows:
        if row.article_id not in counted:
            counted.add(row.article_id)
            TicketArticle.objects.filter(pk=row.pk).update(is_counted=True)
            count_solved(article_id=row.article_id)


def count_no_more(ticket: Ticket) -> None:
    """It wasn't solved after all. Part of that act."""
    for row in TicketArticle.objects.filter(ticket=ticket, is_counted=True).order_by("article_id"):
        TicketArticle.objects.filter(pk=row.pk).update(is_counted=False)
        count_solved(article_id=row.article_id, by=-1)
