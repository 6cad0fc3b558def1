from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import User
from knowledge.choices import NOTE_LENGTH, Place, Reason
from knowledge.models.article import Article
from knowledge.models.version import ArticleVersion


class ArticleFeedbackQuerySet(models.QuerySet["ArticleFeedback"]):
    def visible_to(self, viewer: User) -> ArticleFeedbackQuerySet:
        """What people say is for the desk, and for themselves."""
        visible = self.filter(article__in=Article.objects.visible_to(viewer))
        return visible if viewer.is_desk else visible.filter(person=viewer)

    def last_said(self) -> ArticleFeedbackQuerySet:
        """Of each person and article what they said of the newest version: the article's counters count people."""
        newer = ArticleFeedback.objects.filter(article=OuterRef("article"), person=OuterRef("person"))
        return self.filter(~Exists(newer.filter(version__number__gt=OuterRef("version__number"))))


class ArticleFeedback(models.Model):
    """Whether a version helped somebody, and why not. One per person and version, which they may change."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="feedback")
    version = models.ForeignKey(ArticleVersion, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    is_helpful = models.BooleanField(_("helped"))
    reason = models.CharField(_("why not"), max_length=16, choices=Reason.choices, blank=True)
    words = models.CharField(_("in their words"), max_length=NOTE_LENGTH, blank=True)
    at = models.DateTimeField()

    objects = ArticleFeedbackQuerySet.as_manager()

    class Meta:
        verbose_name = _("feedback on an article")
        verbose_name_plural = _("feedback on articles")
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["version", "person"], name="article_feedback_once"),
            models.CheckConstraint(
                condition=models.Q(is_helpful=True, reason="") | (models.Q(is_helpful=False) & ~models.Q(reason="")),
                name="article_feedback_reason_where_not_helpful",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.article_id} {'+' if self.is_helpful else '-'}"


class DeflectionQuerySet(models.QuerySet["Deflection"]):
    def visible_to(self, viewer: User) -> DeflectionQuerySet:
        """The desk's own figures."""
        if not viewer.is_desk:
            return self.none()
        return self.filter(article__in=Article.objects.visible_to(viewer))


class Deflection(models.Model):
    """A problem that an article solved before there was a ticket: the figure that says whether all this is worth it.

    `person` is who reads in the portal, so that they count once a day; of a call or a visit nobody is noted.
    """

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="deflections")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    place = models.CharField(_("where"), max_length=8, choices=Place.choices)
    at = models.DateTimeField(db_index=True)

    objects = DeflectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("problem solved by an article")
        verbose_name_plural = _("problems solved by articles")
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"#{self.article_id}"
