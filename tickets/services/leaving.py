"""What a person must hand over before leaving: open tickets in their hands."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import NoReverseMatch, reverse
from django.utils.translation import ngettext

from helpdesk.accounts.models import User
from helpdesk.accounts.services.people import Obstacle, before_leaving
from tickets.models import Ticket


@before_leaving
def open_assigned_tickets(person: User) -> Iterator[Obstacle]:
    """Tickets in work whose assignee would be gone (R7)."""
    count = Ticket.objects.open().filter(assignee=person).count()
    if count:
        message = ngettext(
            "%(name)s still handles %(count)d open ticket. Assign it to somebody else first.",
            "%(name)s still handles %(count)d open tickets. Assign them to somebody else first.",
            count,
        )
        yield Obstacle(message % {"name": person.get_full_name(), "count": count}, url=_queue_of(person))


def _queue_of(person: User) -> str:
    try:
        return f"{reverse('desk:queue')}?assignee={person.username}"
    except NoReverseMatch:
        return ""
