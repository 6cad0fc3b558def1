"""What happened between the desk and the requester, as the requester reads it."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tickets.choices import Act
from tickets.models import TicketEvent
from tickets.views.portal import promise_lines, vendor_lines

Text = Promise | str
# Per act: what is said of the reader, of somebody else, and the drawing before it.
LINES: dict[str, tuple[Text, Text, str]] = {
    Act.CONSENT_ASKED: (
        _("You asked for permission: %(items)s."),
        _("%(name)s asked for permission: %(items)s."),
        "shield",
    ),
    Act.CONSENT_REMINDED: (
        _("You sent a reminder of the question about permission."),
        _("%(name)s sent a reminder of the question about permission."),
        "bell",
    ),
    Act.CONSENT_ANSWERED: (_("You allowed: %(allowed)s."), _("%(name)s allowed: %(allowed)s."), "shield"),
    Act.CONSENT_CANCELLED: (
        _("You took the question about permission back."),
        _("%(name)s took the question about permission back."),
        "shield",
    ),
    Act.CONSENT_WITHDRAWN: (
        _("You took your permission back: %(allowed)s."),
        _("%(name)s took the permission back: %(allowed)s."),
        "shield",
    ),
    Act.SESSION_STARTED: (
        _("You connected to the device (%(scope)s)."),
        _("%(name)s connected to the device (%(scope)s)."),
        "laptop",
    ),
    Act.SESSION_ENDED: (_("You ended the connection."), _("%(name)s ended the connection."), "laptop"),
    **promise_lines.LINES,
    Act.MADE_CONFIDENTIAL: (
        _("Only a few people of support may read this ticket now."),
        _("Only a few people of support may read this ticket now."),
        "lock",
    ),
    Act.CONFIDENTIALITY_LIFTED: (
        _("All of support may read this ticket again."),
        _("All of support may read this ticket again."),
        "eye",
    ),
    **vendor_lines.LINES,
    Act.ASSET_LINKED: (_("You named the device: %(tag)s."), _("%(name)s named the device: %(tag)s."), "laptop"),
    Act.ASSET_UNLINKED: (
        _("You took the device %(tag)s off the ticket."),
        _("%(name)s took the device %(tag)s off the ticket."),
        "laptop",
    ),
}
# Where one act means different things.
LINES_BY_CASE: dict[tuple[str, str], tuple[Text, Text, str]] = {
    (Act.CONSENT_ANSWERED, "nothing"): (_("You allowed nothing."), _("%(name)s allowed nothing."), "shield"),
    (Act.CONSENT_ANSWERED, "spoken"): (
        _("You wrote down what was allowed by word of mouth: %(allowed)s."),
        _("%(name)s wrote down what you allowed by word of mouth: %(allowed)s."),
        "shield",
    ),
    (Act.CONSENT_ANSWERED, "spoken nothing"): (
        _("You wrote down that nothing is allowed."),
        _("%(name)s wrote down that nothing is allowed."),
        "shield",
    ),
    (Act.CONSENT_WITHDRAWN, "objection"): (
        _("You objected: you did not allow this: %(allowed)s."),
        _("%(name)s objected: this was not allowed: %(allowed)s."),
        "shield",
    ),
    **promise_lines.LINES_BY_CASE,
}
BY_ITSELF: dict[str, tuple[Text, str]] = {
    Act.CONSENT_LAPSED: (_("The question about permission was not answered; it counts as refused."), "shield"),
    Act.SESSION_ENDED: (_("The permission has run out; the connection ended by itself."), "laptop"),
    **promise_lines.BY_ITSELF,
    **vendor_lines.BY_ITSELF,
}


def case_of(event: TicketEvent) -> str:
    """Which of several lines an act has; empty for the usual one."""
    data = event.data
    if event.code == Act.CONSENT_ANSWERED:
        parts = (("spoken", bool(data.get("is_spoken"))), ("nothing", not data.get("allowed")))
        return " ".join(word for word, is_so in parts if is_so)
    if event.code == Act.CONSENT_WITHDRAWN and data.get("is_objection"):
        return "objection"
    return promise_lines.case_of(event) if event.code in promise_lines.ANSWERS else ""
