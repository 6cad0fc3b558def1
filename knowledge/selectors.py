"""Reads of the knowledge base: an article as one reader sees it, lists with titles, versions beside each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q, QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from helpdesk.accounts.models import User
from helpdesk.common.errors import NotVisible
from helpdesk.common.highlight import Segment, snippet
from helpdesk.common.search_query import parse
from knowledge.choices import EN, FIELD_LABELS, FIELDS, LANGUAGES, OPEN_STATES, ZH, Translation, VersionState
from knowledge.comparing import Piece, compare
from knowledge.markdown import as_html, as_plain
from knowledge.models import (
    Article,
    ArticleFeedback,
    ArticleFile,
    ArticleQuerySet,
    ArticleText,
    ArticleVersion,
    Deflection,
    Topic,
)


def reader_language() -> str:
    """Which of the two languages the present reader reads."""
    return ZH if (get_language() or ZH).startswith("zh") else EN


def in_reader_language(texts: Iterable[ArticleText]) -> ArticleText | None:
    """The text in the reader's language, or the other one; never a mixture."""
    by_language = {text.language: text for text in texts}
    wanted = reader_language()
    return by_language.get(wanted) or next(iter(by_language.values()), None)


def published_texts(articles: Sequence[Article] | ArticleQuerySet) -> dict[int, ArticleText]:
    """The published words of these articles in the reader's language, or the other one, by the articles' ids."""
    found: dict[int, list[ArticleText]] = {}
    rows = ArticleText.objects.filter(version__article__in=articles, version__state=VersionState.PUBLISHED)
    for text in rows.select_related("version"):
        found.setdefault(text.version.article_id, []).append(text)
    best = {pk: in_reader_language(texts) for pk, texts in found.items()}
    return {pk: text for pk, text in best.items() if text is not None}


def get_article(*, article_id: int, viewer: User) -> Article:
    """An article that the viewer may see. Raises NotVisible."""
    found = Article.objects.visible_to(viewer).select_related("owner", "team").filter(pk=article_id).first()
    if found is None:
        raise NotVisible
    return found


def shown_version(article: Article, number: int | None, viewer: User) -> ArticleVersion:
    """The published version, or the newest where nothing is published; for the desk also any other by its number.

    Raises NotVisible.
    """
    versions = ArticleVersion.objects.visible_to(viewer).filter(article=article)
    versions = versions.select_related("author", "published_by", "sent_by")
    if number is not None:
        found = versions.filter(number=number).first()
    else:
        found = versions.published().first() or versions.order_by("-number").first()
    if found is None:
        raise NotVisible
    return found


@dataclass(frozen=True)
class Section:
    """A part of the article as it is read. `name` is its field."""

    name: str
    label: str
    html: SafeString


@dataclass(frozen=True)
class Reading:
    """An article in front of one reader. `is_other_language`: there is none in theirs. `is_outdated`: the other language
    says something newer."""

    article: Article
    version: ArticleVersion
    text: ArticleText
    sections: list[Section]
    is_other_language: bool
    is_outdated: bool
    files: list[ArticleFile]
    opinion: ArticleFeedback | None


def read_article(article: Article, version: ArticleVersion, viewer: User) -> Reading:
    """The version as the viewer reads it. Raises NotVisible for one without words."""
    text = in_reader_language(version.texts.all())
    if text is None:
        raise NotVisible
    outdated = {ZH: Translation.ZH_OUTDATED, EN: Translation.EN_OUTDATED}[text.language]
    files = ArticleFile.objects.visible_to(viewer).in_use().filter(article=article)
    if version.state == VersionState.PUBLISHED:
        files = files.filter(published_at__isnull=False)
    return Reading(
        article=article,
        version=version,
        text=text,
        sections=sections_of(text.words),
        is_other_language=text.language != reader_language(),
        is_outdated=article.translation == outdated and version.state == VersionState.PUBLISHED,
        files=[file for file in files if not file.is_picture],
        opinion=ArticleFeedback.objects.visible_to(viewer).filter(version=version, person=viewer).first(),
    )


