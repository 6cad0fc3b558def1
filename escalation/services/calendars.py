"""Writes to business calendars. Every change gives the calendar a new revision, so that no process works with old days."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import available_timezones

from django.db import transaction
from django.utils.translation import gettext as _

from escalation.business_time import NoWorkingTime
from escalation.calendars import assemble, countries
from escalation.models import BusinessCalendar, CalendarDay, DayKind
from escalation.notice import Notice
from escalation.services.revision import begin_new_revision
from helpdesk.accounts.models import User
from helpdesk.common.errors import InvalidInput
from helpdesk.common.locking import lock_row

ANY_DAY = date(2000, 1, 1)


def refuse_unusable(calendar: BusinessCalendar, days: Iterable[CalendarDay] = ()) -> None:
    """Raise InvalidInput naming the field, if the calendar has no hours, no such zone or holidays of no known place."""
    problems: dict[str, list[str]] = {}
    if calendar.timezone not in available_timezones():
        problems["timezone"] = [_("There is no such time zone.")]
    known = countries()
    if calendar.country and calendar.country not in known:
        problems["country"] = [_("The holidays of this country are not known.")]
    elif calendar.subdivision and calendar.subdivision not in known.get(calendar.country, []):
        problems["subdivision"] = [_("The holidays of this part of the country are not known.")]
    if not any(calendar.hours):
        problems["hours"] = [_("A calendar needs working hours on at least one day of the week.")]
    if not problems:
        special = list(days)
        first = min((row.on for row in special), default=ANY_DAY)
        try:
            assemble(calendar, special).add(datetime.combine(first, time(), UTC), timedelta(0))
        except (ValueError, NoWorkingTime):
            problems["hours"] = [_("With these days nobody would work for two years.")]
    if problems:
        raise InvalidInput(fields=problems)


@transaction.atomic
def save_calendar(*, calendar: BusinessCalendar, actor: User, reason: str = "") -> BusinessCalendar:
    """Store a calendar's name, hours and holidays. Raises InvalidInput."""
    refuse_unusable(calendar, calendar.days.all() if calendar.pk else ())
    _save(calendar, actor, reason)
    return calendar


@transaction.atomic
def save_days(
    *,
    calendar: BusinessCalendar,
    kept: Iterable[CalendarDay],
    removed: Iterable[CalendarDay] = (),
    actor: User,
    reason: str = "",
) -> None:
    """Store special days of a calendar and take others away. Raises InvalidInput when no working time would be left."""
    for row in removed:
        _sign(row, actor, reason)
        row.delete()
    for row in kept:
        row.calendar = calendar
        _sign(row, actor, reason)
        row.save()
    refuse_unusable(calendar, calendar.days.all())
    _save(calendar, actor, reason)


@dataclass(frozen=True)
class Change:
    """What importing a notice does to one date. `before` is None where the calendar had nothing of its own."""

    day: CalendarDay
    before: CalendarDay | None

    @property
    def is_new(self) -> bool:
        return self.before is None

    @property
    def is_same(self) -> bool:
        before, day = self.before, self.day
        return before is not None and (before.kind, before.note) == (day.kind, day.note)


def changes_by(notice: Notice, calendar: BusinessCalendar) -> list[Change]:
    """What the notice would change, date by date; hours that were set for a date stay."""
    present = {row.on: row for row in calendar.days.all()}
    changes = []
    for told in notice.days:
        before = present.get(told.on)
        day = CalendarDay(
            pk=before.pk if before else None,
            calendar=calendar,
            on=told.on,
            kind=DayKind.OFF if told.is_off else DayKind.WORKING,
            hours=before.hours if before and not told.is_off else [],
            note=told.name,
            source=notice.source,
        )
        changes.append(Change(day, before))
    return changes


@transaction.atomic
def import_notice(*, calendar: BusinessCalendar, notice: Notice, actor: User, reason: str = "") -> list[Change]:
    """Take a year's notice over into the calendar. Doing it twice changes nothing. Returns what it changed."""
    locked = lock_row(BusinessCalendar.objects.all(), pk=calendar.pk)
    changes = [change for change in changes_by(notice, locked) if not change.is_same]
    if changes:
        save_days(calendar=locked, kept=[change.day for change in changes], actor=actor, reason=reason)
    return changes


@transaction.atomic
def retire_calendar(*, calendar: BusinessCalendar, is_retired: bool, actor: User, reason: str = "") -> None:
    """No longer offer a calendar for new policies, or offer it again; those that have it keep it."""
    calendar.is_retired = is_retired
    _save(calendar, actor, reason)


def _save(calendar: BusinessCalendar, actor: User, reason: str) -> None:
    calendar.revision = uuid.uuid4()
    _sign(calendar, actor, reason)
    calendar.save()
    begin_new_revision()


def _sign(row: BusinessCalendar | CalendarDay, actor: User, reason: str) -> None:
    row._history_user = actor  # type: ignore[union-attr]
    row._change_reason = reason  # type: ignore[union-attr]
