"""Who of the desk has a ticket open, and how far people have read."""

from __future__ import annotations

from datetime import datetime, timedelta

from helpdesk.accounts.models import User
from helpdesk.common.errors import NotVisible
from tickets.models import Presence, Ticket, TicketSeen

GONE_AFTER = timedelta(seconds=45)


def note_presence(
    *, ticket_id: int, user: User, is_replying: bool, at: datetime, read_version: int = 0
) -> list[Presence]:
    """Say that `user` has the ticket open, read up to `read_version`. Returns the others. Raises NotVisible."""
    ticket = Ticket.objects.visible_to(user).filter(pk=ticket_id).first()
    if ticket is None:
        raise NotVisible
    if read_version:
        mark_seen(ticket=ticket, user=user, version=min(read_version, ticket.version))
    Presence.objects.update_or_create(
        ticket_id=ticket_id, user=user, defaults={"is_replying": is_replying, "seen_at": at}
    )
    return others_present(ticket_id=ticket_id, user=user, at=at)


def others_present(*, ticket_id: int, user: User, at: datetime) -> list[Presence]:
    """Other people who have had the ticket open within the last 45 seconds."""
    present = Presence.objects.filter(ticket_id=ticket_id, seen_at__gt=at - GONE_AFTER).exclude(user=user)
    return list(present.select_related("user").order_by("user__full_name"))


def mark_seen(*, ticket: Ticket, user: User, version: int | None = None) -> None:
    """Remember that the user has read the ticket up to this version; without one, up to its present one."""
    reached = ticket.version if version is None else version
    seen = TicketSeen.objects.filter(ticket=ticket, user=user)
    if seen.filter(version__gte=reached).exists():
        return
    TicketSeen.objects.update_or_create(ticket=ticket, user=user, defaults={"version": reached})


def forget_presence(*, before: datetime) -> int:
    """Remove presence rows older than `before`. Returns how many."""
    deleted, _by_model = Presence.objects.filter(seen_at__lt=before).delete()
    return deleted
