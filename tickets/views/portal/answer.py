"""Answering a proposed solution by the link in the mail, without signing in (M3.5-1)."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from helpdesk.common.errors import Conflict, InvalidInput, NotVisible
from tickets.lifecycle import Command
from tickets.services import signed_links
from tickets.views.posted import posted_version


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, link: str) -> HttpResponse:
    """GET asks, POST decides. Mail scanners follow links, so looking at it must not answer it."""
    try:
        asked = signed_links.asked_by(link)
    except NotVisible:
        return render(request, "portal/answer_gone.html", status=404)
    with translation.override(asked.person.language or settings.LANGUAGE_CODE):
        if request.method != "POST":
            return render(request, "portal/answer.html", {"ticket": asked.ticket})
        return _decide(request, link, asked)


def _decide(request: HttpRequest, link: str, asked: signed_links.Asked) -> HttpResponse:
    reason = request.POST.get("reason", "")
    command = Command.CONFIRM if request.POST.get("answer") == "yes" else Command.REJECT
    page = {"ticket": asked.ticket, "reason": reason}
    try:
        signed_links.answer(
            link=link, command=command, reason=reason, version=posted_version(request), at=timezone.now()
        )
    except InvalidInput as error:
        errors = [text for texts in error.fields.values() for text in texts]
        return render(request, "portal/answer.html", {**page, "errors": errors}, status=422)
    except (Conflict, NotVisible):
        return render(request, "portal/answer_gone.html", {"typed": reason}, status=409)
    return render(request, "portal/answered.html", {**page, "is_confirmed": command == Command.CONFIRM})
