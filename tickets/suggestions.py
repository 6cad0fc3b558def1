"""Answers before tickets, and beside them: articles and earlier tickets that are like what somebody writes (M3.2-2, M3.3.1-3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.utils.safestring import SafeString

from assets.models import Asset
from helpdesk.accounts.models import User
from helpdesk.common.bilingual import BilingualName
from helpdesk.common.errors import NotVisible
from helpdesk.common.search import index_tokens, normalise
from helpdesk.common.similar import Candidate, similar, similar_among
from knowledge.choices import VersionState
from knowledge.markdown import as_html
from knowledge.models import Article, ArticleText
from knowledge.search import TOKENS as ARTICLE_TOKENS
from knowledge.selectors import in_reader_language, published_texts, reader_language
from tickets.callers import RunningIncident, incidents_near
from tickets.incidents import incident_of
from tickets.models import Category, Ticket
from tickets.models.ticket import TicketQuerySet
from tickets.search import TOKENS as TICKET_TOKENS

SHOWN = 3
# Han characters and letters that must be there before anything is looked for.
SHORTEST = 2
# So many articles, the most alike, are compared by their titles; a word that stands there is worth two others, a fitting topic one.
COMPARED, TITLE_WEIGHT, TOPIC_WEIGHT = 12, 6.0, 3.0
MOST_OWN = 50
LEAST_OF_BEST = 0.4


@dataclass(frozen=True)
class SuggestedArticle:
    """An article with its words in the reader's language, or the other one."""

    article: Article
    text: ArticleText

    @property
    def symptom(self) -> SafeString:
        """What somebody sees, as it is read."""
        return as_html(self.text.symptom)

    @property
    def solution(self) -> SafeString:
        """What to do, as it is read."""
        return as_html(self.text.solution or self.text.body)

    @property
    def is_other_language(self) -> bool:
        return self.text.language != reader_language()


def is_enough(text: str) -> bool:
    """Whether there is anything to look for yet."""
    return len("".join(text.split())) >= SHORTEST


def articles_for(
    text: str, viewer: User, *, devices: Iterable[Asset] = (), category: Category | None = None
) -> list[SuggestedArticle]:
    """At most three published articles that the viewer may read: those for one of these devices first.

    An article of a topic that is called like the category, or like what that is part of, counts a little more. What has
    only a common word with the text, where another article has much more, isn't suggested.
    """
    if not is_enough(text):
        return []
    visible = Article.objects.visible_to(viewer).current()
    found = {row.key: row.score for row in similar(ARTICLE_TOKENS, text, limit=COMPARED, among=visible)}
    rows = visible.filter(pk__in=found).prefetch_related("applies_to")
    if category is not None:
        rows = rows.prefetch_related("topics")
    likely = sorted(rows, key=lambda article: -found[article.pk])
    texts = published_texts(likely)
    words = set(index_tokens(text).split())
    kinds = {normalise(name) for device in devices for name in (device.model, device.name) if name}
    topics = _names_of(category)

    def worth(article: Article) -> float:
        in_title = words.intersection(index_tokens(texts[article.pk].title).split())
        is_of_topic = bool(topics) and any(topics & _names(topic) for topic in article.topics.all())
        return found[article.pk] + TITLE_WEIGHT * len(in_title) + TOPIC_WEIGHT * is_of_topic

    scores = {article: worth(article) for article in likely if article.pk in texts}
    fitting = {article for article in scores if any(name.key in kinds for name in article.applies_to.all())}
    least = max(scores.values(), default=0.0) * LEAST_OF_BEST
    near = [article for article, score in scores.items() if score >= least or article in fitting]
    near.sort(key=lambda article: (article not in fitting, -scores[article], -article.solved_tickets))
    return [SuggestedArticle(article, texts[article.pk]) for article in near[:SHOWN]]


def _names_of(category: Category | None) -> set[str]:
    nodes = (category, category.parent) if category is not None else ()
    return set().union(*(_names(node) for node in nodes if node is not None))


def _names(row: BilingualName) -> set[str]:
    """Its names as they are compared, in both languages."""
    return {normalise(name) for name in (row.name_zh, row.name_en) if name}


def solved_like(text: str, viewer: User, *, but: Ticket | None = None) -> list[Ticket]:
    """At most three tickets with a solution that stands and that are like this text, the most alike first. For the desk.

    Confidential ones are left out even for who may read them: what is taken over is read by others.
    """
    rows = (
        Ticket.objects.visible_to(viewer).solved().filter(is_confidential=False).select_related("category", "outcome")
    )
    if but is not None:
        rows = rows.exclude(pk=but.pk)
    return _most_alike(text, rows, _keys(similar(TICKET_TOKENS, text, limit=SHOWN, among=rows)))


def open_like(text: str, viewer: User, *, requester: User | None = None, but: Ticket | None = None) -> list[Ticket]:
    """At most three open tickets of the requester, who is the viewer unless named, that are like this text.

    Somebody's own are few: all of them are compared, whatever the others write.
    """
    own = Ticket.objects.visible_to(viewer).open().filter(requester=requester or viewer)
    if but is not None:
        own = own.exclude(pk=but.pk)
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


@dataclass(frozen=True)
class KnownAbout:
    """What may answer a ticket already, or be the same trouble as its own, for one person of the desk. Asked for when read."""

    ticket: Ticket
    viewer: User

    @cached_property
    def articles(self) -> list[SuggestedArticle]:
        """Articles for this ticket's devices and category."""
        devices = [link.asset for link in self.ticket.asset_links.select_related("asset")]
        return articles_for(words_of(self.ticket), self.viewer, devices=devices, category=self.ticket.category)

    @cached_property
    def solved(self) -> list[Ticket]:
        """Earlier tickets with what solved them."""
        return solved_like(words_of(self.ticket), self.viewer, but=self.ticket)

    @cached_property
    def open(self) -> list[Ticket]:
        """Other open tickets of its requester, while it is open itself."""
        if not self.ticket.is_open:
            return []
        return open_like(words_of(self.ticket), self.viewer, requester=self.ticket.requester, but=self.ticket)

    @cached_property
    def incidents(self) -> list[RunningIncident]:
        """Running incidents, while it is open and belongs to none."""
        if not self.ticket.is_open or incident_of(self.ticket) is not None:
            return []
        return incidents_near(self.ticket.requester, self.viewer)
