"""What people are told of articles: one waits for their review, was sent back or published, or is due to be checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import User
from knowledge.choices import VersionState
from knowledge.models import Article, ArticleVersion
from knowledge.selectors import reader_language
from knowledge.services.recording import SUBJECT_TYPE
from notifications.lines import Line

KNOWLEDGE = SUBJECT_TYPE
TO_REVIEW, RETURNED, PUBLISHED, REVIEW_DUE = (
    "article_to_review",
    "article_returned",
    "article_published",
    "article_review_due",
)
OF_ARTICLES: dict[str, Line] = {
    TO_REVIEW: Line(
        _("%(name)s asks for a review of the article “%(title)s”."),
        _("Read what changed. Then publish it, or send it back and say what is missing."),
        _("See what changed"),
    ),
    RETURNED: Line(
        _("%(name)s sent the article “%(title)s” back to you."),
        _("Read why, change what is needed, and send it for review again."),
        _("Open the article"),
    ),
    PUBLISHED: Line(
        _("%(name)s published the article “%(title)s”."),
        _("Readers see it from now on. There is nothing more for you to do."),
        _("Open the article"),
    ),
    REVIEW_DUE: Line(
        _("The article “%(title)s” was to be checked on %(day)s."),
        _("Read it in both languages. Say that it is still right, or change what is not."),
        _("Open the article"),
    ),
}


@dataclass(frozen=True)
class ArticleNews:
    """What one notice may say of an article. `titles` are by language, because a mail is worded later than it is looked up."""

    person: User
    path: str
    day: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return self.titles.get(reader_language()) or next(iter(self.titles.values()), "")

    @property
    def names(self) -> dict[str, str]:
        day = date_format(date.fromisoformat(self.day)) if self.day else ""
        return {"name": self.person.get_full_name(), "title": self.title, "day": day}


def news_of(told: Iterable[tuple[str, int, Mapping[str, Any]]], reader: User) -> dict[tuple[str, int], ArticleNews]:
    """The news of these topics, articles and facts through the reader's own eyes; what they may not see is left out."""
    told = list(told)
    articles = Article.objects.visible_to(reader).in_bulk([pk for _topic, pk, _facts in told]) if reader.is_desk else {}
    people = User.objects.in_bulk({facts["person"] for _topic, _pk, facts in told if facts.get("person")})
    versions = (
        ArticleVersion.objects.visible_to(reader).filter(article__in=articles).exclude(state=VersionState.DISCARDED)
    )
    titles: dict[int, dict[str, str]] = {}
    for version in versions.order_by("number").prefetch_related("texts"):
        titles.setdefault(version.article_id, {}).update({text.language: text.title for text in version.texts.all()})
    found = {}
    for topic, pk, facts in told:
        if pk in articles:
            place = "knowledge:review" if topic == TO_REVIEW else "knowledge:article"
            person = people.get(facts.get("person", 0), reader)
            found[topic, pk] = ArticleNews(person, reverse(place, args=[pk]), facts.get("day", ""), titles.get(pk, {}))
    return found


def is_settled(topic: str, article_id: int) -> bool:
    """Whether a request needs no answer any more."""
    if topic == TO_REVIEW:
        return not ArticleVersion.objects.filter(article_id=article_id, state=VersionState.REVIEW).exists()
    return False
