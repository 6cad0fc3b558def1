"""Who may read a confidential ticket, and opening one in an emergency (M1.2-4)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.accounts.desk_access import desk_page, viewer
from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed, NotVisible
from helpdesk.common.forms import PlainForm
from helpdesk.common.web import SeeOther, add_errors
from tickets.forms.secrecy import BreakGlassForm, CircleForm, ReasonForm
from tickets.models import BreakGlass, Ticket
from tickets.policies import can_break_glass, can_lift_confidentiality, can_work_on
from tickets.selectors import get_ticket
from tickets.services import break_glass as glass
from tickets.services.confidentiality import change_readers, lift_confidentiality, make_confidential
from tickets.views.desk.addresses import desk_url, view_of

MOST_SHOWN = 100


@desk_page("GET", "POST")
def confidentiality(request: HttpRequest, number: str) -> HttpResponseBase:
    """Make the ticket confidential, or change who needs to know."""
    me = viewer(request)
    ticket = get_ticket(number=number, viewer=me)
    if not can_work_on(me, ticket):
        raise NotAllowed
    # Without a single tick nothing but the token is sent.
    form, status = CircleForm(request.POST if request.method == "POST" else None, ticket=ticket), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return _save(request, ticket, form, me)
            except (InvalidInput, Conflict) as error:
                add_errors(form, error)
                status = error.status if isinstance(error, Conflict) else 422
    title = _("Who needs to know") if ticket.is_confidential else _("Make it confidential")
    said = _("Everybody else of the desk loses sight of the ticket at once, leads and administrators included.")
    return dialog(request, ticket, form, title=title, submit=_("Save"), notice=said, status=status)


def _save(request: HttpRequest, ticket: Ticket, form: CircleForm, me: User) -> HttpResponse:
    at = timezone.now()
    if ticket.is_confidential:
        change_readers(ticket_id=ticket.pk, circle=form.circle(), actor=me, at=at)
        messages.success(request, _("Who may read the ticket is changed."))
    else:
        reason = form.cleaned_data["reason"]
        make_confidential(ticket_id=ticket.pk, circle=form.circle(), reason=reason, actor=me, at=at)
        messages.success(request, _("The ticket is confidential now."))
    return SeeOther(desk_url("ticket", ticket.number, view=view_of(request)))


@desk_page("GET", "POST")
def confidentiality_lift(request: HttpRequest, number: str) -> HttpResponseBase:
    """Open the ticket to the whole desk again."""
    me = viewer(request)
    ticket = get_ticket(number=number, viewer=me)
    if not can_lift_confidentiality(me, ticket):
        raise NotAllowed(_("Only the assignee or a lead can open a confidential ticket to everybody."))
    form, status = ReasonForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            reason = form.cleaned_data["reason"]
            try:
                lift_confidentiality(ticket_id=ticket.pk, reason=reason, actor=me, at=timezone.now())
            except (InvalidInput, Conflict) as error:
                add_errors(form, error)
                status = error.status if isinstance(error, Conflict) else 422
            else:
                messages.success(request, _("Everybody of the desk may read the ticket again."))
                return SeeOther(desk_url("ticket", number, view=view_of(request)))
    title, said = (
        _("Lift the confidentiality"),
        _("All of the desk can then read everything that stands on the ticket."),
    )
    return dialog(request, ticket, form, title=title, submit=title, notice=said, status=status)


@desk_page("GET", "POST")
def break_glass(request: HttpRequest) -> HttpResponseBase:
    """All emergency accesses that one may know of and, for leads and administrators, one of their own."""
    me, at = viewer(request), timezone.now()
    may = can_break_glass(me)
    form, status = BreakGlassForm(request.POST or None) if may else None, 200
    if request.method == "POST":
        if form is None:
            raise NotAllowed(_("Only leads and administrators can open a confidential ticket in an emergency."))
        status = 422
        if form.is_valid():
            number = form.cleaned_data["number"].strip().removeprefix("#")
            try:
                row = glass.break_glass(number=number, reason=form.cleaned_data["reason"], actor=me, at=at)
            except (InvalidInput, NotVisible) as error:
                if error.fields:
                    add_errors(form, error)
                else:
                    form.add_error("number", str(error))
            else:
                messages.warning(
                    request, _("You can read this ticket now. Its owner and the administrators were told.")
                )
                return SeeOther(desk_url("ticket", row.ticket.number))
    rows = list(BreakGlass.objects.visible_to(me).select_related("user", "ticket")[:MOST_SHOWN])
    visible = set(
        Ticket.objects.visible_to(me).filter(pk__in=[row.ticket_id for row in rows]).values_list("pk", flat=True)
    )
    context = {"form": form, "rows": [(row, row.ticket_id in visible) for row in rows], "now": at}
    return render(request, "desk/break_glass.html", context, status=status)


def dialog(
    request: HttpRequest,
    ticket: Ticket,
    form: PlainForm,
    *,
    title: str,
    submit: str,
    status: int,
    notice: str = "",
    back_url: str = "",
    is_danger: bool = False,
) -> HttpResponse:
    """One question about a confidential ticket as a dialog, or as a page without scripts."""
    context = {
        "ticket": ticket,
        "title": title,
        "submit_label": submit,
        "notice": notice,
        "form": form,
        "is_danger": is_danger,
        "back_url": back_url or desk_url("ticket", ticket.number, view=view_of(request)),
        "desk_views": (),
        "contact": {},
    }
    is_fragment = request.headers.get("HX-Request") == "true"
    return render(request, "desk/_secrecy.html" if is_fragment else "desk/secrecy.html", context, status=status)
