"""Template tags of vendor cases: who owes the next answer, by when."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from helpdesk.common.models import OutboxMessage
from helpdesk.common.templatetags.hd import duration, sla_chip, when_text
from tickets.models import VendorCase

register = template.Library()

SOON = timedelta(hours=4)
State = OutboxMessage.State


@register.inclusion_tag("includes/_sla_chip.html")
def vendor_due(case: VendorCase, at: datetime) -> dict[str, str]:
    """The vendor's answer as a clock of its own; on our turn, when we wanted to look after it."""
    if not case.is_open:
        return sla_chip("met", case.get_outcome_display(), when_text(case.closed_at))
    due = case.reply_due_at
    if due is not None:
        late, ahead = _("Vendor's answer %(time)s late"), _("Vendor's answer in %(time)s")
    else:
        due, late, ahead = case.next_chase_at, _("Chase %(time)s late"), _("Our turn, look in %(time)s")
    assert due is not None, "the database demands it of open cases"
    if due <= at:
        return sla_chip("late", late % {"time": duration(at - due)}, when_text(due))
    state = "soon" if due - at <= SOON else "on_track"
    return sla_chip(state, ahead % {"time": duration(due - at)}, when_text(due))


@register.filter
def sending_words(state: str) -> str:
    """How far a mail to a vendor has come; nothing once it is out."""
    if state in (State.PENDING, State.LEASED):
        return pgettext("mail to a vendor", "Being sent")
    if state == State.BOUNCED:
        return pgettext("mail to a vendor", "Came back")
    if state in (State.DEAD, State.SKIPPED):
        return pgettext("mail to a vendor", "Could not be sent")
    if state == State.UNCERTAIN:
        return pgettext("mail to a vendor", "Perhaps sent")
    return ""
