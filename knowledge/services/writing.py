"""Writing articles: a draft at a time, until it is sent for review (M3.3.4-3)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed
from helpdesk.common.text import clean_text
from knowledge.choices import (
    EN,
    FIELDS,
    LANGUAGES,
    NOTE_LENGTH,
    TEXT_LENGTH,
    TITLE_LENGTH,
    ZH,
    EventCode,
    VersionState,
)
from knowledge.markdown import links_in
from knowledge.models import Article, ArticleEvent, ArticleText, ArticleVersion
from knowledge.policies import can_manage, can_write, has_written
from knowledge.services.details import Details, apply_details, details_of, refuse_foreign_details, refuse_unseen, relate
from knowledge.services.recording import (
    index_article,
    open_article,
    record,
    refuse_in_review,
    refuse_retired,
    tell,
    who_answers_for,
)

Texts = Mapping[str, Mapping[str, str]]
# How forms, and refusals, name the two languages.
PREFIX = {ZH: "zh", EN: "en"}


@transaction.atomic
def create_article(
    *,
    texts: Texts,
    actor: User,
    at: datetime,
    details: Details | None = None,
    note: str = "",
    slug: str = "",
    are_quoted: bool = False,
) -> Article:
    """A new article with its first draft. `texts` holds the words per language, both or one.

    `are_quoted`: they were written elsewhere, so where they link to is looked at when somebody sends the draft. Raises
    NotAllowed, and InvalidInput naming fields such as `en_title`.
    """
    if not can_write(actor):
        raise NotAllowed
    words = _cleaned(texts, {})
    if not are_quoted:
        _refuse_links(words, {})
    article = Article(owner=actor, created_at=at, slug=slug or _free_slug(words))
    relations = apply_details(article, details or {}, at)
    try:
        with transaction.atomic():
            article.save()
    except IntegrityError:
        # Somebody began one of this name a moment ago.
        article.slug = _free_slug(words)
        article.save()
    relate(article, relations)
    refuse_unseen(article, actor)
    version = ArticleVersion.objects.create(
        article=article, number=1, author=actor, created_at=at, note=_clean_note(note)
    )
    _store(version, words, {})
    ArticleEvent.objects.create(article=article, version=version, code=EventCode.CREATED, actor=actor, at=at)
    return article


@transaction.atomic
def save_draft(
    *,
    article_id: int,
    version: int,
    actor: User,
    at: datetime,
    texts: Texts | None = None,
    details: Details | None = None,
    note: str | None = None,
) -> Article:
    """Change the open draft, or start one from what is published. `version` is the one that the writer had seen.

    Details (who may read it, its owner and so on) count at once; `FOR_MANAGERS` names those that only the owner, a lead
    or an administrator changes. Raises NotVisible, NotAllowed, StaleVersion, Conflict (`retired`, `in_review`) and
    InvalidInput.
    """
    article = open_article(article_id=article_id, actor=actor, version=version)
    if not can_write(actor):
        raise NotAllowed
    refuse_retired(article)
    refuse_foreign_details(article, details or {}, actor)
    before = details_of(article)
    relate(article, apply_details(article, details or {}, at))
    is_other = details_of(article) != before
    draft = _write(article, texts or {}, actor, at)
    open_one = draft or open_version(article)
    is_noted = open_one is not None and _note_down(open_one, note)
    # Without a version the note goes with the details that it is about.
    reason = _clean_note(note or "") if open_one is None else ""
    if reason and not is_other:
        sentence = _("Nothing was changed that this note could be about. Change the text too, or empty the note.")
        raise InvalidInput(fields={"note": [sentence]})
    if draft is not None:
        if has_written(actor, draft):
            article.version += 1
            article.save()
        else:
            record(article, EventCode.WRITTEN, actor=actor, at=at, version=draft)
    # Who reads what is published is an act of its own, also where words were written with it.
    if (is_other and article.published_at is not None) or ((is_other or is_noted) and draft is None):
        record(article, EventCode.DETAILS, actor=actor, at=at, reason=reason)
    if article.published_at is not None and is_other:
        index_article(article)
    refuse_unseen(article, actor)
    return article


@transaction.atomic
def discard_draft(*, article_id: int, version: int, actor: User, at: datetime) -> Article:
    """Throw the open draft away; what is published stays. Raises as `save_draft`, and Conflict (`no_draft`)."""
    article = open_article(article_id=article_id, actor=actor, version=version)
    draft = open_version(article)
    if draft is None:
        raise Conflict(_("There is no draft."), code="no_draft")
    if not (can_manage(actor, article) or has_written(actor, draft)):
        raise NotAllowed(_("Only who wrote this draft, or who answers for the article, can throw it away."))
    draft.state = VersionState.DISCARDED
    draft.save()
    if article.published_at is None:
        article.retired_at = at
    record(article, EventCode.DISCARDED, actor=actor, at=at, version=draft)
    return article


@transaction.atomic
def send_for_review(*, article_id: int, version: int, actor: User, at: datetime) -> Article:
    """Ask for a second pair of eyes: the owner and the leads are told. Raises NotVisible, NotAllowed, StaleVersion,
    Conflict (`no_draft`, `in_review`) and InvalidInput for an article that says nothing."""
    article = open_article(article_id=article_id, actor=actor, version=version)
    if not can_write(actor):
        raise NotAllowed
    refuse_retired(article)
    draft = open_version(article)
    if draft is None:
        raise Conflict(_("There is no draft."), code="no_draft")
    refuse_in_review(draft)
    texts = list(draft.texts.all())
    empty = {
        f"{PREFIX[text.language]}_solution": [_("Say what to do, or write it under “More”.")]
        for text in texts
        if not (text.solution or text.body)
    }
    if empty:
        raise InvalidInput(fields=empty)
    _refuse_links({text.language: text.words for text in texts}, {})
    draft.state, draft.sent_at, draft.sent_by = VersionState.REVIEW, at, actor
    draft.returned_at, draft.return_reason = None, ""
    draft.save()
    event = record(article, EventCode.SENT, actor=actor, at=at, version=draft)
    tell(event, "article_to_review", who_answers_for(article))
    return article


def open_version(article: Article) -> ArticleVersion | None:
    """The draft, or what is in review."""
    return article.versions.open().first()


def start_draft(article: Article, *, actor: User, at: datetime) -> ArticleVersion:
    """A new version with the words that are published, beside them. Part of an act that changes the article."""
    newest = article.versions.order_by("-number").first()
    number = newest.number + 1 if newest else 1
    draft = ArticleVersion.objects.create(article=article, number=number, author=actor, created_at=at)
    published = {text.language: text for text in _texts_of(article.versions.published().first())}
    _store(draft, _words(published), published)
    return draft


def _write(article: Article, texts: Texts, actor: User, at: datetime) -> ArticleVersion | None:
    """The draft with these words, if they are new."""
    draft = open_version(article)
    published = {text.language: text for text in _texts_of(article.versions.published().first())}
    present = {text.language: text.words for text in _texts_of(draft)} if draft is not None else _words(published)
    words = _cleaned(texts, present)
    _refuse_links(words, present)
    if words == present:
        return None
    refuse_in_review(draft)
    draft = draft or start_draft(article, actor=actor, at=at)
    _store(draft, words, published)
    return draft


def _note_down(draft: ArticleVersion, note: str | None) -> bool:
    """Keep the note of a version, which whoever reviews it reads, too. Returns whether it is another one."""
    if note is None or _clean_note(note) == draft.note:
        return False
    refuse_in_review(draft)
    draft.note = _clean_note(note)
    draft.save()
    return True


def _texts_of(version: ArticleVersion | None) -> list[ArticleText]:
    return list(version.texts.all()) if version is not None else []


def _words(texts: Mapping[str, ArticleText]) -> dict[str, dict[str, str]]:
    return {language: text.words for language, text in texts.items()}


def _cleaned(texts: Texts, present: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """The words per language after this change; a language without any isn't there. Raises InvalidInput."""
    errors: dict[str, list[str]] = {}
    found = {}
    for language in LANGUAGES:
        given, before = texts.get(language, {}), present.get(language, {})
        prefix = PREFIX[language]
        words = {}
        for name in ("title", *FIELDS):
            longest = TITLE_LENGTH if name == "title" else TEXT_LENGTH
            try:
                words[name] = clean_text(
                    given.get(name, before.get(name, "")),
                    field=f"{prefix}_{name}",
                    max_length=longest,
                    multiline=name != "title",
                )
            except InvalidInput as error:
                errors.update(error.sentences())
        if any(words.values()):
            found[language] = words
            if not words.get("title") and f"{prefix}_title" not in errors:
                errors[f"{prefix}_title"] = [_("Give this text a title.")]
    if not found and not errors:
        errors["zh_title"] = [_("Write a title in at least one language.")]
    if errors:
        raise InvalidInput(fields=errors)
    return found


