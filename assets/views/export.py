"""The register as a file: what the list shows under its filters, with all columns."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from assets.exchange.export import export_table
from assets.filters import filtered
from assets.models import Asset
from assets.views.tables import table_answer
from helpdesk.accounts.desk_access import desk_page, viewer


@desk_page("GET")
def asset_export(request: HttpRequest) -> HttpResponseBase:
    """`?format=csv|xlsx` with the filters of the list. An import takes it back without changing anything."""
    rows = filtered(Asset.objects.visible_to(viewer(request)), request.GET, request)
    headings, lines = export_table(rows)
    name = f"assets-{timezone.localdate():%Y-%m-%d}"
    return table_answer(name, headings, lines, file_format=request.GET.get("format", ""))
