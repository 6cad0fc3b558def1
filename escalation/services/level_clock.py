"""The clock of a level that has taken a ticket over: how long it may work on it before the next level is asked (M3.4-6).

It pauses while the ticket waits, stops with the solution, and goes on when that is rejected, like the clock of the solution.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from escalation import segments
from escalation.calendars import working_time
from escalation.models import Escalation
from escalation.models.clock import dump_segments, load_segments
from escalation.segments import Segments
from tickets.lifecycle import FINAL, Status
from tickets.models import Ticket


def start(escalation: Escalation, *, at: datetime) -> None:
    """The level has accepted: its time begins, if the path gives it one."""
    if _time_of(escalation) is not None:
        _set(escalation, segments.start(at), is_asked_above=False)


def follow(ticket: Ticket, *, at: datetime) -> None:
    """Let the clock of the level that has the ticket follow an act. The caller holds the ticket's lock."""
    mine = Escalation.objects.filter(ticket=ticket)
    holder = mine.filter(state=Escalation.State.ACCEPTED).select_related("level__calendar").order_by("-id").first()
    if holder is None or not holder.segments:
        return
    counted = load_segments(holder.segments)
    if ticket.status == Status.RESOLVED or ticket.status in FINAL:
        counted = counted if segments.is_stopped(counted) else segments.stop(counted, at)
    else:
        if segments.is_stopped(counted):
            counted = segments.go_on(counted, at)
        counted = segments.switch(counted, at, is_running=ticket.status != Status.WAITING)
    _set(holder, counted, is_asked_above=mine.open().exists())


def _set(escalation: Escalation, counted: Segments, *, is_asked_above: bool) -> None:
    time, level = _time_of(escalation), escalation.level
    due_at = None
    if time is not None and level is not None and not segments.is_stopped(counted):
        due_at = segments.due(counted, working_time(level.calendar), time)
    escalation.segments = dump_segments(counted)
    escalation.handle_by_at = due_at
    # Who has been asked above has their own time first.
    escalation.next_at = None if is_asked_above else due_at
    escalation.save(update_fields=["segments", "handle_by_at", "next_at"])


def _time_of(escalation: Escalation) -> timedelta | None:
    minutes = escalation.level.handling_minutes if escalation.level is not None else None
    return timedelta(minutes=minutes) if minutes else None
