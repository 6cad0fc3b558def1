"""Whether articles help: what readers say, and problems that need no ticket any more (M1.1)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, InvalidInput, NotVisible
from helpdesk.common.locking import lock_row
from helpdesk.common.text import clean_text
from knowledge.choices import NOTE_LENGTH, Place, Reason
from knowledge.models import Article, ArticleFeedback, Deflection


@transaction.atomic
def give_feedback(
    *, article_id: int, is_helpful: bool, person: User, at: datetime, reason: str = "", words: str = ""
) -> ArticleFeedback:
    """Say whether the published version helped; said again it replaces what was said before.

    Raises NotVisible, Conflict (`not_published`), and InvalidInput naming `reason` where it didn't help and nobody says why.
    """
    if not Article.objects.visible_to(person).filter(pk=article_id).exists():
        raise NotVisible
    # The counters follow the rows under the lock of the article.
    article = lock_row(Article.objects.all(), pk=article_id)
    version = article.versions.published().first() if article.is_published else None
    if version is None:
        raise Conflict(_("This article isn't published."), code="not_published")
    if is_helpful:
        reason = ""
    elif reason not in Reason.values:
        raise InvalidInput(fields={"reason": [_("Say why it didn't help.")]})
    text = clean_text(words, field="words", max_length=NOTE_LENGTH)
    before = ArticleFeedback.objects.filter(version=version, person=person).first()
    said, _is_new = ArticleFeedback.objects.update_or_create(
        version=version,
        person=person,
        defaults={"article": article, "is_helpful": is_helpful, "reason": reason, "words": text, "at": at},
    )
    if before is not None:
        _count(article, before.is_helpful, -1)
    _count(article, is_helpful, 1)
    article.save(update_fields=["helped", "not_helped"])
    return said


def _count(article: Article, is_helpful: bool, by: int) -> None:
    name = "helped" if is_helpful else "not_helped"
    setattr(article, name, getattr(article, name) + by)


@transaction.atomic
def record_deflection(*, article_id: int, person: User, place: Place, at: datetime, words: str = "") -> Deflection:
    """A problem was solved by this article before there was a ticket. `words` is what was typed until then.

    In the portal a person counts once a day for an article, however often it is sent; on calls each caller counts.
    Raises NotVisible.
    """
    if not Article.objects.visible_to(person).current().filter(pk=article_id).exists():
        raise NotVisible
    if place == Place.PORTAL:
        # Under the article's lock, so that two that are sent at once count once.
        article = lock_row(Article.objects.all(), pk=article_id)
        today = Deflection.objects.filter(article=article, person=person, at__date=timezone.localdate(at))
        if counted := today.filter(place=place).first():
            return counted
    text = clean_text(words[: NOTE_LENGTH * 2], field="words", max_length=NOTE_LENGTH * 2)[:NOTE_LENGTH]
    return Deflection.objects.create(article_id=article_id, person=person, place=place, words=text, at=at)


def forget_words(person: User) -> None:
    """Who somebody was is erased: what they wrote about articles, and what they typed before one helped. Figures stay."""
    ArticleFeedback.objects.filter(person=person).update(words="")
    Deflection.objects.filter(person=person).update(words="")


def count_solved(*, article_id: int, by: int = 1) -> None:
    """A ticket was solved with this article; -1 where that turned out wrong. Inside the transaction of the ticket's act."""
    articles = Article.objects.filter(pk=article_id)
    if by < 0:
        articles = articles.filter(solved_tickets__gte=-by)
    articles.update(solved_tickets=F("solved_tickets") + by)
