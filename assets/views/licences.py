"""Licences for the desk: the list with its seats, one licence, its key on request."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from assets.changes import Change, Past, label_of
from assets.licence_forms import LicenceForm, SeatForm
from assets.models import Licence, LicenceSeat
from assets.policies import can_keep_licences
from assets.selectors import get_asset, key_changed_since, licence_events
from assets.services.licences import add_licence, change_licence, free_seat, give_seat, show_key
from assets.views.conflicts import News, news_for
from assets.views.sheets import Sheet, answer_sheet, chosen_person
from helpdesk.accounts.desk_access import desk_page, posted_version, viewer
from helpdesk.common.errors import InvalidInput, NotAllowed, NotVisible
from helpdesk.common.web import SeeOther

LISTS = ("current", "retired")
PAGE_SIZE = 100
FORMER_SHOWN = 30


def licence_url(licence: Licence) -> str:
    return reverse("assets:licence", args=[licence.pk])


def _get(request: HttpRequest, licence_id: int) -> Licence:
    found = Licence.objects.visible_to(viewer(request)).with_usage().filter(pk=licence_id).first()
    if found is None:
        raise NotVisible
    return found


@desk_page("GET")
def licence_list(request: HttpRequest) -> HttpResponseBase:
    """Licences with the seats in use; those that end first on top."""
    me, today = viewer(request), timezone.localdate()
    shown = request.GET.get("show", "")
    shown = shown if shown in LISTS else "current"
    rows = Licence.objects.visible_to(me).with_usage().filter(is_retired=shown == "retired")
    page = Paginator(rows.order_by("expires_on", "name", "pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "licences": [(row, standing(row, today)) for row in page],
        "shown": shown,
        "may_keep": can_keep_licences(me),
    }
    return render(request, "assets/licences.html", context)


def standing(licence: Licence, today: Any) -> str:
    """Whether it has ended, ends soon, or has no seat left: a code for the chip."""
    if licence.expires_on is not None and licence.expires_on < today:
        return "over"
    if licence.expires_on is not None and (licence.expires_on - today).days <= licence.remind_days:
        return "soon"
    return "full" if getattr(licence, "used", 0) >= licence.seats else ""


@desk_page("GET")
def licence(request: HttpRequest, licence_id: int) -> HttpResponseBase:
    me = viewer(request)
    row = _get(request, licence_id)
    seats = LicenceSeat.objects.visible_to(me).filter(licence=row).select_related("person", "asset__type")
    context = {
        "licence": row,
        "standing": standing(row, timezone.localdate()),
        "seats": seats.open(),
        "wasted_count": seats.wasted().count(),
        "free": max(row.seats - getattr(row, "used", 0), 0),
        "former": seats.filter(until__isnull=False).order_by("-until")[:FORMER_SHOWN],
        "events": licence_events(row, me),
        "may_keep": can_keep_licences(me),
    }
    return render(request, "assets/licence.html", context)


@desk_page("GET", "POST")
def licence_new(request: HttpRequest) -> HttpResponseBase:
    me = viewer(request)
    if not can_keep_licences(me):
        raise NotAllowed
    form = LicenceForm(request.POST if request.method == "POST" else None)

    def act(data: dict[str, Any]) -> str:
        saved = add_licence(fields=form.answers(), actor=me, at=timezone.now())
        return _("The licence “%(name)s” is added.") % {"name": saved}

    sheet = Sheet(_("Add a licence"), "", _("Save"), reverse("assets:licences"))
    return answer_sheet(request, form, sheet, act)


@desk_page("GET", "POST")
def licence_edit(request: HttpRequest, licence_id: int) -> HttpResponseBase:
    me = viewer(request)
    row = _get(request, licence_id)
    if not can_keep_licences(me):
        raise NotAllowed
    form = LicenceForm(request.POST if request.method == "POST" else None, licence=row)

    def act(data: dict[str, Any]) -> str:
        version = posted_version(request)
        change_licence(licence_id=row.pk, version=version, fields=form.answers(), actor=me, at=timezone.now())
        return _("The licence “%(name)s” is changed.") % {"name": data["name"]}

    def news(sheet: Sheet) -> Sheet:
        present = _get(request, licence_id)
        past = Past(present)
        seen = past.version(posted_version(request))
        if seen is None:
            return replace(sheet, version=present.version)
        texts = {"seen": LicenceForm.texts_of(seen), "now": LicenceForm.texts_of(present)}
        found = news_for(form, past.between(seen, present), **texts)
        if key_changed_since(present, seen.version):
            change = Change("key", label_of(present, "key"), "", _("replaced or removed; keys aren't shown here"))
            found.append(News(change, is_kept=bool(form.data.get("key") or form.data.get("remove_key"))))
        return replace(sheet, version=present.version, news=found)

    sheet = Sheet(_("Change the licence"), str(row), _("Save"), licence_url(row), version=row.version)
    return answer_sheet(request, form, sheet, act, catch_up=news)


@never_cache
@desk_page("POST")
def licence_key(request: HttpRequest, licence_id: int) -> HttpResponseBase:
    """The key, on a page of its own that no cache keeps; that it was looked at is noted."""
    row = _get(request, licence_id)
    key = show_key(licence_id=row.pk, actor=viewer(request), at=timezone.now())
    return render(request, "assets/licence_key.html", {"licence": row, "key": key})


@desk_page("GET", "POST")
def seat_add(request: HttpRequest, licence_id: int) -> HttpResponseBase:
    """A seat for a person or an asset."""
    me = viewer(request)
    row = _get(request, licence_id)

    def act(data: dict[str, Any]) -> str:
        chosen = chosen_person(request, data)
        asset = None
        if data["asset"]:
            try:
                asset = get_asset(tag=data["asset"], viewer=me)
            except NotVisible:
                raise InvalidInput(fields={"asset": [_("There is no asset with this tag.")]}) from None
        give_seat(licence_id=row.pk, person=chosen["person"] or None, asset=asset, actor=me, at=timezone.now())
        return _("The seat is given.")

    sheet = Sheet(_("Give a seat"), str(row), _("Give the seat"), licence_url(row))
    return answer_sheet(request, SeatForm(request.POST if request.method == "POST" else None), sheet, act)


@desk_page("POST")
def seat_free(request: HttpRequest, seat_id: int) -> HttpResponseBase:
    seat = free_seat(seat_id=seat_id, actor=viewer(request), at=timezone.now())
    return SeeOther(licence_url(seat.licence))
