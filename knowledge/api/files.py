"""Files of articles over the API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.common import paging
from helpdesk.common.errors import NotAllowed
from helpdesk.common.file_store import MAX_BYTES
from helpdesk.common.rest import pages
from helpdesk.common.rest.docs import document
from helpdesk.common.rest.fields import StrictSerializer
from helpdesk.common.rest.naming import field_names
from helpdesk.common.rest.shapes import page_of
from helpdesk.common.rest.views import ApiView, DeskView
from knowledge.api import shapes
from knowledge.models import ArticleFile
from knowledge.policies import can_write
from knowledge.selectors import get_article
from knowledge.services import files
from knowledge.views.reading import download

UPLOAD_OVERHEAD = 64 * 1024  # bytes of a multipart body beside its file


class ArticleFiles(ApiView):
    query_parameters = pages.PARAMETERS
    parser_classes = (MultiPartParser,)
    max_body = MAX_BYTES + UPLOAD_OVERHEAD

    @document("List files of an article", answer=page_of(shapes.FileShape, "ArticleFile"))
    def get(self, request: Request, article_id: int) -> Response:
        """Pictures and files. Your token gets the bytes under `{uuid}/`, a browser that signed in under `path`."""
        article = get_article(article_id=article_id, viewer=self.viewer)
        rows = ArticleFile.objects.visible_to(self.viewer).filter(article=article)
        return Response(pages.answer_page(request, rows, [paging.number("id")], shapes.file))

    @document("Add a file to an article", body=shapes.FileInput, answer=shapes.FileShape, status=201, is_once=True)
    def post(self, request: Request, article_id: int) -> HttpResponse:
        """Keep a file with an article; readers get it when a version is published. Desk only."""
        get_article(article_id=article_id, viewer=self.viewer)
        if not can_write(self.viewer):
            raise NotAllowed
        data = self.read_input(shapes.FileInput(data=request.data))
        return self.run_once(request, lambda: self._keep(article_id, data["file"]))

    def _keep(self, article_id: int, upload: Any) -> Response:
        with field_names({"files": "file"}):
            kept = files.add_file(article_id=article_id, upload=upload, actor=self.viewer, at=timezone.now())
        return Response(shapes.file(kept), status=201)


class ArticleFileOne(ApiView):
    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """Refusals are JSON; the file has the type that it has."""
        return super().perform_content_negotiation(request, force=True)

    @document("Download a file of an article", answer=OpenApiTypes.BINARY, media_type="*/*")
    def get(self, request: Request, article_id: int, uuid: UUID) -> FileResponse:
        """The bytes of a file that you may open."""
        get_article(article_id=article_id, viewer=self.viewer)
        return download(uuid, self.viewer, article_id=article_id)

    @document("Remove a file of an article", answer=None, status=204)
    def delete(self, request: Request, article_id: int, uuid: UUID) -> Response:
        """Forget a file that no reader ever got. Desk only."""
        files.remove_file(article_id=article_id, uuid=uuid, actor=self.viewer)
        return Response(status=204)


class ArticleFileWithdrawal(DeskView):
    @document("Withdraw a file of an article", body=StrictSerializer, answer=shapes.FileShape, is_once=True)
    def post(self, request: Request, article_id: int, uuid: UUID) -> HttpResponse:
        """Give a published file to readers no more: by the owner, a lead or an administrator."""
        self.read_input(StrictSerializer(data=request.data))
        return self.run_once(request, lambda: self._withdraw(article_id, uuid))

    def _withdraw(self, article_id: int, uuid: UUID) -> Response:
        row = files.withdraw_file(article_id=article_id, uuid=uuid, actor=self.viewer, at=timezone.now())
        return Response(shapes.file(row))
