"""Registering an asset and changing what is noted of it (ux 2.15)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from assets.changes import Past
from assets.forms import AssetForm
from assets.models import Asset, AssetType
from assets.selectors import get_asset
from assets.services.register import change_asset, register_asset
from assets.views.conflicts import news_for
from assets.views.register import asset_url
from helpdesk.accounts.desk_access import desk_page, posted_version, viewer
from helpdesk.common.errors import InvalidInput, StaleVersion
from helpdesk.common.web import SeeOther, add_errors

RETYPE = "retype"  # the button that asks for the fields of another type


@desk_page("GET", "POST")
def asset_new(request: HttpRequest) -> HttpResponseBase:
    """Register an asset: first of which type, then what is noted of that type."""
    me = viewer(request)
    kinds = AssetType.objects.visible_to(me).on_offer()
    kind = kinds.filter(code=_asked_type(request)).first()
    if kind is None:
        return render(request, "assets/types.html", {"kinds": kinds})
    context = {"title": _("Register an asset"), "back": reverse("assets:list"), "kinds": kinds}
    if _wants_other_type(request):
        return _page(request, AssetForm(kind=kind, typed=request.POST.dict()), {**context, "is_retyped": True})
    form = AssetForm(request.POST if request.method == "POST" else None, kind=kind)

    def save() -> Asset:
        return register_asset(fields=form.details(), actor=me, at=timezone.now())

    return _saved(request, form, save, _("Asset %(tag)s is registered.")) or _page(request, form, context)


@desk_page("GET", "POST")
def asset_edit(request: HttpRequest, tag: str) -> HttpResponseBase:
    """Change what is noted of an asset, also its type (`?type=`). Where somebody else was faster, the page says what they
    changed; sending it once more means it."""
    me = viewer(request)
    found = get_asset(tag=tag, viewer=me)
    kinds = AssetType.objects.visible_to(me).on_offer()
    kind = kinds.filter(code=_asked_type(request)).first() or found.type
    context = {
        "title": _("Change asset %(tag)s") % {"tag": found.tag},
        "back": asset_url(found),
        "kinds": kinds,
        "version": found.version,
    }
    if _wants_other_type(request):
        context |= {"version": posted_version(request), "is_retyped": True}
        return _page(request, AssetForm(kind=kind, asset=found, typed=request.POST.dict()), context)
    form = AssetForm(request.POST if request.method == "POST" else None, kind=kind, asset=found)

    def save() -> Asset:
        version = posted_version(request)
        return change_asset(asset_id=found.pk, version=version, fields=form.details(), actor=me, at=timezone.now())

    try:
        return _saved(request, form, save, _("Asset %(tag)s is changed.")) or _page(request, form, context)
    except StaleVersion as error:
        return _conflict(request, form, get_asset(tag=tag, viewer=me), error, context)


def _asked_type(request: HttpRequest) -> str:
    """The code of the type whose fields are wanted or were sent."""
    name = "type" if _wants_other_type(request) else "kind"
    code = request.POST.get(name) or request.GET.get("type", "")
    return code[:40].replace("\x00", "")


def _wants_other_type(request: HttpRequest) -> bool:
    """Another type is chosen than the one whose fields were sent: what was typed is shown with the fields of that."""
    wanted = request.POST.get("type", "")
    return RETYPE in request.POST or (bool(wanted) and wanted != request.POST.get("kind"))


def _saved(request: HttpRequest, form: AssetForm, save: Callable[[], Asset], said: str) -> HttpResponse | None:
    """Where the form is sent and right, save it and go to the asset."""
    if request.method == "POST" and form.is_valid():
        try:
            saved = save()
        except InvalidInput as error:
            add_errors(form, error)
        else:
            messages.success(request, said % {"tag": saved.tag})
            return SeeOther(asset_url(saved))
    return None


def _conflict(
    request: HttpRequest, form: AssetForm, present: Asset, error: StaleVersion, context: dict[str, Any]
) -> HttpResponse:
    past = Past(present)
    seen = past.version(posted_version(request))
    news, homeless = [], []
    if seen is not None:
        texts = {"seen": AssetForm.texts_of(seen), "now": AssetForm.texts_of(present)}
        if form.kind.pk == seen.type_id != present.type_id:
            sent, form = form, AssetForm(request.POST, kind=present.type, asset=present)
            homeless = [
                (field.label, field.value())
                for field in sent.own_fields()
                if field.name not in form.fields and field.value() not in ("", texts["seen"].get(field.name))
            ]
        news = news_for(form, past.between(seen, present), **texts)
        if form.kind.pk != present.type_id:
            news = [replace(item, is_kept=item.is_kept or item.change.field == "type") for item in news]
    add_errors(form, error)
    context |= {"version": present.version, "news": news, "homeless": homeless}
    return _page(request, form, context, status=409)


def _page(request: HttpRequest, form: AssetForm, context: dict[str, Any], *, status: int = 0) -> HttpResponse:
    status = status or (422 if form.errors else 200)
    return render(request, "assets/edit.html", {**context, "form": form, "kind": form.kind}, status=status)
