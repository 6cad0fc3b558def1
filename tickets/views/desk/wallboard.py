"""The wallboard (ux 2.12): for leads at their desk, and for a screen on the wall."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.accounts.desk_access import desk_page, viewer
from helpdesk.accounts.models import User
from helpdesk.common.errors import NotAllowed
from tickets.models import Ticket
from tickets.policies import can_watch_wallboard
from tickets.queue import canonical, parse
from tickets.views.desk.rail import queue_url
from tickets.wallboard import MOST_PEOPLE, VIEWS, loads, next_due, numbers


@desk_page("GET")
def wallboard(request: HttpRequest) -> HttpResponseBase:
    """How the whole desk stands; only its changing part for htmx. `tv` fills a screen, `public` names nobody."""
    me = viewer(request)
    if not can_watch_wallboard(me):
        raise NotAllowed(_("The wallboard is for leads and administrators."))
    is_public = request.GET.get("public") == "1"
    is_tv = is_public or request.GET.get("tv") == "1"
    context = {**_board(me), "is_tv": is_tv, "is_public": is_public, **_addresses(is_tv=is_tv, is_public=is_public)}
    if request.headers.get("HX-Target") == "wallboard":
        return render(request, "desk/_wallboard.html", context)
    if is_tv:
        return render(request, "desk/wallboard_tv.html", {**context, "theme": "dark"})
    return render(request, "desk/wallboard.html", context)


def _board(me: User) -> dict[str, Any]:
    at = timezone.now()
    visible = Ticket.objects.visible_to(me)
    counts = numbers(visible, at)
    labels = {
        "late": _("Late"),
        "quarter": _("Due within 15 min"),
        "hour": _("Due within 1 h"),
        "unassigned": _("Unassigned"),
    }
    people = loads(visible, me, at)
    return {
        "now": at,
        "numbers": [
            {"code": code, "label": label, "count": counts[code], "url": queue_url(canonical(parse(VIEWS[code])))}
            for code, label in labels.items()
        ],
        "is_calm": not any(counts.values()),
        "coming": next_due(visible, me, at),
        "loads": people[:MOST_PEOPLE],
        "people_more": max(0, len(people) - MOST_PEOPLE),
        "people_total": len(people),
        "people_open": sum(load.open for load in people),
    }


def _addresses(*, is_tv: bool, is_public: bool) -> dict[str, str]:
    """The page itself, to be asked again, and its other forms."""
    path = reverse("desk:wallboard")
    query = QueryDict(mutable=True)
    if is_public:
        query["public"] = "1"
    elif is_tv:
        query["tv"] = "1"
    return {
        "poll_url": f"{path}?{query.urlencode()}" if query else path,
        "plain_url": path,
        "tv_url": f"{path}?tv=1",
        "public_url": f"{path}?public=1",
    }
