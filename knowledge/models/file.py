from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import User
from knowledge.models.article import Article

INLINE_TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp")


class ArticleFileQuerySet(models.QuerySet["ArticleFile"]):
    def visible_to(self, viewer: User) -> ArticleFileQuerySet:
        """Who reads the article reads its files. Those of a draft are the desk's until it is published, and those that
        were withdrawn are from then on."""
        visible = self.filter(article__in=Article.objects.visible_to(viewer))
        return visible if viewer.is_desk else visible.in_use().filter(published_at__isnull=False)

    def in_use(self) -> ArticleFileQuerySet:
        """Without what was withdrawn."""
        return self.filter(withdrawn_at__isnull=True)

    def to_come(self) -> ArticleFileQuerySet:
        """What readers get with the next version."""
        return self.in_use().filter(published_at__isnull=True)


class ArticleFile(models.Model):
    """A picture or a file of an article. Its bytes are in the file store under `storage_key`."""

    article_id: int
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(_("name"), max_length=150)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveIntegerField(_("size"))
    sha256 = models.CharField(max_length=64)
    storage_key = models.CharField(max_length=64, unique=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    objects = ArticleFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("file of an article")
        verbose_name_plural = _("files of articles")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["article", "sha256", "name"], name="article_file_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_picture(self) -> bool:
        """May be shown inside the article."""
        return self.content_type in INLINE_TYPES

    @property
    def path(self) -> str:
        return f"/knowledge/files/{self.uuid}/"

    @property
    def snippet(self) -> str:
        """The Markdown that puts it into a text."""
        label = self.name.replace("[", "(").replace("]", ")")
        return f"{'!' if self.is_picture else ''}[{label}]({self.path})"
