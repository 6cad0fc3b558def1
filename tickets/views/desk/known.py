"""What is known already, while a request is written down (M3.2-2): articles, and solving it with one at once."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.accounts.desk_access import desk_page, viewer
from helpdesk.common.web import SeeOther
from knowledge.choices import Place
from knowledge.services.opinions import record_deflection
from tickets.callers import caller
from tickets.services.drafts import discard
from tickets.views.desk.on_behalf import CALL, answers_to, article_id, recorder, sheet_of, taken_over


@desk_page("GET")
def known_answers(request: HttpRequest) -> HttpResponse:
    """Articles like the subject that is being typed."""
    sheet = sheet_of(request)
    typed = {name: request.GET.get(name, "") for name in ("subject", "asset", "named")}
    context = {**answers_to(sheet.form(initial=typed), viewer(request)), "is_call": sheet is CALL}
    return render(request, "desk/_known_answers.html", context)


@desk_page("POST")
def solved_from_article(request: HttpRequest) -> HttpResponse:
    """The part of the sheet about the solution: what was typed, and what the article `use` says."""
    me, sheet = recorder(request), sheet_of(request)
    typed = {name: request.POST.get(name, "") for name in sheet.form.RESOLUTION}
    reader = caller(me, request.POST.get("requester", "")[:150])
    form = sheet.form(initial={**typed, **taken_over(request, me, reader=reader)})
    context = {"form": form, "is_solved": True, "is_call": sheet is CALL, "follows": request.POST.get("after")}
    return render(request, "desk/_solved.html", context)


@desk_page("POST")
def solved_without_ticket(request: HttpRequest) -> HttpResponseBase:
    """The article was all that the caller needed. It is counted, no ticket is made, and what was begun is forgotten."""
    me = recorder(request)
    article, sheet = article_id(request.POST.get("article", "")), sheet_of(request)
    place = Place.CALL if sheet is CALL else Place.WALK_IN
    record_deflection(article_id=article, person=me, place=place, at=timezone.now())
    # A sheet that was never kept is not the one that is.
    if not request.POST.get("is_apart"):
        discard(user=me, ticket=None, mode=sheet.draft)
    messages.success(request, _("It is counted. No ticket was made, and nothing else is kept."))
    return SeeOther(reverse("desk:queue"))