def _refuse_links(words: Mapping[str, Mapping[str, str]], present: Mapping[str, Mapping[str, str]]) -> None:
    """Raise InvalidInput for links and pictures that readers would not get, where words are new."""
    errors = {}
    for language, fields in words.items():
        for name in FIELDS:
            text = fields[name]
            if text != present.get(language, {}).get(name):
                refusals = [link.refusal for link in links_in(text) if link.refusal]
                if refusals:
                    errors[f"{PREFIX[language]}_{name}"] = list(dict.fromkeys(refusals))
    if errors:
        raise InvalidInput(fields=errors)


def _store(
    version: ArticleVersion, words: Mapping[str, Mapping[str, str]], published: Mapping[str, ArticleText]
) -> None:
    """Words that are as published keep the version in which they changed: typing them again makes nothing outdated."""
    version.texts.exclude(language__in=words).delete()
    for language, text in words.items():
        before = published.get(language)
        changed_in = before.changed_in if before is not None and before.words == text else version.number
        version.texts.update_or_create(language=language, defaults={**text, "changed_in": changed_in})


def _clean_note(note: str) -> str:
    return clean_text(note, field="note", max_length=NOTE_LENGTH, multiline=False)


def _free_slug(words: Mapping[str, Mapping[str, str]]) -> str:
    """A short name of the English title that no other article has. Exports name files by it."""
    base = slugify(words.get(EN, {}).get("title", ""))[:60].strip("-") or f"article-{secrets.token_hex(4)}"
    if not Article.objects.filter(slug=base).exists():
        return base
    return f"{base}-{secrets.token_hex(4)}"


@transaction.atomic
def save_and_send(
    *,
    article_id: int,
    version: int,
    actor: User,
    at: datetime,
    texts: Texts,
    details: Details,
    note: str,
) -> Article:
    """`save_draft` and `send_for_review` in one act. Raises as both do."""
    saved = save_draft(
        article_id=article_id, version=version, actor=actor, at=at, texts=texts, details=details, note=note
    )
    return send_for_review(article_id=article_id, version=saved.version, actor=actor, at=at)
