"""/assets/import/… and /assets/export/."""

from __future__ import annotations

from django.urls import path

from assets.views import export, imports

app_name = "asset_imports"
urlpatterns = [
    path("import/", imports.import_list, name="list"),
    path("import/template/", imports.import_template, name="template"),
    path("import/<int:job_id>/", imports.import_page, name="import"),
    path("import/<int:job_id>/columns/", imports.import_columns, name="columns"),
    path("import/<int:job_id>/write/", imports.import_write, name="write"),
    path("import/<int:job_id>/errors/", imports.import_errors, name="errors"),
    path("export/", export.asset_export, name="export"),
]
