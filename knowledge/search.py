"""Finding articles by words: the same tokens and the same rules as for tickets (docs/search.md)."""

from __future__ import annotations

from django.db.models import Exists, OuterRef

from helpdesk.accounts.models import User
from helpdesk.common.search_query import parse
from helpdesk.common.search_table import SearchTable
from knowledge.choices import VersionState
from knowledge.models import ArticleQuerySet, ArticleText

TOKENS = SearchTable("knowledge_articlesearch", "article_id")


def search_articles(queryset: ArticleQuerySet, text: str, viewer: User) -> ArticleQuerySet:
    """The articles of `queryset` whose published words fit every word of `text`: those with its first word in the title
    first, then the most useful.

    `queryset` must be what the viewer may see. Drafts are not searched. Blank text leaves the queryset as it is.
    """
    if not text.strip():
        return queryset
    query = parse(text)
    if query.is_empty:
        return queryset.none()
    if not queryset.ordered or not queryset.query.order_by:
        useful = ("-solved_tickets", "-helped", "-id")
        word = next((run for term in query.terms for run in term.runs), "")
        # One character stands in nearly every title, and each would be read for it.
        queryset = queryset.order_by(*([_has_in_title(word).desc()] if len(word) > 1 else []), *useful)
    return TOKENS.narrowed(queryset, query, with_internal=viewer.is_desk)


def _has_in_title(word: str) -> Exists:
    published = ArticleText.objects.filter(version__article=OuterRef("pk"), version__state=VersionState.PUBLISHED)
    return Exists(published.filter(title__icontains=word))
