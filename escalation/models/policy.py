"""Service level policies: what must happen within how much working time, and which tickets they hold for (M1.2-2)."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from escalation.models.calendar import BusinessCalendar
from helpdesk.common.bilingual import BilingualName
from tickets.choices import PRIORITY_CHOICES, Channel
from tickets.targets import Target


class SlaPolicy(BilingualName):
    """A set of promised times under one name. What it promises stands in its versions."""

    is_retired = models.BooleanField(_("retired"), default=False)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("service level policy")
        verbose_name_plural = _("service level policies")
        ordering = ["name_zh", "id"]

    @property
    def current(self) -> SlaPolicyVersion | None:
        """The version in force; None before the first one was published."""
        return self.versions.order_by("-number").first()


class SlaPolicyVersion(models.Model):
    """What a policy promises from one moment on. Never changed, so that a ticket can be judged by the version it had.

    `targets` are minutes of working time by target. `pauses` names for each target the waiting reasons that stop its clock.
    `thresholds` are per cent of a target at which somebody is told. `escalate_at` names for a target the per cent at which
    the ticket goes up by itself (M3.4-2).
    """

    policy = models.ForeignKey(SlaPolicy, verbose_name=_("policy"), on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    calendar = models.ForeignKey(
        BusinessCalendar, verbose_name=_("calendar"), on_delete=models.PROTECT, related_name="policy_versions"
    )
    targets = models.JSONField(_("targets"), default=dict)
    pauses = models.JSONField(_("pauses"), default=dict)
    thresholds = models.JSONField(_("thresholds"), default=list)
    escalate_at = models.JSONField(_("escalates at"), default=dict)
    reason = models.CharField(_("reason"), max_length=100, blank=True)
    published_at = models.DateTimeField(_("published"))
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("published by"), on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("policy version")
        verbose_name_plural = _("policy versions")
        ordering = ["policy", "-number"]
        constraints = [models.UniqueConstraint(fields=["policy", "number"], name="policy_version_number_once")]

    def __str__(self) -> str:
        return f"{self.policy} v{self.number}"

    def target(self, target: Target | str) -> timedelta | None:
        """The working time that is promised; None where nothing is."""
        minutes = self.targets.get(str(target))
        return timedelta(minutes=minutes) if minutes else None

    def thresholds_of(self, target: Target | str) -> list[int]:
        """At which per cent of this target something is to be done, in order."""
        escalates = self.escalate_at.get(str(target))
        return sorted({*self.thresholds, *([escalates] if escalates else [])})

    def is_paused_by(self, target: Target | str, waiting_reason: str) -> bool:
        return waiting_reason in self.pauses.get(str(target), ())


class SlaRule(models.Model):
    """Tickets of this sort get this policy. Rules are asked in order; the first that fits counts, empty parts fit all."""

    CONDITIONS = ("kind", "category", "priority", "department", "requester_group", "channel")
    # What its name is made of.
    RELATED = ("kind", "category", "department", "requester_group", "policy")

    position = models.PositiveIntegerField(_("position"), default=100)
    kind = models.ForeignKey(
        "tickets.RequestKind",
        verbose_name=_("kind"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    category = models.ForeignKey(
        "tickets.Category",
        verbose_name=_("category"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("With everything below it."),
    )
    priority = models.CharField(_("priority"), max_length=2, choices=PRIORITY_CHOICES, blank=True)
    department = models.ForeignKey(
        "accounts.Department",
        verbose_name=_("requester's department"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("With everything below it."),
    )
    requester_group = models.ForeignKey(
        "accounts.RequesterGroup",
        verbose_name=_("requester group"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices, blank=True)
    policy = models.ForeignKey(
        SlaPolicy,
        verbose_name=_("policy"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="rules",
        help_text=_("Empty: these tickets have no target."),
    )
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("policy rule")
        verbose_name_plural = _("policy rules")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        parts = [
            str(part)
            for part in (
                self.kind,
                self.category,
                self.get_priority_display() if self.priority else None,
                self.department,
                self.requester_group,
                self.get_channel_display() if self.channel else None,
            )
            if part
        ]
        tickets = " · ".join(parts) or _("All tickets")
        policy = self.policy or _("no target")
        return f"{tickets} → {policy}"
