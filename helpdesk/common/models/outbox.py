from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class OutboxMessage(models.Model):
    """One thing that must leave the process: this topic, on this channel, to this person or this destination.

    Written in the transaction of the act that caused it, so it exists exactly when the act does.
    The broker only wakes the dispatcher. Unique per (event_key, channel, recipient or destination): an act that
    runs twice still tells everybody once.

    A message to a person has a `recipient`; one to another system has a `destination` such as `webhook/3` instead,
    and a moment `give_up_at` after which it is no longer tried. A mail to somebody outside has a destination such as
    `vendor-case/7`, and is tried as mails are. `next_attempt_at` is null as soon as nothing more will be tried by itself. `attempts` counts before the
    work, so a message that kills its worker ends too. `doubts` counts the attempts that ended without an
    answer after the message had been handed over: it may have arrived, and is repeated at most once.

    One that is carried is told of in the mail of its `carrier` (a digest, or the first of several about one ticket) and
    shares its fate.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("Pending")
        LEASED = "leased", _("Being sent")
        SENT = "sent", _("Sent")
        SKIPPED = "skipped", _("Not sent: no longer meant for the recipient")
        CARRIED = "carried", _("Went along with another message")
        UNCERTAIN = "uncertain", _("Perhaps sent")
        BOUNCED = "bounced", _("Came back")
        DEAD = "dead", _("Failed for good")

    class Channel(models.TextChoices):
        IN_APP = "in_app", _("Notification centre")
        EMAIL = "email", _("E-mail")
        WEBHOOK = "webhook", _("Webhook")
        CHAT = "chat", _("Chat")

    # The channels on which people are told by themselves.
    PERSONAL = (Channel.IN_APP, Channel.EMAIL)

    uuid = models.UUIDField(_("event id"), default=uuid.uuid4, unique=True, editable=False)
    event_key = models.CharField(_("event"), max_length=80)
    topic = models.CharField(_("topic"), max_length=40)
    channel = models.CharField(_("channel"), max_length=20, choices=Channel.choices)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("recipient"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    destination = models.CharField(_("destination"), max_length=40, blank=True)
    subject_type = models.CharField(_("about (type)"), max_length=40)
    subject_id = models.BigIntegerField(_("about (id)"))
    payload = models.JSONField(_("data"), default=dict, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    doubts = models.PositiveSmallIntegerField(_("unanswered attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    give_up_at = models.DateTimeField(_("given up at"), null=True, blank=True)
    lease_expires_at = models.DateTimeField(_("lease ends"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    carrier = models.ForeignKey(
        "self",
        verbose_name=_("went along with"),
        null=True,
        blank=True,
        editable=False,
        db_index=False,
        on_delete=models.CASCADE,
        related_name="carried",
    )
    last_error = models.CharField(_("last error"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("outgoing message")
        verbose_name_plural = _("outgoing messages")
        constraints = [
            models.UniqueConstraint(fields=["event_key", "channel", "recipient"], name="outbox_once_per_recipient"),
            models.UniqueConstraint(
                fields=["event_key", "channel", "destination"],
                name="outbox_once_per_destination",
                condition=~models.Q(destination=""),
            ),
            models.CheckConstraint(
                condition=models.Q(recipient__isnull=False, destination="")
                | (models.Q(recipient__isnull=True) & ~models.Q(destination="")),
                name="outbox_recipient_or_destination",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="pending") | models.Q(next_attempt_at__isnull=False),
                name="outbox_pending_has_next_attempt",
            ),
            models.CheckConstraint(
                condition=models.Q(state="carried", carrier__isnull=False)
                | (~models.Q(state="carried") & models.Q(carrier__isnull=True)),
                name="outbox_carried_has_carrier",
            ),
        ]
        indexes = [
            models.Index(
                fields=["channel", "next_attempt_at", "id"],
                name="outbox_due",
                condition=models.Q(next_attempt_at__isnull=False),
            ),
            # What was tried and isn't settled: few rows, which others about the same thing may have to wait for.
            models.Index(
                fields=["recipient", "subject_type", "subject_id"],
                name="outbox_tried",
                condition=models.Q(state__in=["pending", "leased", "uncertain"], attempts__gt=0, channel="email"),
            ),
            models.Index(
                fields=["destination", "next_attempt_at"],
                name="outbox_due_there",
                condition=models.Q(next_attempt_at__isnull=False) & ~models.Q(destination=""),
            ),
            # What waits for the same destination about the same ticket: the oldest goes first.
            models.Index(
                fields=["destination", "subject_type", "subject_id"],
                name="outbox_in_turn",
                condition=models.Q(state__in=["pending", "leased", "uncertain"]) & ~models.Q(destination=""),
            ),
            models.Index(
                fields=["carrier"],
                name="outbox_carried",
                condition=models.Q(carrier__isnull=False),
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
        return f"{self.topic}/{self.channel} → {self.destination or self.recipient_id}"
