from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import User
from tickets.choices import SESSION_SCOPE_CHOICES
from tickets.models.asking import WORDS_LENGTH
from tickets.models.consent import Consent
from tickets.models.ticket import Ticket, of_visible_ticket


class RemoteSessionQuerySet(models.QuerySet["RemoteSession"]):
    def visible_to(self, viewer: User) -> RemoteSessionQuerySet:
        """Sessions of visible tickets: who was on whose device is no secret from the requester (M3.3.1-1)."""
        return self.filter(of_visible_ticket(viewer))


class RemoteSession(models.Model):
    """Somebody of the desk on the requester's device: allowed by whom, from when to when, what was done (M3.3.1-1).

    It can't begin without a valid consent, and ends by itself when that runs out or is withdrawn: then `ended_by` is empty.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="remote_sessions", db_index=False)
    consent = models.ForeignKey(Consent, verbose_name=_("consent"), on_delete=models.PROTECT, related_name="sessions")
    scope = models.CharField(_("scope"), max_length=14, choices=SESSION_SCOPE_CHOICES)
    tool = models.CharField(_("tool"), max_length=80)
    device = models.CharField(_("device"), max_length=120)
    started_at = models.DateTimeField(_("started"))
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    # While it runs: when the consent runs out. Empty afterwards.
    due_at = models.DateTimeField(_("ends by itself"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    done = models.TextField(_("what was done"), max_length=WORDS_LENGTH, blank=True)
    recording = models.CharField(_("recording"), max_length=300, blank=True)

    objects = RemoteSessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("remote session")
        verbose_name_plural = _("remote sessions")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True, due_at__isnull=False)
                | models.Q(ended_at__isnull=False, due_at__isnull=True),
                name="session_runs_until",
            ),
            models.UniqueConstraint(
                fields=["ticket"], condition=models.Q(ended_at__isnull=True), name="session_one_at_a_time"
            ),
        ]
        indexes = [models.Index(fields=["ticket", "id"], name="session_of_ticket")]

    def __str__(self) -> str:
        return self.tool
