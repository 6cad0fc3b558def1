"""Licences and their seats over the API, for the desk; everybody finds their own seats. Keys can be written here but are
shown on the page alone."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from assets.api import inputs, output, shapes
from assets.api.assets import named_asset
from assets.models import Licence, LicenceEvent, LicenceSeat
from assets.policies import can_keep_licences
from assets.selectors import seats_of
from assets.services.licences import add_licence, change_licence, free_seat, give_seat
from helpdesk.common import paging
from helpdesk.common.errors import NotAllowed, NotVisible
from helpdesk.common.rest import pages
from helpdesk.common.rest.docs import document
from helpdesk.common.rest.shapes import page_of
from helpdesk.common.rest.views import ApiView, DeskView


def _get(licence_id: int, viewer: Any) -> Licence:
    row = Licence.objects.visible_to(viewer).with_usage().select_related("contract").filter(pk=licence_id).first()
    if row is None:
        raise NotVisible
    return row


class LicenceList(DeskView):
    query_parameters = pages.PARAMETERS

    @document("List licences", answer=page_of(shapes.LicenceShape, "Licence"))
    def get(self, request: Request) -> Response:
        """Licences with the seats in use, retired ones included."""
        rows = Licence.objects.visible_to(self.viewer).with_usage().select_related("contract")
        return Response(pages.answer_page(request, rows, [paging.number("id")], output.licence))

    @document("Add a licence", body=inputs.LicenceInput, answer=shapes.LicenceShape, status=201, is_once=True)
    def post(self, request: Request) -> HttpResponse:
        """For leads and administrators."""
        if not can_keep_licences(self.viewer):
            raise NotAllowed
        data = inputs.with_rows(self.read_input(inputs.LicenceInput(data=request.data)), self.viewer)

        def act() -> Response:
            row = add_licence(fields=data, actor=self.viewer, at=timezone.now())
            return Response(output.licence(_get(row.pk, self.viewer)), status=201)

        return self.run_once(request, act)


class LicenceDetail(DeskView):
    @document("Read a licence", answer=shapes.LicenceShape)
    def get(self, request: Request, licence_id: int) -> Response:
        """One licence."""
        return Response(output.licence(_get(licence_id, self.viewer)))

    @document("Change a licence", body=inputs.LicenceChangeInput, answer=shapes.LicenceShape, is_once=True)
    def patch(self, request: Request, licence_id: int) -> HttpResponse:
        """What isn't sent stays as it is. For leads and administrators."""
        _get(licence_id, self.viewer)
        if not can_keep_licences(self.viewer):
            raise NotAllowed
        data = inputs.with_rows(self.read_input(inputs.LicenceChangeInput(data=request.data)), self.viewer)
        version = data.pop("version", None)

        def act() -> Response:
            at = timezone.now()
            change_licence(licence_id=licence_id, version=version, fields=data, actor=self.viewer, at=at)
            return Response(output.licence(_get(licence_id, self.viewer)))

        return self.run_once(request, act)


class LicenceSeats(DeskView):
    query_parameters = pages.PARAMETERS

    @document("List seats of a licence", answer=page_of(shapes.SeatShape, "Seat"))
    def get(self, request: Request, licence_id: int) -> Response:
        """Seats, freed ones included, oldest first."""
        row = _get(licence_id, self.viewer)
        seats = LicenceSeat.objects.visible_to(self.viewer).filter(licence=row).select_related("person", "asset")
        return Response(
            pages.answer_page(request, seats, [paging.number("id")], lambda seat: output.seat(seat, self.viewer))
        )

    @document("Give a seat", body=inputs.SeatInput, answer=shapes.SeatShape, status=201, is_once=True)
    def post(self, request: Request, licence_id: int) -> HttpResponse:
        """For a person or an asset. 409 `no_seat_left`, `licence_ended`, `licence_retired`."""
        row = _get(licence_id, self.viewer)
        data = self.read_input(inputs.SeatInput(data=request.data))
        person = inputs.named_person(self.viewer, data["person"]) if "person" in data else None
        asset = named_asset(data["asset"], self.viewer, field="asset") if "asset" in data else None

        def act() -> Response:
            at = timezone.now()
            seat = give_seat(licence_id=row.pk, person=person, asset=asset, actor=self.viewer, at=at)
            return Response(output.seat(seat, self.viewer), status=201)

        return self.run_once(request, act)


class LicenceEvents(DeskView):
    query_parameters = pages.PARAMETERS

    @document("List events of a licence", answer=page_of(shapes.LicenceEventShape, "LicenceEvent"))
    def get(self, request: Request, licence_id: int) -> Response:
        """What was done with it, newest first; also who looked at its key."""
        rows = LicenceEvent.objects.visible_to(self.viewer).filter(licence=_get(licence_id, self.viewer))
        keys = [paging.number("id", is_descending=True)]
        page = pages.answer_page(request, rows.select_related("actor"), keys, lambda row: {"row": row})
        events = seats_of((line["row"] for line in page["results"]), self.viewer)
        return Response({**page, "results": [output.licence_event(*event, self.viewer) for event in events]})


class OwnSeats(ApiView):
    query_parameters = pages.PARAMETERS

    @document("List my licence seats", answer=page_of(shapes.OwnSeatShape, "OwnSeat"))
    def get(self, request: Request) -> Response:
        """The seats that the caller has now, themselves or with an asset that they hold."""
        seats = LicenceSeat.objects.visible_to(self.viewer).used_by(self.viewer).select_related("licence", "asset")
        return Response(pages.answer_page(request, seats, [paging.number("id")], output.own_seat))


class SeatFree(DeskView):
    @document("Free a seat", answer=shapes.SeatShape, is_once=True)
    def post(self, request: Request, seat_id: int) -> HttpResponse:
        """A second time changes nothing."""

        def act() -> Response:
            return Response(output.seat(free_seat(seat_id=seat_id, actor=self.viewer, at=timezone.now()), self.viewer))

        return self.run_once(request, act)
