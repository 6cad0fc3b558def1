"""What was said about the devices of a ticket, in whole sentences for the desk (M3.1-3)."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _

from tickets.choices import Act
from tickets.models import TicketEvent


def register_words(event: TicketEvent) -> dict[str, str]:
    """The tag that such an event holds; tags are the same in every language."""
    return {"tag": event.data.get("tag", "")}


TELLERS: dict[str, Callable[[TicketEvent], str]] = {
    Act.ASSET_LINKED.value: lambda event: _("%(actor)s named the device: %(tag)s."),
    Act.ASSET_UNLINKED.value: lambda event: _("%(actor)s took the device %(tag)s off the ticket."),
}
