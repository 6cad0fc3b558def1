from __future__ import annotations

from django.urls import path

from assets import converters  # noqa: F401 registers <tag:…>
from assets.api import assets, licences, stocktakes

urlpatterns = [
    path("asset-types/", assets.AssetTypeList.as_view(), name="asset_types"),
    path("assets/", assets.AssetList.as_view(), name="assets"),
    path("assets/<tag:tag>/", assets.AssetDetail.as_view(), name="asset"),
    path("assets/<tag:tag>/transitions/", assets.AssetTransitions.as_view(), name="asset_transitions"),
    path("assets/<tag:tag>/custody/", assets.AssetCustody.as_view(), name="asset_custody"),
    path("assets/<tag:tag>/events/", assets.AssetEvents.as_view(), name="asset_events"),
    path("assets/<tag:tag>/relations/", assets.AssetRelations.as_view(), name="asset_relations"),
    path("custody/<int:act_id>/answer/", assets.CustodyAnswer.as_view(), name="custody_answer"),
    path("custody/<int:act_id>/cancel/", assets.CustodyCancel.as_view(), name="custody_cancel"),
    path("asset-relations/<int:relation_id>/end/", assets.RelationEnd.as_view(), name="asset_relation_end"),
    path("licences/", licences.LicenceList.as_view(), name="licences"),
    path("licences/<int:licence_id>/", licences.LicenceDetail.as_view(), name="licence"),
    path("licences/<int:licence_id>/seats/", licences.LicenceSeats.as_view(), name="licence_seats"),
    path("licences/<int:licence_id>/events/", licences.LicenceEvents.as_view(), name="licence_events"),
    path("licence-seats/mine/", licences.OwnSeats.as_view(), name="own_licence_seats"),
    path("licence-seats/<int:seat_id>/free/", licences.SeatFree.as_view(), name="licence_seat_free"),
    path("stocktakes/", stocktakes.StocktakeList.as_view(), name="stocktakes"),
    path("stocktakes/<int:stocktake_id>/", stocktakes.StocktakeDetail.as_view(), name="stocktake"),
    path("stocktakes/<int:stocktake_id>/items/", stocktakes.StocktakeItems.as_view(), name="stocktake_items"),
    path(
        "stocktakes/<int:stocktake_id>/items/<int:item_id>/uncount/",
        stocktakes.StocktakeUncount.as_view(),
        name="stocktake_uncount",
    ),
    path("stocktakes/<int:stocktake_id>/end/", stocktakes.StocktakeEnd.as_view(), name="stocktake_end"),
]
