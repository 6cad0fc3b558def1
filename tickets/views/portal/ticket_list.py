"""My tickets: whose turn is it?"""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from helpdesk.accounts.models import User
from helpdesk.common.errors import InvalidInput
from helpdesk.common.text import clean_text
from helpdesk.common.web import signed_in
from tickets.models import DeskSettings
from tickets.own_tickets import TABS, listed, own_tickets, tab_counts
from tickets.search import problems_in
from tickets.views.portal.cards import cards

PER_PAGE = 20
LONGEST_SEARCH = 200


@signed_in
@require_safe
def ticket_list(request: HttpRequest) -> HttpResponse:
    """Three tabs that together hold everything, whatever channel it came by."""
    viewer = request.user
    assert isinstance(viewer, User)
    counts = tab_counts(own_tickets(viewer), viewer)
    tab = request.GET.get("tab", "")
    if tab not in TABS:
        tab = "waiting" if counts["waiting"] else "open"
    text = _search_words(request)
    page = Paginator(listed(viewer, tab=tab, text=text), PER_PAGE).get_page(request.GET.get("page"))
    labels = {
        "waiting": pgettext("tab", "Waiting for me"),
        "open": pgettext("tab", "In progress"),
        "closed": pgettext("tab", "Closed"),
    }
    context = {
        "tabs": [{"code": code, "label": labels[code], "count": counts[code]} for code in TABS],
        "tab": tab,
        "q": text,
        "search_problems": problems_in(text, viewer),
        "page": page,
        "cards": cards(page.object_list, viewer, DeskSettings.current().terms, timezone.now()),
        "has_any": any(counts.values()),
    }
    template = "portal/_list_body.html" if request.headers.get("HX-Request") else "portal/list.html"
    return render(request, template, context)


def _search_words(request: HttpRequest) -> str:
    """What is looked for. Words that can't be stored can't be found either; overlong ones are cut."""
    try:
        return clean_text(
            request.GET.get("q", "")[:LONGEST_SEARCH], field="q", max_length=LONGEST_SEARCH, multiline=False
        )
    except InvalidInput:
        return ""
