from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import User
from knowledge.choices import (
    FIELDS,
    LANGUAGE_CHOICES,
    NOTE_LENGTH,
    OPEN_STATES,
    TEXT_LENGTH,
    TITLE_LENGTH,
    EventCode,
    VersionState,
)
from knowledge.models.article import Article


class ArticleVersionQuerySet(models.QuerySet["ArticleVersion"]):
    def visible_to(self, viewer: User) -> ArticleVersionQuerySet:
        """The desk reads all versions of the articles that it sees, others the published one."""
        visible = self.filter(article__in=Article.objects.visible_to(viewer))
        return visible if viewer.is_desk else visible.filter(state=VersionState.PUBLISHED)

    def open(self) -> ArticleVersionQuerySet:
        return self.filter(state__in=OPEN_STATES)

    def published(self) -> ArticleVersionQuerySet:
        return self.filter(state=VersionState.PUBLISHED)


class ArticleVersion(models.Model):
    """The words of an article as they were written at one time, in both languages.

    One version at most is open (draft, then review) and one published. The database refuses to change or remove one
    that was ever published.
    """

    article_id: int
    author_id: int | None
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    state = models.CharField(_("state"), max_length=10, choices=VersionState.choices, default=VersionState.DRAFT)
    note = models.CharField(_("what changed"), max_length=NOTE_LENGTH, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("author"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(_("created"))
    sent_at = models.DateTimeField(_("sent for review"), null=True)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    returned_at = models.DateTimeField(_("sent back"), null=True)
    return_reason = models.CharField(_("why it was sent back"), max_length=NOTE_LENGTH, blank=True)
    published_at = models.DateTimeField(_("published"), null=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects = ArticleVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of an article")
        verbose_name_plural = _("versions of articles")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["article", "number"], name="article_version_number_once"),
            models.UniqueConstraint(
                fields=["article"],
                condition=models.Q(state__in=["draft", "review"]),
                name="article_one_open_version",
            ),
            models.UniqueConstraint(
                fields=["article"], condition=models.Q(state="published"), name="article_one_published_version"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["published", "superseded"], published_at__isnull=False)
                | models.Q(state__in=["draft", "review", "discarded"], published_at__isnull=True),
                name="article_version_published_has_instant",
            ),
        ]
        indexes = [
            models.Index(
                fields=["state", "article"],
                name="article_version_open",
                condition=models.Q(state__in=["draft", "review"]),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.article_id} v{self.number}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


class ArticleText(models.Model):
    """One language of a version. `changed_in` is the number of the version in which these words last changed."""

    version = models.ForeignKey(ArticleVersion, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(_("language"), max_length=10, choices=LANGUAGE_CHOICES)
    title = models.CharField(_("title"), max_length=TITLE_LENGTH)
    symptom = models.TextField(max_length=TEXT_LENGTH, blank=True)
    cause = models.TextField(max_length=TEXT_LENGTH, blank=True)
    solution = models.TextField(max_length=TEXT_LENGTH, blank=True)
    advice = models.TextField(max_length=TEXT_LENGTH, blank=True)
    body = models.TextField(max_length=TEXT_LENGTH, blank=True)
    changed_in = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("text of an article")
        verbose_name_plural = _("texts of articles")
        ordering = ["-language"]
        constraints = [
            models.UniqueConstraint(fields=["version", "language"], name="article_text_language_once"),
            models.CheckConstraint(condition=~models.Q(title=""), name="article_text_has_title"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def words(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in ("title", *FIELDS)}


class ArticleEventQuerySet(models.QuerySet["ArticleEvent"]):
    def visible_to(self, viewer: User) -> ArticleEventQuerySet:
        """The log is the desk's own."""
        if not viewer.is_desk:
            return self.none()
        return self.filter(article__in=Article.objects.visible_to(viewer))


class ArticleEvent(models.Model):
    """One act on an article. The database refuses to change these rows (M1.2-3)."""

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="events")
    version = models.ForeignKey(ArticleVersion, null=True, on_delete=models.PROTECT, related_name="events")
    code = models.CharField(max_length=20, choices=EventCode.choices)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=NOTE_LENGTH, blank=True)
    at = models.DateTimeField()

    objects = ArticleEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event of an article")
        verbose_name_plural = _("events of articles")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.code} #{self.article_id}"
