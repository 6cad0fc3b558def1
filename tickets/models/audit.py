"""The audit trail. Database triggers refuse to change or delete these rows on both databases."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import User
from tickets.choices import Channel
from tickets.models.ticket import Ticket, of_visible_ticket


class TicketEventQuerySet(models.QuerySet["TicketEvent"]):
    def visible_to(self, viewer: User) -> TicketEventQuerySet:
        """Events of visible tickets; requesters see only the public ones."""
        events = self.filter(of_visible_ticket(viewer))
        return events if viewer.is_desk else events.filter(is_public=True)


class TicketEvent(models.Model):
    """One act on one ticket: who, what, when, why (M1.2-3).

    Codes and ids only, never translated text or personal data, so erasing a person keeps the chain.
    `sequence` is the version that the ticket got by this act, so it counts from 1 without gaps.
    `hash` = sha256 over `previous_hash` and the row's canonical JSON (`tickets/chain.py`).
    `data` holds the changed fields as {field: [old, new]} and the command's other facts.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="events", db_index=False)
    sequence = models.PositiveIntegerField()
    code = models.CharField(_("act"), max_length=30)
    from_status = models.CharField(max_length=12, blank=True)
    to_status = models.CharField(max_length=12)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    channel = models.CharField(max_length=10, choices=Channel.choices, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    message = models.ForeignKey(
        "tickets.Message", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    is_public = models.BooleanField(default=False)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(_("when"))
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    objects = TicketEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("ticket event")
        verbose_name_plural = _("ticket events")
        constraints = [models.UniqueConstraint(fields=["ticket", "sequence"], name="event_sequence_once")]
        indexes = [models.Index(fields=["created_at"], name="event_when")]

    def __str__(self) -> str:
        return f"{self.ticket_id}#{self.sequence} {self.code}"


class AuditAnchor(models.Model):
    """A day's fingerprint over all chain heads. Exported as a file too, so a cut tail shows (I3)."""

    day = models.DateField(unique=True)
    ticket_count = models.PositiveBigIntegerField()
    event_count = models.PositiveBigIntegerField()
    last_event_id = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("audit anchor")
        verbose_name_plural = _("audit anchors")

    def __str__(self) -> str:
        return f"{self.day} {self.digest[:12]}"
