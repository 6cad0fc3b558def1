"""Answers before tickets, and beside them: articles and earlier tickets that are like what somebody writes (M3.2-2, M3.3.1-3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from helpdesk.accounts.models import User
from helpdesk.common.errors import NotVisible
from helpdesk.common.search import index_tokens, normalise
from helpdesk.common.similar import Candidate, similar, similar_among
from knowledge.choices import VersionState
from knowledge.markdown import as_html
from knowledge.models import Article, ArticleText
from knowledge.search import TOKENS as ARTICLE_TOKENS
from knowledge.selectors import in_reader_language, published_texts
from tickets.models import Ticket
from tickets.models.ticket import TicketQuerySet
from tickets.search import TOKENS as TICKET_TOKENS

SHOWN = 3
# Han characters and letters that must be there before anything is looked for.
SHORTEST = 2
# So many of the most alike are looked at for those that the viewer may see.
LOOKED_AT = 100
# Of articles so many are compared by their titles; a word that stands there is worth two others.
COMPARED, TITLE_WEIGHT = 12, 6.0
MOST_OWN = 50
LEAST_OF_BEST = 0.4


@dataclass(frozen=True)
class SuggestedArticle:
    """An article with its words in the reader's language, or the other one."""

    article: Article
    text: ArticleText

    @property
    def solution(self) -> SafeString:
        """What to do, as it is read."""
        return as_html(self.text.solution or self.text.body)


def is_enough(text: str) -> bool:
    """Whether there is anything to look for yet."""
    return len("".join(text.split())) >= SHORTEST


def articles_for(text: str, viewer: User, *, models: tuple[str, ...] = ()) -> list[SuggestedArticle]:
    """At most three published articles that the viewer may read: those for one of these device models first."""
    if not is_enough(text):
        return []
    found = {row.key: row.score for row in similar(ARTICLE_TOKENS, text, limit=LOOKED_AT)}
    rows = Article.objects.visible_to(viewer).current().filter(pk__in=found).prefetch_related("applies_to")
    likely = sorted(rows, key=lambda article: -found[article.pk])[:COMPARED]
    texts = published_texts(likely)
    words, wanted = set(index_tokens(text).split()), {normalise(model) for model in models if model}

    def place(article: Article) -> tuple[bool, float, int]:
        fits = any(name.key in wanted for name in article.applies_to.all())
        in_title = words.intersection(index_tokens(texts[article.pk].title).split())
        return (not fits, -found[article.pk] - TITLE_WEIGHT * len(in_title), -article.solved_tickets)

    best = sorted((article for article in likely if article.pk in texts), key=place)[:SHOWN]
    return [SuggestedArticle(article, texts[article.pk]) for article in best]


def solved_like(text: str, viewer: User, *, but: Ticket | None = None) -> list[Ticket]:
    """At most three tickets with a solution that stands and that are like this text, the most alike first. For the desk.

    Confidential ones are left out even for who may read them: what is taken over is read by others.
    """
    rows = (
        Ticket.objects.visible_to(viewer).solved().filter(is_confidential=False).select_related("category", "outcome")
    )
    without = but.pk if but is not None else None
    return _most_alike(text, rows, _keys(similar(TICKET_TOKENS, text, limit=LOOKED_AT, without=without)))


def open_like(text: str, viewer: User) -> list[Ticket]:
    """At most three of the viewer's own open tickets that are like what they are about to report.

    Somebody's own are few: all of them are compared, whatever the others write.
    """
    own = Ticket.objects.visible_to(viewer).open().filter(requester=viewer)
    among = list(own.order_by("-pk").values_list("pk", flat=True)[:MOST_OWN])
    return _most_alike(text, own, _keys(similar_among(TICKET_TOKENS, text, among, limit=SHOWN)))


def _keys(found: Sequence[Candidate]) -> list[int]:
    """Those that share a good part of what the best one shares: the rest have one word in common by chance."""
    return [row.key for row in found if row.score >= found[0].score * LEAST_OF_BEST]


def _most_alike(text: str, rows: TicketQuerySet, keys: list[int]) -> list[Ticket]:
    if not is_enough(text):
        return []
    return sorted(rows.filter(pk__in=keys), key=lambda ticket: keys.index(ticket.pk))[:SHOWN]


def words_of(ticket: Ticket) -> str:
    """What a ticket is about in few words; descriptions tell of much else."""
    return f"{ticket.subject}\n{ticket.error_message}"


def published_text(article_id: int, viewer: User) -> ArticleText:
    """What the article says in the active language. Raises NotVisible."""
    if not Article.objects.visible_to(viewer).current().filter(pk=article_id).exists():
        raise NotVisible
    texts = ArticleText.objects.filter(version__article=article_id, version__state=VersionState.PUBLISHED)
    text = in_reader_language(texts.select_related("version"))
    if text is None:
        raise NotVisible
    return text
