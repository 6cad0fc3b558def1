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
    said, _is_new = ArticleFeedback.objects.update_or_create(
        version=version,
        person=person,
        defaults={"article": article, "is_helpful": is_helpful, "reason": reason, "words": text, "at": at},
    )
    counted = ArticleFeedback.objects.filter(article=article).last_said()
    article.helped = counted.filter(is_helpful=True).count()
    article.not_helped = counted.filter(is_helpful=False).count()
    article.save(update_fields=["helped", "not_helped"])
    return said


@transaction.atomic
def record_deflection(*, article_id: int, person: User, place: Place, at: datetime) -> Deflection:
    """A problem was solved by this article before there was a ticket. `person` reads it, or told somebody of it.

    In the portal a person counts once a day for an article, however often it is sent; on calls each caller counts.
    Raises NotVisible.
    """
    if not Article.objects.visible_to(person).current().filter(pk=article_id).exists():
        raise NotVisible
    reader = person if place == Place.PORTAL else None
    if reader is not None:
        # Under the article's lock, so that two that are sent at once count once.
        article = lock_row(Article.objects.all(), pk=article_id)
        today = Deflection.objects.filter(article=article, person=reader, at__date=timezone.localdate(at))
        if counted := today.filter(place=place).first():
            return counted
    return Deflection.objects.create(article_id=article_id, person=reader, place=place, at=at)


def forget_words(person: User) -> None:
    """Who somebody was is erased: what they wrote about articles. Figures stay."""
    ArticleFeedback.objects.filter(person=person).update(words="")


def count_solved(*, article_id: int, by: int = 1) -> None:
    """A ticket was solved with this article; -1 where that turned out wrong. Inside the transaction of the ticket's act."""
    articles = Article.objects.filter(pk=article_id)
    if by < 0:
        articles = articles.filter(solved_tickets__gte=-by)
    articles.update(solved_tickets=F("solved_tickets") + by)
