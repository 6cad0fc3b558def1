"""Saved views: give the present filters a name, rename, share, delete."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from helpdesk.accounts.desk_access import desk_page, viewer
from helpdesk.common.errors import InvalidInput, NotVisible
from helpdesk.common.web import SeeOther, add_errors
from tickets.forms.desk import SaveViewForm
from tickets.models import QueueView
from tickets.queue import canonical, parse
from tickets.services.views import change_view, delete_view, save_view
from tickets.views.desk.rail import queue_url


@desk_page("GET", "POST")
def view_save(request: HttpRequest) -> HttpResponseBase:
    """Keep the filters in `query` as a view."""
    me = viewer(request)
    query = canonical(parse((request.POST if request.method == "POST" else request.GET).get("query", "")))
    form = SaveViewForm(request.POST or None, viewer=me)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                view = save_view(actor=me, query=query, **form.cleaned_data)
                messages.success(request, _("The view is kept."))
                return SeeOther(queue_url(view.query))
            except InvalidInput as error:
                add_errors(form, error)
    return _page(request, {"form": form, "query": query, "back_url": queue_url(query)}, status=status)


@desk_page("GET", "POST")
def view_edit(request: HttpRequest, view_id: int) -> HttpResponseBase:
    """Rename an own view, share it, or delete it (`delete`)."""
    me = viewer(request)
    view = QueueView.objects.visible_to(me).filter(pk=view_id, owner=me).first()
    if view is None:
        raise NotVisible
    if request.method == "POST" and "delete" in request.POST:
        delete_view(view_id=view.pk, actor=me)
        messages.success(request, _("The view is deleted. Its tickets stay as they are."))
        return SeeOther(queue_url(""))
    form = SaveViewForm(request.POST, viewer=me) if request.method == "POST" else SaveViewForm.of(view, me)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                change_view(view_id=view.pk, actor=me, **form.cleaned_data)
                return SeeOther(queue_url(view.query))
            except InvalidInput as error:
                add_errors(form, error)
    return _page(request, {"form": form, "saved": view, "back_url": queue_url(view.query)}, status=status)


def _page(request: HttpRequest, context: dict[str, Any], *, status: int) -> HttpResponse:
    is_fragment = request.headers.get("HX-Request") == "true"
    return render(request, "desk/_view_form.html" if is_fragment else "desk/view_form.html", context, status=status)
