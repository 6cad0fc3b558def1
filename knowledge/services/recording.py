"""What all acts on articles share: opening one for change, the event that tells of the act, and the search tokens."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, NotVisible, StaleVersion
from helpdesk.common.locking import lock_row
from helpdesk.common.outbox import Notice, enqueue
from helpdesk.common.search import index_texts
from helpdesk.common.search_table import LONGEST
from knowledge.choices import EN, ZH, EventCode, Translation, VersionState
from knowledge.markdown import as_plain
from knowledge.models import Article, ArticleEvent, ArticleSearch, ArticleText, ArticleVersion, Topic

SUBJECT_TYPE = "article"


def open_article(*, article_id: int, actor: User, version: int | None = None) -> Article:
    """The article, locked, if `actor` may see it. Raises NotVisible, or StaleVersion where `version` isn't the present one."""
    if not Article.objects.visible_to(actor).filter(pk=article_id).exists():
        raise NotVisible
    article = lock_row(Article.objects.all(), pk=article_id)
    if version is not None and version != article.version:
        raise StaleVersion(
            _("Somebody changed this article in the meantime. Look at what is new, then try again."),
            extra={"version": article.version},
        )
    return article


def refuse_retired(article: Article) -> None:
    """Raise Conflict for an article that is no longer in use."""
    if article.retired_at is not None:
        raise Conflict(_("This article is retired. Bring it back first."), code="retired")


def refuse_in_review(draft: ArticleVersion | None) -> None:
    """Raise Conflict for a version that waits for its reviewer: what they read must not change under them."""
    if draft is not None and draft.state == VersionState.REVIEW:
        raise Conflict(_("This version is in review. Send it back before you change it."), code="in_review")


def record(
    article: Article,
    code: EventCode,
    *,
    actor: User | None,
    at: datetime,
    version: ArticleVersion | None = None,
    reason: str = "",
) -> ArticleEvent:
    """Store the article as it is now, one version on, and the event."""
    article.version += 1
    article.save()
    return ArticleEvent.objects.create(article=article, version=version, code=code, actor=actor, at=at, reason=reason)


def tell(event: ArticleEvent, topic: str, people: Iterable[int | None]) -> None:
    """Tell people of an act, once each; not who did it."""
    number = event.version.number if event.version is not None else 0
    facts = {"person": event.actor_id, "number": number}
    notices = [Notice(topic, pk, facts) for pk in people if pk is not None and pk != event.actor_id]
    key = f"article-event-{event.pk}"
    enqueue(notices, event_key=key, subject_type=SUBJECT_TYPE, subject_id=event.article_id, at=event.at)


def who_answers_for(article: Article) -> list[int]:
    """The owner, and the leads; administrators where nobody else is left."""
    people = User.objects.active().filter(Q(pk=article.owner_id) | Q(is_lead=True))
    found = list(people.filter(Q(is_agent=True) | Q(is_admin=True)).values_list("pk", flat=True))
    return found or list(User.objects.active().filter(is_admin=True).values_list("pk", flat=True))


def hold_topics() -> dict[int, Topic]:
    """Lock all topics until the transaction ends, by their ids.

    Whoever indexes an article or renames a topic does it with these locked, after the article's own lock. So each of them
    reads what the other has committed; there are few topics, and both are rare.
    """
    return {topic.pk: topic for topic in Topic.objects.select_for_update(no_key=True).order_by("pk")}


def index_article(article: Article) -> None:
    """Make the published words findable, with what the article applies to and is about. Nothing of drafts."""
    hold_topics()
    texts = ArticleText.objects.filter(version__article=article, version__in=ArticleVersion.objects.published())
    names = [name for topic in article.topics.all() for name in (topic.name_zh, topic.name_en)]
    tokens = tokens_of([*names, *article.applies_to.values_list("name", flat=True)], texts)
    ArticleSearch.objects.update_or_create(pk=article.pk, defaults={"public_tokens": tokens, "internal_tokens": ""})


def tokens_of(names: Iterable[str], texts: Iterable[ArticleText]) -> str:
    """The search tokens of an article with these names and published texts."""
    words = list(names)
    for text in texts:
        words += [text.title, *(as_plain(value) for name, value in text.words.items() if name != "title" and value)]
    return index_texts(words)[:LONGEST]


def translation_of(article: Article, texts: Iterable[ArticleText]) -> str:
    """How these texts, one per language, stand to each other. Whose words changed first is outdated, unless they fit what
    changed since: somebody said so, or the other language only caught up with them."""
    changed = {text.language: text.changed_in for text in texts}
    if ZH not in changed:
        return Translation.ZH_MISSING
    if EN not in changed:
        return Translation.EN_MISSING
    if changed[EN] > max(changed[ZH], article.zh_checked_in):
        return Translation.ZH_OUTDATED
    if changed[ZH] > max(changed[EN], article.en_checked_in):
        return Translation.EN_OUTDATED
    return Translation.CURRENT
