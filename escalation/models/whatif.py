"""Tries of a draft policy on tickets of the past: asked for by an administrator, worked off in the background."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from escalation.models.calendar import BusinessCalendar
from escalation.models.policy import SlaPolicy, SlaPolicyVersion


class WhatIfRun(models.Model):
    """One draft held against the last tickets, beside the version that was in force when it was asked for.

    Tickets are looked at from the newest to the oldest by their ids: `cursor` is the id below which to go on, `done` how
    many of `total` were looked at, `result` what was counted so far. Who works on it holds a lease; `turn` counts the
    claims, and whoever saves must still have the last one. `attempts` counts claims since the last progress.
    """

    class Scope(models.TextChoices):
        RULES = "rules", _("tickets that this policy's rules take")
        ALL = "all", _("all tickets")

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("try", "waiting")
        RUNNING = "running", pgettext_lazy("try", "running")
        DONE = "done", pgettext_lazy("try", "done")
        FAILED = "failed", pgettext_lazy("try", "failed")
        CANCELLED = "cancelled", pgettext_lazy("try", "cancelled")

    policy = models.ForeignKey(SlaPolicy, on_delete=models.CASCADE, related_name="tries")
    compared_with = models.ForeignKey(SlaPolicyVersion, null=True, on_delete=models.PROTECT, related_name="+")
    calendar = models.ForeignKey(BusinessCalendar, on_delete=models.PROTECT, related_name="+")
    terms = models.JSONField(default=dict)
    scope = models.CharField(max_length=8, choices=Scope.choices)
    wanted = models.PositiveIntegerField()
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    cursor = models.PositiveBigIntegerField()
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    result = models.JSONField(default=dict)
    turn = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_expires_at = models.DateTimeField(null=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(_("asked for"))
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("try on past tickets")
        verbose_name_plural = _("tries on past tickets")
        ordering = ["-requested_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "running", "done", "failed", "cancelled"]),
                name="what_if_state_known",
            ),
            models.CheckConstraint(condition=models.Q(scope__in=["rules", "all"]), name="what_if_scope_known"),
        ]

    def __str__(self) -> str:
        return f"{self.policy_id} {self.state} {self.done}/{self.total}"

    @property
    def is_open(self) -> bool:
        return self.state in (self.State.WAITING, self.State.RUNNING)

    def draft(self) -> SlaPolicyVersion:
        """The draft as a version that isn't stored."""
        return SlaPolicyVersion(policy_id=self.policy_id, calendar=self.calendar, **self.terms)
