"""Where acts on tickets reach the clocks: inside the act's own transaction, so that neither stands without the other."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from escalation.services import clocks
from tickets.models import Ticket, TicketEvent


def on_ticket_event(*, ticket: Ticket, event: TicketEvent, at: datetime, changes: dict[str, Any], **_more: Any) -> None:
    clocks.follow(ticket=ticket, event=event, at=at, changes=changes)
