"""What happened to an archived ticket, in whole sentences for the desk."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _

from tickets.choices import Act
from tickets.models import TicketEvent


def _anonymised(event: TicketEvent) -> str:
    scope = event.data.get("scope")
    if scope == "person":
        return _("The requester was anonymised; the contact data of this ticket went with it.")
    if scope == "texts":
        return _("The time to keep this ticket is over: its people, texts and files were erased.")
    return _("The time to keep personal data is over: who this ticket was about was erased.")


TELLERS: dict[str, Callable[[TicketEvent], str]] = {
    Act.HOLD_SET.value: lambda event: _("%(actor)s set a legal hold."),
    Act.HOLD_LIFTED.value: lambda event: _("%(actor)s lifted the legal hold."),
    Act.ANONYMISED.value: _anonymised,
}
