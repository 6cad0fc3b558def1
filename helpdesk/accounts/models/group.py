from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from helpdesk.common.bilingual import BilingualName


class RequesterGroup(BilingualName):
    """People whose requests are alike for the desk wherever they work: a board of directors, a shop floor (M1.2-2)."""

    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="requester_groups", verbose_name=_("members"), blank=True
    )
    is_retired = models.BooleanField(_("retired"), default=False)
    history = HistoricalRecords(m2m_fields=[members])

    class Meta:
        verbose_name = _("requester group")
        verbose_name_plural = _("requester groups")
        ordering = ["name_zh"]
        constraints = [models.UniqueConstraint(fields=["name_zh"], name="requester_group_name_once")]
