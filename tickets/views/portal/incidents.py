"""Major incidents as everybody reads them: the status page, and “this affects me too”."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from helpdesk.accounts.models import User
from helpdesk.common.web import SeeOther, signed_in
from tickets.incidents import get_incident, status_page
from tickets.services.incident_links import join


@signed_in
@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """What doesn't work now, and what was put right within the last week."""
    viewer = request.user
    assert isinstance(viewer, User)
    running, over = status_page(viewer, at=timezone.now())
    return render(request, "portal/status.html", {"running": running, "over": over})


@signed_in
@require_POST
def join_incident(request: HttpRequest, number: str) -> HttpResponse:
    """Be counted among those it affects: one click, one ticket."""
    viewer = request.user
    assert isinstance(viewer, User)
    incident = get_incident(number=number, viewer=viewer)
    own = join(incident_id=incident.pk, actor=viewer, at=timezone.now())
    messages.success(request, _("You are on the list. We write to you when there is news."))
    return SeeOther(reverse("portal:ticket", args=[own]))
