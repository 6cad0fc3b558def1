from __future__ import annotations

from django.urls import path

from assets.api import imports

urlpatterns = [
    path("assets/imports/", imports.ImportList.as_view(), name="asset_imports"),
    path("assets/imports/<int:import_id>/", imports.ImportOne.as_view(), name="asset_import"),
    path("assets/imports/<int:import_id>/write/", imports.ImportWrite.as_view(), name="asset_import_write"),
    path("assets/export/", imports.AssetExport.as_view(), name="asset_export"),
]
