from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import User


class QueueViewQuerySet(models.QuerySet["QueueView"]):
    def visible_to(self, viewer: User) -> QueueViewQuerySet:
        """Own views and those shared with a team of the viewer."""
        return self.filter(models.Q(owner=viewer) | models.Q(team_id__in=viewer.team_ids))


class QueueView(models.Model):
    """A saved view of the queue: a name for a query string, personal or shared with a team."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="queue_views")
    team = models.ForeignKey(
        "accounts.Team",
        verbose_name=_("share with team"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(max_length=1000)

    objects = QueueViewQuerySet.as_manager()

    class Meta:
        verbose_name = _("queue view")
        verbose_name_plural = _("queue views")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="queue_view_name_once_per_owner")]

    def __str__(self) -> str:
        return self.name
