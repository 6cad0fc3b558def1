"""The desk's own settings: one row, edited on one page of the administration."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from tickets.numbering import has_running_number, is_plain
from tickets.timing import Terms


def validate_number_format(value: str) -> None:
    """Raise ValidationError unless tickets can be numbered by `value`."""
    if not has_running_number(value):
        raise ValidationError(_("The format needs {n}, the running number."))
    if not is_plain(value):
        raise ValidationError(_("Use only letters, digits, hyphens, {n}, {n:05} and {year}."))


def default_reminder_days() -> list[int]:
    return [2, 4]


def validate_reminder_days(value: object) -> None:
    """Raise ValidationError unless it is a list of at most ten whole days between 1 and 90."""
    if (
        not isinstance(value, list)
        or len(value) > 10
        or not all(isinstance(day, int) and not isinstance(day, bool) and 1 <= day <= 90 for day in value)
    ):
        raise ValidationError(_("Give whole days between 1 and 90, for instance 2, 4."))


class DeskSettings(models.Model):
    """Names, contact data, number format and the terms of confirmation, reopening and archiving.

    Days are calendar days. There is exactly one row (`id` 1).
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name_zh = models.CharField(_("Chinese name of the desk"), max_length=80, default="IT 服务台")
    name_en = models.CharField(_("English name of the desk"), max_length=80, default="IT Service Desk")
    phone = models.CharField(_("hotline"), max_length=40, default="8000")
    emergency_phone = models.CharField(_("emergency phone outside hours"), max_length=40, blank=True)
    hours_zh = models.CharField(_("hours in Chinese"), max_length=120, default="工作日 08:30–18:00")
    hours_en = models.CharField(_("hours in English"), max_length=120, default="Weekdays 08:30–18:00")
    number_format = models.CharField(
        _("ticket number"),
        max_length=40,
        default="{n}",
        validators=[validate_number_format],
        help_text=_("{n} is the running number, {n:06} pads it to six digits, {year} is the year: IT-{year}-{n:05}."),
    )
    first_number = models.PositiveBigIntegerField(_("first running number"), default=10001)
    confirm_days = models.PositiveSmallIntegerField(
        _("days to confirm"),
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(90)],
        help_text=_("Without an answer a resolved ticket is closed, marked unconfirmed, after this many days."),
    )
    reminder_days = models.JSONField(
        _("reminders on days"), default=default_reminder_days, validators=[validate_reminder_days], blank=True
    )
    reopen_days = models.PositiveSmallIntegerField(
        _("days to reopen"), default=14, validators=[MinValueValidator(0), MaxValueValidator(365)]
    )
    archive_days = models.PositiveSmallIntegerField(
        _("days until archiving"), default=30, validators=[MinValueValidator(0), MaxValueValidator(3650)]
    )
    gather_minutes = models.PositiveSmallIntegerField(
        _("minutes in which messages are gathered"),
        default=0,
        validators=[MaxValueValidator(60)],
        help_text=_("What happens on one ticket within them goes out as one mail. 0: each by itself, at once."),
    )
    survey_days = models.PositiveSmallIntegerField(
        _("days to rate the service"),
        default=14,
        validators=[MaxValueValidator(90)],
        help_text=_(
            "Whose ticket was closed is asked once how it went, and can answer for so long. 0: nobody is asked."
        ),
    )
    security_officer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("security duty officer"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        limit_choices_to={"is_active": True, "is_agent": True},
        help_text=_("Called at once, day and night, when somebody raises a security incident."),
    )
    security_team = models.ForeignKey(
        "accounts.Team",
        verbose_name=_("security team"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        limit_choices_to={"is_retired": False},
        help_text=_("Its people are called where no duty officer is chosen. Without both it is all leads."),
    )
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("desk settings")
        verbose_name_plural = _("desk settings")
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="desk_settings_one_row")]

    def __str__(self) -> str:
        return self.name_en

    @classmethod
    def current(cls) -> DeskSettings:
        """The row, or the defaults while none was saved."""
        return cls.objects.filter(id=1).first() or cls()

    @property
    def terms(self) -> Terms:
        return Terms(
            reminder_days=tuple(self.reminder_days),
            confirm_days=self.confirm_days,
            reopen_days=self.reopen_days,
            archive_days=self.archive_days,
        )


class NumberCounter(models.Model):
    """The last running number given out. Its row lock is what makes numbers unique and without gaps (M3.2-3).

    A database sequence would leave a gap for every submission that rolls back.
    """

    name = models.CharField(max_length=20, primary_key=True)
    value = models.PositiveBigIntegerField()

    def __str__(self) -> str:
        return f"{self.name} {self.value}"
