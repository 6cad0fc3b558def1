"""Answers while somebody writes: articles, their own open tickets, and how it ends without a new one (M3.2-2)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from assets.models import Asset
from helpdesk.accounts.models import User
from helpdesk.common.errors import NotVisible
from helpdesk.common.numbers import whole_number
from helpdesk.common.web import signed_in
from knowledge.choices import Place
from knowledge.services.opinions import record_deflection
from tickets.asset_lookup import assets_meant
from tickets.forms.submit import SubmitForm
from tickets.models import Draft
from tickets.services.drafts import discard
from tickets.suggestions import articles_for, is_enough, open_like

LONGEST = 2000


def _typed(request: HttpRequest) -> str:
    given = request.GET
    return f"{given.get('subject', '')}\n{given.get('description', '')}".replace("\x00", "").strip()[:LONGEST]


@signed_in
@require_safe
def suggestions(request: HttpRequest) -> HttpResponse:
    """At most three articles and three open tickets of the reader that are like what they typed."""
    viewer = request.user
    assert isinstance(viewer, User)
    text, device = _typed(request), request.GET.get("device", "")
    is_named = is_enough(text) and device not in (SubmitForm.OTHER, SubmitForm.NONE)
    devices = assets_meant(viewer, device) if is_named else []
    return render(request, "portal/_suggestions.html", suggested(text, viewer, devices))


def suggested(text: str, viewer: User, devices: Iterable[Asset]) -> dict[str, Any]:
    """What the list shows for these words, articles for these devices first."""
    return {
        "articles": articles_for(text, viewer, devices=devices),
        "own_tickets": open_like(text, viewer),
        "has_looked": is_enough(text),
    }


@signed_in
@require_POST
def solved_by_article(request: HttpRequest) -> HttpResponse:
    """An article has solved it: no ticket is needed. What was begun to be written is forgotten. Raises NotVisible."""
    viewer = request.user
    assert isinstance(viewer, User)
    article = whole_number(request.POST.get("article", ""))
    if article is None:
        raise NotVisible
    record_deflection(article_id=article, person=viewer, place=Place.PORTAL, at=timezone.now())
    discard(user=viewer, ticket=None, mode=Draft.Mode.SUBMIT)
    messages.success(
        request, _("Good to hear. What you wrote isn't kept; we only note that this article helped you today.")
    )
    return redirect("home")
