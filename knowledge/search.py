"""Finding articles by words: the same tokens and the same rules as for tickets (docs/search.md)."""

from __future__ import annotations

import re

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

from helpdesk.accounts.models import User
from helpdesk.common.search import parse_query
from helpdesk.common.search_table import SearchTable
from knowledge.models import ArticleQuerySet

TOKENS = SearchTable("knowledge_articlesearch", "article_id")
SNIPPET = 160  # characters
_PART = re.compile(r"[^\s,，、;；。!?！？\"“”()（）]+")


def search_articles(queryset: ArticleQuerySet, text: str, viewer: User) -> ArticleQuerySet:
    """The articles of `queryset` in whose published words every word of `text` stands, the most useful first.

    `queryset` must be what the viewer may see. Drafts are not searched. Blank text leaves the queryset as it is.
    """
    if not text.strip():
        return queryset
    if not queryset.ordered or not queryset.query.order_by:
        queryset = queryset.order_by("-solved_tickets", "-helped", "-id")
    terms = parse_query(text)
    if not terms:
        return queryset.none()
    found = TOKENS.matching(terms, with_internal=viewer.is_desk, using=queryset.db)
    return queryset.filter(pk__in=found)


def snippet(text: str, query: str) -> SafeString:
    """A line of `text` around the first word of the query that stands in it, all of them marked. `text` is plain."""
    words = sorted({word for word in _PART.findall(query) if word}, key=len, reverse=True)
    found = re.compile("|".join(map(re.escape, words)), re.IGNORECASE) if words else None
    first = found.search(text) if found else None
    begin = max(first.start() - SNIPPET // 3, 0) if first else 0
    line = text[begin : begin + SNIPPET]
    parts, end = [], 0
    for match in found.finditer(line) if found else ():
        parts += [conditional_escape(line[end : match.start()]), mark_safe("<mark>"), conditional_escape(match[0])]
        parts.append(mark_safe("</mark>"))
        end = match.end()
    before, after = "…" if begin else "", "…" if begin + SNIPPET < len(text) else ""
    return mark_safe(before + "".join(parts) + conditional_escape(line[end:]) + after)  # parts are escaped
