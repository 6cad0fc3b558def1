"""Articles among the results: published words only, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse

from helpdesk.accounts.models import User
from helpdesk.common.highlight import hits, marked, snippet
from helpdesk.common.search import Term
from helpdesk.finding.kinds import BEST, MOST, Hit, Matches, Segments
from knowledge.markdown import as_plain
from knowledge.models import Article, ArticleQuerySet, ArticleText
from knowledge.search import search_articles
from knowledge.selectors import published_texts
from tickets.search import read_query

_SHOWN = ("symptom", "cause", "solution", "advice", "body")


def _visible(viewer: User) -> ArticleQuerySet:
    return Article.objects.visible_to(viewer).current()


def find(text: str, viewer: User, order: str) -> Matches:
    """The newest articles, or for `best` those first that helped most."""
    found = _found(text, viewer)
    if order != BEST:
        found = found.order_by("-published_at", "-pk")
    return Matches(list(found.values_list("pk", flat=True)[: MOST + 1]))


def _found(text: str, viewer: User) -> ArticleQuerySet:
    """None for a query about fields of tickets: it asks for something else."""
    if read_query(text).fields:
        return _visible(viewer).none()
    return search_articles(_visible(viewer), text, viewer)


def show(ids: Sequence[int], text: str, viewer: User) -> list[Hit]:
    """These articles in this order, with a snippet of the first part in which a word stands."""
    terms = read_query(text).terms
    texts = published_texts(_visible(viewer).filter(pk__in=ids))
    return [_hit(pk, texts[pk], terms, is_whole=True) for pk in ids if pk in texts]


def quick(text: str, viewer: User, most: int) -> list[Hit]:
    """The few that helped most."""
    ids = list(_found(text, viewer).values_list("pk", flat=True)[:most])
    texts = published_texts(_visible(viewer).filter(pk__in=ids))
    return [_hit(pk, texts[pk], read_query(text).terms, is_whole=False) for pk in ids if pk in texts]


def _hit(pk: int, text: ArticleText, terms: Sequence[Term], *, is_whole: bool) -> Hit:
    return Hit(
        key=str(pk),
        title=marked(text.title, terms),
        url=reverse("knowledge:article", args=[pk]),
        snippet=_snippet(text, terms) if is_whole else (),
    )


def _snippet(text: ArticleText, terms: Sequence[Term]) -> Segments:
    """From the first part in which a word stands, else from the solution, without the signs of Markdown."""
    for name in _SHOWN:
        part = getattr(text, name)
        # Taking Markdown apart costs more than looking for a word, which may stand in a link's address alone.
        if hits(part, terms) and hits(plain := as_plain(part), terms):
            return snippet(plain, terms)
    return snippet(as_plain(text.solution or text.body), terms)
