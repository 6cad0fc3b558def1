"""What must be true of articles whatever failed, raced or was killed. Each yields the rows that break it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from knowledge.models import Article, ArticleFeedback, ArticleSearch, ArticleVersion

Rows = Iterable[object]


def articles_without_published_words(at: datetime) -> Rows:
    """Readers would find an article that says nothing."""
    published = ArticleVersion.objects.published().filter(texts__isnull=False).values("article")
    return Article.objects.filter(published_at__isnull=False).exclude(pk__in=published).values_list("pk", flat=True)


def articles_nobody_finds(at: datetime) -> Rows:
    """Published, but without search tokens."""
    indexed = ArticleSearch.objects.values("article")
    return Article.objects.filter(published_at__isnull=False).exclude(pk__in=indexed).values_list("pk", flat=True)


def miscounted_opinions(at: datetime) -> Rows:
    """Articles whose counters differ from what people said last."""

    def said(is_helpful: bool) -> Coalesce:
        rows = ArticleFeedback.objects.last_said().filter(article=OuterRef("pk"), is_helpful=is_helpful).order_by()
        return Coalesce(Subquery(rows.values("article").annotate(count=Count("pk")).values("count")), 0)

    counted = Article.objects.annotate(yes=said(True), no=said(False))
    return counted.filter(~Q(helped=F("yes")) | ~Q(not_helped=F("no"))).values_list("pk", flat=True)


INVARIANTS: tuple[Callable[[datetime], Rows], ...] = (
    articles_without_published_words,
    articles_nobody_finds,
    miscounted_opinions,
)
