from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Ability
from helpdesk.common.bilingual import BilingualName
from knowledge.choices import TOPIC_ICONS, Audience, Translation, VersionState


class TopicQuerySet(models.QuerySet["Topic"]):
    def visible_to(self, viewer: User) -> TopicQuerySet:
        """The names of topics are nobody's secret; retired ones are the desk's."""
        return self.all() if viewer.is_desk else self.on_offer()

    def on_offer(self) -> TopicQuerySet:
        return self.filter(is_retired=False)

    def on_offer_or_of(self, article: Article | None) -> TopicQuerySet:
        """Those that the article has may be retired."""
        own = article.topics.values("pk") if article is not None else Topic.objects.none().values("pk")
        return self.filter(models.Q(is_retired=False) | models.Q(pk__in=own))


class Topic(BilingualName):
    """What articles are about: the knowledge base's own short list, configured in the administration."""

    icon = models.CharField(_("icon"), max_length=20, choices=TOPIC_ICONS, default="book")
    position = models.PositiveSmallIntegerField(_("position"), default=0, help_text=_("Small numbers stand first."))
    is_retired = models.BooleanField(_("retired"), default=False)

    objects = TopicQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        ordering = ["position", "name_zh", "id"]
        constraints = [models.UniqueConstraint(fields=["name_zh"], name="topic_name_once")]


class ArticleQuerySet(models.QuerySet["Article"]):
    def visible_to(self, viewer: User) -> ArticleQuerySet:
        """Published articles for everybody are everybody's. The desk also sees drafts, retired ones and its own;
        a team's articles are for the team, their owner, leads and administrators (M1.2-4)."""
        if not viewer.is_desk:
            return self.current().filter(audience=Audience.PUBLIC)
        if viewer.can(Ability.WORK_EVERYWHERE) or viewer.can(Ability.CONFIGURE):
            return self.all()
        of_team = models.Q(team_id__in=viewer.team_ids) | models.Q(owner=viewer)
        return self.filter(~models.Q(audience=Audience.TEAM) | of_team)

    def current(self) -> ArticleQuerySet:
        """Published and not retired."""
        return self.filter(published_at__isnull=False, retired_at__isnull=True)

    def in_state(self, state: str) -> ArticleQuerySet:
        """By the state of a version, of which an article has at most one that is open and one that is published."""
        return self.filter(retired_at__isnull=True, versions__state=state)

    def due_for_review(self, day: date) -> ArticleQuerySet:
        return self.current().filter(review_on__lte=day)

    def with_translation_gap(self) -> ArticleQuerySet:
        return self.current().exclude(translation=Translation.CURRENT)


class Article(models.Model):
    """What is known of one problem (M1.2-1, M3.3.1-3): its address, owner, audience and review date.

    Its words stand in its versions. `version` counts changes for whoever edits it. `zh_checked_in` and `en_checked_in` are
    the numbers of versions to which that language fits although its words had not changed. Counters follow the
    rows that they count, in the same transaction.
    """

    owner_id: int
    team_id: int | None
    slug = models.SlugField(_("short name"), max_length=80, unique=True, help_text=_("Names its files in an export."))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("owner"), on_delete=models.PROTECT, related_name="articles"
    )
    audience = models.CharField(_("who may read it"), max_length=8, choices=Audience.choices, default=Audience.PUBLIC)
    team = models.ForeignKey(
        "accounts.Team",
        verbose_name=_("team"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="articles",
    )
    topics = models.ManyToManyField(Topic, verbose_name=_("topics"), blank=True, related_name="articles")
    review_on = models.DateField(_("to be checked on"), null=True, blank=True)
    review_told_for = models.DateField(null=True, editable=False)
    created_at = models.DateTimeField(_("created"))
    published_at = models.DateTimeField(_("published"), null=True)
    reviewed_at = models.DateTimeField(_("checked"), null=True)
    retired_at = models.DateTimeField(_("retired"), null=True)
    version = models.PositiveIntegerField(default=1)
    translation = models.CharField(_("languages"), max_length=12, choices=Translation.choices, blank=True)
    zh_checked_in = models.PositiveIntegerField(default=0)
    en_checked_in = models.PositiveIntegerField(default=0)
    helped = models.PositiveIntegerField(_("helped"), default=0)
    not_helped = models.PositiveIntegerField(_("didn't help"), default=0)
    solved_tickets = models.PositiveIntegerField(_("tickets solved"), default=0)

    objects = ArticleQuerySet.as_manager()

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(audience="team", team__isnull=False)
                | (~models.Q(audience="team") & models.Q(team__isnull=True)),
                name="article_team_with_its_audience",
            ),
        ]
        indexes = [
            models.Index(
                fields=["-published_at", "-id"],
                name="article_current",
                condition=models.Q(published_at__isnull=False, retired_at__isnull=True),
            ),
            models.Index(
                fields=["review_on"],
                name="article_review_due",
                condition=models.Q(published_at__isnull=False, retired_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def is_published(self) -> bool:
        return self.published_at is not None and self.retired_at is None

    @property
    def state(self) -> str:
        """`retired`, `published`, or `draft` for one that was never published."""
        if self.retired_at is not None:
            return "retired"
        return VersionState.PUBLISHED if self.published_at is not None else VersionState.DRAFT


class AppliesTo(models.Model):
    """A device model or a program that an article is for. `key` is the name as it is compared."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="applies_to")
    name = models.CharField(_("name"), max_length=120)
    key = models.CharField(max_length=120)

    class Meta:
        verbose_name = _("applies to")
        verbose_name_plural = _("applies to")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["article", "key"], name="article_applies_to_once")]
        indexes = [models.Index(fields=["key"], name="article_applies_to_key")]

    def __str__(self) -> str:
        return self.name
