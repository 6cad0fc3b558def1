"""What people are told of confidential tickets, of security incidents, and of what was opened in an emergency."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from helpdesk.common.templatetags.hd import when_text
from notifications.lines import Line
from tickets.services.break_glass import SUBJECT_TYPE, TOPIC

_OPEN = _("Open the ticket")

FROM_DESK_TO_DESK: dict[str, Line] = {
    "reader_named": Line(
        _("%(name)s named you as a reader of the confidential ticket %(number)s “%(subject)s”."),
        _("Only a few people may read it. Talk about it with nobody else."),
        _OPEN,
    ),
    "security_raised": Line(
        _("%(name)s raised a security incident: ticket %(number)s “%(subject)s”."),
        _(
            "You are called as its duty officer, or because it is yours. Open the checklist; the first step is due in minutes."
        ),
        _("Open the checklist"),
    ),
    "security_step_overdue": Line(
        _("A step of the security incident on ticket %(number)s “%(subject)s” was due %(due)s and is not done."),
        _("Do it now, or say why it doesn't apply."),
        _("Open the checklist"),
    ),
}
# Told to the desk on the checklist's own page rather than on the ticket's.
ON_CHECKLIST = frozenset({"security_raised", "security_step_overdue"})
# About no ticket: administrators hear of it who may not know what the ticket is about. It names the number alone.
GLASS = SUBJECT_TYPE
OF_GLASS: dict[str, Line] = {
    TOPIC: Line(
        _("%(name)s opened the confidential ticket %(number)s in an emergency, until %(end)s."),
        _("Read the reason that was given, and ask if it doesn't convince you."),
        _("See the emergency accesses"),
    ),
}


def glass_names(
    *, name: str, facts: Mapping[str, Any], moment: Callable[[datetime], str] = when_text
) -> dict[str, str]:
    """What the line about an emergency access may name, in the active language and time zone."""
    return {"name": name, "number": facts["number"], "end": moment(datetime.fromisoformat(facts["until"]))}
