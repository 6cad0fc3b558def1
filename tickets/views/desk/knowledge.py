"""What is known already, beside a ticket: articles and similar solved tickets, linked, sent or taken over (M3.3.1-3)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from helpdesk.accounts.desk_access import desk_page, viewer
from helpdesk.accounts.models import User
from helpdesk.accounts.speaking import speaking_to
from helpdesk.common.errors import InvalidInput, NotAllowed
from helpdesk.common.forms import PlainForm
from helpdesk.common.numbers import whole_number
from helpdesk.common.web import SeeOther
from knowledge.selectors import rows_of
from tickets.lifecycle import Command
from tickets.models import Ticket, TicketArticle, TicketLink
from tickets.models.ticket import TEXT_LENGTH
from tickets.policies import can_work_on
from tickets.selectors import get_ticket
from tickets.services import sources
from tickets.services.engine import allowed_rules
from tickets.suggestions import KnownAbout, published_text
from tickets.views.desk.addresses import desk_url, view_of
from tickets.views.desk.asking import Sheet, answer_sheet


class SendForm(PlainForm):
    body = forms.CharField(
        label=gettext_lazy("Message to the user"), max_length=TEXT_LENGTH, widget=forms.Textarea(attrs={"rows": 7})
    )


@desk_page("GET")
def knowledge(request: HttpRequest, number: str) -> HttpResponse:
    """The panel: what was consulted, articles, tickets like this one, and running incidents."""
    me = viewer(request)
    ticket = get_ticket(number=number, viewer=me)
    rules = allowed_rules(ticket, me, timezone.now()) if can_work_on(me, ticket) else ()
    written = list(TicketArticle.objects.visible_to(me).filter(ticket=ticket).select_related("article"))
    titles = [row.title for row in rows_of([link.article for link in written], me)]
    consulted = TicketLink.objects.visible_to(me).filter(ticket=ticket).select_related("other")
    context: dict[str, Any] = {
        "ticket": ticket,
        "known": KnownAbout(ticket, me),
        "links": list(zip(written, titles, strict=True)),
        "consulted": list(consulted),
        "linked": {link.article_id for link in written},
        "linked_tickets": {link.other_id for link in consulted},
        "can_work": can_work_on(me, ticket) and ticket.is_open,
        "can_solve": Command.RESOLVE in [rule.command for rule in rules],
        "can_draft": can_work_on(me, ticket)
        and ticket.is_solved
        and not ticket.is_confidential
        and not sources.has_article(ticket),
        "view_query": desk_url("ticket", number, view=view_of(request)).partition("?")[2],
        "desk_views": (),
        "contact": {},
    }
    is_fragment = request.headers.get("HX-Request") == "true"
    return render(request, "desk/_knowledge.html" if is_fragment else "desk/knowledge.html", context)


@desk_page("POST")
def source_link(request: HttpRequest, number: str) -> HttpResponseBase:
    """Keep what was consulted: `article` or `ticket`."""
    me = viewer(request)
    ticket = get_ticket(number=number, viewer=me)
    if request.POST.get("ticket"):
        sources.link_ticket(ticket_id=ticket.pk, other=_other(request, me), actor=me, at=timezone.now())
    else:
        sources.link_article(ticket_id=ticket.pk, article_id=_article_id(request), actor=me, at=timezone.now())
    messages.success(request, _("It is linked."))
    return SeeOther(desk_url("ticket", number, view=view_of(request)))


@desk_page("POST")
def source_use(request: HttpRequest, number: str) -> HttpResponseBase:
    """Put the solution of an article or an earlier ticket into the one that is being written."""
    me, at = viewer(request), timezone.now()
    ticket = get_ticket(number=number, viewer=me)
    if request.POST.get("ticket"):
        sources.use_ticket(ticket_id=ticket.pk, other=_other(request, me), actor=me, at=at)
    else:
        sources.use_article(ticket_id=ticket.pk, article_id=_article_id(request), actor=me, at=at)
    messages.success(request, _("It stands in your draft of the solution. Read it through before you send it."))
    return SeeOther(desk_url("ticket", number, view=view_of(request), mode="solution") + "#composer")


@desk_page("GET", "POST")
def article_send(request: HttpRequest, number: str, article_id: int) -> HttpResponseBase:
    """Send an article to the requester, with words in their language."""
    me = viewer(request)
    ticket = get_ticket(number=number, viewer=me)
    if not can_work_on(me, ticket):
        raise NotAllowed
    with speaking_to(ticket.requester):
        text = published_text(article_id, me)
        address = settings.SITE_URL + reverse("knowledge:article", args=[article_id])
        words = _("This article may help you:\n\n%(title)s\n%(address)s") % {"title": text.title, "address": address}

    def act(data: dict[str, Any]) -> str:
        sources.send_article(ticket_id=ticket.pk, article_id=article_id, actor=me, at=timezone.now(), **data)
        return _("The article is sent.")

    form = SendForm(request.POST if request.method == "POST" else None, initial={"body": words})
    return answer_sheet(request, ticket, form, Sheet(_("Send the article"), _("Send"), text.title), act)


@desk_page("GET", "POST")
def solution_send(request: HttpRequest, number: str, other: str) -> HttpResponseBase:
    """Send the requester what solved an earlier ticket, with words in their language."""
    me = viewer(request)
    ticket, solved = get_ticket(number=number, viewer=me), get_ticket(number=other, viewer=me)
    if not can_work_on(me, ticket):
        raise NotAllowed
    sources.refuse_as_source(ticket, solved, me)
    answer = "\n\n".join(filter(None, (solved.solution, solved.advice)))
    with speaking_to(ticket.requester):
        words = _("This helped with a problem like yours:\n\n%(answer)s") % {"answer": answer}

    def act(data: dict[str, Any]) -> str:
        sources.send_solution(ticket_id=ticket.pk, other=solved, actor=me, at=timezone.now(), **data)
        return _("The answer is sent.")

    form = SendForm(request.POST if request.method == "POST" else None, initial={"body": words})
    sheet = Sheet(_("Send this answer"), _("Send"), f"#{solved.number} {solved.subject}")
    return answer_sheet(request, ticket, form, sheet, act)


@desk_page("POST")
def article_draft(request: HttpRequest, number: str) -> HttpResponseBase:
    """An article from this ticket, in one click; then its editor."""
    me = viewer(request)
    ticket = get_ticket(number=number, viewer=me)
    article = sources.draft_article(ticket_id=ticket.pk, actor=me, at=timezone.now())
    messages.success(request, _("The draft is made. Take out what is personal before you send it for review."))
    return redirect("knowledge:edit", article.pk)


def _article_id(request: HttpRequest) -> int:
    found = whole_number(request.POST.get("article", ""))
    if found is None:
        raise InvalidInput(fields={"article": [sources.no_such_article()]})
    return found


def _other(request: HttpRequest, me: User) -> Ticket:
    return get_ticket(number=request.POST.get("ticket", "")[:32], viewer=me)
