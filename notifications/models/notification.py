from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import User


class NotificationQuerySet(models.QuerySet["Notification"]):
    def visible_to(self, viewer: User) -> NotificationQuerySet:
        """Everybody reads only what was written to them."""
        return self.filter(recipient=viewer)

    def unread(self) -> NotificationQuerySet:
        return self.filter(read_at__isnull=True)


class Notification(models.Model):
    """One line in somebody's notification centre: codes and ids, turned into a sentence when it is shown.

    `event_id` is the uuid of the outbox row that delivered it, so delivering twice leaves one line.
    `trail_event_id` is the ticket event it tells of, `facts` the codes it tells besides. `created_at` is when that happened.
    """

    event_id = models.UUIDField(_("event id"), unique=True, editable=False)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("recipient"), on_delete=models.CASCADE, related_name="notifications"
    )
    topic = models.CharField(_("topic"), max_length=40)
    subject_type = models.CharField(_("about (type)"), max_length=40)
    subject_id = models.BigIntegerField(_("about (id)"))
    trail_event_id = models.BigIntegerField(null=True)
    facts = models.JSONField(default=dict)
    created_at = models.DateTimeField(_("created"))
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        indexes = [
            models.Index(fields=["recipient", "-created_at", "-id"], name="notification_newest"),
            models.Index(fields=["recipient"], name="notification_unread", condition=models.Q(read_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.topic} → {self.recipient_id}"
