"""What the API takes and gives for articles."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language
from rest_framework import serializers as s

from helpdesk.accounts.models import User
from helpdesk.accounts.output import person
from helpdesk.common.rest.fields import (
    CodeChoiceField,
    CodeField,
    DayField,
    StrictSerializer,
    TextField,
    WholeNumberField,
    instant,
)
from helpdesk.common.rest.shapes import Person
from knowledge.choices import (
    EN,
    FIELDS,
    LANGUAGE_CHOICES,
    NOTE_LENGTH,
    TEXT_LENGTH,
    TITLE_LENGTH,
    ZH,
    Audience,
    Reason,
    Translation,
    VersionState,
)
from knowledge.markdown import as_html
from knowledge.models import Article, ArticleFeedback, ArticleFile, ArticleText, ArticleVersion, Topic
from knowledge.selectors import in_reader_language

STATES = [(state, state) for state in ("draft", "published", "retired")]
COMMANDS = [(name, name) for name in ("send", "return", "publish", "retire", "restore", "reviewed", "fits", "discard")]


class WordsShape(s.Serializer[Any]):
    title = s.CharField()
    symptom = s.CharField()
    cause = s.CharField()
    solution = s.CharField()
    advice = s.CharField()
    body = s.CharField()
    changed_in = s.IntegerField(help_text="The version in which these words last changed.")


class TextsShape(s.Serializer[Any]):
    """Words by language; null where there are none."""

    def get_fields(self) -> dict[str, Any]:
        return {ZH: WordsShape(allow_null=True), EN: WordsShape(allow_null=True)}


class TopicShape(s.Serializer[Any]):
    id = s.IntegerField()
    name = s.CharField()


class TopicRowShape(TopicShape):
    icon = s.CharField()
    is_retired = s.BooleanField()


class TeamOfArticle(s.Serializer[Any]):
    id = s.IntegerField()
    name = s.CharField()


class ArticleShape(s.Serializer[Any]):
    id = s.IntegerField()
    slug = s.CharField()
    state = s.ChoiceField(STATES)
    audience = s.ChoiceField(Audience.choices)
    team = TeamOfArticle(allow_null=True)
    owner = Person()
    topics = TopicShape(many=True)
    applies_to = s.ListField(child=s.CharField())
    title = s.CharField(help_text="In the reader's language, or the other one.")
    language = s.ChoiceField(LANGUAGE_CHOICES, help_text="That of `title` and `html`.")
    translation = s.ChoiceField(Translation.choices, allow_null=True)
    published_at = s.DateTimeField(allow_null=True)
    reviewed_at = s.DateTimeField(allow_null=True)
    review_on = s.DateField(allow_null=True)
    retired_at = s.DateTimeField(allow_null=True)
    helped = s.IntegerField()
    not_helped = s.IntegerField()
    solved_tickets = s.IntegerField()
    version = s.IntegerField(help_text="To be sent with a change.")


class ArticleDetailShape(ArticleShape):
    number = s.IntegerField(help_text="Of the version whose words these are.")
    version_state = s.ChoiceField(VersionState.choices)
    texts = TextsShape()
    html = s.CharField(help_text="The text in the reader's language, rendered.")
    open_version = s.IntegerField(allow_null=True, help_text="The number of the draft; null for readers.")
    solved_without_ticket = s.IntegerField(allow_null=True, help_text="Problems; null for readers.")


class VersionShape(s.Serializer[Any]):
    number = s.IntegerField()
    state = s.ChoiceField(VersionState.choices)
    note = s.CharField()
    author = Person(allow_null=True)
    created_at = s.DateTimeField()
    sent_at = s.DateTimeField(allow_null=True)
    published_at = s.DateTimeField(allow_null=True)
    published_by = Person(allow_null=True)
    return_reason = s.CharField()
    texts = TextsShape()


class FeedbackShape(s.Serializer[Any]):
    number = s.IntegerField()
    person = Person()
    is_helpful = s.BooleanField()
    reason = s.ChoiceField(Reason.choices, allow_null=True)
    words = s.CharField()
    at = s.DateTimeField()


class FileShape(s.Serializer[Any]):
    uuid = s.UUIDField()
    name = s.CharField()
    content_type = s.CharField()
    size = s.IntegerField()
    sha256 = s.CharField()
    path = s.CharField()
    markdown = s.CharField(help_text="What puts it into a text.")
    published_at = s.DateTimeField(allow_null=True)
    withdrawn_at = s.DateTimeField(allow_null=True)


class ArticleWordsInput(StrictSerializer):
    title = TextField(max_length=TITLE_LENGTH, required=False, allow_blank=True)
    symptom = TextField(max_length=TEXT_LENGTH, required=False, allow_blank=True)
    cause = TextField(max_length=TEXT_LENGTH, required=False, allow_blank=True)
    solution = TextField(max_length=TEXT_LENGTH, required=False, allow_blank=True)
    advice = TextField(max_length=TEXT_LENGTH, required=False, allow_blank=True)
    body = TextField(max_length=TEXT_LENGTH, required=False, allow_blank=True)


class TextsInput(StrictSerializer):
    """Words by language. What is left out stays as it is."""

    def get_fields(self) -> dict[str, Any]:
        return {ZH: ArticleWordsInput(required=False), EN: ArticleWordsInput(required=False)}


class ArticleInput(StrictSerializer):
    texts = TextsInput()
    audience = CodeChoiceField(Audience.choices, required=False)
    team = WholeNumberField(required=False, allow_null=True)
    topics = s.ListField(child=WholeNumberField(), required=False, max_length=20)
    applies_to = s.ListField(child=TextField(max_length=120), required=False, max_length=30)
    owner = CodeField(max_length=150, required=False, help_text="A user name.")
    review_on = DayField(required=False, allow_null=True)
    note = TextField(max_length=NOTE_LENGTH, required=False, allow_blank=True)


class ArticleChangeInput(ArticleInput):
    version = WholeNumberField()
    texts = TextsInput(required=False)


class ArticleTransitionInput(StrictSerializer):
    command = CodeChoiceField(COMMANDS)
    version = WholeNumberField()
    reason = TextField(max_length=NOTE_LENGTH, required=False, allow_blank=True, help_text="For `return`, `retire`.")
    review_on = DayField(required=False, allow_null=True, help_text="For `reviewed`.")
    is_personal_checked = s.BooleanField(required=False, help_text="For `publish`.")


class FeedbackInput(StrictSerializer):
    is_helpful = s.BooleanField()
    reason = CodeChoiceField(Reason.choices, required=False)
    words = TextField(max_length=NOTE_LENGTH, required=False, allow_blank=True)


class FileInput(StrictSerializer):
    file = s.FileField(allow_empty_file=True, help_text="At most 20 MB; types as in the portal.")


class ArchiveInput(StrictSerializer):
    file = s.FileField(allow_empty_file=True, help_text="A ZIP of Markdown files, as the export gives it.")
    publish = CodeChoiceField([("true", "true"), ("false", "false")], required=False)


class ImportedShape(s.Serializer[Any]):
    created = s.IntegerField()
    updated = s.IntegerField()
    unchanged = s.IntegerField()
    published = s.IntegerField()
    held = s.ListField(child=s.CharField(), help_text="Short names of drafts that seem to hold personal data.")


def article(row: Article, text: ArticleText | None, viewer: User) -> dict[str, Any]:
    """An article in a list; `text` is the one that the reader sees."""
    team = row.team
    return {
        "id": row.pk,
        "slug": row.slug,
        "state": row.state,
        "audience": row.audience,
        "team": {"id": team.pk, "name": team.name} if team is not None else None,
        "owner": person(row.owner, viewer),
        "topics": [{"id": topic.pk, "name": topic.name} for topic in row.topics.all()],
        "applies_to": [item.name for item in row.applies_to.all()],
        "title": text.title if text is not None else "",
        "language": text.language if text is not None else (get_language() or ZH),
        "translation": row.translation or None,
        "published_at": instant(row.published_at),
        "reviewed_at": instant(row.reviewed_at),
        "review_on": row.review_on,
        "retired_at": instant(row.retired_at),
        "helped": row.helped,
        "not_helped": row.not_helped,
        "solved_tickets": row.solved_tickets,
        "version": row.version,
    }


def detail(row: Article, version: ArticleVersion, viewer: User) -> dict[str, Any]:
    """An article with the words of one version."""
    rows = list(version.texts.all())
    text = in_reader_language(rows)
    words = text.words if text is not None else {}
    draft = row.versions.open().values_list("number", flat=True).first() if viewer.is_desk else None
    return {
        **article(row, text, viewer),
        "number": version.number,
        "version_state": version.state,
        "texts": texts(rows),
        "html": "".join(as_html(words[name]) for name in FIELDS if words.get(name)),
        "open_version": draft,
        "solved_without_ticket": row.deflections.count() if viewer.is_desk else None,
    }


def texts(rows: list[ArticleText]) -> dict[str, Any]:
    by_language = {text.language: {**text.words, "changed_in": text.changed_in} for text in rows}
    return {language: by_language.get(language) for language in (ZH, EN)}


def version(row: ArticleVersion, viewer: User) -> dict[str, Any]:
    return {
        "number": row.number,
        "state": row.state,
        "note": row.note,
        "author": person(row.author, viewer),
        "created_at": instant(row.created_at),
        "sent_at": instant(row.sent_at),
        "published_at": instant(row.published_at),
        "published_by": person(row.published_by, viewer),
        "return_reason": row.return_reason,
        "texts": texts(list(row.texts.all())),
    }


def feedback(row: ArticleFeedback, viewer: User) -> dict[str, Any]:
    return {
        "number": row.version.number,
        "person": person(row.person, viewer),
        "is_helpful": row.is_helpful,
        "reason": row.reason or None,
        "words": row.words,
        "at": instant(row.at),
    }


def file(row: ArticleFile) -> dict[str, Any]:
    names = ("name", "content_type", "size", "sha256", "path")
    return {
        "uuid": str(row.uuid),
        **{name: getattr(row, name) for name in names},
        "markdown": row.snippet,
        "published_at": instant(row.published_at),
        "withdrawn_at": instant(row.withdrawn_at),
    }


def topic(row: Topic) -> dict[str, Any]:
    return {"id": row.pk, "name": row.name, "icon": row.icon, "is_retired": row.is_retired}
