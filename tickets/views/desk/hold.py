"""The legal hold of a ticket: setting and lifting it (M3.5-4)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.accounts.desk_access import desk_page, viewer
from helpdesk.common.errors import InvalidInput, NotAllowed
from helpdesk.common.web import SeeOther, add_errors
from tickets.forms.keeping import HoldForm
from tickets.models import LegalHold
from tickets.policies import can_hold
from tickets.selectors import get_ticket
from tickets.services.erasing.holds import hold_ticket, lift_ticket_hold
from tickets.views.desk.addresses import desk_url, view_of


@desk_page("GET", "POST")
def ticket_hold(request: HttpRequest, number: str) -> HttpResponseBase:
    """Set a hold, or lift the one that is in force. The form says which of the two was meant."""
    me = viewer(request)
    ticket = get_ticket(number=number, viewer=me)
    if not can_hold(me, ticket):
        raise NotAllowed
    hold = LegalHold.objects.visible_to(me).in_force().filter(ticket=ticket).select_related("set_by").first()
    form, status = HoldForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        is_lifting = request.POST.get("act") == "lift"
        if form.is_valid():
            act = lift_ticket_hold if is_lifting else hold_ticket
            try:
                act(ticket_id=ticket.pk, reason=form.cleaned_data["reason"], actor=me, at=timezone.now())
            except InvalidInput as error:
                add_errors(form, error)
            else:
                said = _("The legal hold is lifted.") if is_lifting else _("The ticket is kept as it is now.")
                messages.success(request, said)
                return SeeOther(desk_url("ticket", number, view=view_of(request)))
    context: dict[str, Any] = {
        "ticket": ticket,
        "hold": hold,
        "form": form,
        "ticket_url": desk_url("ticket", number, view=view_of(request)),
        "desk_views": (),
        "contact": {},
    }
    is_fragment = request.headers.get("HX-Request") == "true"
    return render(request, "desk/_hold.html" if is_fragment else "desk/hold.html", context, status=status)
