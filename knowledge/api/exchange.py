"""Import and export over the API: a ZIP in, a ZIP out. For administrators."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import FileResponse, HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.accounts.roles import Ability
from helpdesk.common.errors import NotAllowed
from helpdesk.common.rest.docs import document
from helpdesk.common.rest.naming import field_names
from helpdesk.common.rest.views import DeskView
from knowledge.api import shapes
from knowledge.packages import LARGEST_WHOLE, read_zip
from knowledge.services.exchange import import_articles
from knowledge.views.exchange import packed


class _AdministratorsView(DeskView):
    def check_permissions(self, request: Request) -> None:
        super().check_permissions(request)
        if not self.viewer.can(Ability.CONFIGURE):
            raise NotAllowed


class ArticleImport(_AdministratorsView):
    parser_classes = (MultiPartParser,)
    max_body = LARGEST_WHOLE

    @document("Import articles", body=shapes.ArchiveInput, answer=shapes.ImportedShape, status=201, is_once=True)
    def post(self, request: Request) -> HttpResponse:
        """All articles of a ZIP or none. Drafts, unless `publish` is true. Administrators only."""
        data = self.read_input(shapes.ArchiveInput(data=request.data))
        return self.run_once(request, lambda: self._import(data))

    def _import(self, data: dict[str, Any]) -> Response:
        is_published = data.get("publish") == "true"
        with field_names({"archive": "file"}):
            files = read_zip(data["file"])
            done = import_articles(files=files, actor=self.viewer, at=timezone.now(), publish=is_published)
        return Response(asdict(done), status=201)


class ArticleExport(_AdministratorsView):
    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """Refusals are JSON; the file is a ZIP."""
        return super().perform_content_negotiation(request, force=True)

    @document("Export articles", answer=OpenApiTypes.BINARY, media_type="application/zip")
    def get(self, request: Request) -> FileResponse:
        """All published articles as a ZIP of Markdown files, which the import reads back. Administrators only."""
        return packed(self.viewer)
