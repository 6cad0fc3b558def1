"""From a draft in review to what everybody reads, and what happens to it after that."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed
from helpdesk.common.text import clean_text
from knowledge.choices import EN, NOTE_LENGTH, ZH, EventCode, Translation, VersionState
from knowledge.findings import findings_of
from knowledge.models import Article, ArticleFile, ArticleVersion
from knowledge.policies import can_manage, can_review, has_written
from knowledge.services.recording import index_article, open_article, record, refuse_retired, tell, translation_of
from knowledge.services.reminders import next_review


@transaction.atomic
def publish(*, article_id: int, version: int, actor: User, at: datetime, is_personal_checked: bool = False) -> Article:
    """Let readers have the version that is in review. `is_personal_checked`: what looks like personal data may stay.

    Raises NotVisible, StaleVersion, NotAllowed (also for whoever wrote it), Conflict (`not_in_review`) and InvalidInput
    naming `is_personal_checked`.
    """
    article = open_article(article_id=article_id, actor=actor, version=version)
    refuse_retired(article)
    draft = _in_review(article)
    if has_written(actor, draft):
        raise NotAllowed(_("You wrote this version. Somebody else has to read and publish it."))
    if not can_review(actor, article, draft):
        raise NotAllowed(_("Only the owner, a lead or an administrator publishes an article."))
    if not is_personal_checked and findings_of(draft):
        raise InvalidInput(
            fields={
                "is_personal_checked": [_("The text seems to hold personal data. Remove it, or say that it may stay.")]
            }
        )
    put_out(article, draft, actor=actor, at=at)
    return article


def put_out(
    article: Article, draft: ArticleVersion, *, actor: User, at: datetime, code: EventCode = EventCode.PUBLISHED
) -> None:
    """The body of `publish`, on an article that is open for change already and may be published."""
    article.versions.published().update(state=VersionState.SUPERSEDED)
    draft.state, draft.published_at, draft.published_by = VersionState.PUBLISHED, at, actor
    draft.save()
    ArticleFile.objects.filter(article=article).to_come().update(published_at=at)
    article.published_at = article.reviewed_at = at
    if article.review_on is None or article.review_on <= localdate(at):
        article.review_on = next_review(None, at)
    _catch_up(article, draft)
    article.translation = translation_of(article, draft.texts.all())
    event = record(article, code, actor=actor, at=at, version=draft)
    index_article(article)
    tell(event, "article_published", {draft.author_id, draft.sent_by_id})


def _catch_up(article: Article, draft: ArticleVersion) -> None:
    """Words that were missing or outdated until now say what the other language said already: that one still fits."""
    changed = {text.language for text in draft.texts.all() if text.changed_in == draft.number}
    if article.translation in (Translation.EN_MISSING, Translation.EN_OUTDATED) and EN in changed:
        article.zh_checked_in = draft.number
    if article.translation in (Translation.ZH_MISSING, Translation.ZH_OUTDATED) and ZH in changed:
        article.en_checked_in = draft.number


@transaction.atomic
def return_to_author(*, article_id: int, version: int, reason: str, actor: User, at: datetime) -> Article:
    """Make the version in review a draft again. Who wrote it may take it back, too. Raises as `publish`, and InvalidInput
    without a reason."""
    article = open_article(article_id=article_id, actor=actor, version=version)
    draft = _in_review(article)
    if not (can_manage(actor, article) or has_written(actor, draft)):
        raise NotAllowed(_("Only the owner, a lead or an administrator sends an article back."))
    text = _clean_reason(reason, _("Say what is missing or not right."))
    draft.state, draft.returned_at, draft.return_reason = VersionState.DRAFT, at, text
    draft.save()
    event = record(article, EventCode.RETURNED, actor=actor, at=at, version=draft, reason=text)
    tell(event, "article_returned", {draft.author_id, draft.sent_by_id})
    return article


@transaction.atomic
def retire(*, article_id: int, version: int, reason: str, actor: User, at: datetime) -> Article:
    """Show it to readers no more. Raises NotVisible, StaleVersion, NotAllowed, Conflict (`retired`), InvalidInput."""
    article = open_article(article_id=article_id, actor=actor, version=version)
    _check_manages(actor, article)
    if article.retired_at is not None:
        raise Conflict(_("This article is retired already."), code="retired")
    text = _clean_reason(reason, _("Say why the article is no longer needed."))
    article.retired_at = at
    record(article, EventCode.RETIRED, actor=actor, at=at, reason=text)
    return article


@transaction.atomic
def restore(*, article_id: int, version: int, actor: User, at: datetime) -> Article:
    """Bring it back as it was. Raises NotVisible, StaleVersion, NotAllowed, Conflict (`not_retired`)."""
    article = open_article(article_id=article_id, actor=actor, version=version)
    _check_manages(actor, article)
    if article.retired_at is None:
        raise Conflict(_("This article isn't retired."), code="not_retired")
    article.retired_at = None
    if not article.versions.open().exists() and article.published_at is None:
        _reopen_newest(article)
    record(article, EventCode.RESTORED, actor=actor, at=at)
    return article


@transaction.atomic
def mark_reviewed(
    *, article_id: int, version: int, actor: User, at: datetime, review_on: date | None = None
) -> Article:
    """Checked, still right: to be checked again on `review_on`, or in half a year. Raises NotVisible, StaleVersion,
    NotAllowed, Conflict (`not_published`) and InvalidInput for a day that `next_review` refuses."""
    article = open_article(article_id=article_id, actor=actor, version=version)
    _check_manages(actor, article)
    _check_published(article)
    article.reviewed_at, article.review_on = at, next_review(review_on, at)
    record(article, EventCode.REVIEWED, actor=actor, at=at)
    return article


@transaction.atomic
def mark_translation_current(*, article_id: int, version: int, actor: User, at: datetime) -> Article:
    """Say that the older language still fits what changed in the other one. Raises NotVisible, StaleVersion, NotAllowed,
    Conflict (`not_published`, `not_outdated`)."""
    article = open_article(article_id=article_id, actor=actor, version=version)
    _check_manages(actor, article)
    _check_published(article)
    outdated = {Translation.ZH_OUTDATED: ("zh_checked_in", EN), Translation.EN_OUTDATED: ("en_checked_in", ZH)}
    if article.translation not in outdated:
        raise Conflict(_("No translation of this article is out of date."), code="not_outdated")
    name, other = outdated[Translation(article.translation)]
    texts = list(article.versions.published().get().texts.all())
    setattr(article, name, next(text.changed_in for text in texts if text.language == other))
    article.translation = translation_of(article, texts)
    record(article, EventCode.TRANSLATION_CHECKED, actor=actor, at=at)
    return article


def _in_review(article: Article) -> ArticleVersion:
    draft = article.versions.filter(state=VersionState.REVIEW).first()
    if draft is None:
        raise Conflict(_("No version of this article is in review."), code="not_in_review")
    return draft


def _check_manages(actor: User, article: Article) -> None:
    if not can_manage(actor, article):
        raise NotAllowed(_("Only the owner, a lead or an administrator can do this."))


def _check_published(article: Article) -> None:
    if not article.is_published:
        raise Conflict(_("This article isn't published."), code="not_published")


def _reopen_newest(article: Article) -> None:
    """A draft that was thrown away before anything was published."""
    newest = article.versions.order_by("-number").first()
    if newest is not None:
        newest.state = VersionState.DRAFT
        newest.save()


def _clean_reason(reason: str, missing: str) -> str:
    text = clean_text(reason, field="reason", max_length=NOTE_LENGTH)
    if not text:
        raise InvalidInput(fields={"reason": [missing]})
    return text
