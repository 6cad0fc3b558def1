"""What must end before a solution, with the way to each (M3.5-1)."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from tickets.matters import open_matters
from tickets.models import Ticket

# By kind: the page on which it ends.
PAGES = {
    "task": "desk:task_end",
    "step": "desk:step_end",
    "consent": "desk:consent_spoken",
    "session": "desk:session_end",
    "security_step": "desk:security_step",
    "vendor_case": "desk:vendor_case",
}
# All others are small sheets.
WHOLE_PAGES = ("vendor_case",)


@dataclass(frozen=True)
class LinkedMatter:
    """One open matter in words, what to call it, and where it ends."""

    title: str
    row: str
    url: str
    is_sheet: bool


def linked_matters(ticket: Ticket) -> list[LinkedMatter]:
    """Everything that keeps the ticket from being solved; no query where nothing does."""
    if not ticket.open_matters:
        return []
    return [
        LinkedMatter(
            matter.title,
            str(matter.row),
            reverse(PAGES[matter.kind], args=[matter.row.pk]),
            matter.kind not in WHOLE_PAGES,
        )
        for matter in open_matters(ticket)
    ]
