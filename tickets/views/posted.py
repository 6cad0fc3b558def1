"""What ticket pages read from a POST besides their forms: the version that was seen, and files."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import DomainError, InvalidInput
from helpdesk.common.numbers import whole_number
from tickets.services.files import store_upload


def posted_version(request: HttpRequest) -> int:
    """The version of the ticket that the sender had seen. Raises InvalidInput."""
    version = whole_number(request.POST.get("version", ""))
    if not version:
        raise InvalidInput(fields={"version": [_("The page was incomplete. Reload it and try again.")]})
    return version


def file_ids(request: HttpRequest) -> list[str]:
    """Ids of files that were uploaded before, as far as they are still ticked."""
    return [value for value in request.POST.getlist("attachments") if value]


def keep_uploads(uploads: Iterable[Any], *, actor: User, at: datetime) -> tuple[list[str], list[str]]:
    """Store what came with a plain form: the ids of the good files, and a sentence for each of the others."""
    kept: list[str] = []
    problems: list[str] = []
    for upload in uploads:
        assert isinstance(upload, UploadedFile)
        try:
            kept.append(str(store_upload(upload=upload, actor=actor, at=at).uuid))
        except DomainError as error:
            problems += [str(text) for text in error.fields.get("files", [error.message])]
    return kept, problems
