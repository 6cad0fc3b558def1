from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from helpdesk.accounts.models import User
from helpdesk.common.bilingual import BilingualName, in_language
from tickets.choices import FINDING_CHOICES, STEP_KIND_CHOICES
from tickets.models.asking import WORDS_LENGTH
from tickets.models.ticket import Ticket, of_visible_ticket


class DiagnosisStepQuerySet(models.QuerySet["DiagnosisStep"]):
    def visible_to(self, viewer: User) -> DiagnosisStepQuerySet:
        """Steps of visible tickets; the desk's own notes (M1.2-4)."""
        return self.filter(of_visible_ticket(viewer)) if viewer.is_desk else self.none()


class DiagnosisStep(models.Model):
    """One step on the way to the cause: what was supposed, what was done, what came of it (M3.3.1-4).

    `touches` are codes of `tickets.consent.Item`; a step with any is done only while the requester's consent to all of them
    holds, and those consents stand with it (M3.3.2-2). While such a step is planned the ticket can't be solved. What is done
    or dropped isn't changed any more.
    """

    class State(models.TextChoices):
        PLANNED = "planned", _("Planned")
        DONE = "done", _("Done")
        DROPPED = "dropped", _("Dropped")

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="steps_taken", db_index=False)
    kind = models.CharField(_("kind"), max_length=9, choices=STEP_KIND_CHOICES)
    hypothesis = models.CharField(_("what is supposed"), max_length=300, blank=True)
    action = models.TextField(_("what to do"), max_length=WORDS_LENGTH)
    touches: Any = models.JSONField(_("touches"), default=list, blank=True)
    # How many, because not every database finds rows by the length of a list.
    touch_count = models.PositiveSmallIntegerField(default=0, editable=False)
    state = models.CharField(_("state"), max_length=7, choices=State.choices, default=State.PLANNED)
    finding = models.CharField(_("finding"), max_length=12, choices=FINDING_CHOICES, blank=True)
    result = models.TextField(_("what came of it"), max_length=WORDS_LENGTH, blank=True)
    evidence = models.TextField(_("evidence"), max_length=WORDS_LENGTH, blank=True)
    minutes = models.PositiveSmallIntegerField(_("minutes"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    ended_at = models.DateTimeField(_("ended"), null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    files = models.ManyToManyField("tickets.Attachment", related_name="+", verbose_name=_("files"))
    consents = models.ManyToManyField("tickets.Consent", related_name="steps", verbose_name=_("consents"))

    objects = DiagnosisStepQuerySet.as_manager()

    class Meta:
        verbose_name = _("diagnosis step")
        verbose_name_plural = _("diagnosis steps")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="planned", ended_at__isnull=True, finding="")
                | models.Q(state="done", ended_at__isnull=False) & ~models.Q(finding="")
                | models.Q(state="dropped", ended_at__isnull=False, finding=""),
                name="step_ended_has_finding",
            ),
        ]
        indexes = [models.Index(fields=["ticket", "id"], name="step_of_ticket")]

    def __str__(self) -> str:
        return self.hypothesis or self.action[:60]


class DiagnosisTemplate(BilingualName):
    """Steps that are usual for a category and everything below it, to be taken over in one go."""

    category = models.ForeignKey(
        "tickets.Category",
        verbose_name=_("category"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Offered for this category and all below it; without one, for every ticket."),
    )
    is_retired = models.BooleanField(_("retired"), default=False)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("diagnosis template")
        verbose_name_plural = _("diagnosis templates")
        ordering = ["id"]


class TemplateStep(models.Model):
    """One step of a template, in both languages."""

    template = models.ForeignKey(DiagnosisTemplate, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    kind = models.CharField(_("kind"), max_length=9, choices=STEP_KIND_CHOICES)
    hypothesis_zh = models.CharField(_("what is supposed (Chinese)"), max_length=300, blank=True)
    hypothesis_en = models.CharField(_("what is supposed (English)"), max_length=300, blank=True)
    action_zh = models.TextField(_("what to do (Chinese)"), max_length=WORDS_LENGTH)
    action_en = models.TextField(_("what to do (English)"), max_length=WORDS_LENGTH)
    touches: Any = models.JSONField(_("touches"), default=list, blank=True)

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.hypothesis or self.action[:60]

    @property
    def hypothesis(self) -> str:
        return in_language(self.hypothesis_zh, self.hypothesis_en, get_language())

    @property
    def action(self) -> str:
        return in_language(self.action_zh, self.action_en, get_language())
