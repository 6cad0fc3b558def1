"""Escalating the tickets that were ticked in the queue (ux 2.6): /desk/bulk/escalate/."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from escalation.forms import BulkEscalateForm
from escalation.services.bulk import escalate_many
from helpdesk.accounts.desk_access import desk_page, viewer
from tickets.views.desk.bulk import answer, chosen_in, nothing_chosen, question


@desk_page("POST")
def bulk_escalate(request: HttpRequest) -> HttpResponse:
    """First the question, then (`apply`) the act on each ticket."""
    chosen = chosen_in(request)
    if not chosen:
        return nothing_chosen(request)
    form = BulkEscalateForm(request.POST if "apply" in request.POST else None)
    if not form.is_valid():
        count = len(chosen)
        title = ngettext("Escalate %(count)d ticket", "Escalate %(count)d tickets", count) % {"count": count}
        hint = _(
            "Each ticket goes to its own next level. What it knows is filled in: what it is about, what was tried, "
            "how it stands. A ticket that lacks a required part stays where it is, and you are told what is missing."
        )
        return question(request, form, chosen, title=title, hint=hint)
    results = escalate_many(chosen=chosen, said=form.said(), actor=viewer(request), at=timezone.now())
    return answer(request, results, _handed_on)


def _handed_on(count: int) -> str:
    return ngettext(
        "%(count)d ticket is handed on and waits to be accepted.",
        "%(count)d tickets are handed on and wait to be accepted.",
        count,
    ) % {"count": count}
