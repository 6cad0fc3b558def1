from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from helpdesk.common.bilingual import BilingualName


class Team(BilingualName):
    """A support team. `support_level` 1 is the first line (M3.4-5); `lead` answers for the team."""

    support_level = models.PositiveSmallIntegerField(
        _("support level"), choices=[(1, _("First line")), (2, _("Second line")), (3, _("Third line"))], default=1
    )
    lead = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("team lead"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="led_teams",
    )
    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="TeamMembership", related_name="teams", verbose_name=_("members")
    )
    is_retired = models.BooleanField(_("retired"), default=False)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        ordering = ["support_level", "name_zh"]
        constraints = [
            models.UniqueConstraint(fields=["name_zh"], name="team_name_once"),
            models.CheckConstraint(condition=models.Q(support_level__range=(1, 3)), name="team_support_level_1_to_3"),
        ]


class TeamMembership(models.Model):
    """A person works in a team. Only desk roles may (checked in the admin form and by `clean`)."""

    team = models.ForeignKey(Team, verbose_name=_("team"), on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.CASCADE, related_name="memberships"
    )

    class Meta:
        verbose_name = _("team member")
        verbose_name_plural = _("team members")
        constraints = [models.UniqueConstraint(fields=["team", "user"], name="team_member_once")]

    def __str__(self) -> str:
        return f"{self.team} / {self.user}"
