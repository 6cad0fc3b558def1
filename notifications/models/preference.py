"""How people want to be told."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from helpdesk.common.models import OutboxMessage

GROUP_LENGTH = 20


class NotificationPreference(models.Model):
    """What one person wants of one group of topics on one channel. Without a row: at once."""

    class Mode(models.TextChoices):
        AT_ONCE = "at_once", _("At once")
        DIGEST = "digest", _("In the daily summary")
        OFF = "off", _("Not at all")

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("person"),
        on_delete=models.CASCADE,
        related_name="notification_preferences",
    )
    group = models.CharField(_("group"), max_length=GROUP_LENGTH)
    channel = models.CharField(_("channel"), max_length=20, choices=OutboxMessage.Channel.choices)
    mode = models.CharField(_("mode"), max_length=10, choices=Mode.choices)

    class Meta:
        verbose_name = _("notification preference")
        verbose_name_plural = _("notification preferences")
        constraints = [
            models.UniqueConstraint(fields=["person", "group", "channel"], name="notification_preference_once")
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.group}/{self.channel} {self.mode}"


class MailTimes(models.Model):
    """When one person wants no mails, and when the daily summary. All in the person's own time zone.

    Quiet are the hours from `quiet_from` until `quiet_until`, which may be on the next day, and the days off:
    none, `WEEKENDS`, or those of a calendar by its code in `working_days`. Without a row: never quiet, the summary at eight.
    """

    DIGEST_HOUR = 8
    WEEKENDS = "weekends"

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.CASCADE, related_name="mail_times"
    )
    quiet_from = models.TimeField(_("no mails from"), null=True, blank=True)
    quiet_until = models.TimeField(_("until"), null=True, blank=True)
    days_off = models.CharField(_("no mails on"), max_length=20, blank=True)
    digest_hour = models.PositiveSmallIntegerField(
        _("hour of the daily summary"), default=DIGEST_HOUR, validators=[MaxValueValidator(23)]
    )

    class Meta:
        verbose_name = _("mail times")
        verbose_name_plural = _("mail times")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | models.Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="mail_times_quiet_from_until",
            ),
            models.CheckConstraint(condition=models.Q(digest_hour__lte=23), name="mail_times_digest_hour"),
        ]

    def __str__(self) -> str:
        return str(self.person_id)
