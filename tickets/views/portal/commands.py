"""What the requester decides: fixed, not yet, reopen, withdraw. Each has its own page and works as a dialog."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed, NotVisible, StaleVersion
from helpdesk.common.web import SeeOther, add_errors, signed_in
from tickets.choices import Channel
from tickets.forms.commands import CommandForm
from tickets.lifecycle import Command
from tickets.models import Ticket
from tickets.own_tickets import get_own_ticket
from tickets.services.engine import find_rule, run_command
from tickets.services.presence import mark_seen
from tickets.views.portal.page import PORTAL_COMMANDS
from tickets.views.portal.timeline import Line, lines
from tickets.views.posted import posted_version

# Per command: the page's title, what it leads to, the question, its hint, and the button.
_PAGES: dict[Command, dict[str, Any]] = {
    Command.CONFIRM: {
        "title": _("Is it fixed?"),
        "text": _("With your yes the ticket is closed."),
        "label": _("Do you want to add something?"),
        "button": _("Yes, fixed"),
    },
    Command.REJECT: {
        "title": _("What is still wrong?"),
        "text": _("The ticket goes back to the same person. You do not start again."),
        "label": _("What do you still see?"),
        "hint": _("One sentence is enough."),
        "missing": _("Say in a sentence what you still see."),
        "button": _("Send it back"),
    },
    Command.REOPEN: {
        "title": _("Reopen this ticket"),
        "text": _("The ticket goes back to the same person. You do not start again."),
        "label": _("What has happened?"),
        "hint": _("One sentence is enough."),
        "missing": _("Say in a sentence what has happened."),
        "button": _("Reopen the ticket"),
    },
    Command.WITHDRAW: {
        "title": _("Withdraw this report"),
        "text": _("We stop working on it. It stays readable under your closed tickets."),
        "label": _("Why do you no longer need it?"),
        "hint": _("It helps us to know whether it went away by itself."),
        "missing": _("Say in a sentence why you no longer need it."),
        "button": _("Withdraw the report"),
        "is_danger": True,
    },
}


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def ticket_command(request: HttpRequest, number: str, command: Command) -> HttpResponse:
    """One decision. GET asks, POST carries it out."""
    viewer = request.user
    assert isinstance(viewer, User)
    if command not in PORTAL_COMMANDS:
        raise NotVisible
    found = get_own_ticket(number=number, viewer=viewer)
    at = timezone.now()
    if request.method != "POST":
        find_rule(found, command, viewer, at)
        return _page(request, found, command, _form(found, command, viewer))
    version = posted_version(request)
    try:
        form = _form(found, command, viewer, request.POST)
    except (Conflict, NotAllowed):
        if version != found.version:
            return _conflict(request, found, command, viewer, version)
        raise
    if not form.is_valid():
        return _page(request, found, command, form, status=422)
    try:
        done = run_command(
            ticket_id=found.pk,
            command=command,
            actor=viewer,
            version=version,
            data=form.cleaned_data,
            at=at,
            channel=Channel.PORTAL,
        )
    except StaleVersion:
        return _conflict(request, get_own_ticket(number=number, viewer=viewer), command, viewer, version)
    except InvalidInput as error:
        add_errors(form, error)
        return _page(request, found, command, form, status=422)
    mark_seen(ticket=done, user=viewer)
    return SeeOther(reverse("portal:ticket", args=[number]))


def _form(ticket: Ticket, command: Command, viewer: User, data: Any = None) -> CommandForm:
    """The answers this command wants, in the portal's words. Raises Conflict or NotAllowed."""
    form = CommandForm(find_rule(ticket, command, viewer, timezone.now()), ticket, data)
    words = _PAGES[command]
    reason = form.fields["reason"]
    reason.label, reason.help_text = words["label"], words.get("hint", "")
    if "missing" in words:
        reason.error_messages["required"] = words["missing"]
    return form


def _conflict(request: HttpRequest, ticket: Ticket, command: Command, viewer: User, version: int) -> HttpResponse:
    """Somebody was faster: what is new, and the typed words in the form, which now knows the new version.

    Where the step isn't possible any more the words stand there to be copied.
    """
    news = lines(ticket, viewer, seen=version, after=version)
    try:
        form = _form(ticket, command, viewer, request.POST)
    except (Conflict, NotAllowed):
        form = None
    typed = request.POST.get("reason", "")
    return _page(request, ticket, command, form, news=news, typed=typed, status=409)


def _page(
    request: HttpRequest,
    ticket: Ticket,
    command: Command,
    form: CommandForm | None,
    *,
    news: list[Line] | None = None,
    typed: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "ticket": ticket,
        "command": command.value,
        "words": _PAGES[command],
        "form": form,
        "news": news,
        "typed": typed,
    }
    return render(request, "portal/command.html", context, status=status)
