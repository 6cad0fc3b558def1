"""The log of who opened a confidential ticket (M1.2-4). The one thing that looking may write.

It stands beside the ticket: neither its version nor its trail moves. What can't be logged isn't shown, so a failing
log is a refusal and not a gap.
"""

from __future__ import annotations

from datetime import datetime

from helpdesk.accounts.models import User
from tickets.models import ConfidentialRead, Ticket

QUARTER_MINUTES = 15


def note_reading(*, ticket: Ticket, reader: User, place: str, at: datetime, file: str = "") -> None:
    """Write down that somebody of the desk opened a confidential ticket: once for a place and a quarter of an hour.

    Nothing for other tickets, and nothing for the requester's side, whose own it is. Two requests at once leave one row.
    """
    if not ticket.is_confidential or not reader.is_desk or reader.pk in (ticket.requester_id, ticket.reported_by_id):
        return
    quarter_at = at.replace(minute=at.minute - at.minute % QUARTER_MINUTES, second=0, microsecond=0)
    key = {"ticket_id": ticket.pk, "reader": reader, "quarter_at": quarter_at, "place": place, "file": file}
    # Asked first, so that a page which is opened again takes no lock for writing.
    if not ConfidentialRead.objects.filter(**key).exists():
        ConfidentialRead.objects.bulk_create([ConfidentialRead(read_at=at, **key)], ignore_conflicts=True)


def count_readers(ticket: Ticket) -> int:
    """How many people of the desk have opened the ticket since it is confidential."""
    return ConfidentialRead.objects.filter(ticket=ticket).order_by().values("reader").distinct().count()
