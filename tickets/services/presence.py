"""Who of the desk has a ticket open, and how far people have read."""

from __future__ import annotations

from datetime import datetime, timedelta

from helpdesk.accounts.models import User
from helpdesk.common.errors import NotVisible
from tickets.models import Presence, Ticket, TicketSeen

GONE_AFTER = timedelta(seconds=45)


def note_presence(*, ticket_id: int, user: User, is_replying: bool, at: datetime) -> list[Presence]:
    """Say that `user` has the ticket open. Returns the others who have. Raises NotVisible."""
    if not Ticket.objects.visible_to(user).filter(pk=ticket_id).exists():
        raise NotVisible
    Presence.objects.update_or_create(
        ticket_id=ticket_id, user=user, defaults={"is_replying": is_replying, "seen_at": at}
    )
    return others_present(ticket_id=ticket_id, user=user, at=at)


def others_present(*, ticket_id: int, user: User, at: datetime) -> list[Presence]:
    """Other people who have had the ticket open within the last 45 seconds."""
    present = Presence.objects.filter(ticket_id=ticket_id, seen_at__gt=at - GONE_AFTER).exclude(user=user)
    return list(present.select_related("user").order_by("user__full_name"))


def mark_seen(*, ticket: Ticket, user: User) -> None:
    """Remember that the user has read the ticket up to its present version."""
    seen = TicketSeen.objects.filter(ticket=ticket, user=user)
    if seen.filter(version__gte=ticket.version).exists():
        return
    TicketSeen.objects.update_or_create(ticket=ticket, user=user, defaults={"version": ticket.version})


def forget_presence(*, before: datetime) -> int:
    """Remove presence rows older than `before`. Returns how many."""
    deleted, _by_model = Presence.objects.filter(seen_at__lt=before).delete()
    return deleted
