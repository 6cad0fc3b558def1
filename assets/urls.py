"""The register: /assets/… for the desk, /assets/mine/ and /a/<tag> for everybody."""

from __future__ import annotations

from django.urls import path

from assets import converters  # noqa: F401 registers <tag:…> and <asset_act:…>
from assets.views import acts, editing, labels, licences, mine, register, stocktakes

app_name = "assets"
urlpatterns = [
    path("", register.asset_list, name="list"),
    path("new/", editing.asset_new, name="new"),
    path("mine/", mine.my_equipment, name="mine"),
    path("custody/<int:act_id>/", mine.custody, name="custody"),
    path("custody/<int:act_id>/screen/", acts.custody_screen, name="custody_screen"),
    path("custody/<int:act_id>/cancel/", acts.custody_cancel, name="custody_cancel"),
    path("relations/<int:relation_id>/end/", acts.relation_end, name="relation_end"),
    path("labels/", labels.labels, name="labels"),
    path("licences/", licences.licence_list, name="licences"),
    path("licences/new/", licences.licence_new, name="licence_new"),
    path("licences/<int:licence_id>/", licences.licence, name="licence"),
    path("licences/<int:licence_id>/edit/", licences.licence_edit, name="licence_edit"),
    path("licences/<int:licence_id>/key/", licences.licence_key, name="licence_key"),
    path("licences/<int:licence_id>/seats/", licences.seat_add, name="seat_add"),
    path("licences/seats/<int:seat_id>/free/", licences.seat_free, name="seat_free"),
    path("stocktakes/", stocktakes.stocktake_list, name="stocktakes"),
    path("stocktakes/new/", stocktakes.stocktake_new, name="stocktake_new"),
    path("stocktakes/<int:stocktake_id>/", stocktakes.stocktake, name="stocktake"),
    path("stocktakes/<int:stocktake_id>/uncount/", stocktakes.stocktake_uncount, name="stocktake_uncount"),
    path("stocktakes/<int:stocktake_id>/end/", stocktakes.stocktake_end, name="stocktake_end"),
    path("stocktakes/<int:stocktake_id>/report.csv", stocktakes.stocktake_csv, name="stocktake_csv"),
    path("<tag:tag>/", register.asset, name="asset"),
    path("<tag:tag>/edit/", editing.asset_edit, name="edit"),
    path("<tag:tag>/relations/", acts.relation_add, name="relation_add"),
    path("<tag:tag>/do/<asset_act:command>/", acts.asset_act, name="act"),
]
