"""Who is on the phone: people by whatever they say first, and whether they are already waiting for us."""

from __future__ import annotations

from django.db.models import Count, Q

from helpdesk.accounts.models import User
from helpdesk.common.text import clean_text
from tickets.models import Ticket

SHOWN = 8
LONGEST = 200


def find_callers(viewer: User, text: str) -> list[User]:
    """At most eight people whose name, user name, e-mail or phone fits, each with `open_tickets`."""
    wanted = clean_text(text, field="who", max_length=LONGEST, multiline=False)
    if not wanted:
        return []
    fits = Q(full_name__icontains=wanted) | Q(username__istartswith=wanted) | Q(email__istartswith=wanted)
    people = User.objects.visible_to(viewer).active().filter(fits | Q(phone__icontains=wanted))
    visible = Q(requested_tickets__in=Ticket.objects.visible_to(viewer).open())
    return list(
        people.select_related("department")
        .annotate(open_tickets=Count("requested_tickets", filter=visible))
        .order_by("full_name", "pk")[:SHOWN]
    )


def caller(viewer: User, username: str) -> User | None:
    """The person with exactly this user name, if they may be reported for."""
    if not username or "\x00" in username:
        return None
    people = User.objects.visible_to(viewer).active().select_related("department")
    return people.filter(username=username).first()


def open_tickets_of(person: User, viewer: User) -> list[Ticket]:
    """The newest open tickets of a caller: is this about one of them?"""
    tickets = Ticket.objects.visible_to(viewer).open().filter(requester=person)
    return list(tickets.select_related("waiting_reason").order_by("-created_at")[:5])
