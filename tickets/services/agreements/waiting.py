"""What makes a ticket wait for its requester, or for an agreed time: only a ticket in work can (M3.3.1-2)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict
from tickets.choices import WaitsFor
from tickets.lifecycle import Status
from tickets.models import Ticket, WaitingReason
from tickets.services.agreements.asking import open_to_ask


def open_in_work(*, ticket_id: int, actor: User) -> Ticket:
    """The locked ticket that is being worked on. Raises NotVisible, NotAllowed or Conflict (`not_in_work`)."""
    ticket = open_to_ask(ticket_id=ticket_id, actor=actor)
    if ticket.status not in (Status.IN_PROGRESS, Status.WAITING):
        raise Conflict(
            _("Classify and acknowledge the ticket first: it has to be in work for this."), code="not_in_work"
        )
    return ticket


def reason_for(waits_for: WaitsFor) -> WaitingReason:
    """The first waiting reason of this sort; a retired one only where no other is left. Raises Conflict
    (`no_waiting_reason`)."""
    reasons = WaitingReason.objects.filter(waits_for=waits_for)
    found = reasons.order_by("is_retired", "position", "code").first()
    if found is None:
        text = _("No waiting reason of the sort “%(sort)s” is set up. Please tell the administrator.")
        raise Conflict(text % {"sort": waits_for.label}, code="no_waiting_reason")
    return found
