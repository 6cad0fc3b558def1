"""The way up: which people are asked for a ticket one after the other, and who stands in while they are away (M3.4-5)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from escalation.actions import Action
from escalation.choices import ACTION_LABELS
from escalation.models.calendar import BusinessCalendar
from helpdesk.accounts.roles import Ability
from helpdesk.common.bilingual import BilingualName
from tickets.choices import PRIORITY_CHOICES, REASON_CHOICES
from tickets.handover import Reason
from tickets.priority import Priority

if TYPE_CHECKING:
    from helpdesk.accounts.models import User

LONGEST_ACCEPTANCE = 30 * 24 * 60  # minutes


class PathQuerySet(models.QuerySet["EscalationPath"]):
    def in_use(self) -> PathQuerySet:
        """Paths that tickets may still take, in the order in which they are asked."""
        return self.filter(is_retired=False).order_by("position", "id")


class EscalationPath(BilingualName):
    """Tickets of this sort go up these levels. Paths are asked in order; the first that fits counts, empty parts fit all."""

    position = models.PositiveIntegerField(_("position"), default=100)
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
    trigger = models.CharField(_("reason"), max_length=20, choices=REASON_CHOICES, blank=True)
    is_retired = models.BooleanField(_("retired"), default=False)
    history = HistoricalRecords()

    objects = PathQuerySet.as_manager()

    class Meta:
        verbose_name = _("escalation path")
        verbose_name_plural = _("escalation paths")
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(trigger__in=["", *(code.value for code in Reason)]),
                name="escalation_path_trigger_known",
            ),
            models.CheckConstraint(
                condition=models.Q(priority__in=["", *(code.value for code in Priority)]),
                name="escalation_path_priority_known",
            ),
        ]

    @property
    def tickets(self) -> str:
        """Which tickets go this way, in words."""
        parts = [
            str(part)
            for part in (
                self.category,
                self.get_priority_display() if self.priority else None,
                self.get_trigger_display() if self.trigger else None,
            )
            if part
        ]
        return " · ".join(parts) or str(_("All tickets"))


def usual_actions() -> list[str]:
    return [Action.NOTIFY.value, Action.OFFER.value]


class EscalationLevel(models.Model):
    """One step of a path: who is asked, and how long they have. Level n of a path is shown as L{n + 1}.

    `acceptance_minutes` is working time by `calendar`; the responsible person has it, then the deputy once more.
    `handling_minutes` is how long the level may work on a ticket that it has taken over, before the next one is asked;
    null: until it is solved.
    `actions` are codes of `Action`.
    """

    path = models.ForeignKey(
        EscalationPath, verbose_name=_("escalation path"), on_delete=models.CASCADE, related_name="levels"
    )
    number = models.PositiveSmallIntegerField(_("level"))
    team = models.ForeignKey("accounts.Team", verbose_name=_("team"), on_delete=models.PROTECT, related_name="+")
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("responsible"), on_delete=models.PROTECT, related_name="+"
    )
    deputy = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("deputy"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    acceptance_minutes = models.PositiveIntegerField(_("time to accept"))
    handling_minutes = models.PositiveIntegerField(_("time to solve it there"), null=True, blank=True)
    calendar = models.ForeignKey(
        BusinessCalendar, verbose_name=_("calendar"), on_delete=models.PROTECT, related_name="escalation_levels"
    )
    actions = models.JSONField(_("what happens"), default=usual_actions)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("level")
        verbose_name_plural = _("levels")
        ordering = ["path", "number"]
        constraints = [
            models.UniqueConstraint(fields=["path", "number"], name="escalation_level_number_once"),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="escalation_level_number_from_1"),
            models.CheckConstraint(
                condition=models.Q(acceptance_minutes__range=(1, LONGEST_ACCEPTANCE)),
                name="escalation_level_acceptance_in_30_days",
            ),
            models.CheckConstraint(
                condition=models.Q(handling_minutes__isnull=True) | models.Q(handling_minutes__gte=1),
                name="escalation_level_handling_some_time",
            ),
            models.CheckConstraint(
                condition=~models.Q(deputy=models.F("responsible")), name="escalation_level_deputy_is_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.team}"

    @property
    def label(self) -> str:
        """How the level is called on the desk; the first line is L1."""
        return f"L{self.number + 1}"

    @property
    def action_words(self) -> list[str]:
        return [str(ACTION_LABELS[action]) for action in Action if action in self.actions]


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def not_over(self, at: datetime) -> AbsenceQuerySet:
        """Running and coming ones."""
        return self.filter(ends_at__gt=at)

    def visible_to(self, viewer: User) -> AbsenceQuerySet:
        """One's own, those of the people in teams one leads; administrators see all."""
        if viewer.can(Ability.CONFIGURE):
            return self
        led = models.Q(person__memberships__team__lead=viewer, person__memberships__team__is_retired=False)
        return self.filter(pk__in=self.model._base_manager.filter(models.Q(person=viewer) | led).values("pk"))


class Absence(models.Model):
    """Somebody of the desk is away from one instant to another; the substitute is asked in their place."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, related_name="absences"
    )
    starts_at = models.DateTimeField(_("away from"))
    ends_at = models.DateTimeField(_("away until"))
    substitute = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("substitute"), on_delete=models.PROTECT, related_name="+"
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    history = HistoricalRecords()

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        ordering = ["starts_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="absence_ends_after_start"
            ),
            models.CheckConstraint(
                condition=~models.Q(substitute=models.F("person")), name="absence_substitute_is_another"
            ),
        ]
        indexes = [models.Index(fields=["ends_at"], name="absence_ends")]

    def __str__(self) -> str:
        return f"{self.person} → {self.substitute}"
