"""Labels to print: one, or a sheet of them."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from assets.details import normal_tag
from assets.filters import filtered
from assets.labels import code_of
from assets.models import Asset
from helpdesk.accounts.desk_access import desk_page, viewer

MOST = 300  # on a page


@desk_page("GET")
def labels(request: HttpRequest) -> HttpResponseBase:
    """The labels of `tags` (parted by commas) and of each `ids`, in their order; where none is named, of the assets that the
    list shows under its filters. `layout=single` prints one on each page."""
    tags = _tags(request)
    rows = Asset.objects.visible_to(viewer(request)).with_names()
    meant: Any = filtered(rows, request.GET, request).order_by("tag") if tags is None else tags
    page = Paginator(meant, MOST).get_page(request.GET.get("page"))
    shown, unknown = list(page), []
    if tags is not None:
        found = {asset.tag: asset for asset in rows.filter(tag__in=shown)}
        unknown = [tag for tag in shown if tag not in found]
        shown = [found[tag] for tag in shown if tag in found]
    context = {
        "labels": [(asset, code_of(asset)) for asset in shown],
        "page": page,
        "unknown": unknown,
        "is_single": request.GET.get("layout") == "single",
    }
    return render(request, "assets/labels.html", context)


def _tags(request: HttpRequest) -> list[str] | None:
    """The tags that are named, each once; None where the list's filters say which assets are meant."""
    if request.GET and not {"tags", "ids"} & request.GET.keys():
        return None
    named = [*request.GET.get("tags", "").split(","), *request.GET.getlist("ids")]
    wanted = (normal_tag(tag.replace("\x00", "")) for tag in named)
    return list(dict.fromkeys(tag for tag in wanted if tag))
