"""The requester's ticket page and its living part, built from one context so that they can't drift apart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from helpdesk.accounts.models import User
from helpdesk.common.errors import InvalidInput
from tickets.forms.submit import ReplyForm
from tickets.incidents import incident_for_requester
from tickets.lifecycle import FINAL, Command, Status
from tickets.models import Attachment, Consent, DeskSettings, Draft, Ticket, TicketSeen
from tickets.policies import can_edit_details, can_manage_watchers
from tickets.services.drafts import drafts_for
from tickets.services.engine import allowed_rules
from tickets.services.files import unsent_files
from tickets.views.portal import telling
from tickets.views.portal.questions import questions_for
from tickets.views.portal.submit import file_limits
from tickets.views.portal.timeline import Line, lines

# What the requester's side can do here; the desk has its own pages.
PORTAL_COMMANDS = (Command.CONFIRM, Command.REJECT, Command.REOPEN, Command.WITHDRAW)


def living(ticket: Ticket, viewer: User) -> dict[str, Any]:
    """What changes while the page is open: the sentence, the tracker, the action card, the timeline, the aside."""
    at = timezone.now()
    commands = {rule.command for rule in allowed_rules(ticket, viewer, at)}
    questions = questions_for(ticket, viewer, at)
    story = lines(ticket, viewer, seen=seen_version(ticket, viewer))
    return {
        "ticket": ticket,
        "saying": telling.saying(ticket, viewer, DeskSettings.current().terms, at),
        "steps": telling.steps(ticket, viewer),
        "questions": questions,
        "grants": _grants(ticket, viewer, at),
        "action": "" if questions and ticket.is_open else _action(ticket, viewer, commands),
        "allowed": {command.value: command in commands for command in PORTAL_COMMANDS},
        "lines": story,
        "has_new": any(line.is_new for line in story),
        "question": _question(story),
        "is_polled": ticket.status not in FINAL,
        "incident": incident_for_requester(ticket),
        **_beside(ticket, viewer),
    }


def _grants(ticket: Ticket, viewer: User, at: datetime) -> list[Consent]:
    """What the viewer has allowed and can take back."""
    if ticket.requester_id != viewer.pk or ticket.status in FINAL:
        return []
    in_force = Consent.objects.filter(ticket=ticket).in_force(at).prefetch_related("items")
    return [consent for consent in in_force if consent.allowed]


def _beside(ticket: Ticket, viewer: User) -> dict[str, Any]:
    """What stands in the column beside it."""
    return {
        "watchers": User.objects.filter(pk__in=ticket.watcher_rows.values("user_id")).order_by("full_name"),
        "can_edit": can_edit_details(viewer, ticket) and ticket.status not in FINAL,
        "can_add_people": can_manage_watchers(viewer, ticket) and not ticket.is_archived,
        "handler": telling.handler(ticket),
        "has_details": bool(ticket.device_hostname or ticket.device_ip),
    }


def seen_version(ticket: Ticket, viewer: User) -> int:
    """How far the viewer has read; everything counts as read on the first visit."""
    seen = TicketSeen.objects.filter(ticket=ticket, user=viewer).values_list("version", flat=True).first()
    return ticket.version if seen is None else seen


def _action(ticket: Ticket, viewer: User, commands: set[Command]) -> str:
    """Which one card stands above the timeline; empty for none."""
    is_requester = ticket.requester_id == viewer.pk
    if ticket.status == Status.RESOLVED:
        return "confirm" if is_requester and Command.CONFIRM in commands else "solution"
    if telling.is_asked(ticket, viewer):
        return "answer"
    if ticket.status in FINAL:
        return "closed" if is_requester else "solution" if ticket.solution else ""
    return ""


def _question(story: Sequence[Line]) -> Line | None:
    """The latest message of the desk, which is what waits for an answer."""
    return next((line for line in story if line.is_desk and line.body), None)


def reply_draft(ticket: Ticket, viewer: User) -> tuple[str, list[str]]:
    """What the viewer had begun to write here: the text and the ids of files."""
    draft = drafts_for(user=viewer, ticket=ticket).get(Draft.Mode.REPLY, {})
    return draft.get("body", ""), draft.get("attachments", "").split()


def ticket_page(
    request: HttpRequest,
    ticket: Ticket,
    viewer: User,
    *,
    form: ReplyForm | None = None,
    ids: Sequence[str] = (),
    news: Sequence[Line] = (),
    status: int = 200,
) -> HttpResponse:
    """The whole page. `form` holds what couldn't be sent; `news` is what happened meanwhile."""
    if form is None:
        text, kept = reply_draft(ticket, viewer)
        form = ReplyForm(initial={"body": text})
        ids = kept
    context = {
        **living(ticket, viewer),
        **file_limits(),
        "form": form,
        "files": _unsent(ids, viewer),
        "news": news,
        "can_reply": ticket.status not in FINAL,
    }
    return render(request, "portal/ticket.html", context, status=status)


def _unsent(ids: Sequence[str], viewer: User) -> list[Attachment]:
    if not ids:
        return []
    try:
        return unsent_files(uuids=ids, actor=viewer)
    except InvalidInput:
        return []
