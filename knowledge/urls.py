"""The knowledge base: /knowledge/…"""

from __future__ import annotations

from django.urls import path

from knowledge.views import exchange, reading, reviewing, writing

app_name = "knowledge"
urlpatterns = [
    path("", reading.index, name="index"),
    path("manage/", reviewing.manage, name="manage"),
    path("new/", writing.new, name="new"),
    path("import/", exchange.import_page, name="import"),
    path("export/", exchange.export_page, name="export"),
    path("files/<uuid:uuid>/", reading.file, name="file"),
    path("<int:pk>/", reading.article, name="article"),
    path("<int:pk>/feedback/", reading.feedback, name="feedback"),
    path("<int:pk>/edit/", writing.edit, name="edit"),
    path("<int:pk>/files/", writing.file_add, name="file_add"),
    path("<int:pk>/files/<uuid:uuid>/remove/", writing.file_remove, name="file_remove"),
    path("<int:pk>/files/<uuid:uuid>/withdraw/", writing.file_withdraw, name="file_withdraw"),
    path("<int:pk>/review/", reviewing.review, name="review"),
    path("<int:pk>/publish/", reviewing.publish, name="publish"),
    path("<int:pk>/compare/", reviewing.compare, name="compare"),
    path("<int:pk>/act/<slug:name>/", reviewing.act, name="act"),
]
