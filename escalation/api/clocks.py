"""A ticket's clocks for other systems: what was promised, what was used, and what was passed when."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone
from rest_framework import serializers as s
from rest_framework.request import Request
from rest_framework.response import Response

from escalation.models import BusinessCalendar, Firing, SlaPolicyVersion
from escalation.readings import Reading, readings
from helpdesk.common.errors import NotAllowed
from helpdesk.common.rest.docs import document
from helpdesk.common.rest.fields import instant
from helpdesk.common.rest.shapes import shape
from helpdesk.common.rest.views import ApiView
from tickets.api.views import find_ticket
from tickets.choices import SLA_STATE_CHOICES, TARGET_CHOICES
from tickets.policies import can_read_internals

MINUTE = timedelta(minutes=1)

PolicyShape = shape("ClockPolicy", name_zh=s.CharField(), name_en=s.CharField(), version=s.IntegerField())
CalendarShape = shape("ClockCalendar", name_zh=s.CharField(), name_en=s.CharField(), timezone=s.CharField())
RoundShape = shape(
    "ClockRound",
    ended_at=s.DateTimeField(),
    met=s.BooleanField(allow_null=True, help_text="Null where the present policy promises nothing of the kind."),
)
SegmentShape = shape(
    "ClockSegment",
    begins=s.DateTimeField(),
    ends=s.DateTimeField(allow_null=True, help_text="Null for the one that still lasts."),
    is_running=s.BooleanField(),
)
ThresholdShape = shape(
    "ClockThreshold",
    percent=s.IntegerField(help_text="Of the target; 100 is the breach."),
    reached_at=s.DateTimeField(),
    fired_at=s.DateTimeField(help_text="When that was noticed."),
    is_late=s.BooleanField(help_text="Noticed more than a minute later."),
    round=s.IntegerField(),
)
ClockShape = shape(
    "ClockShape",
    target=s.ChoiceField(TARGET_CHOICES),
    state=s.ChoiceField(SLA_STATE_CHOICES),
    policy=PolicyShape(allow_null=True, help_text="Null where nothing is promised."),
    calendar=CalendarShape(allow_null=True),
    target_minutes=s.FloatField(allow_null=True, help_text="Working time."),
    used_minutes=s.FloatField(allow_null=True, help_text="Working time."),
    paused_minutes=s.FloatField(help_text="Real time, nights included."),
    started_at=s.DateTimeField(),
    stopped_at=s.DateTimeField(allow_null=True),
    due_at=s.DateTimeField(allow_null=True, help_text="Null while that is open, because the clock pauses."),
    round=s.IntegerField(help_text="1, and one more for each time it was taken up again."),
    rounds=RoundShape(many=True, help_text="How the earlier rounds ended."),
    segments=SegmentShape(many=True, help_text="When it ran and when it paused, without gaps."),
    thresholds=ThresholdShape(many=True, help_text="What was passed, once each."),
)
Clocks = shape(
    "Clocks", at=s.DateTimeField(help_text="The moment at which they were read."), results=ClockShape(many=True)
)


class TicketClocks(ApiView):
    @document("List clocks", answer=Clocks)
    def get(self, request: Request, number: str) -> Response:
        """The promised times of a ticket, at this moment. Desk only."""
        ticket = find_ticket(number, self.viewer)
        if not can_read_internals(self.viewer, ticket):
            raise NotAllowed
        at = timezone.now()
        return Response({"at": instant(at), "results": [clock(reading) for reading in readings(ticket, at)]})


def clock(reading: Reading) -> dict[str, Any]:
    row, version = reading.clock, reading.version
    return {
        "target": reading.target.value,
        "state": reading.state.value,
        "policy": _policy(version) if version is not None else None,
        "calendar": _calendar(version.calendar) if version is not None else None,
        "target_minutes": _minutes(reading.promised),
        "used_minutes": _minutes(reading.used),
        "paused_minutes": _minutes(reading.paused),
        "started_at": instant(row.started_at),
        "stopped_at": instant(row.stopped_at),
        "due_at": instant(row.due_at),
        "round": row.round,
        "rounds": [{"ended_at": instant(one.ended_at), "met": one.is_met} for one in reading.earlier],
        "segments": [
            {"begins": instant(part.begins), "ends": instant(part.ends), "is_running": part.is_running}
            for part in row.count.segments
        ],
        "thresholds": [_threshold(firing) for firing in reading.firings],
    }


def _policy(version: SlaPolicyVersion) -> dict[str, Any]:
    policy = version.policy
    return {"name_zh": policy.name_zh, "name_en": policy.name_en, "version": version.number}


def _calendar(row: BusinessCalendar) -> dict[str, Any]:
    return {"name_zh": row.name_zh, "name_en": row.name_en, "timezone": row.timezone}


def _threshold(firing: Firing) -> dict[str, Any]:
    return {
        "percent": firing.percent,
        "reached_at": instant(firing.reached_at),
        "fired_at": instant(firing.fired_at),
        "is_late": firing.is_late,
        "round": firing.round,
    }


def _minutes(length: timedelta | None) -> float | None:
    return None if length is None else round(length / MINUTE, 3)
