"""Which assets a ticket is about (M3.1-3)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from rest_framework import serializers as s
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.accounts.models import User
from helpdesk.common import paging
from helpdesk.common.errors import NotVisible
from helpdesk.common.rest import pages
from helpdesk.common.rest.docs import document
from helpdesk.common.rest.fields import StrictSerializer, TextField, instant
from helpdesk.common.rest.shapes import Person, page_of
from helpdesk.common.rest.views import ApiView
from tickets.api import output
from tickets.api.views import find_id
from tickets.asset_lookup import LONGEST, asset_named
from tickets.models import TicketAsset
from tickets.services.asset_links import link_asset, unlink_asset


class TicketAssetShape(s.Serializer):
    asset = s.CharField(help_text="Its tag.")
    name = s.CharField()
    linked_at = s.DateTimeField()
    linked_by = Person(allow_null=True)


class TicketAssetInput(StrictSerializer):
    asset = TextField(
        max_length=LONGEST, help_text="Tag, serial number or computer name; for the desk its IP address too."
    )


def asset_link(row: TicketAsset, viewer: User) -> dict[str, Any]:
    return {
        "asset": row.asset.tag,
        "name": row.asset.title,
        "linked_at": instant(row.linked_at),
        "linked_by": output.person(row.linked_by, viewer),
    }


class TicketAssets(ApiView):
    query_parameters = pages.PARAMETERS

    @document("List assets of a ticket", answer=page_of(TicketAssetShape, "TicketAsset"))
    def get(self, request: Request, number: str) -> Response:
        """The devices that the ticket is about; the first one is `device.asset`."""
        viewer = self.viewer
        rows = TicketAsset.objects.visible_to(viewer).filter(ticket=find_id(number, viewer))
        rows = rows.select_related("asset__type", "linked_by")
        return Response(pages.answer_page(request, rows, [paging.number("id")], lambda row: asset_link(row, viewer)))

    @document("Link an asset", body=TicketAssetInput, answer=TicketAssetShape, status=201, is_once=True)
    def post(self, request: Request, number: str) -> HttpResponse:
        """By the desk, and by the requester's side until work has begun. 409 `already_linked`, `closed`."""
        ticket = find_id(number, self.viewer)
        data = self.read_input(TicketAssetInput(data=request.data))

        def act() -> Response:
            asset = asset_named(self.viewer, data["asset"], field="asset")
            row = link_asset(ticket_id=ticket, asset=asset, actor=self.viewer, at=timezone.now())
            return Response(asset_link(row, self.viewer), status=201)

        return self.run_once(request, act)


class AssetOfTicket(ApiView):
    @document("Unlink an asset", answer=None, status=204)
    def delete(self, request: Request, number: str, tag: str) -> Response:
        """The ticket isn't about this asset after all."""
        viewer = self.viewer
        rows = TicketAsset.objects.visible_to(viewer).filter(ticket=find_id(number, viewer), asset__tag=tag.upper())
        row = rows.select_related("asset").first()
        if row is None:
            raise NotVisible
        unlink_asset(ticket_id=row.ticket_id, asset=row.asset, actor=viewer, at=timezone.now())
        return Response(status=204)
