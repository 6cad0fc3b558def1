"""Business calendars: which hours of which days count as working time (M1.2-2)."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from helpdesk.common.bilingual import BilingualName


class DayKind(models.TextChoices):
    OFF = "off", _("day off")
    WORKING = "working", _("working day")


def no_hours() -> list[list[str]]:
    return [[] for _day in range(7)]


class BusinessCalendar(BilingualName):
    """Working hours by weekday in one time zone, public holidays of a country, and days that are otherwise.

    `hours` are seven lists of windows such as "09:00-12:00", Monday first. A day's hours follow from the first that knows
    it: the calendar's own days, the country's holidays and make-up working days, the weekday. Every change gives a new
    `revision`; being random, one that was rolled back or restored from a backup is never mistaken for another.
    """

    timezone = models.CharField(_("time zone"), max_length=64)
    hours = models.JSONField(_("working hours"), default=no_hours)
    makeup_hours = models.JSONField(_("hours of make-up working days"), default=list, blank=True)
    country = models.CharField(_("public holidays of"), max_length=2, blank=True)
    subdivision = models.CharField(_("part of the country"), max_length=10, blank=True)
    revision = models.UUIDField(default=uuid.uuid4, editable=False)
    is_retired = models.BooleanField(_("retired"), default=False)
    history = HistoricalRecords(excluded_fields=["revision"])

    class Meta:
        verbose_name = _("business calendar")
        verbose_name_plural = _("business calendars")
        ordering = ["name_zh", "id"]


class CalendarDay(models.Model):
    """One date on which a calendar is off, or works, whatever holidays and weekday say. It wins over both."""

    calendar = models.ForeignKey(
        BusinessCalendar, verbose_name=_("calendar"), on_delete=models.CASCADE, related_name="days"
    )
    on = models.DateField(_("date"))
    kind = models.CharField(_("what it is"), max_length=8, choices=DayKind.choices)
    hours = models.JSONField(_("hours"), default=list, blank=True)
    note = models.CharField(_("occasion"), max_length=120, blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("special day")
        verbose_name_plural = _("special days")
        ordering = ["on"]
        constraints = [
            models.UniqueConstraint(fields=["calendar", "on"], name="calendar_day_once"),
            models.CheckConstraint(condition=models.Q(kind__in=list(DayKind)), name="calendar_day_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.on:%Y-%m-%d} {self.get_kind_display()}"
