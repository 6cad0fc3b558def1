from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import User
from tickets.choices import CallDirection
from tickets.models.ticket import Ticket, of_visible_ticket

NUMBER_LENGTH = 40
LONGEST_CALL = timedelta(hours=12)


class PhoneCallQuerySet(models.QuerySet["PhoneCall"]):
    def visible_to(self, viewer: User) -> PhoneCallQuerySet:
        """Calls on visible tickets, for the desk only: when and from where somebody rang is not everybody's business."""
        return self.filter(of_visible_ticket(viewer)) if viewer.is_desk else self.none()


class PhoneCall(models.Model):
    """A telephone call about a ticket: the one that made it, or one in which something was added.

    `event` is the act by which the call was written down. `number` is the other side's as it was shown or typed,
    `number_key` the same for comparing. `duration_seconds` is null where nobody said how long it took.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="calls")
    event = models.OneToOneField("tickets.TicketEvent", on_delete=models.PROTECT, related_name="call")
    caller = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("caller"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("taken by"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    direction = models.CharField(_("direction"), max_length=3, choices=CallDirection.choices, default=CallDirection.IN)
    number = models.CharField(_("phone number"), max_length=NUMBER_LENGTH, blank=True)
    number_key = models.CharField(max_length=NUMBER_LENGTH, blank=True, editable=False, db_index=True)
    started_at = models.DateTimeField(_("began"))
    duration_seconds = models.PositiveIntegerField(_("length in seconds"), null=True, blank=True)

    objects = PhoneCallQuerySet.as_manager()

    class Meta:
        verbose_name = _("phone call")
        verbose_name_plural = _("phone calls")
        constraints = [
            models.CheckConstraint(condition=models.Q(direction__in=CallDirection.values), name="call_direction_known"),
            models.CheckConstraint(
                condition=models.Q(duration_seconds__isnull=True)
                | models.Q(duration_seconds__lte=int(LONGEST_CALL.total_seconds())),
                name="call_within_half_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.direction} {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def duration(self) -> timedelta | None:
        return None if self.duration_seconds is None else timedelta(seconds=self.duration_seconds)

    @property
    def ended_at(self) -> datetime | None:
        return None if self.duration is None else self.started_at + self.duration