def sections_of(words: Mapping[str, str]) -> list[Section]:
    """The fields that say something, as HTML."""
    return [Section(name, str(FIELD_LABELS[name]), as_html(words[name])) for name in FIELDS if words.get(name)]


@dataclass(frozen=True)
class Row:
    """An article in a list. `line` is a piece of its text, in pieces, so that the page marks what was searched for."""

    article: Article
    title: str
    line: Sequence[Segment]
    language: str
    open_state: str
    is_due: bool

    @property
    def is_other_language(self) -> bool:
        return self.language != reader_language()


def rows_of(articles: Sequence[Article], viewer: User, *, query: str = "", today: date | None = None) -> list[Row]:
    """Rows with the words that the viewer would read; two queries for all of them."""
    versions = ArticleVersion.objects.visible_to(viewer).filter(
        article__in=articles, state__in=[VersionState.PUBLISHED, *OPEN_STATES, VersionState.DISCARDED]
    )
    by_article: dict[int, list[ArticleVersion]] = {}
    for version in versions.order_by("number").prefetch_related("texts"):
        by_article.setdefault(version.article_id, []).append(version)
    return [_row(article, by_article.get(article.pk, []), query, today) for article in articles]


def _row(article: Article, versions: list[ArticleVersion], query: str, today: date | None) -> Row:
    """Titles are those that are published, else those of the newest version."""
    shown = next((version for version in versions if version.state == VersionState.PUBLISHED), None)
    shown = shown or (versions[-1] if versions else None)
    text = in_reader_language(shown.texts.all()) if shown is not None else None
    open_state = next((version.state for version in versions if version.is_open), "")
    is_due = today is not None and article.is_published and article.review_on is not None and article.review_on <= today
    if text is None:
        return Row(article, str(article), (), reader_language(), open_state, is_due)
    whole = " ".join(as_plain(text.words[name]) for name in FIELDS if text.words[name])
    return Row(article, text.title, snippet(whole, parse(query).terms), text.language, open_state, is_due)


def topics_with_counts(viewer: User) -> QuerySet[Topic]:
    """The topics on offer, each with `count` of articles that the viewer may read."""
    readable = Article.objects.visible_to(viewer).current()
    counted = Count("articles", filter=Q(articles__in=readable), distinct=True)
    return Topic.objects.on_offer().annotate(count=counted)


def managed(viewer: User, *, today: date) -> dict[str, ArticleQuerySet]:
    """The lists of those who write and answer for articles, by the tab's code."""
    visible = Article.objects.visible_to(viewer)
    return {
        "mine": visible.filter(owner=viewer, retired_at__isnull=True),
        "review": visible.in_state(VersionState.REVIEW),
        "due": visible.due_for_review(today),
        "translation": visible.with_translation_gap(),
        "drafts": visible.in_state(VersionState.DRAFT),
        "all": visible.filter(retired_at__isnull=True),
        "retired": visible.filter(retired_at__isnull=False),
    }


def solved_without_ticket(viewer: User, *, since: datetime) -> tuple[int, int]:
    """How many problems articles solved before there was a ticket: after this instant, and altogether."""
    figures = Deflection.objects.visible_to(viewer).aggregate(
        recent=Count("pk", filter=Q(at__gt=since)), all=Count("pk")
    )
    return figures["recent"], figures["all"]


@dataclass(frozen=True)
class Change:
    """A field of one language in two versions."""

    language: str
    label: str
    pieces: list[Piece]


def changes_between(old: ArticleVersion | None, new: ArticleVersion) -> list[Change]:
    """What differs in `new`; all of it where there is no older version."""
    before = {text.language: text.words for text in old.texts.all()} if old is not None else {}
    after = {text.language: text.words for text in new.texts.all()}
    found = []
    for language in LANGUAGES:
        for name, label in FIELD_LABELS.items():
            was, now = (words.get(language, {}).get(name, "") for words in (before, after))
            if was != now:
                found.append(Change(language, str(label), compare(was, now)))
    return found
