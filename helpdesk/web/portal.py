"""The portal's start page: what waits for me, what runs, and where to report."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from assets.models import CustodyAct
from helpdesk.accounts.models import User
from helpdesk.common.web import signed_in
from tickets.asset_lookup import devices_of
from tickets.incidents import banners
from tickets.models import DeskSettings
from tickets.own_tickets import listed, own_tickets, tab_counts, topics
from tickets.views.portal.cards import cards, todos

SHOWN = 4
SHOWN_WAITING = 5
SHOWN_DEVICES = 3
# With “something else” they make nine tiles; the form offers every topic.
SHOWN_TOPICS = 8


@signed_in
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    viewer = request.user
    assert isinstance(viewer, User)
    counts = tab_counts(own_tickets(viewer), viewer)
    asks = CustodyAct.objects.visible_to(viewer).open().filter(person=viewer)
    context: dict[str, Any] = {
        "custody_asks": list(asks.select_related("asset__type", "given_by").order_by("pk")[:SHOWN_WAITING]),
        "asks_count": asks.count(),
        "devices": devices_of(viewer, viewer)[:SHOWN_DEVICES],
        "incident_banners": banners(viewer),
        "counts": counts,
        "todos": todos(listed(viewer, tab="waiting")[:SHOWN_WAITING]) if counts["waiting"] else [],
        "cards": cards(listed(viewer, tab="open")[:SHOWN], viewer, DeskSettings.current().terms, timezone.now())
        if counts["open"]
        else [],
        "topics": topics(is_chinese=(get_language() or "zh").startswith("zh"))[:SHOWN_TOPICS],
    }
    return render(request, "portal/home.html", context)
