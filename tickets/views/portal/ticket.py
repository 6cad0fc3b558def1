"""The requester's ticket: read it, follow it, answer."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, InvalidInput, StaleVersion
from helpdesk.common.web import SeeOther, add_errors, signed_in
from tickets.choices import Channel, MessageKind
from tickets.forms.submit import ReplyForm
from tickets.models import Draft
from tickets.own_tickets import get_own_ticket, is_own
from tickets.selectors import get_ticket
from tickets.services.conversation import post_message
from tickets.services.drafts import save_draft
from tickets.services.presence import mark_seen
from tickets.views.portal.page import living, ticket_page
from tickets.views.portal.timeline import lines
from tickets.views.posted import file_ids, keep_uploads, posted_version


@signed_in
@require_safe
def ticket(request: HttpRequest, number: str) -> HttpResponse:
    viewer = request.user
    assert isinstance(viewer, User)
    found = get_ticket(number=number, viewer=viewer)
    if viewer.is_desk and not is_own(found, viewer):
        return redirect("desk:ticket", number)
    return ticket_page(request, found, viewer)


@signed_in
@require_safe
def ticket_updates(request: HttpRequest, number: str) -> HttpResponse:
    """The living part of the page, or 204 while nothing has changed since `version`."""
    viewer = request.user
    assert isinstance(viewer, User)
    found = get_own_ticket(number=number, viewer=viewer)
    if request.GET.get("version") == str(found.version):
        return HttpResponse(status=204)
    return render(request, "portal/_live.html", {**living(found, viewer), "is_update": True})


@signed_in
@require_POST
def ticket_seen(request: HttpRequest, number: str) -> HttpResponse:
    """Remember how far the viewer has read. A POST, because looking at a page must change nothing."""
    viewer = request.user
    assert isinstance(viewer, User)
    found = get_own_ticket(number=number, viewer=viewer)
    mark_seen(ticket=found, user=viewer)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204)
    return SeeOther(reverse("portal:ticket", args=[number]))


@signed_in
@require_POST
def ticket_reply(request: HttpRequest, number: str) -> HttpResponse:
    """Send a message. What can't be sent stays in the box, with what is new or wrong above it."""
    viewer = request.user
    assert isinstance(viewer, User)
    at = timezone.now()
    found = get_own_ticket(number=number, viewer=viewer)
    version = posted_version(request)
    form = ReplyForm(request.POST)
    kept, problems = keep_uploads(request.FILES.getlist("files"), actor=viewer, at=at)
    ids = file_ids(request) + kept
    for sentence in problems:
        form.add_error(None, sentence)
    if not form.is_valid():
        return ticket_page(request, found, viewer, form=form, ids=ids, status=422)
    try:
        post_message(
            ticket_id=found.pk,
            actor=viewer,
            body=form.cleaned_data["body"],
            kind=MessageKind.PUBLIC,
            channel=Channel.PORTAL,
            version=version,
            attachments=ids,
            at=at,
        )
    except StaleVersion:
        found = get_own_ticket(number=number, viewer=viewer)
        news = lines(found, viewer, seen=version, after=version)
        return ticket_page(request, found, viewer, form=form, ids=ids, news=news, status=409)
    except InvalidInput as error:
        add_errors(form, error)
        return ticket_page(request, found, viewer, form=form, ids=ids, status=422)
    except Conflict as error:
        add_errors(form, error)
        found = get_own_ticket(number=number, viewer=viewer)
        return ticket_page(request, found, viewer, form=form, ids=ids, status=409)
    mark_seen(ticket=get_own_ticket(number=number, viewer=viewer), user=viewer)
    return SeeOther(reverse("portal:ticket", args=[number]) + "#timeline")


@signed_in
@require_POST
def ticket_draft(request: HttpRequest, number: str) -> HttpResponse:
    viewer = request.user
    assert isinstance(viewer, User)
    found = get_own_ticket(number=number, viewer=viewer)
    content = {"body": request.POST.get("body", "")}
    ids = file_ids(request)
    if ids:
        content["attachments"] = " ".join(ids)
    save_draft(user=viewer, ticket_id=found.pk, mode=Draft.Mode.REPLY, content=content, at=timezone.now())
    return JsonResponse({"saved": True})
