"""The devices of a ticket, and the tickets of a device (M3.1-3)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from assets.models import Asset
from helpdesk.accounts.desk_access import desk_page, viewer
from helpdesk.accounts.models import User
from helpdesk.common.errors import InvalidInput, NotAllowed, NotVisible
from helpdesk.common.web import SeeOther
from tickets.asset_lookup import FAULTS, asset_named, consents_about, devices_of, faults_of, open_tickets_of
from tickets.forms.assets import LinkAssetForm
from tickets.models import Ticket, TicketAsset
from tickets.policies import can_edit_details
from tickets.selectors import get_ticket
from tickets.services.asset_links import link_asset, unlink_asset
from tickets.views.desk.addresses import desk_url, view_of
from tickets.views.desk.asking import Sheet, answer_sheet

SHOWN = 20
CONSENTS_SHOWN = 10
MOST_COUNTED = 100  # assets of one page of the register


def assets_of(ticket: Ticket, me: User) -> dict[str, Any]:
    """The devices of a ticket with what the register says, and how many faults each had lately."""
    links = TicketAsset.objects.visible_to(me).filter(ticket=ticket)
    assets = [link.asset for link in links.select_related("asset__type", "asset__vendor", "asset__holder")]
    faults = faults_of(assets, me, timezone.now()) if assets else {}
    return {"assets": [(asset, faults.get(asset.pk, 0) >= FAULTS) for asset in assets], "faults": FAULTS}


@desk_page("GET", "POST")
def asset_link(request: HttpRequest, number: str) -> HttpResponseBase:
    """Say which device the ticket is about."""
    me = viewer(request)
    ticket = get_ticket(number=number, viewer=me)
    if not can_edit_details(me, ticket):
        raise NotAllowed
    known = set(ticket.asset_links.values_list("asset_id", flat=True))
    devices = [device for device in devices_of(ticket.requester, me) if device.pk not in known]
    form = LinkAssetForm(devices, request.POST if request.method == "POST" else None)

    def act(_data: dict[str, Any]) -> str:
        asset = asset_named(me, form.wanted, field="named")
        link_asset(ticket_id=ticket.pk, asset=asset, actor=me, at=timezone.now())
        return _("%(tag)s is on the ticket.") % {"tag": asset.tag}

    return answer_sheet(request, ticket, form, Sheet(_("Which device is it?"), _("Link")), act)


@desk_page("POST")
def asset_unlink(request: HttpRequest, number: str) -> HttpResponseBase:
    """Take a device off the ticket."""
    me = viewer(request)
    ticket = get_ticket(number=number, viewer=me)
    try:
        asset = asset_named(me, request.POST.get("asset", "")[:40], field="asset")
    except InvalidInput:
        raise NotVisible from None
    unlink_asset(ticket_id=ticket.pk, asset=asset, actor=me, at=timezone.now())
    return SeeOther(desk_url("ticket", number, view=view_of(request)))


@desk_page("GET")
def asset_tickets(request: HttpRequest, tag: str) -> HttpResponse:
    """The newest tickets about an asset that the reader may see, and what was allowed on them, as a panel of the asset's page
    or a page of its own."""
    me, at = viewer(request), timezone.now()
    asset = Asset.objects.visible_to(me).select_related("type").filter(tag=tag.upper()).first()
    if asset is None:
        raise NotVisible
    tickets = Ticket.objects.visible_to(me).filter(pk__in=TicketAsset.objects.filter(asset=asset).values("ticket"))
    count = faults_of([asset], me, at).get(asset.pk, 0)
    context = {
        "asset": asset,
        "tickets": list(tickets.select_related("waiting_reason").order_by("-created_at", "-pk")[: SHOWN + 1]),
        "consents": consents_about(asset, me)[:CONSENTS_SHOWN],
        "shown": SHOWN,
        "fault_count": count if count >= FAULTS else 0,
        "desk_views": (),
        "contact": {},
    }
    is_fragment = request.headers.get("HX-Request") == "true"
    return render(request, "desk/_asset_tickets.html" if is_fragment else "desk/asset_tickets.html", context)


@desk_page("GET")
def open_tickets(request: HttpRequest) -> HttpResponse:
    """How many open tickets that the reader may see are about the assets of `tags`, for the list of the register."""
    me = viewer(request)
    tags = request.GET.get("tags", "").replace("\x00", "").split(",")[:MOST_COUNTED]
    assets = list(Asset.objects.visible_to(me).filter(tag__in=tags))
    counts = open_tickets_of(assets, me)
    return render(
        request, "desk/_open_tickets.html", {"counts": [(asset, counts.get(asset.pk, 0)) for asset in assets]}
    )
