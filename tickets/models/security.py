"""An information-security incident on a ticket: its checklist, its evidence, and who held that (M2, M1.2-4)."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from helpdesk.accounts.models import User
from tickets.models.conversation import Attachment
from tickets.models.ticket import Ticket, of_visible_ticket
from tickets.security_words import STEP_CHOICES, STEP_HINTS

WORDS_LENGTH = 2000
NAME_LENGTH = 200


class OfSecurityQuerySet(models.QuerySet[Any]):
    def visible_to(self, viewer: User) -> Self:
        """What belongs to visible tickets; the desk's own business (M1.2-4)."""
        return self.filter(of_visible_ticket(viewer)) if viewer.is_desk else self.none()


class SecurityIncident(models.Model):
    """A ticket was raised to a security incident: since when, by whom, on what suspicion, and whom the desk called.

    A ticket is raised once. From then on it is for named people only, until somebody lifts that.
    """

    ticket = models.OneToOneField(Ticket, on_delete=models.PROTECT, related_name="security")
    suspicion = models.TextField(_("what is suspected"), max_length=WORDS_LENGTH)
    started_at = models.DateTimeField(_("raised"))
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    # Who was called: chosen once, from the desk's settings of that moment.
    officers = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", verbose_name=_("duty officers"))

    objects = OfSecurityQuerySet.as_manager()

    class Meta:
        verbose_name = _("security incident")
        verbose_name_plural = _("security incidents")

    def __str__(self) -> str:
        return f"{self.ticket_id}"


class SecurityStep(models.Model):
    """One step of the checklist. An open one keeps the ticket from being solved.

    `due_at` is when it should have been done, `alert_at` when the sweep has to look: empty once it ended or was told of.
    """

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("step", "Open")
        DONE = "done", _("Done")
        NOT_APPLICABLE = "not_applicable", _("Not applicable")

    ticket_id: int
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="security_steps", db_index=False)
    position = models.PositiveSmallIntegerField()
    code = models.CharField(_("step"), max_length=12, choices=STEP_CHOICES)
    due_at = models.DateTimeField(_("due"), null=True)
    alert_at = models.DateTimeField(null=True, editable=False)
    state = models.CharField(_("state"), max_length=14, choices=State.choices, default=State.OPEN)
    ended_at = models.DateTimeField(_("ended"), null=True)
    # Empty where the step ended with a ticket that was withdrawn.
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    words = models.TextField(_("what was done"), max_length=WORDS_LENGTH, blank=True)

    objects = OfSecurityQuerySet.as_manager()

    class Meta:
        verbose_name = _("step of a security incident")
        verbose_name_plural = _("steps of security incidents")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["ticket", "code"], name="security_step_once"),
            models.CheckConstraint(
                condition=models.Q(state="open", ended_at__isnull=True)
                | models.Q(state__in=["done", "not_applicable"], ended_at__isnull=False, alert_at__isnull=True),
                name="security_step_ended_has_instant",
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_code_display())

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def hint(self) -> str:
        """How it is done, in the active language."""
        return str(STEP_HINTS[self.code])

    @property
    def is_late(self) -> bool:
        """Whether it ended after its time. Of one that is still open the page asks the clock."""
        return self.due_at is not None and self.ended_at is not None and self.ended_at > self.due_at


class Evidence(models.Model):
    """A file that was secured, with where it came from. Its fingerprint is the file's own, made at upload.

    Never changed or deleted: the database refuses it. Who holds it is told by its chain of custody.
    """

    ticket_id: int
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="evidence", db_index=False)
    file = models.OneToOneField(Attachment, on_delete=models.PROTECT, related_name="evidence")
    what = models.CharField(_("what it is"), max_length=NAME_LENGTH)
    found_where = models.CharField(_("where it was found"), max_length=NAME_LENGTH)
    taken_at = models.DateTimeField(_("secured"))
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField(_("recorded"))

    objects = OfSecurityQuerySet.as_manager()

    class Meta:
        verbose_name = _("piece of evidence")
        verbose_name_plural = _("evidence")
        ordering = ["id"]
        indexes = [models.Index(fields=["ticket", "id"], name="evidence_of_ticket")]

    def __str__(self) -> str:
        return self.what


class CustodyEntryQuerySet(models.QuerySet["CustodyEntry"]):
    def visible_to(self, viewer: User) -> Self:
        """Links of the chains of visible evidence."""
        return self.filter(evidence__in=Evidence.objects.visible_to(viewer))


class CustodyEntry(models.Model):
    """One link of a chain of custody: the evidence went from one hand to another. Never changed or deleted.

    `sequence` counts from 1, the securing. Hands are names and not accounts: the police has none here.
    """

    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="custody", db_index=False)
    sequence = models.PositiveSmallIntegerField()
    passed_from = models.CharField(_("from"), max_length=NAME_LENGTH)
    passed_to = models.CharField(_("to"), max_length=NAME_LENGTH)
    passed_at = models.DateTimeField(_("when"))
    purpose = models.CharField(_("purpose"), max_length=NAME_LENGTH, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField(_("recorded"))

    objects = CustodyEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("link of a chain of custody")
        verbose_name_plural = _("links of chains of custody")
        ordering = ["sequence"]
        constraints = [models.UniqueConstraint(fields=["evidence", "sequence"], name="custody_sequence_once")]

    def __str__(self) -> str:
        return f"{self.passed_from} → {self.passed_to}"
