"""Answering a question of the desk: by the link in the mail without signing in, or in the portal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from helpdesk.accounts.models import User
from helpdesk.accounts.speaking import speaking_to
from helpdesk.common.errors import Conflict, InvalidInput, NotVisible
from helpdesk.common.web import SeeOther, signed_in
from tickets.models import Survey, Ticket
from tickets.models.asking import Asking
from tickets.own_tickets import get_own_ticket
from tickets.services import signed_links
from tickets.services.presence import mark_seen
from tickets.services.signed_links import Link
from tickets.views.portal.questions import question_of
from tickets.views.portal.questions.base import Asked, Question

# Fields of questions in which several things can be ticked.
TICKED = ("allowed", "done", "reasons")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, link: str) -> HttpResponse:
    """GET asks, POST decides. Mail scanners follow links, so looking at it must not answer it."""
    try:
        found = signed_links.read(link)
        question = question_of(found.kind)
        asked = question.find(found)
    except NotVisible:
        return _gone(request, status=404)
    with speaking_to(found.person):
        if request.method != "POST":
            return _page(request, question, asked)
        try:
            said = question.decide(asked, found, request.POST, via=Asking.Via.LINK, at=timezone.now())
        except InvalidInput as error:
            return _page(request, question, asked, errors=_sentences(error), status=422)
        except (Conflict, NotVisible):
            return _gone(request, status=409)
        context = {"ticket": asked.ticket, "said": said, "survey_url": _survey_url(asked.ticket, found.person)}
        return render(request, "portal/answered.html", context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def ticket_question(request: HttpRequest, number: str, kind: str, pk: int) -> HttpResponse:
    """The same question for who is signed in, beside their ticket."""
    viewer = request.user
    assert isinstance(viewer, User)
    ticket = get_own_ticket(number=number, viewer=viewer)
    question = question_of(kind)
    link = Link(kind, pk, viewer)
    try:
        asked = question.find(link)
    except NotVisible:
        if request.method != "POST":
            raise
        return _gone(request, ticket=ticket, status=409)
    if asked.ticket.pk != ticket.pk:
        raise NotVisible
    if request.method != "POST":
        return _page(request, question, asked, is_signed_in=True)
    try:
        question.decide(asked, link, request.POST, via=Asking.Via.PORTAL, at=timezone.now())
    except InvalidInput as error:
        return _page(request, question, asked, errors=_sentences(error), is_signed_in=True, status=422)
    except Conflict:
        return _gone(request, ticket=ticket, status=409)
    mark_seen(ticket=get_own_ticket(number=number, viewer=viewer), user=viewer)
    return SeeOther(reverse("portal:ticket", args=[number]))


def _survey_url(ticket: Ticket, person: User) -> str:
    """Who has just said that it is fixed can say how it went, too; empty if they aren't asked."""
    rows = Survey.objects.visible_to(person).filter(ticket=ticket, ticket__requester=person)
    survey = rows.open().select_related("ticket__requester").first()
    return reverse("portal:answer", args=[signed_links.sign(signed_links.survey_link(survey))]) if survey else ""


def _sentences(error: InvalidInput) -> list[str]:
    return [str(text) for texts in error.fields.values() for text in texts]


def _page(
    request: HttpRequest,
    question: Question,
    asked: Asked,
    *,
    errors: Sequence[str] = (),
    is_signed_in: bool = False,
    status: int = 200,
) -> HttpResponse:
    context = {
        "question": question,
        "ticket": asked.ticket,
        "asked": asked.row,
        "prefix": "id_",
        "errors": errors,
        "typed": request.POST,
        "chosen": [value for name in TICKED for value in request.POST.getlist(name)],
        "is_signed_in": is_signed_in,
        **asked.facts,
    }
    return render(request, "portal/answer.html", context, status=status)


def _gone(request: HttpRequest, *, status: int, ticket: Any = None) -> HttpResponse:
    """The same page whatever is wrong with it, with what was typed."""
    context = {"typed": request.POST.get("words", ""), "ticket": ticket}
    return render(request, "portal/answer_gone.html", context, status=status)
