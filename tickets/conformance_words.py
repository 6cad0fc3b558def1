"""What the clauses of the process manual are called, and what each asks for."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tickets.conformance import State

# By clause: its title, and when it counts as followed.
CLAUSE_WORDS: dict[str, tuple[str | Promise, str | Promise]] = {
    "M3.1-6": (
        _("Receipt confirmed"),
        _("The requester got a receipt at once, and somebody looked at the request in time."),
    ),
    "M3.2-1": (_("Classified"), _("Category, impact and urgency were set by the desk.")),
    "M3.2-2": (_("Known answers tried first"), _("A known answer was tried, or it was solved at first contact.")),
    "M3.2-3": (_("Acknowledged"), _("Somebody took the ticket on before it was solved.")),
    "M3.3.1-1": (_("Remote session with consent"), _("Every remote session rests on a consent.")),
    "M3.3.2-2": (
        _("Consent before touching data or work"),
        _("Every step that touched data or work rests on a consent."),
    ),
    "M3.3.3-1": (_("Updates in time"), _("The requester heard from us, and no update was overdue.")),
    "M3.3.4-1": (_("Solution tested"), _("It is written down how the solution was tested.")),
    "M3.3.4-3": (_("Cause, solution and advice explained"), _("All three were written for the requester.")),
    "M3.4-6": (_("Hand-over accepted"), _("Who was asked to take the ticket over accepted it.")),
    "M3.5-1": (_("Confirmed by the requester"), _("The requester said that it is solved.")),
    "M3.5-2": (_("Workaround accepted"), _("The requester said that the alternative will do.")),
    "M3.5-3": (
        _("Ended in another announced way"),
        _("The requester withdrew it, or didn't answer in the announced days after a reminder."),
    ),
    "M3.5-4": (_("Archived"), _("The closed ticket was sealed.")),
}
STATE_LABELS = {
    State.FOLLOWED: pgettext_lazy("clause", "Followed"),
    State.SKIPPED: pgettext_lazy("clause", "Skipped"),
    State.NOT_APPLICABLE: pgettext_lazy("clause", "Does not apply, or not yet"),
}


def title_of(clause: str) -> str:
    return str(CLAUSE_WORDS[clause][0])


def about(clause: str) -> str:
    return str(CLAUSE_WORDS[clause][1])
