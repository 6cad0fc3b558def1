"""An article, and what the tests do with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from helpdesk.accounts.models import User
from helpdesk.common.models import OutboxMessage
from knowledge.models import Article
from knowledge.services import publishing, writing
from tests.cast import Cast

MONDAY = datetime(2026, 11, 23, 1, tzinfo=UTC)
ZH_WORDS = {"title": "VPN 连不上", "symptom": "提示证书已过期。", "solution": "1. 退出客户端\n2. 重新登录"}
EN_WORDS = {"title": "VPN does not connect", "solution": "1. Quit the client\n2. Sign in again"}
BOTH = {"zh-hans": ZH_WORDS, "en": EN_WORDS}
PNG = (
    b"\x89PNG\r\n\x1a\n"
    + b"\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    + b"\0" * 40
)


def at(hours: float = 0) -> datetime:
    return MONDAY + timedelta(hours=hours)


def picture(name: str = "dialog.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PNG, "image/png")


def write(actor: User, texts: dict[str, Any] | None = None, **details: Any) -> Article:
    return writing.create_article(texts=texts or BOTH, actor=actor, at=at(), details=details)  # type: ignore[arg-type]


def send(article: Article, actor: User, *, hours: float = 1) -> Article:
    article.refresh_from_db()
    return writing.send_for_review(article_id=article.pk, version=article.version, actor=actor, at=at(hours))


def publish(article: Article, actor: User, *, hours: float = 2, **more: Any) -> Article:
    article.refresh_from_db()
    return publishing.publish(article_id=article.pk, version=article.version, actor=actor, at=at(hours), **more)


def save(
    article: Article, actor: User, texts: dict[str, Any] | None = None, *, hours: float = 3, **more: Any
) -> Article:
    article.refresh_from_db()
    return writing.save_draft(
        article_id=article.pk, version=article.version, texts=texts, actor=actor, at=at(hours), **more
    )


def published(cast: Cast, texts: dict[str, Any] | None = None, **details: Any) -> Article:
    """Written by an agent, published by the lead."""
    article = write(cast.agent, texts, **details)
    send(article, cast.agent)
    return publish(article, cast.lead)


def told(topic: str) -> list[str]:
    """User names of those who were told by mail, in order."""
    rows = OutboxMessage.objects.filter(topic=topic, channel=OutboxMessage.Channel.EMAIL)
    return sorted(rows.values_list("recipient__username", flat=True))
