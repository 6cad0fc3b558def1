"""One change for many tickets (ux 2.6): choose, say what, see what became of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from helpdesk.accounts.desk_access import desk_page, viewer
from helpdesk.accounts.models import User
from helpdesk.common.errors import InvalidInput
from helpdesk.common.numbers import whole_number, whole_numbers
from helpdesk.common.web import SeeOther
from tickets.forms.desk import BulkAssignForm, BulkClassifyForm
from tickets.forms.incidents import IncidentOfTicketForm
from tickets.lifecycle import Command
from tickets.models import Ticket
from tickets.queue import canonical, parse
from tickets.services.bulk import MOST, Chosen, RowResult, link_many, run_on_many
from tickets.views.desk.rail import queue_url

LINK = "link"


@desk_page("POST")
def bulk(request: HttpRequest) -> HttpResponseBase:
    """First the question (`action` alone), then the act (`apply`). `take` assigns to oneself at once."""
    me, action, at = viewer(request), request.POST.get("action", ""), timezone.now()
    chosen = chosen_in(request)
    if not chosen:
        return nothing_chosen(request)
    if action == "take":
        results = run_on_many(chosen=chosen, command=Command.ASSIGN, actor=me, data={"assignee": me}, at=at)
        return answer(request, results, _changed)
    form = _form(request, action, me)
    if not form.is_valid():
        is_possible = action != LINK or form.fields["incident"].queryset.exists()
        hint = _hint(action) if is_possible else _("No major incident is open.")
        return question(request, form, chosen, title=_title(action, len(chosen)), hint=hint, is_possible=is_possible)
    if action == LINK:
        incident = form.cleaned_data["incident"]
        return answer(request, link_many(chosen=chosen, incident_id=incident.pk, actor=me, at=at), _linked)
    results = run_on_many(chosen=chosen, command=Command(action), actor=me, data=form.cleaned_data, at=at)
    return answer(request, results, _changed)


def _form(request: HttpRequest, action: str, me: User) -> Any:
    data = request.POST if "apply" in request.POST else None
    if action == Command.ASSIGN:
        return BulkAssignForm(data, auto_id="bulk-%s")
    if action == Command.CLASSIFY:
        return BulkClassifyForm(data, auto_id="bulk-%s")
    if action == LINK:
        return IncidentOfTicketForm(data, viewer=me)
    raise InvalidInput(_("This can't be done for several tickets at once."))


def _title(action: str, count: int) -> str:
    titles = {
        Command.ASSIGN.value: ngettext("Assign %(count)d ticket", "Assign %(count)d tickets", count),
        Command.CLASSIFY.value: ngettext("Classify %(count)d ticket", "Classify %(count)d tickets", count),
        LINK: ngettext("Link %(count)d ticket", "Link %(count)d tickets", count),
    }
    return titles[action] % {"count": count}


def _hint(action: str) -> str:
    hints = {
        Command.CLASSIFY.value: _(
            "What you leave empty keeps each ticket's own answer. A ticket that was classified before needs a reason."
        ),
        LINK: _("Their requesters are told in the tickets, and each gets every update once."),
    }
    return hints.get(action, "")


def _changed(count: int) -> str:
    return ngettext("%(count)d ticket changed.", "%(count)d tickets changed.", count) % {"count": count}


def _linked(count: int) -> str:
    return ngettext("%(count)d ticket is linked.", "%(count)d tickets are linked.", count) % {"count": count}


def chosen_in(request: HttpRequest) -> list[Chosen]:
    """The ticked rows with the version that their list showed."""
    versions: dict[int, int] = {}
    for pair in request.POST.getlist("versions"):
        pk, _colon, version = pair.partition(":")
        versions[whole_number(pk) or 0] = whole_number(version) or 0
    ids = dict.fromkeys(whole_numbers(request.POST.getlist("ids")))
    return [Chosen(pk, versions.get(pk, 0)) for pk in ids][: MOST + 1]


def nothing_chosen(request: HttpRequest) -> HttpResponse:
    """Back to the list, saying so."""
    messages.warning(request, _("Choose at least one ticket."))
    return SeeOther(_back_url(request))


def question(
    request: HttpRequest,
    form: BaseForm,
    chosen: Sequence[Chosen],
    *,
    title: str,
    hint: str,
    is_possible: bool = True,
) -> HttpResponse:
    """What is to be said once for all the chosen tickets; with the refusals where it was answered already."""
    tickets = Ticket.objects.visible_to(viewer(request)).filter(pk__in=[row.pk for row in chosen])
    context = {
        "title": title,
        "hint": hint,
        "is_possible": is_possible,
        "action": request.POST.get("action", "")[:20],
        "form": form,
        "chosen": chosen,
        "tickets": list(tickets.only("number", "subject").order_by("pk")),
        "view": request.POST.get("view", "")[:1000],
        "back_url": _back_url(request),
    }
    return render(request, "desk/bulk.html", context, status=422 if form.is_bound else 200)


def answer(request: HttpRequest, results: Sequence[RowResult], done: Callable[[int], str]) -> HttpResponse:
    """Back to the list where all went well, else what became of each. `done` says how many were changed."""
    failed = [row for row in results if row.problem]
    changed = len(results) - len(failed)
    if not failed:
        messages.success(request, done(changed))
        return SeeOther(_back_url(request))
    context = {"failed": failed, "changed": changed, "not_changed": len(failed), "back_url": _back_url(request)}
    return render(request, "desk/bulk_result.html", context)


def _back_url(request: HttpRequest) -> str:
    return queue_url(canonical(parse(request.POST.get("view", ""))))
