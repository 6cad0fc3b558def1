"""Mail that came in: what waits for a decision, one mail with its original, and the decisions (M3.1-1)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.accounts.desk_access import desk_page, viewer
from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed, NotVisible
from helpdesk.common.file_store import open_bytes
from helpdesk.common.web import SeeOther
from tickets.intake.page import page_of
from tickets.intake.quoting import split
from tickets.mail_words import VERDICTS, reason_text
from tickets.models import ConfidentialRead, IncomingMail
from tickets.policies import can_decide_on_mail, can_review_mail
from tickets.services.mailroom import holding
from tickets.services.mailroom.marker import MARKER
from tickets.services.readings import note_reading

PER_PAGE = 50
WAITING, ALL = "waiting", "all"


@desk_page("GET")
def mails(request: HttpRequest) -> HttpResponse:
    """What waits for people, or everything that came."""
    person = viewer(request)
    visible = IncomingMail.objects.visible_to(person)
    shown = ALL if request.GET.get("show") == ALL else WAITING
    rows = (visible if shown == ALL else visible.waiting_for_people()).select_related("ticket", "mailbox")
    page = Paginator(rows.order_by("-stored_at", "-pk"), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "mails": [(mail, reason_text(mail.reason)) for mail in page],
        "shown": shown,
        "waiting": visible.waiting_for_people().count(),
    }
    return render(request, "desk/mails.html", context)


@desk_page("GET")
def mail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One mail, as it reads."""
    return _page(request, _find(uuid, viewer(request)))


@desk_page("GET")
def mail_html(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Its HTML, cleaned, for a frame in which nothing runs and nothing is fetched."""
    letter = holding.shown(_find(uuid, viewer(request)))
    response = HttpResponse(page_of(letter))
    response["Content-Security-Policy"] = (
        "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'"
    )
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@desk_page("GET")
def mail_original(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """The bytes as they came, as a download. They may hold links by which only their sender may answer (B9)."""
    found = _find(uuid, viewer(request))
    if not can_review_mail(viewer(request)):
        raise NotAllowed(_("The original is for leads and administrators: it may hold its sender's own links."))
    try:
        content = open_bytes(found.storage_key) if found.storage_key else None
    except FileNotFoundError:
        content = None
    if content is None:
        raise NotVisible(_("The original is not kept here. Look for it on the mail server."))
    response = FileResponse(content, as_attachment=True, filename=f"{found.uuid}.eml", content_type="message/rfc822")
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response


@desk_page("POST")
def mail_release(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Take it for what it says it is."""
    found = _find(uuid, viewer(request))
    try:
        done = holding.release(mail_id=found.pk, actor=viewer(request), at=timezone.now())
    except (Conflict, InvalidInput) as error:
        return _page(request, found, problem=error.message, status=error.status)
    return _after(request, done, _("The mail was accepted."))


@desk_page("POST")
def mail_add(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Put it on a ticket as a note."""
    found = _find(uuid, viewer(request))
    number = request.POST.get("number", "")
    try:
        done = holding.add_to_ticket(mail_id=found.pk, number=number, actor=viewer(request), at=timezone.now())
    except (Conflict, InvalidInput) as error:
        fields = getattr(error, "fields", {}).get("number", [])
        return _page(request, found, problem=fields[0] if fields else error.message, number=number, status=error.status)
    return _after(request, done, _("The mail is on the ticket now, as an internal note."))


@desk_page("POST")
def mail_discard(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Keep it without doing anything."""
    found = _find(uuid, viewer(request))
    try:
        done = holding.discard(mail_id=found.pk, actor=viewer(request), at=timezone.now())
    except Conflict as error:
        return _page(request, found, problem=error.message, status=error.status)
    return _after(request, done, _("The mail was discarded. It is still among all mails."))


def _find(uuid: UUID, person: User) -> IncomingMail:
    people = ("ticket", "guessed_ticket", "mailbox", "handled_by", "person")
    found = IncomingMail.objects.visible_to(person).select_related(*people).filter(uuid=uuid).first()
    if found is None:
        raise NotVisible
    if found.ticket is not None:
        note_reading(ticket=found.ticket, reader=person, place=ConfidentialRead.Place.MAIL, at=timezone.now())
    return found


def _after(request: HttpRequest, mail: IncomingMail, sentence: str) -> HttpResponse:
    messages.success(request, sentence)
    if mail.ticket is not None and mail.outcome != IncomingMail.Outcome.IGNORED:
        return SeeOther(reverse("desk:ticket", args=[mail.ticket.number]))
    return SeeOther(reverse("desk:mails"))


def _page(
    request: HttpRequest, found: IncomingMail, *, problem: object = "", number: str = "", status: int = 200
) -> HttpResponse:
    try:
        letter = holding.shown(found)
    except Conflict:
        letter = None
    person = viewer(request)
    context: dict[str, Any] = {
        "mail": found,
        "letter": letter,
        "parts": split(letter.text, marker=MARKER) if letter is not None else None,
        "why": reason_text(found.reason),
        "verdict": VERDICTS.get(found.verdict, ""),
        "may_see_original": can_review_mail(person),
        "may_decide": found.outcome in holding.DECIDABLE and can_decide_on_mail(person, found),
        "guess": _guess(found, person),
        "problem": problem,
        "number": number or (found.ticket.number if found.ticket is not None else ""),
    }
    return render(request, "desk/mail.html", context, status=status)


def _guess(found: IncomingMail, person: User) -> str:
    """The number of the ticket that it named without proof, if this person may know of that one."""
    guessed = found.guessed_ticket
    if guessed is None:
        return ""
    return guessed.number if type(guessed).objects.visible_to(person).filter(pk=guessed.pk).exists() else ""
