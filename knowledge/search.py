"""Finding articles by words: the same tokens and the same rules as for tickets (docs/search.md)."""

from __future__ import annotations

from helpdesk.accounts.models import User
from helpdesk.common.search_query import parse
from helpdesk.common.search_table import SearchTable
from knowledge.models import ArticleQuerySet

TOKENS = SearchTable("knowledge_articlesearch", "article_id")


def search_articles(queryset: ArticleQuerySet, text: str, viewer: User) -> ArticleQuerySet:
    """The articles of `queryset` whose published words fit every word of `text`, the most useful first.

    `queryset` must be what the viewer may see. Drafts are not searched. Blank text leaves the queryset as it is.
    """
    if not text.strip():
        return queryset
    if not queryset.ordered or not queryset.query.order_by:
        queryset = queryset.order_by("-solved_tickets", "-helped", "-id")
    query = parse(text)
    if query.is_empty:
        return queryset.none()
    return TOKENS.narrowed(queryset, query, with_internal=viewer.is_desk)
