"""Looking after a vendor in time: the alert when a case has to be chased, once for each planned instant (M3.4-7)."""

from __future__ import annotations

from datetime import datetime

from tickets.choices import Act as ActCode
from tickets.models import Ticket, VendorCase
from tickets.services.recording import snapshot
from tickets.services.vendors.case_rows import tell, under_lock


def tell_due(ticket: Ticket, at: datetime) -> None:
    """Tell the liaison of each case whose instant has come. The caller holds the ticket's lock."""
    due = VendorCase.objects.filter(ticket=ticket, due_at__lte=at).open().order_by("pk").values_list("pk", flat=True)
    for case_id in list(due):
        before = snapshot(ticket)
        case = under_lock(ticket, case_id)
        assert case.next_chase_at is not None, "the database demands it of open cases"
        case.due_at = None
        tell(
            case,
            ActCode.VENDOR_CHASE_DUE,
            actor=None,
            at=at,
            before=before,
            facts={"due_at": case.next_chase_at.isoformat()},
        )
