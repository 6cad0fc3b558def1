"""The clocks of tickets: what was promised by when, and whether it happened in time (M1.2-2, M3.4-2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from escalation.keeping import Clock as Count
from escalation.models.policy import SlaPolicyVersion
from escalation.segments import Segment, Segments
from tickets.choices import TARGET_CHOICES
from tickets.models import Ticket
from tickets.targets import Target


class Clock(models.Model):
    """One promised time of one ticket. The segments are the truth, everything else follows from them (ADR 9).

    `version` is the policy version it is judged by; null where the present policy promises nothing of the kind, and the
    clock only goes on counting. `due_at` is when the target is or was used up, null while that is open. `next_at` is when
    the sweep has to look again. `told` is the highest threshold of this round that somebody was told of, in per cent.
    Instants are UTC. Written only under the lock of its ticket.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="clocks")
    target = models.CharField(_("target"), max_length=12, choices=TARGET_CHOICES)
    version = models.ForeignKey(SlaPolicyVersion, null=True, on_delete=models.PROTECT, related_name="clocks")
    segments = models.JSONField(default=list)
    earlier_ends = models.JSONField(default=list)
    started_at = models.DateTimeField(_("started"))
    stopped_at = models.DateTimeField(_("stopped"), null=True)
    due_at = models.DateTimeField(_("due"), null=True)
    told = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("clock")
        verbose_name_plural = _("clocks")
        constraints = [
            models.UniqueConstraint(fields=["ticket", "target"], name="clock_once_per_target"),
            models.CheckConstraint(condition=models.Q(target__in=list(Target)), name="clock_target_known"),
        ]
        indexes = [models.Index(fields=["next_at"], name="clock_due", condition=models.Q(next_at__isnull=False))]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.target}"

    @property
    def count(self) -> Count:
        """The clock as arithmetic."""
        return Count(load_segments(self.segments), tuple(datetime.fromisoformat(end) for end in self.earlier_ends))

    @count.setter
    def count(self, count: Count) -> None:
        self.segments = dump_segments(count.segments)
        self.earlier_ends = [end.isoformat() for end in count.earlier_ends]
        self.started_at = count.segments[0].begins
        self.stopped_at = count.segments[-1].ends

    @property
    def round(self) -> int:
        return len(self.earlier_ends) + 1


class Firing(models.Model):
    """A threshold that a clock passed: told of once, whoever noticed it and however often. Never changed.

    `reached_at` is the instant at which it was passed, `fired_at` when that was noticed. `is_late` says that this was more
    than a minute later.
    """

    clock = models.ForeignKey(Clock, on_delete=models.PROTECT, related_name="firings")
    round = models.PositiveSmallIntegerField(_("round"))
    percent = models.PositiveSmallIntegerField(_("per cent"))
    reached_at = models.DateTimeField(_("reached"))
    fired_at = models.DateTimeField(_("noticed"))
    is_late = models.BooleanField(_("noticed late"))

    class Meta:
        verbose_name = _("passed threshold")
        verbose_name_plural = _("passed thresholds")
        constraints = [
            models.UniqueConstraint(fields=["clock", "round", "percent", "reached_at"], name="firing_once"),
        ]

    def __str__(self) -> str:
        return f"{self.clock_id} {self.percent} %"


def dump_segments(segments: Segments) -> list[list[Any]]:
    """Segments as JSON: `[begins, ends or null, is_running]`."""
    return [
        [segment.begins.isoformat(), segment.ends.isoformat() if segment.ends else None, segment.is_running]
        for segment in segments
    ]


def load_segments(rows: list[list[Any]]) -> Segments:
    return tuple(
        Segment(datetime.fromisoformat(begins), datetime.fromisoformat(ends) if ends else None, is_running)
        for begins, ends, is_running in rows
    )
