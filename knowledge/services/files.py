"""Pictures and files of articles: checked and kept as those of tickets are."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any, BinaryIO
from uuid import UUID

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed, NotVisible, TooLarge
from helpdesk.common.file_store import MAX_BYTES, discard_bytes, keep_bytes, open_bytes, safe_name, sniff
from helpdesk.common.text import refuse_broken_text
from knowledge.choices import EventCode
from knowledge.models import Article, ArticleEvent, ArticleFile
from knowledge.policies import can_manage, can_write
from knowledge.services.recording import open_article, refuse_in_review, refuse_retired
from knowledge.services.writing import open_version, start_draft

MOST_FILES = 40
HEAD = 8192


@transaction.atomic
def add_file(*, article_id: int, upload: File[Any], actor: User, at: datetime) -> ArticleFile:
    """Keep a file with an article, whose next version it belongs to: readers get it when that is published. The same one
    again is the one there is.

    Raises NotVisible, NotAllowed, Conflict (`retired`, `in_review`, `too_many_files`, `file_withdrawn`), InvalidInput
    (name or type) or TooLarge.
    """
    article = open_article(article_id=article_id, actor=actor)
    if not can_write(actor):
        raise NotAllowed
    refuse_retired(article)
    refuse_in_review(article.versions.open().first())
    refuse_broken_text(upload.name or "", field="files")
    name = safe_name(upload.name or "file")
    if (upload.size or 0) > MAX_BYTES:
        facts = {"name": name, "limit": MAX_BYTES >> 20}
        raise TooLarge(fields={"files": [_("“%(name)s” is larger than %(limit)d MB.") % facts]})
    if not upload.size:
        raise InvalidInput(fields={"files": [_("“%(name)s” is empty.") % {"name": name}]})
    head = upload.read(HEAD)
    content_type = sniff(name, head)
    key, digest, size = keep_bytes(upload, head=head)
    same = article.files.filter(sha256=digest, name=name).first()
    if same is not None:
        discard_bytes(key)
        if same.withdrawn_at is not None:
            raise Conflict(_("“%(name)s” was withdrawn from this article.") % {"name": name}, code="file_withdrawn")
        if same.published_at is None:
            _begin_version(article, actor, at)
        return same
    if article.files.count() >= MOST_FILES:
        discard_bytes(key)
        raise Conflict(_("An article has at most %(count)d files.") % {"count": MOST_FILES}, code="too_many_files")
    # Whoever is writing the words has missed nothing by it: no new version of the article.
    _begin_version(article, actor, at)
    return ArticleFile.objects.create(
        article=article,
        name=name,
        size=size,
        content_type=content_type,
        sha256=digest,
        storage_key=key,
        uploaded_by=actor,
        created_at=at,
    )


def _begin_version(article: Article, actor: User, at: datetime) -> None:
    """Somebody reads what readers will get, so a file comes with a version like words do."""
    if open_version(article) is None:
        start_draft(article, actor=actor, at=at)


@transaction.atomic
def remove_file(*, article_id: int, uuid: UUID, actor: User) -> None:
    """Forget a file that no reader ever got.

    Raises NotVisible, NotAllowed, Conflict (`in_review`, `file_published`).
    """
    article = open_article(article_id=article_id, actor=actor)
    if not can_write(actor):
        raise NotAllowed
    file = _file_of(article, uuid)
    refuse_in_review(article.versions.open().first())
    if file.published_at is not None:
        raise Conflict(_("This file belongs to a version that was published, so it stays."), code="file_published")
    key = file.storage_key
    file.delete()
    transaction.on_commit(partial(discard_bytes, key))


@transaction.atomic
def withdraw_file(*, article_id: int, uuid: UUID, actor: User, at: datetime) -> ArticleFile:
    """Give a file that was published to readers no more; the desk keeps it for the record.

    Raises NotVisible, NotAllowed, Conflict (`file_not_published`, `file_withdrawn`).
    """
    article = open_article(article_id=article_id, actor=actor)
    file = _file_of(article, uuid)
    if not can_manage(actor, article):
        raise NotAllowed(_("Only the owner, a lead or an administrator withdraws a published file."))
    if file.published_at is None:
        raise Conflict(_("No reader ever got this file. Remove it instead."), code="file_not_published")
    if file.withdrawn_at is not None:
        raise Conflict(_("“%(name)s” was withdrawn from this article.") % {"name": file.name}, code="file_withdrawn")
    file.withdrawn_at = at
    file.save(update_fields=["withdrawn_at"])
    # The words stay as they are, so whoever is writing them has missed nothing: no new version of the article.
    ArticleEvent.objects.create(article=article, code=EventCode.FILE_WITHDRAWN, actor=actor, at=at, reason=file.name)
    return file


def _file_of(article: Article, uuid: UUID) -> ArticleFile:
    file = article.files.filter(uuid=uuid).first()
    if file is None:
        raise NotVisible
    return file


def open_file(*, uuid: UUID, viewer: User, article_id: int | None = None) -> tuple[ArticleFile, BinaryIO]:
    """The row and the open bytes of a file that the viewer may see, of this article if one is named. Raises NotVisible."""
    file = ArticleFile.objects.visible_to(viewer).filter(uuid=uuid).first()
    if file is None or article_id not in (None, file.article_id):
        raise NotVisible
    try:
        return file, open_bytes(file.storage_key)
    except FileNotFoundError:
        raise NotVisible(_("The content of this file is missing. Please tell the administrator.")) from None
