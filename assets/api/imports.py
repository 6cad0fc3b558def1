"""Tables of assets over the API: in with a check before anything is written, and out."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import partial
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers as s
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from assets.api.shapes import ChangeShape
from assets.exchange.export import export_table
from assets.filters import AssetFilter
from assets.models import Asset, ImportJob
from assets.services.importing.jobs import bring_table, write_import
from assets.services.importing.preview import changes_of
from assets.views.tables import FORMATS, table_answer
from helpdesk.accounts.models import User
from helpdesk.accounts.output import person
from helpdesk.common import paging
from helpdesk.common.errors import InvalidInput, NotVisible
from helpdesk.common.rest import pages
from helpdesk.common.rest.docs import document
from helpdesk.common.rest.fields import StrictSerializer, TextField, instant
from helpdesk.common.rest.shapes import Person, page_of
from helpdesk.common.rest.views import DeskView
from helpdesk.common.tables.rows import MAX_BYTES

UPLOAD_OVERHEAD = 64 * 1024  # bytes of a multipart body beside its file
LONGEST_MAPPING = 20_000
UNLISTED = ("errors", "changes", "sample", "headings")
FILTERS = [
    OpenApiParameter(name, {"type": "string", "minLength": 0 if name == "q" else 1})
    for name in AssetFilter.base_filters
]


class ImportErrorShape(s.Serializer[Any]):
    row = s.IntegerField(help_text="As the spreadsheet counts, the heading being row 1; 0 for the file as a whole.")
    column = s.CharField(help_text="The heading in the file; empty for the row as a whole.")
    value = s.CharField()
    sentence = s.CharField()


class ImportShape(s.Serializer[Any]):
    id = s.IntegerField()
    file_name = s.CharField()
    state = s.ChoiceField(ImportJob.State.choices)
    mapping = s.DictField(child=s.CharField(), help_text="Heading of the file → field of the asset.")
    rows_read = s.IntegerField()
    created = s.IntegerField()
    updated = s.IntegerField()
    unchanged = s.IntegerField()
    error_count = s.IntegerField()
    uploaded_at = s.DateTimeField()
    finished_at = s.DateTimeField(allow_null=True)
    actor = Person()


class ImportRowShape(s.Serializer[Any]):
    row = s.IntegerField(help_text="As the spreadsheet counts, the heading being row 1.")
    tag = s.CharField()
    is_new = s.BooleanField()
    changes = ChangeShape(many=True)


class ImportDetailShape(ImportShape):
    # Fields of that name hide nothing: the class collects them and keeps its own `errors`.
    errors = ImportErrorShape(many=True, help_text=f"The first {ImportJob.MAX_ERRORS}.")  # type: ignore[assignment]
    changes = ImportRowShape(
        many=True,
        help_text=f"The first {ImportJob.MAX_CHANGES} rows that add or change an asset; none where there are errors.",
    )


class ImportInput(StrictSerializer):
    file = s.FileField(allow_empty_file=True, help_text="CSV or XLSX, at most 32 MB and 200,000 rows.")
    mapping = TextField(
        required=False,
        max_length=LONGEST_MAPPING,
        help_text='A JSON object, heading of the file → field, such as {"资产编号": "tag"}. Without it the columns are guessed.',
    )


def import_line(job: ImportJob, viewer: User) -> dict[str, Any]:
    """An import without its errors and changes."""
    return {
        "id": job.pk,
        "file_name": job.file_name,
        "state": job.state,
        "mapping": job.mapping,
        "rows_read": job.rows_read,
        "created": job.created_count,
        "updated": job.updated_count,
        "unchanged": job.unchanged_count,
        "error_count": job.error_count,
        "uploaded_at": instant(job.uploaded_at),
        "finished_at": instant(job.finished_at),
        "actor": person(job.actor, viewer),
    }


def import_detail(job: ImportJob, viewer: User) -> dict[str, Any]:
    changes = [asdict(change) for change in changes_of(job)]
    return {**import_line(job, viewer), "errors": job.errors, "changes": changes}


class ImportList(DeskView):
    parser_classes = (MultiPartParser,)
    query_parameters = pages.PARAMETERS
    max_body = MAX_BYTES + UPLOAD_OVERHEAD

    @document("List asset imports", answer=page_of(ImportShape, "AssetImport"))
    def get(self, request: Request) -> Response:
        """Who imported what in the last 30 days, newest first."""
        jobs = ImportJob.objects.visible_to(self.viewer).select_related("actor").defer(*UNLISTED)
        write = partial(import_line, viewer=self.viewer)
        return Response(pages.answer_page(request, jobs, [paging.number("id", is_descending=True)], write))

    @document("Import assets", body=ImportInput, answer=ImportDetailShape, status=201, is_once=True)
    def post(self, request: Request) -> HttpResponse:
        """Have a table checked. Nothing is written before `write/`. Many rows are checked by a worker: ask again."""
        data = self.read_input(ImportInput(data=request.data))
        mapping = _read_mapping(data["mapping"]) if "mapping" in data else None

        def act() -> Response:
            upload = data["file"]
            job = bring_table(
                name=upload.name, chunks=upload.chunks(), mapping=mapping, actor=self.viewer, at=timezone.now()
            )
            return Response(import_detail(job, self.viewer), status=201)

        return self.run_once(request, act)


class ImportOne(DeskView):
    @document("Get an asset import", answer=ImportDetailShape)
    def get(self, request: Request, import_id: int) -> Response:
        """Where it stands, and what it changes or what is wrong with the file."""
        job = ImportJob.objects.visible_to(self.viewer).select_related("actor").filter(pk=import_id).first()
        if job is None:
            raise NotVisible
        return Response(import_detail(job, self.viewer))


class ImportWrite(DeskView):
    @document("Write an asset import", body=StrictSerializer, answer=ImportDetailShape, is_once=True)
    def post(self, request: Request, import_id: int) -> HttpResponse:
        """Write what was checked: everything or nothing. Many rows are written by a worker: ask again."""
        self.read_input(StrictSerializer(data=request.data))

        def act() -> Response:
            job = write_import(job_id=import_id, actor=self.viewer, at=timezone.now())
            return Response(import_detail(job, self.viewer))

        return self.run_once(request, act)


class AssetExport(DeskView):
    query_parameters = frozenset({"format", *AssetFilter.base_filters})

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """Refusals are JSON; `format` is that of the file."""
        return super().perform_content_negotiation(request, force=True)

    @document(
        "Export assets",
        answer=OpenApiTypes.BINARY,
        media_type="*/*",
        parameters=[OpenApiParameter("format", {"type": "string", "enum": list(FORMATS), "default": "csv"}), *FILTERS],
    )
    def get(self, request: Request) -> HttpResponseBase:
        """The register as a table with all columns, as an import takes it back."""
        found = AssetFilter(request.query_params, queryset=Asset.objects.visible_to(self.viewer), request=request)
        if not found.is_valid():
            raise InvalidInput(fields={name: [str(text) for text in texts] for name, texts in found.errors.items()})
        headings, rows = export_table(found.qs)
        return table_answer("assets", headings, rows, file_format=request.query_params.get("format", ""))


def _read_mapping(text: str) -> dict[str, str]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value.values()):
        raise InvalidInput(fields={"mapping": [_("Give a JSON object: heading of the file → field of the asset.")]})
    return value
