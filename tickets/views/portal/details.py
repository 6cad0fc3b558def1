"""Correcting one's report while nobody works on it yet."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from helpdesk.accounts.models import User
from helpdesk.common.errors import InvalidInput, NotAllowed, StaleVersion
from helpdesk.common.web import SeeOther, add_errors, signed_in
from tickets.choices import Channel
from tickets.forms.submit import DetailsForm
from tickets.models import Ticket
from tickets.own_tickets import get_own_ticket
from tickets.policies import can_edit_details
from tickets.services.edit import edit_ticket
from tickets.services.presence import mark_seen
from tickets.views.portal.timeline import Line, lines
from tickets.views.posted import posted_version


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def ticket_edit(request: HttpRequest, number: str) -> HttpResponse:
    viewer = request.user
    assert isinstance(viewer, User)
    found = get_own_ticket(number=number, viewer=viewer)
    if request.method != "POST":
        if not can_edit_details(viewer, found):
            raise NotAllowed(_("Work on this ticket has begun. Add what has changed as a message."))
        return _page(request, found, DetailsForm(initial=DetailsForm.of(found)))
    version = posted_version(request)
    form = DetailsForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form, version=version, status=422)
    try:
        done = edit_ticket(
            ticket_id=found.pk,
            actor=viewer,
            version=version,
            changes=form.changes(),
            at=timezone.now(),
            channel=Channel.PORTAL,
        )
    except StaleVersion:
        found = get_own_ticket(number=number, viewer=viewer)
        news = lines(found, viewer, seen=version, after=version)
        return _page(request, found, form, news=news, status=409)
    except InvalidInput as error:
        add_errors(form, error)
        return _page(request, found, form, version=version, status=422)
    mark_seen(ticket=done, user=viewer)
    return SeeOther(reverse("portal:ticket", args=[number]))


def _page(
    request: HttpRequest,
    ticket: Ticket,
    form: DetailsForm,
    *,
    version: int | None = None,
    news: list[Line] | None = None,
    status: int = 200,
) -> HttpResponse:
    """`version` is what the sender had seen; after a conflict it is the present one, which the page now shows."""
    context = {"ticket": ticket, "form": form, "version": version or ticket.version, "news": news}
    return render(request, "portal/edit.html", context, status=status)
