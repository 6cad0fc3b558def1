"""Writing on a ticket: replies and notes, which are never mistaken for each other (ux decision 6)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.accounts.desk_access import desk_page, posted_version, viewer
from helpdesk.common.errors import DomainError, InvalidInput, NotVisible, StaleVersion
from helpdesk.common.web import SeeOther
from tickets.choices import MessageKind
from tickets.forms.desk import MessageForm
from tickets.lifecycle import Command
from tickets.models import Ticket
from tickets.selectors import get_ticket, timeline
from tickets.services.conversation import post_message
from tickets.views.desk.addresses import desk_url, view_of
from tickets.views.desk.workspace import Sent, workspace
from tickets.views.posted import file_ids, keep_uploads

KINDS = {"reply": MessageKind.PUBLIC, "note": MessageKind.INTERNAL}


@desk_page("POST")
def ticket_message(request: HttpRequest, number: str) -> HttpResponseBase:
    """Send a reply or a note; with `then=wait` the ticket waits from the same act on."""
    me, at = viewer(request), timezone.now()
    ticket = get_ticket(number=number, viewer=me)
    # Anything that isn't plainly a reply stays inside.
    mode = "reply" if request.POST.get("mode") == "reply" else "note"
    form = MessageForm(request.POST, request.FILES)
    kept, problems = keep_uploads(request.FILES.getlist("files"), actor=me, at=at)
    ids = [*file_ids(request), *kept]
    sent = Sent(mode, _typed(request), ids, problems=problems)
    is_waiting = mode == "reply" and request.POST.get("then") == Command.WAIT
    if not form.is_valid():
        names = ("body", "waiting_reason", "next_action_at") if is_waiting else ("body",)
        sent.problems = [*problems, *(str(text) for name in names for text in form.errors.get(name, ()))]
    if sent.problems:
        return workspace(request, ticket, sent=sent, status=422)
    try:
        post_message(
            ticket_id=ticket.pk,
            actor=me,
            body=form.cleaned_data["body"],
            at=at,
            kind=KINDS[mode],
            version=posted_version(request),
            attachments=ids,
            then=Command.WAIT if is_waiting else None,
            data={name: form.cleaned_data.get(name) for name in ("waiting_reason", "next_action_at")},
        )
    except NotVisible:
        raise
    except DomainError as error:
        return _refused(request, ticket, sent, error)
    messages.success(request, _("Sent to the requester.") if mode == "reply" else _("The note is kept."))
    return SeeOther(desk_url("ticket", ticket.number, view=view_of(request)) + "#latest")


def _typed(request: HttpRequest) -> dict[str, Any]:
    return {name: request.POST.get(name, "") for name in ("body", "waiting_reason", "next_action_at", "then")}


def _refused(request: HttpRequest, ticket: Ticket, sent: Sent, error: DomainError) -> HttpResponseBase:
    """The page again with the text kept; on a conflict the newer entries stand above it."""
    me = viewer(request)
    now = get_ticket(number=ticket.number, viewer=me)
    if isinstance(error, StaleVersion):
        sent.news = timeline(now, me, after=posted_version(request)) if posted_version(request) else []
    texts = [str(text) for texts in error.fields.values() for text in texts]
    sent.problems = texts or [str(error.message)]
    return workspace(request, now, sent=sent, status=422 if isinstance(error, InvalidInput) else error.status)
