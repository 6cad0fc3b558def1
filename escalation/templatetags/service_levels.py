"""Template tags of promised times: the clocks of a ticket beside its properties (ux decision 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from escalation.history import steps_of
from escalation.models import Clock, SlaPolicyVersion
from escalation.readings import Reading, pauses_by_reason, readings
from helpdesk.common.templatetags.hd import DURATIONS, SLA_LOOKS, duration
from tickets.chips import chip_of
from tickets.choices import TARGET_LABELS, WaitsFor
from tickets.models import Ticket, WaitingReason
from tickets.targets import State, Target
from tickets.templatetags.desk import clock_chip

register = template.Library()

ALWAYS = (Target.RESPONSE, Target.RESOLUTION, Target.UPDATE)


@dataclass(frozen=True)
class Row:
    """One clock as the panel shows it. `reading` is None for one that has not begun."""

    label: str
    chip: SafeString
    reading: Reading | None = None
    look: str = ""
    percent: int = 0
    pauses: str = ""


@register.inclusion_tag("escalation/_clocks.html")
def ticket_clocks(ticket: Ticket, at: datetime) -> dict[str, Any]:
    """The clocks of a ticket: how they stand, when they are due, what was used, and by which policy."""
    found = {reading.target: reading for reading in readings(ticket, at)}
    version = next((reading.version for reading in found.values() if reading.version is not None), None)
    if version is None:
        return {"rows": [], "version": None}
    pauses = _pauses(ticket, list(found.values()), at)
    shown = [target for target in Target if target in ALWAYS or _is_shown(found.get(target))]
    rows = [_row(target, found.get(target), version.target(target), pauses, at) for target in shown]
    return {"rows": rows, "version": version}


def _is_shown(reading: Reading | None) -> bool:
    """Registration stands with the first response, unless it is what counts, or was missed."""
    if reading is None or reading.promised is None:
        return False
    return reading.target == Target.CONFIRMATION or reading.state != State.MET


def _row(
    target: Target, reading: Reading | None, promised: timedelta | None, pauses: Mapping[Target, str], at: datetime
) -> Row:
    label = str(TARGET_LABELS[target])
    if reading is None or reading.promised is None or reading.used is None:
        if promised is None:
            return Row(label, clock_chip(chip_of(State.NONE, "", None, at)))
        return Row(label, SafeString())
    due_at = None if reading.is_stopped else reading.clock.due_at
    return Row(
        label,
        clock_chip(chip_of(reading.state, "", due_at, at)),
        reading,
        look=SLA_LOOKS[reading.state][0],
        percent=min(100, reading.used * 100 // reading.promised),
        pauses=pauses.get(target, ""),
    )


def _pauses(ticket: Ticket, found: Sequence[Reading], at: datetime) -> dict[Target, str]:
    """The reasons for which clocks paused, with how long, in words."""
    if not any(reading.paused for reading in found):
        return {}
    steps = steps_of(ticket)
    lengths = {reading.target: pauses_by_reason(reading.clock.count.segments, steps, at) for reading in found}
    codes = {reason for by_reason in lengths.values() for reason in by_reason}
    names = {reason.pk: reason.name for reason in WaitingReason.objects.filter(pk__in=codes)}
    names[""] = pgettext("reason for a pause", "solved")
    return {
        target: ", ".join(f"{names.get(code, code)} {duration(time)}" for code, time in by_reason.items())
        for target, by_reason in lengths.items()
    }


@register.filter
def working(value: timedelta) -> str:
    """A length of working time: hours and minutes, never days, which have fewer than 24 working hours."""
    hours, minutes = divmod(value // timedelta(minutes=1), 60)
    if hours:
        return str(DURATIONS["hm" if minutes else "h"]) % {"hours": hours, "minutes": minutes}
    return str(DURATIONS["m"]) % {"minutes": minutes}


@register.simple_tag
def vendor_wait_effect(ticket: Ticket) -> str:
    """In a sentence: whether our own solution clock stands still while a vendor is at work, as the policy has it (M3.4-7)."""
    version = _version_for_solution(ticket)
    if version is None:
        return _("Nothing is promised for this ticket, so no clock of ours is concerned.")
    reason = ticket.waiting_reason
    if reason is None:
        return _("Our solution clock runs on: the ticket doesn't wait.")
    names = {"reason": reason.name}
    if version.is_paused_by(Target.RESOLUTION, reason.pk):
        return _("Our solution clock is paused: the policy stops it for “%(reason)s”.") % names
    return _("Our solution clock runs on: the policy doesn't stop it for “%(reason)s”.") % names


@register.simple_tag
def vendor_wait_choices(ticket: Ticket) -> str:
    """In a sentence: for which waiting reasons the policy would stop our solution clock."""
    version = _version_for_solution(ticket)
    if version is None:
        return _("Nothing is promised for this ticket, so no clock of ours is concerned.")
    reasons = WaitingReason.objects.filter(is_retired=False, waits_for=WaitsFor.VENDOR)
    pausing = [reason.name for reason in reasons if version.is_paused_by(Target.RESOLUTION, reason.pk)]
    if not pausing:
        return _("Our solution clock runs on in either case: the policy doesn't stop it for a vendor.")
    return _("The policy stops our solution clock while the ticket waits for: %(reasons)s.") % {
        "reasons": _(", ").join(pausing)
    }


def _version_for_solution(ticket: Ticket) -> SlaPolicyVersion | None:
    """What promises a solution of this ticket, while that is still owed."""
    clock = Clock.objects.filter(ticket=ticket, target=Target.RESOLUTION, stopped_at=None).first()
    return clock.version if clock is not None else None
