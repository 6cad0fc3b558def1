"""Stocktakes over the API, for scanners with programs of their own. Desk only."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from assets.api import inputs, output, shapes
from assets.details import normal_tag
from assets.models import Stocktake
from assets.services.stocktaking import Scope, count_item, end_stocktake, start_stocktake, uncount_item
from helpdesk.common import paging
from helpdesk.common.errors import InvalidInput, NotVisible
from helpdesk.common.rest import pages
from helpdesk.common.rest.docs import document
from helpdesk.common.rest.fields import instant
from helpdesk.common.rest.shapes import page_of
from helpdesk.common.rest.views import DeskView


def _get(stocktake_id: int, viewer: Any) -> Stocktake:
    rows = Stocktake.objects.visible_to(viewer).select_related("department", "type", "started_by")
    row = rows.filter(pk=stocktake_id).first()
    if row is None:
        raise NotVisible
    return row


def _missing(row: Stocktake, tags: list[str]) -> list[int]:
    """The ids of the missing items with these tags. Raises InvalidInput for tags that aren't missing."""
    expected = row.items.filter(Q(code__in=tags) | Q(asset__tag__in=tags), is_expected=True).select_related("asset")
    by_tag = {item.code: item for item in expected}
    by_tag |= {item.asset.tag: item for item in expected if item.asset is not None}
    problems = []
    for tag in tags:
        if tag not in by_tag:
            problems.append(_("%(tag)s isn't expected in this stocktake.") % {"tag": tag})
        elif by_tag[tag].found_at is not None:
            problems.append(_("%(tag)s has been found, so it can't be reported lost.") % {"tag": tag})
    if problems:
        raise InvalidInput(fields={"lost": problems})
    return [by_tag[tag].pk for tag in tags]


class StocktakeList(DeskView):
    query_parameters = pages.PARAMETERS

    @document("List stocktakes", answer=page_of(shapes.StocktakeShape, "Stocktake"))
    def get(self, request: Request) -> Response:
        """Stocktakes, oldest first."""
        rows = Stocktake.objects.visible_to(self.viewer).select_related("department", "type", "started_by")
        return Response(
            pages.answer_page(request, rows, [paging.number("id")], lambda row: output.stocktake(row, self.viewer))
        )

    @document("Begin a stocktake", body=inputs.StocktakeInput, answer=shapes.StocktakeShape, status=201, is_once=True)
    def post(self, request: Request) -> HttpResponse:
        """What is expected is written down now."""
        data = inputs.with_rows(self.read_input(inputs.StocktakeInput(data=request.data)), self.viewer)
        name = data.pop("name")

        def act() -> Response:
            row = start_stocktake(name=name, scope=Scope(**data), actor=self.viewer, at=timezone.now())
            return Response(output.stocktake(row, self.viewer), status=201)

        return self.run_once(request, act)


class StocktakeDetail(DeskView):
    @document("Read a stocktake", answer=shapes.StocktakeShape)
    def get(self, request: Request, stocktake_id: int) -> Response:
        """One stocktake; what was expected and found is in `items/`."""
        return Response(output.stocktake(_get(stocktake_id, self.viewer), self.viewer))


class StocktakeItems(DeskView):
    query_parameters = pages.PARAMETERS

    @document("List items of a stocktake", answer=page_of(shapes.StocktakeItemShape, "StocktakeItem"))
    def get(self, request: Request, stocktake_id: int) -> Response:
        """What is expected, and what turned up besides. Without `found_at` it is missing."""
        rows = _get(stocktake_id, self.viewer).items.select_related("asset", "found_by")
        return Response(
            pages.answer_page(request, rows, [paging.number("id")], lambda row: output.stocktake_item(row, self.viewer))
        )

    @document("Count an item", body=inputs.CountInput, answer=shapes.CountedShape, is_once=True)
    def post(self, request: Request, stocktake_id: int) -> HttpResponse:
        """Note a code that was read. What was counted already is answered with `already`."""
        _get(stocktake_id, self.viewer)
        data = self.read_input(inputs.CountInput(data=request.data))

        def act() -> Response:
            counted = count_item(stocktake_id=stocktake_id, actor=self.viewer, at=timezone.now(), **data)
            return Response({"outcome": counted.outcome, "item": output.stocktake_item(counted.item, self.viewer)})

        return self.run_once(request, act)


class StocktakeUncount(DeskView):
    @document("Take a count back", answer=shapes.StocktakeItemShape, is_once=True)
    def post(self, request: Request, stocktake_id: int, item_id: int) -> HttpResponse:
        """What is expected is missing again; what turned up besides is no item any more. A second time is 404 for that."""
        _get(stocktake_id, self.viewer)

        def act() -> Response:
            item = uncount_item(stocktake_id=stocktake_id, item_id=item_id, actor=self.viewer)
            return Response(output.stocktake_item(item, self.viewer))

        return self.run_once(request, act)


class StocktakeEnd(DeskView):
    @document("End a stocktake", body=inputs.StocktakeEndInput, answer=shapes.StocktakeEndShape, is_once=True)
    def post(self, request: Request, stocktake_id: int) -> HttpResponse:
        """Missing assets named in `lost` are reported lost, with the reason. Tags that aren't missing are refused."""
        row = _get(stocktake_id, self.viewer)
        data = self.read_input(inputs.StocktakeEndInput(data=request.data))
        tags = [normal_tag(tag) for tag in data.get("lost", ())]

        def act() -> Response:
            lost, at = _missing(row, tags), timezone.now()
            reason = data.get("reason", "")
            refused = end_stocktake(stocktake_id=row.pk, lost=lost, reason=reason, actor=self.viewer, at=at)
            return Response({"ended_at": instant(at), "refused": [item.code for item in refused]})

        return self.run_once(request, act)
