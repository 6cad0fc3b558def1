"""Labels to print: one, or a sheet of them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from assets.details import normal_tag
from assets.labels import code_of
from assets.models import Asset
from helpdesk.accounts.desk_access import desk_page, viewer

MOST = 300


@desk_page("GET")
def labels(request: HttpRequest) -> HttpResponseBase:
    """The labels of `tags` (parted by commas), in their order; `layout=single` prints one on each page."""
    wanted = [normal_tag(tag) for tag in request.GET.get("tags", "").replace("\x00", "").split(",") if tag.strip()]
    tags = list(dict.fromkeys(wanted))[:MOST]
    found = {asset.tag: asset for asset in Asset.objects.visible_to(viewer(request)).filter(tag__in=tags).with_names()}
    context = {
        "labels": [(found[tag], code_of(found[tag])) for tag in tags if tag in found],
        "unknown": [tag for tag in tags if tag not in found],
        "tags": ",".join(tags),
        "is_single": request.GET.get("layout") == "single",
    }
    return render(request, "assets/labels.html", context)
