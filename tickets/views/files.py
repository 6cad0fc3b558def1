"""The one way in and out for files."""

from __future__ import annotations

from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from helpdesk.accounts.models import User
from helpdesk.common.errors import InvalidInput
from helpdesk.common.web import SeeOther, signed_in, wants_json
from tickets.models import ConfidentialRead
from tickets.services.files import discard_upload, open_file, store_upload
from tickets.services.readings import note_reading


@signed_in
@require_POST
def upload(request: HttpRequest) -> JsonResponse:
    """Keep one file (field `file`) until a message or ticket takes it."""
    given = request.FILES.get("file")
    if given is None:
        raise InvalidInput(fields={"files": [_("No file arrived. Please choose it again.")]})
    kept = store_upload(upload=given, actor=_person(request), at=timezone.now())
    return JsonResponse({"id": str(kept.uuid), "name": kept.name, "size": kept.size}, status=201)


@signed_in
@require_safe
def file(request: HttpRequest, uuid: UUID) -> FileResponse:
    return download(uuid, _person(request))


def download(uuid: UUID, viewer: User) -> FileResponse:
    """A file as a download and nothing else: no browser may run, frame or keep it (D1). Raises NotVisible."""
    attachment, content = open_file(uuid=uuid, viewer=viewer)
    if attachment.ticket is not None:
        place, at = ConfidentialRead.Place.FILE, timezone.now()
        note_reading(ticket=attachment.ticket, reader=viewer, place=place, at=at, file=str(attachment.uuid))
    response = FileResponse(content, as_attachment=True, filename=attachment.name, content_type=attachment.content_type)
    response["Content-Length"] = str(attachment.size)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


@signed_in
@require_POST
def discard(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Forget an upload that was not sent. Somebody else's, or a sent one, is left alone without a word."""
    discard_upload(uuid=str(uuid), actor=_person(request))
    return HttpResponse(status=204) if wants_json(request) else SeeOther("/")


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
