"""The register for the desk: the table of assets, and the page of one (ux 2.15)."""

from __future__ import annotations

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from assets.choices import AssetState, CustodyKind
from assets.filters import SOON, filtered
from assets.forms import FilterForm
from assets.models import Asset, CustodyAct, LicenceSeat
from assets.models.asset import AssetQuerySet
from assets.refusals import COMMAND_LABELS
from assets.selectors import (
    attribute_lines,
    events_of,
    get_asset,
    possible_acts,
    related_assets,
    stocktakes_for,
    waiting_act,
)
from helpdesk.accounts.desk_access import desk_page, viewer
from helpdesk.common.web import SeeOther

PAGE_SIZE = 50
SORTS = {
    "tag": ("tag",),
    "model": ("manufacturer", "model", "tag"),
    "holder": ("holder__full_name", "tag"),
    "location": ("location", "tag"),
    "warranty": ("warranty_until_on", "tag"),
    "state": ("state", "tag"),
}
HEADINGS = {
    "tag": gettext_lazy("Asset tag"),
    "model": gettext_lazy("Model"),
    "holder": gettext_lazy("Used by"),
    "location": gettext_lazy("Place"),
    "warranty": gettext_lazy("Warranty until"),
    "state": gettext_lazy("State"),
}


def asset_url(asset: Asset) -> str:
    return reverse("assets:asset", args=[asset.tag])


@desk_page("GET")
def asset_list(request: HttpRequest) -> HttpResponseBase:
    """The register, filtered, in an order, by pages."""
    me = viewer(request)
    everything = Asset.objects.visible_to(me)
    sort = request.GET.get("sort", "tag")
    sort = sort if sort in SORTS else "tag"
    rows: AssetQuerySet = filtered(everything, request.GET, request).with_names().order_by(*SORTS[sort])
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    today = timezone.localdate()
    asked = {name: value for name, value in request.GET.items() if value and name not in ("page", "sort")}
    context = {
        "page": page,
        "form": FilterForm(request.GET, auto_id="filter-%s"),
        "sort": sort,
        "headings": [(code, label, urlencode({**asked, "sort": code})) for code, label in HEADINGS.items()],
        "is_filtered": bool(asked),
        "is_empty": not page.paginator.count and not everything.exists(),
        "today": today,
        "soon": today + SOON,
        "asked": asked,
        "asked_query": urlencode(asked),
        "tags": ",".join(asset.tag for asset in page),
    }
    return render(request, "assets/list.html", context)


@desk_page("GET")
def asset(request: HttpRequest, tag: str) -> HttpResponseBase:
    """One asset: what it is, who has it now and had it before, what belongs to it, and what was done."""
    me = viewer(request)
    found = get_asset(tag=tag, viewer=me)
    if found.tag != tag:
        return SeeOther(asset_url(found))
    waiting = waiting_act(found)
    acts = possible_acts(found, waiting)
    today = timezone.localdate()
    context = {
        "asset": found,
        "attributes": attribute_lines(found),
        "waiting": waiting,
        "is_receipt": waiting is not None and waiting.kind == CustodyKind.HAND_OUT,
        "acts": [(command, COMMAND_LABELS[command]) for command in acts],
        "custody": CustodyAct.objects.visible_to(me).filter(asset=found).select_related("person", "given_by"),
        "relations": related_assets(found, me),
        "stocktakes": stocktakes_for(found, me),
        "seats": LicenceSeat.objects.visible_to(me).open().filter(asset=found).select_related("licence"),
        "events": events_of(found, me),
        "is_warranty_over": found.warranty_until_on is not None and found.warranty_until_on < today,
        "is_overdue": found.state == AssetState.LENT
        and found.lent_until_on is not None
        and found.lent_until_on < today,
    }
    return render(request, "assets/asset.html", context)
