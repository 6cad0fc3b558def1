"""Commands of the lifecycle as pages (or dialogs): what a command needs, and carrying it out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.accounts.desk_access import desk_page, posted_version, viewer
from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, InvalidInput, NotVisible, StaleVersion
from helpdesk.common.web import SeeOther, add_errors
from tickets.choices import COMMAND_LABELS
from tickets.forms.commands import CommandForm
from tickets.lifecycle import Command, Rule
from tickets.models import Draft, Ticket
from tickets.policies import can_work_on
from tickets.selectors import get_ticket, timeline
from tickets.sentences import names_for
from tickets.services import drafts
from tickets.services.engine import find_rule, run_command
from tickets.suggestions import KnownAbout
from tickets.views.desk.actions import label_of
from tickets.views.desk.addresses import desk_url, view_of
from tickets.views.desk.story import Item, items_of
from tickets.views.desk.workspace import Sent, workspace

# Commands whose long answers are written beside the timeline, not in a dialog.
_IN_COMPOSER = "composer"


@desk_page("GET", "POST")
def ticket_command(request: HttpRequest, number: str, command: Command) -> HttpResponseBase:
    """Ask for what the command needs, or carry it out."""
    me = viewer(request)
    ticket = get_ticket(number=number, viewer=me)
    at = timezone.now()
    if request.method != "POST":
        rule = find_rule(ticket, command, me, at)
        return _page(request, ticket, rule, CommandForm(rule, ticket))
    try:
        rule = find_rule(ticket, command, me, at)
    except Conflict as error:
        return _impossible(request, ticket, command, error)
    form = CommandForm(rule, ticket, request.POST)
    if not form.is_valid():
        return _again(request, ticket, rule, form, status=422)
    try:
        done = run_command(
            ticket_id=ticket.pk,
            command=command,
            actor=me,
            version=posted_version(request),
            data=form.cleaned_data,
            at=at,
        )
    except InvalidInput as error:
        add_errors(form, error)
        return _again(request, ticket, rule, form, status=422)
    except StaleVersion:
        return _again(request, get_ticket(number=number, viewer=me), rule, form, status=409)
    except Conflict as error:
        return _impossible(request, get_ticket(number=number, viewer=me), command, error)
    return _done(request, done, command, me)


def _done(request: HttpRequest, ticket: Ticket, command: Command, me: User) -> HttpResponse:
    if command == Command.RESOLVE:
        drafts.discard(user=me, ticket=ticket, mode=Draft.Mode.RESOLVE)
    messages.success(request, _done_text(command) % {"number": ticket.number})
    view = view_of(request)
    try:
        get_ticket(number=ticket.number, viewer=me)
    except NotVisible:
        # A confidential ticket handed to another team is out of sight now.
        return SeeOther(desk_url("queue"))
    return SeeOther(desk_url("ticket", ticket.number, view=view))


def _done_text(command: Command) -> str:
    texts = {
        Command.CLASSIFY: _("Ticket %(number)s is classified."),
        Command.ASSIGN: _("Ticket %(number)s is assigned."),
        Command.ACCEPT: _("You have acknowledged ticket %(number)s; the requester is told."),
        Command.START: _("The diagnosis of ticket %(number)s has started."),
        Command.WAIT: _("Ticket %(number)s waits."),
        Command.RESUME: _("Work on ticket %(number)s goes on."),
        Command.RESOLVE: _("The solution of ticket %(number)s was sent to the requester."),
        Command.CONFIRM: _("The confirmation of ticket %(number)s is recorded; it is closed."),
        Command.REJECT: _("Ticket %(number)s is back in diagnosis."),
        Command.CLOSE: _("Ticket %(number)s is closed unconfirmed."),
        Command.REOPEN: _("Ticket %(number)s is open again."),
        Command.WITHDRAW: _("Ticket %(number)s is withdrawn."),
        Command.ESCALATE: _("Ticket %(number)s is handed on and waits to be accepted."),
        Command.ARCHIVE: _("Ticket %(number)s is archived."),
    }
    return texts[command]


def _again(request: HttpRequest, ticket: Ticket, rule: Rule, form: CommandForm, *, status: int) -> HttpResponse:
    """The form with everything typed, the reason, and on a conflict what is new."""
    news = news_since(ticket, viewer(request), posted_version(request)) if status == 409 else []
    if request.POST.get("in") == _IN_COMPOSER:
        sent = Sent("solution", form=form, news=[item.entry for item in news])
        return workspace(request, ticket, sent=sent, status=status)
    return _page(request, ticket, rule, form, news=news, status=status)


def _impossible(request: HttpRequest, ticket: Ticket, command: Command, error: Conflict) -> HttpResponse:
    """The ticket moved on, so the command has no form any more: say so, what is new, and what had been typed."""
    typed = [
        value for name, value in request.POST.items() if name not in ("csrfmiddlewaretoken", "version", "in") and value
    ]
    context = _context(request, ticket, str(COMMAND_LABELS[command]))
    context |= {"error": error, "typed": typed, "news": news_since(ticket, viewer(request), posted_version(request))}
    return _render(request, context, status=error.status)


def news_since(ticket: Ticket, me: User, version: int) -> list[Item]:
    """What happened after the version that the sender had seen; nothing where that isn't known."""
    if not version:
        return []
    entries = timeline(ticket, me, after=version)
    for entry in entries:
        entry.event.ticket = ticket
    return items_of(ticket, entries, names_for([entry.event for entry in entries], me))


def _page(
    request: HttpRequest,
    ticket: Ticket,
    rule: Rule,
    form: CommandForm,
    *,
    news: Sequence[Item] = (),
    status: int = 200,
) -> HttpResponse:
    context = _context(request, ticket, label_of(rule))
    context |= {"rule": rule, "form": form, "news": news, "is_danger": rule.command == Command.WITHDRAW}
    if rule.command == Command.CLASSIFY:
        context |= {"known": KnownAbout(ticket, viewer(request)), "can_answer": can_work_on(viewer(request), ticket)}
    if rule.command == Command.CONFIRM:
        context["other_url"] = desk_url("ticket_command", ticket.number, Command.REJECT.value, view=view_of(request))
    return _render(request, context, status=status)


def _context(request: HttpRequest, ticket: Ticket, title: str) -> dict[str, Any]:
    view = view_of(request)
    return {
        "ticket": ticket,
        "title": title,
        "ticket_url": desk_url("ticket", ticket.number, view=view),
        "focus": request.GET.get("focus", ""),
        "desk_views": (),
        "contact": {},
    }


def _render(request: HttpRequest, context: dict[str, Any], *, status: int) -> HttpResponse:
    is_fragment = request.headers.get("HX-Request") == "true"
    return render(request, "desk/_command.html" if is_fragment else "desk/command.html", context, status=status)
