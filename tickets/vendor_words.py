"""What happened with vendors, in whole sentences for the desk. The requester reads `views/portal/vendor_lines.py`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.utils.translation import gettext as _

from helpdesk.common.templatetags.hd import when_text
from tickets.choices import Act
from tickets.models import TicketEvent, VendorCase, VendorMessage

CODES = frozenset(code for code in Act.values if code.startswith("vendor_"))


def vendor_words(event: TicketEvent) -> dict[str, str]:
    """Words for the codes that such an event holds, in the active language; empty for what it doesn't."""
    if event.code not in CODES:
        return {}
    data = event.data
    promised, outcome, way = data.get("promised_at"), data.get("outcome", ""), data.get("way", "")
    return {
        "promised": when_text(datetime.fromisoformat(promised)) if promised else "",
        "vendor_outcome": str(VendorCase.Outcome(outcome).label) if outcome else "",
        "way": str(VendorMessage.Channel(way).label) if way else "",
    }


def _written(event: TicketEvent) -> str:
    if event.data.get("has_personal"):
        return _("%(actor)s wrote to the vendor; personal data went along.")
    if event.data.get("disclosed"):
        return _("%(actor)s wrote to the vendor; something of the ticket went along.")
    return _("%(actor)s wrote to the vendor.")


def _contacted(event: TicketEvent) -> str:
    if event.data.get("has_personal"):
        return _("%(actor)s spoke to the vendor (%(way)s); personal data was given out.")
    return _("%(actor)s spoke to the vendor (%(way)s).")


def _answered(event: TicketEvent) -> str:
    if event.actor_id is not None:
        return _("%(actor)s wrote down what the vendor says (%(way)s).")
    return _("The vendor answered by mail.") if event.is_public else _("A machine of the vendor sent a mail.")


TELLERS: dict[str, Callable[[TicketEvent], str]] = {
    Act.VENDOR_CASE_OPENED.value: lambda event: _("%(actor)s opened a case with a vendor."),
    Act.VENDOR_WRITTEN.value: _written,
    Act.VENDOR_CONTACTED.value: _contacted,
    Act.VENDOR_ANSWERED.value: _answered,
    Act.VENDOR_MAIL_RETURNED.value: lambda event: _("A mail to the vendor came back."),
    Act.VENDOR_PROMISED.value: lambda event: _(
        "%(actor)s wrote down what the vendor promises: an answer %(promised)s."
    ),
    Act.VENDOR_CHASE_SET.value: lambda event: _("%(actor)s will look after the vendor %(due)s."),
    Act.VENDOR_CHASE_DUE.value: lambda event: _("The vendor is to be chased; it was planned for %(due)s."),
    Act.VENDOR_CASE_CHANGED.value: lambda event: _("%(actor)s changed the details of the vendor case."),
    Act.VENDOR_CASE_CLOSED.value: lambda event: _("%(actor)s closed the vendor case: %(vendor_outcome)s."),
}
