"""Working time: the rules of the calendar, around the clock changes and the make-up days (M1.2-2, M3.4-2)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.business_time import Calendar, NoWorkingTime, Window, Windows, windows

NINE_TO_SIX = windows("09:00-18:00")
# The State Council's notice for autumn 2026.
OFF = {date(2026, 9, 25), date(2026, 9, 26), date(2026, 9, 27), *(date(2026, 10, day) for day in range(1, 8))}
MADE_UP = {date(2026, 9, 20), date(2026, 10, 10)}


def autumn(day: date) -> Windows | None:
    if day in MADE_UP:
        return NINE_TO_SIX
    return () if day in OFF else None


CHINA = Calendar(ZoneInfo("Asia/Shanghai"), (NINE_TO_SIX,) * 5 + ((), ()), autumn)
BERLIN_DAY_AND_NIGHT = Calendar(ZoneInfo("Europe/Berlin"), (windows("00:00-24:00"),) * 7)
BERLIN_OFFICE = Calendar(ZoneInfo("Europe/Berlin"), (windows("08:00-12:00", "13:00-17:00"),) * 5 + ((), ()))
SAO_PAULO = Calendar(ZoneInfo("America/Sao_Paulo"), (windows("00:00-24:00"),) * 7)
NEW_YORK_NIGHTS = Calendar(ZoneInfo("America/New_York"), (windows("00:00-06:00", "22:00-24:00"),) * 7)
CALENDARS = (CHINA, BERLIN_DAY_AND_NIGHT, BERLIN_OFFICE, SAO_PAULO, NEW_YORK_NIGHTS)


def local(calendar: Calendar, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=calendar.zone)


def due(calendar: Calendar, start: str, **target: float) -> str:
    at = calendar.add(local(calendar, start), timedelta(**target))
    assert at.tzinfo is UTC
    return at.astimezone(calendar.zone).replace(tzinfo=None).isoformat(" ", "minutes")


@pytest.mark.parametrize(
    ("opened", "expected"),
    [
        ("2026-09-18 17:00", "2026-09-20 16:00"),  # Sunday is a make-up day
        ("2026-09-30 17:00", "2026-10-08 16:00"),  # over the whole golden week
        ("2026-10-09 17:00", "2026-10-10 16:00"),  # Saturday is a make-up day
        ("2026-09-24 17:00", "2026-09-28 16:00"),  # over Mid-Autumn
    ],
)
def test_eight_hours_in_china(opened: str, expected: str) -> None:
    assert due(CHINA, opened, hours=8) == expected


def test_make_up_days_and_holidays_are_told_apart_from_their_weekdays() -> None:
    days = {date(2026, 9, 20): True, date(2026, 9, 27): False, date(2026, 10, 1): False, date(2026, 10, 9): True}
    assert {day: CHINA.is_working_day(day) for day in days} == days


def test_a_target_used_up_at_closing_time_is_due_then() -> None:
    assert due(CHINA, "2026-09-07 10:00", hours=8) == "2026-09-07 18:00"
    assert due(BERLIN_OFFICE, "2026-09-07 11:00", hours=1) == "2026-09-07 12:00"


def test_a_target_of_nothing_is_due_when_work_begins() -> None:
    assert due(CHINA, "2026-09-07 18:00") == "2026-09-08 09:00"
    assert due(CHINA, "2026-09-07 12:30") == "2026-09-07 12:30"


def test_seconds_are_kept() -> None:
    at = CHINA.add(datetime(2026, 9, 7, 9, 59, 36, 5, tzinfo=UTC), timedelta(minutes=1))
    assert at == datetime(2026, 9, 8, 1, 0, 36, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("calendar", "first", "hours"),
    [
        (BERLIN_DAY_AND_NIGHT, "2026-03-29", 23),
        (BERLIN_DAY_AND_NIGHT, "2026-10-25", 25),
        (SAO_PAULO, "2018-11-04", 23),  # the clock jumps at midnight, so the day begins at one
        (SAO_PAULO, "2018-02-17", 25),  # and 23:00 to midnight came twice
        (NEW_YORK_NIGHTS, "2026-03-08", 7),
        (NEW_YORK_NIGHTS, "2026-11-01", 9),
    ],
)
def test_days_of_the_clock_change_count_what_really_passes(calendar: Calendar, first: str, hours: int) -> None:
    midnight = local(calendar, f"{first} 00:00")
    next_midnight = local(calendar, f"{date.fromisoformat(first) + timedelta(days=1)} 00:00")
    assert calendar.between(midnight, next_midnight) == timedelta(hours=hours)


def test_work_that_begins_in_the_skipped_hour_begins_at_the_change() -> None:
    early = Calendar(ZoneInfo("Europe/Berlin"), (windows("02:30-05:00"),) * 7)
    assert early.add(local(early, "2026-03-29 00:00"), timedelta(0)) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert early.between(local(early, "2026-03-29 00:00"), local(early, "2026-03-29 12:00")) == timedelta(hours=2)


def test_a_leap_day_is_a_day() -> None:
    assert due(BERLIN_OFFICE, "2028-02-28 17:00", hours=8) == "2028-02-29 17:00"


def test_swapped_ends_hold_no_time() -> None:
    assert CHINA.between(local(CHINA, "2026-09-08 12:00"), local(CHINA, "2026-09-07 12:00")) == timedelta(0)


def test_a_calendar_without_hours_says_so() -> None:
    closed = Calendar(ZoneInfo("UTC"), ((),) * 7)
    with pytest.raises(NoWorkingTime):
        closed.add(datetime(2026, 1, 1, tzinfo=UTC), timedelta(hours=1))


def test_instants_need_a_time_zone_and_targets_a_direction() -> None:
    with pytest.raises(ValueError, match="time zone"):
        CHINA.add(datetime(2026, 9, 7, 12), timedelta(hours=1))
    with pytest.raises(ValueError, match="negative"):
        CHINA.add(datetime(2026, 9, 7, 12, tzinfo=UTC), timedelta(hours=-1))


@pytest.mark.parametrize("text", ["9-18", "18:00-09:00", "09:00-24:01", "09:60-10:00", "", "09:00-09:00"])
def test_what_is_no_window_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no time|no window"):
        windows(text)


def test_windows_are_sorted_and_may_not_overlap() -> None:
    assert windows("13:00-24:00", "08:00-13:00") == (Window(480, 780), Window(780, 1440))
    with pytest.raises(ValueError, match="overlap"):
        windows("08:00-13:00", "12:59-14:00")


calendars = st.sampled_from(CALENDARS)
instants = st.datetimes(datetime(2015, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
targets = st.timedeltas(timedelta(0), timedelta(days=40))
some_time = st.timedeltas(timedelta(microseconds=1), timedelta(days=40))


@given(calendars, instants, targets, some_time)
def test_adding_twice_is_adding_the_sum(calendar: Calendar, start: datetime, first: timedelta, then: timedelta) -> None:
    assert calendar.add(calendar.add(start, first), then) == calendar.add(start, first + then)


@given(calendars, instants, targets)
def test_what_lies_between_start_and_due_is_the_target(calendar: Calendar, start: datetime, target: timedelta) -> None:
    assert calendar.between(start, calendar.add(start, target)) == target


@given(calendars, instants, instants, targets)
def test_later_starts_are_due_no_earlier(calendar: Calendar, one: datetime, other: datetime, target: timedelta) -> None:
    first, second = sorted((one, other))
    assert calendar.add(first, target) <= calendar.add(second, target)


@given(calendars, instants, instants, instants)
def test_time_between_adds_up(calendar: Calendar, one: datetime, other: datetime, third: datetime) -> None:
    first, second, last = sorted((one, other, third))
    parts = calendar.between(first, second) + calendar.between(second, last)
    assert parts == calendar.between(first, last) <= last - first


@given(calendars, instants)
def test_work_goes_on_exactly_where_time_counts(calendar: Calendar, at: datetime) -> None:
    assert calendar.is_working_at(at) == (calendar.add(at, timedelta(0)) == at)
