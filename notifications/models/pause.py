from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class DeliveryPause(models.Model):
    """While its one row exists nothing leaves the outbox. Set after a restore, so that old notices aren't repeated."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    paused_at = models.DateTimeField(_("paused since"))

    class Meta:
        verbose_name = _("delivery pause")
        verbose_name_plural = _("delivery pauses")
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="delivery_pause_one_row")]

    def __str__(self) -> str:
        return self.paused_at.isoformat()
