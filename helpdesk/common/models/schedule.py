from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class JobSlot(models.Model):
    """The right to run a periodic job once in a time slot. Any number of schedulers may ask; one gets it."""

    job = models.CharField(max_length=60)
    slot = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "slot"], name="job_slot_once")]
        indexes = [models.Index(fields=["slot"], name="job_slot_age")]

    def __str__(self) -> str:
        return f"{self.job} {self.slot.isoformat()}"


class Heartbeat(models.Model):
    """When a part of the system (worker, scheduler) was last seen alive, by the database's rows."""

    name = models.CharField(_("name"), max_length=40, primary_key=True)
    seen_at = models.DateTimeField(_("last seen"))

    def __str__(self) -> str:
        return self.name
