"""What is known already, while a request is written down (M3.2-2): articles, and solving it with one at once."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.accounts.desk_access import desk_page, viewer
from helpdesk.common.errors import NotVisible
from helpdesk.common.web import SeeOther
from knowledge.choices import Place
from knowledge.services.opinions import record_deflection
from tickets.forms.desk import OnBehalfForm
from tickets.services.sources import SOLUTION
from tickets.suggestions import articles_for, published_text
from tickets.views.desk.on_behalf import recorder

LONGEST = 400


@desk_page("GET")
def known_answers(request: HttpRequest) -> HttpResponse:
    """Articles like the subject that is being typed."""
    text = request.GET.get("subject", "").replace("\x00", "")[:LONGEST]
    context = {"articles": articles_for(text, viewer(request)), "is_call": request.GET.get("for") == "call"}
    return render(request, "desk/_known_answers.html", context)


@desk_page("GET")
def solved_from_article(request: HttpRequest) -> HttpResponse:
    """The part of the sheet about the solution, filled in from an article."""
    text = published_text(_number(request.GET.get("article", "")), recorder(request))
    initial = {name: getattr(text, name) for name in SOLUTION}
    initial |= {"solution": text.solution or text.body, "article": text.version.article_id}
    context = {"form": OnBehalfForm(initial=initial), "is_solved": True, "is_call": request.GET.get("for") == "call"}
    return render(request, "desk/_solved.html", context)


@desk_page("POST")
def solved_without_ticket(request: HttpRequest) -> HttpResponseBase:
    """The article was all that the caller needed. It is counted, and no ticket is made."""
    me = recorder(request)
    words = request.POST.get("subject", "").replace("\x00", "")[:LONGEST]
    article = _number(request.POST.get("article", ""))
    record_deflection(article_id=article, person=me, place=Place.CALL, at=timezone.now(), words=words)
    messages.success(request, _("It is counted. Nothing was recorded of the call."))
    return SeeOther(reverse("desk:queue"))


def _number(given: str) -> int:
    if not (given.isascii() and given.isdigit() and len(given) < 10):
        raise NotVisible
    return int(given)
