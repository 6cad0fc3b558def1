"""One change for many tickets (ux 2.6): choose, say what, see what became of each."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from helpdesk.common.errors import InvalidInput
from helpdesk.common.web import SeeOther
from tickets.forms.desk import BulkAssignForm, BulkClassifyForm
from tickets.lifecycle import Command
from tickets.models import Ticket
from tickets.queue import canonical, parse
from tickets.services.bulk import MOST, Chosen, run_on_many
from tickets.views.desk.access import desk_page, viewer
from tickets.views.desk.rail import queue_url

_FORMS = {Command.ASSIGN: BulkAssignForm, Command.CLASSIFY: BulkClassifyForm}


@desk_page("POST")
def bulk(request: HttpRequest) -> HttpResponseBase:
    """First the question (`action` alone), then the act (`apply`). `take` assigns to oneself at once."""
    me, action = viewer(request), request.POST.get("action", "")
    chosen = _chosen(request)
    back = queue_url(canonical(parse(request.POST.get("view", ""))))
    if not chosen:
        messages.warning(request, _("Choose at least one ticket."))
        return SeeOther(back)
    if action == "take":
        return _carry_out(request, Command.ASSIGN, {"assignee": me}, chosen, back)
    if action not in _FORMS:
        raise InvalidInput(_("This can't be done for several tickets at once."))
    command = Command(action)
    if "apply" not in request.POST:
        return _question(request, command, _FORMS[command](auto_id="bulk-%s"), chosen, back)
    form = _FORMS[command](request.POST, auto_id="bulk-%s")
    if not form.is_valid():
        return _question(request, command, form, chosen, back, status=422)
    return _carry_out(request, command, form.cleaned_data, chosen, back)


def _chosen(request: HttpRequest) -> list[Chosen]:
    """The ticked rows with the version that their list showed."""
    versions: dict[int, int] = {}
    for pair in request.POST.getlist("versions"):
        pk, _colon, version = pair.partition(":")
        if pk.isascii() and pk.isdigit() and version.isascii() and version.isdigit() and len(pair) < 30:
            versions[int(pk)] = int(version)
    ids = [value for value in request.POST.getlist("ids") if value.isascii() and value.isdigit() and len(value) < 19]
    return [Chosen(pk, versions.get(pk, 0)) for pk in dict.fromkeys(int(value) for value in ids)][: MOST + 1]


def _question(
    request: HttpRequest, command: Command, form: Any, chosen: list[Chosen], back: str, *, status: int = 200
) -> HttpResponse:
    tickets = Ticket.objects.visible_to(viewer(request)).filter(pk__in=[row.pk for row in chosen])
    title = {
        Command.ASSIGN: ngettext("Assign %(count)d ticket", "Assign %(count)d tickets", len(chosen)),
        Command.CLASSIFY: ngettext("Classify %(count)d ticket", "Classify %(count)d tickets", len(chosen)),
    }[command] % {"count": len(chosen)}
    context = {
        "title": title,
        "command": command.value,
        "form": form,
        "chosen": chosen,
        "tickets": list(tickets.only("number", "subject").order_by("pk")),
        "view": request.POST.get("view", "")[:1000],
        "back_url": back,
    }
    return render(request, "desk/bulk.html", context, status=status)


def _carry_out(
    request: HttpRequest, command: Command, data: dict[str, Any], chosen: list[Chosen], back: str
) -> HttpResponseBase:
    results = run_on_many(chosen=chosen, command=command, actor=viewer(request), data=data, at=timezone.now())
    failed = [row for row in results if row.problem]
    changed = len(results) - len(failed)
    if not failed:
        done = ngettext("%(count)d ticket changed.", "%(count)d tickets changed.", changed) % {"count": changed}
        messages.success(request, done)
        return SeeOther(back)
    context = {"failed": failed, "changed": changed, "not_changed": len(failed), "back_url": back}
    return render(request, "desk/bulk_result.html", context)
