"""What of a ticket may go along to a vendor, what it is called, and which of it may hold personal data (M1.2-4, M3.4-7)."""

from __future__ import annotations

from datetime import datetime

from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from helpdesk.common.templatetags.hd import date_text
from tickets.models.ticket import Ticket

# By the ticket's field, in the order in which they are shown.
LABELS: dict[str, str | Promise] = {
    "description": _("Description"),
    "error_message": _("Error message"),
    "steps": _("Steps that lead to it"),
    "occurred_at": _("When it happened"),
    "device_hostname": _("Computer name"),
    "device_ip": _("IP address"),
    "contact_name": _("Name of the user"),
    "contact_department": _("Department of the user"),
    "contact_phone": _("Phone of the user"),
    "contact_email": _("E-mail of the user"),
    "contact_location": _("Place of the user"),
}
# All the rest may hold personal data: free texts, too, for people name people in them.
HARMLESS = frozenset({"occurred_at", "device_hostname", "contact_department"})
# Screenshots and logs show more than people think.
FILES_ARE_PERSONAL = True


def is_personal(field: str) -> bool:
    return field not in HARMLESS


def stored_value(ticket: Ticket, field: str) -> str:
    """The field as it is kept with what was sent: texts as they are, an instant in ISO 8601; empty where it has none."""
    value = getattr(ticket, field)
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value or "")


def worded_value(field: str, stored: str) -> str:
    """A stored value as people read it, in the active language and time zone."""
    moment = parse_datetime(stored) if field == "occurred_at" else None
    return date_text(moment) if moment is not None else stored


def filled_fields(ticket: Ticket) -> list[str]:
    """What there is to send."""
    return [field for field in LABELS if stored_value(ticket, field)]
