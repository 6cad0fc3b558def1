"""What the demo keeps and what it has erased: a policy, a legal hold, and a ticket without its people (M3.5-4)."""

from __future__ import annotations

from datetime import datetime

from helpdesk.demo.cast import Cast
from tickets.models import RetentionPolicy, Ticket
from tickets.services.erasing.holds import hold_ticket
from tickets.services.erasing.tickets import erase_ticket
from tickets.services.retention import save_policy

HELD, ERASED = "Cannot sign the customs declaration", "年会直播需要临时加带宽"
FIVE_YEARS = 5 * 365


def keep(*, cast: Cast, at: datetime) -> None:
    """Five years for all tickets, so that nothing goes while somebody looks around."""
    admin = cast.people["admin"]
    save_policy(policy=RetentionPolicy(keep_days=FIVE_YEARS), actor=admin, reason="档案管理制度 2026")
    archived = Ticket.objects.filter(archived_at__isnull=False)
    hold_ticket(
        ticket_id=archived.filter(subject=HELD).latest("pk").pk,
        reason="海关稽查 2026-08 / customs audit 2026-08",
        actor=admin,
        at=at,
    )
    erase_ticket(ticket_id=archived.filter(subject=ERASED).latest("pk").pk, with_texts=True, at=at)
