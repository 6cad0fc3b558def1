"""Files: one way in (checked, sniffed, renamed), one way out (`/files/<uuid>`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import InvalidInput, NotVisible, TooLarge
from helpdesk.common.file_store import MAX_BYTES, discard_bytes, keep_bytes, open_bytes, safe_name, sniff
from helpdesk.common.text import refuse_broken_text
from knowledge.models import ArticleFile
from tickets.models import Attachment, IncomingMail, Message, Ticket

MAX_FILES = 20  # per message
DAILY_BYTES = 200 * 1024 * 1024  # per person
UNSENT_FOR = timedelta(days=7)


def store_upload(*, upload: UploadedFile[Any], actor: User | None, at: datetime) -> Attachment:
    """Keep a file for its uploader until a message or ticket takes it. `actor` is None for what somebody outside sent.

    Raises InvalidInput (name or type) or TooLarge (file or daily limit). The bytes are on disk and synced
    before the row exists, so a row never points at nothing.
    """
    refuse_broken_text(upload.name or "", field="files")
    name = safe_name(upload.name or "file")
    if (upload.size or 0) > MAX_BYTES:
        raise TooLarge(
            fields={"files": [_("“%(name)s” is larger than %(limit)d MB.") % {"name": name, "limit": MAX_BYTES >> 20}]}
        )
    if not upload.size:
        raise InvalidInput(fields={"files": [_("“%(name)s” is empty.") % {"name": name}]})
    today = Attachment.objects.filter(uploaded_by=actor, created_at__gt=at - timedelta(days=1))
    used = today.aggregate(total=Sum("size"))["total"] or 0
    if used + upload.size > DAILY_BYTES:
        raise TooLarge(
            fields={
                "files": [
                    _("You have uploaded %(limit)d MB within a day, which is the limit.") % {"limit": DAILY_BYTES >> 20}
                ]
            }
        )
    head = upload.read(8192)
    content_type = sniff(name, head)
    key, digest, size = keep_bytes(upload, head=head)
    return Attachment.objects.create(
        name=name,
        size=size,
        content_type=content_type,
        sha256=digest,
        storage_key=key,
        uploaded_by=actor,
        created_at=at,
    )


def attach(
    uuids: Sequence[str], *, ticket: Ticket, message: Message | None, actor: User | None, is_internal: bool = False
) -> list[Attachment]:
    """Bind the actor's own unsent files to a ticket (and message). Raises InvalidInput for any other file.

    `is_internal` files are the desk's own, also without a message.
    """
    if not uuids:
        return []
    if len(set(uuids)) > MAX_FILES:
        raise InvalidInput(fields={"files": [_("At most %(limit)d files at once.") % {"limit": MAX_FILES}]})
    files = list(
        Attachment.objects.select_for_update().filter(uuid__in=parse_ids(uuids), ticket=None, uploaded_by=actor)
    )
    if len(files) != len(set(uuids)):
        raise InvalidInput(fields={"files": [_("A file is no longer there. Please attach it again.")]})
    Attachment.objects.filter(pk__in=[file.pk for file in files]).update(
        ticket=ticket, message=message, is_internal=is_internal
    )
    return files


def parse_ids(values: Sequence[str]) -> list[UUID]:
    """UUIDs of files. Raises InvalidInput where one isn't a UUID."""
    try:
        return [UUID(str(value)) for value in values]
    except ValueError:
        raise InvalidInput(fields={"files": [_("A file is no longer there. Please attach it again.")]}) from None


def unsent_files(*, uuids: Sequence[str], actor: User) -> list[Attachment]:
    """The actor's own files that wait to be sent, for showing them again after an error."""
    return list(Attachment.objects.filter(uuid__in=parse_ids(uuids), ticket=None, uploaded_by=actor))


def open_file(*, uuid: UUID, viewer: User) -> tuple[Attachment, BinaryIO]:
    """The row and the open bytes of a file that the viewer may see. Raises NotVisible."""
    attachment = Attachment.objects.visible_to(viewer).select_related("ticket").filter(uuid=uuid).first()
    if attachment is None:
        raise NotVisible
    if attachment.erased_at is not None:
        raise NotVisible(_("The content of this file was erased when its ticket was anonymised."))
    try:
        return attachment, open_bytes(attachment.storage_key)
    except FileNotFoundError:
        raise NotVisible(_("The content of this file is missing. Please tell the administrator.")) from None


def discard_upload(*, uuid: str, actor: User) -> None:
    """Remove an unsent file of the actor's own, as if it had never been uploaded."""
    with transaction.atomic():
        for file in Attachment.objects.select_for_update().filter(
            uuid__in=parse_ids([uuid]), ticket=None, uploaded_by=actor
        ):
            key = file.storage_key
            file.delete()
            transaction.on_commit(partial(discard_bytes, key))


def sweep_files(*, at: datetime) -> dict[str, int]:
    """Both directions: forget unsent files after a week, and remove bytes that no row knows (older than a day)."""
    stale = Attachment.objects.filter(ticket=None, created_at__lt=at - UNSENT_FOR)
    counts = {"unsent": 0, "orphans": 0}
    for file in stale.iterator():
        discard_bytes(file.storage_key)
        file.delete()
        counts["unsent"] += 1
    for path in Path(settings.FILES_DIR).glob("??/*"):
        is_old = path.stat().st_mtime < (at - timedelta(days=1)).timestamp()
        if is_old and not _is_known(path.name):
            path.unlink(missing_ok=True)
            counts["orphans"] += 1
    return counts


def _is_known(key: str) -> bool:
    """Some row still needs these bytes."""
    files = Attachment.objects.filter(storage_key=key, erased_at=None)
    others = (IncomingMail.objects.filter(storage_key=key), ArticleFile.objects.filter(storage_key=key))
    return files.exists() or any(rows.exists() for rows in others)
