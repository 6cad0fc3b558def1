from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from helpdesk.common.bilingual import BilingualName


class Department(BilingualName):
    """A node in the organisation's tree of departments."""

    parent = models.ForeignKey(
        "self", verbose_name=_("part of"), null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    is_retired = models.BooleanField(_("retired"), default=False)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        ordering = ["name_zh"]
        constraints = [
            models.UniqueConstraint(fields=["parent", "name_zh"], name="department_name_once_per_parent"),
            models.CheckConstraint(condition=~models.Q(parent=models.F("id")), name="department_not_its_own_parent"),
        ]
