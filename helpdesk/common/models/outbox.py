from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class OutboxMessage(models.Model):
    """One thing that must leave the process: this topic, on this channel, to this person.

    Written in the transaction of the act that caused it, so it exists exactly when the act does.
    The broker only wakes the dispatcher. Unique per (event_key, channel, recipient): an act that
    runs twice still tells each person once.

    `next_attempt_at` is null as soon as nothing more will be tried by itself. `attempts` counts before the
    work, so a message that kills its worker ends too. `doubts` counts the attempts that ended without an
    answer after the message had been handed over: it may have arrived, and is repeated at most once.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("Pending")
        LEASED = "leased", _("Being sent")
        SENT = "sent", _("Sent")
        SKIPPED = "skipped", _("Not sent: no longer meant for the recipient")
        UNCERTAIN = "uncertain", _("Perhaps sent")
        DEAD = "dead", _("Failed for good")

    class Channel(models.TextChoices):
        IN_APP = "in_app", _("Notification centre")
        EMAIL = "email", _("E-mail")

    uuid = models.UUIDField(_("event id"), default=uuid.uuid4, unique=True, editable=False)
    event_key = models.CharField(_("event"), max_length=80)
    topic = models.CharField(_("topic"), max_length=40)
    channel = models.CharField(_("channel"), max_length=20, choices=Channel.choices)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("recipient"), on_delete=models.CASCADE, related_name="+"
    )
    subject_type = models.CharField(_("about (type)"), max_length=40)
    subject_id = models.BigIntegerField(_("about (id)"))
    payload = models.JSONField(_("data"), default=dict, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    doubts = models.PositiveSmallIntegerField(_("unanswered attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    lease_expires_at = models.DateTimeField(_("lease ends"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("outgoing message")
        verbose_name_plural = _("outgoing messages")
        constraints = [
            models.UniqueConstraint(fields=["event_key", "channel", "recipient"], name="outbox_once_per_recipient"),
            models.CheckConstraint(
                condition=~models.Q(state="pending") | models.Q(next_attempt_at__isnull=False),
                name="outbox_pending_has_next_attempt",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="outbox_due",
                condition=models.Q(next_attempt_at__isnull=False),
            ),
            models.Index(
                fields=["lease_expires_at"],
                name="outbox_leased",
                condition=models.Q(state="leased"),
            ),
            models.Index(
                fields=["created_at"],
                name="outbox_trouble",
                condition=models.Q(state__in=["dead", "uncertain"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic}/{self.channel} → {self.recipient_id}"
