"""The notification centre and the bell."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from helpdesk.accounts.models import User
from helpdesk.common.errors import InvalidInput
from helpdesk.common.numbers import whole_number
from helpdesk.common.web import SeeOther, signed_in
from notifications import selectors
from notifications.forms import WishesForm
from notifications.services import centre
from notifications.services.preferences import save_wishes, wishes_of


def _number(value: str | None) -> int | None:
    """A row id from an address or a form. Raises InvalidInput for anything but a plain number."""
    if not value:
        return None
    number = whole_number(value)
    if number is None:
        raise InvalidInput(_("This page of the list doesn't exist."))
    return number


def _shell(user: User) -> str:
    """The pages around it: those in which the user works."""
    return "desk_base.html" if user.is_desk else "portal_base.html"


@require_safe
@signed_in
def notification_list(request: HttpRequest) -> HttpResponse:
    """The user's notifications by day, in the shell they work in."""
    user = cast(User, request.user)
    before = _number(request.GET.get("before"))
    context = {
        "page": selectors.notification_page(user=user, older_than=before),
        "before": before,
        "base_template": _shell(user),
    }
    return render(request, "notifications/list.html", context)


@require_safe
@signed_in
def bell(request: HttpRequest) -> HttpResponse:
    """The bell with its number, or 204 when the number is still the one the page shows (`count`)."""
    count = selectors.unread_count(cast(User, request.user))
    if request.GET.get("count") == str(count):
        return HttpResponse(status=204)
    return render(request, "includes/_bell.html", {"unread_count": count})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def notice_settings(request: HttpRequest) -> HttpResponse:
    """What the user wants to be told, how, and when not."""
    user = cast(User, request.user)
    wishes = wishes_of(user)
    form = WishesForm(request.POST or None, person=user, wishes=wishes)
    if request.method == "POST" and form.save(save_wishes):
        messages.success(request, _("Your settings are saved."))
        return SeeOther(reverse("notifications:settings"))
    context = {"form": form, "person": user, "base_template": _shell(user), "zone": wishes.zone}
    return render(request, "notifications/settings.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in
def read(request: HttpRequest, notification_id: int) -> HttpResponse:
    """Mark one as read. htmx gets the line anew, others the page they came from."""
    user = cast(User, request.user)
    centre.mark_read(notification_id=notification_id, user=user, at=timezone.now())
    if request.headers.get("HX-Request") != "true":
        return _back_to_list(request)
    entry = selectors.notification_entry(user=user, notification_id=notification_id)
    response = render(request, "notifications/_item.html", {"entry": entry, "has_focus": True})
    response.headers["HX-Reason"] = "bell"
    return response


@require_POST
@signed_in
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark everything as read, up to what the page showed: what came in since stays unread."""
    centre.mark_all_read(
        user=cast(User, request.user), up_to=_number(request.POST.get("up_to")) or 0, at=timezone.now()
    )
    return _back_to_list(request)


def _back_to_list(request: HttpRequest) -> SeeOther:
    before = _number(request.POST.get("before"))
    return SeeOther(reverse("notifications:list") + (f"?before={before}" if before else ""))
