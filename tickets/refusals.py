"""Whole sentences for the lifecycle's refusals and for missing answers."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tickets.choices import COMMAND_LABELS, STATUS_LABELS
from tickets.lifecycle import Command, Status

_REFUSALS = {
    "archived": gettext_lazy("This ticket is archived and can't be changed."),
    "assigned_to_other": gettext_lazy(
        "Somebody else already has this ticket. Assign it to yourself first if you take it over."
    ),
    "already_accepted": gettext_lazy("You have acknowledged this ticket already."),
    "not_accepted": gettext_lazy("Nobody has acknowledged this ticket yet."),
    "confirmation_not_overdue": gettext_lazy(
        "The requester still has time to answer. A ticket is closed unconfirmed only after the announced days."
    ),
    "reopen_window_over": gettext_lazy("The time for reopening is over. Create a follow-up ticket instead."),
    "already_escalated": gettext_lazy("This ticket has been handed on already and waits to be accepted."),
    "open_matters": gettext_lazy("Something on this ticket must end first."),
    "vendor_case_open": gettext_lazy("A vendor case is still open. Close it before the ticket is archived."),
    "wrong_party": gettext_lazy("This step is not yours to take."),
}
_MISSING = {
    "category": gettext_lazy("Choose a category."),
    "impact": gettext_lazy("Say who is affected."),
    "urgency": gettext_lazy("Say what it stops."),
    "reason": gettext_lazy("Give the reason in a sentence."),
    "waiting_reason": gettext_lazy("Say what the ticket waits for."),
    "next_action_at": gettext_lazy("Give the date and time at which work goes on."),
    "outcome": gettext_lazy("Choose how it was resolved."),
    "cause": gettext_lazy("Say what the cause was."),
    "solution": gettext_lazy("Say what was done."),
    "advice": gettext_lazy("Give the user a word of advice."),
    "verification": gettext_lazy("Say how you tested that it works."),
    "assignee": gettext_lazy("Choose a person or a team."),
    "reason_code": gettext_lazy("Say why the ticket goes up."),
    "summary": gettext_lazy("Say in a few words what it is about."),
    "scope": gettext_lazy("Say who and what is affected."),
    "attempts": gettext_lazy("Say what was tried and what came of it."),
    "current_state": gettext_lazy("Say how it stands now."),
    "asked": gettext_lazy("Say what the receiver should do."),
    "access": gettext_lazy("Say what access is needed and what the user has allowed."),
    "teams": gettext_lazy("Choose the teams that have to take part."),
}


def refusal_text(code: str, *, command: Command, status: Status) -> str:
    """Why `command` is refused in `status`, as a sentence."""
    if code in _REFUSALS:
        return str(_REFUSALS[code])
    return _("“%(command)s” isn't possible while the ticket is in the state “%(status)s”.") % {
        "command": COMMAND_LABELS[command],
        "status": STATUS_LABELS[status],
    }


def missing_field(name: str) -> str:
    """What to answer where a required field is empty."""
    return str(_MISSING.get(name, _("This answer is required.")))
