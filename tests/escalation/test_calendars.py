"""Stored calendars: public holidays, make-up days, own days that win, and a year's notice."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from escalation import notice
from escalation.calendars import working_time, year_without_notice
from escalation.models import BusinessCalendar, CalendarDay, DayKind
from escalation.services.calendars import import_notice, refuse_unusable, save_calendar, save_days
from helpdesk.common.errors import InvalidInput
from tests.cast import Cast

pytestmark = pytest.mark.django_db

OFFICE = [["09:00-18:00"]] * 5 + [[], []]
CHANGELIST = "admin:escalation_businesscalendar_changelist"


def make_calendar(**facts: Any) -> BusinessCalendar:
    told = {
        "name_zh": "中国办公时间",
        "name_en": "China office",
        "timezone": "Asia/Shanghai",
        "country": "CN",
        "hours": OFFICE,
    }
    return BusinessCalendar.objects.create(**{**told, **facts})


def due(calendar: BusinessCalendar, opened: str, hours: int) -> str:
    arithmetic = working_time(calendar)
    at = arithmetic.add(datetime.fromisoformat(opened).replace(tzinfo=arithmetic.zone), timedelta(hours=hours))
    return at.astimezone(arithmetic.zone).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("opened", "expected"),
    [
        ("2026-09-18 17:00", "2026-09-20 16:00"),
        ("2026-09-30 17:00", "2026-10-08 16:00"),
        ("2026-10-09 17:00", "2026-10-10 16:00"),
    ],
)
def test_public_holidays_and_make_up_days_are_known(opened: str, expected: str) -> None:
    assert due(make_calendar(), opened, 8) == expected


def test_a_day_of_ones_own_wins_over_holiday_make_up_day_and_weekday(cast: Cast) -> None:
    calendar = make_calendar()
    assert due(calendar, "2026-09-18 17:00", 8) == "2026-09-20 16:00"
    save_days(
        calendar=calendar,
        kept=[
            CalendarDay(on=date(2026, 9, 20), kind=DayKind.OFF),
            CalendarDay(on=date(2026, 9, 19), kind=DayKind.WORKING, hours=["10:00-12:00"]),
        ],
        actor=cast.admin,
    )
    assert due(calendar, "2026-09-18 17:00", 8) == "2026-09-21 14:00"
    assert {row.history_user for row in calendar.history.all()} >= {cast.admin}


def test_make_up_days_may_have_hours_of_their_own() -> None:
    assert due(make_calendar(makeup_hours=["10:00-15:00"]), "2026-10-09 17:00", 4) == "2026-10-10 13:00"


def test_other_countries_and_parts_of_them() -> None:
    hamburg = make_calendar(timezone="Europe/Berlin", country="DE", subdivision="HH")
    munich = make_calendar(timezone="Europe/Berlin", country="DE", subdivision="BY")
    epiphany = date(2027, 1, 6)
    assert working_time(hamburg).is_working_day(epiphany)
    assert not working_time(munich).is_working_day(epiphany)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"hours": [[]] * 7}, "hours"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"country": "XX"}, "country"),
        ({"country": "DE", "subdivision": "XX"}, "subdivision"),
    ],
)
def test_a_calendar_that_cannot_work_is_refused(cast: Cast, facts: dict[str, Any], field: str) -> None:
    calendar = make_calendar()
    for name, value in facts.items():
        setattr(calendar, name, value)
    with pytest.raises(InvalidInput) as refusal:
        save_calendar(calendar=calendar, actor=cast.admin)
    assert list(refusal.value.fields) == [field]


def test_days_off_may_not_leave_nothing_to_work() -> None:
    sundays = make_calendar(country="", hours=[[]] * 6 + [["09:00-10:00"]])
    start = date(2026, 9, 7)
    days = [CalendarDay(on=start + timedelta(days=number), kind=DayKind.OFF) for number in range(800)]
    with pytest.raises(InvalidInput):
        refuse_unusable(sundays, days)


NOTICE = {
    "source": "国办发明电〔2026〕9号",
    "days": [
        {"date": "2027-02-05", "kind": "off", "name": "春节"},
        {"date": "2027-02-14", "kind": "working", "name": "春节"},
        {"date": "2027-02-20", "isOffDay": False, "name": "春节"},
    ],
}


def test_importing_a_notice_twice_changes_nothing_the_second_time(cast: Cast) -> None:
    calendar = make_calendar()
    told = notice.read(json.dumps(NOTICE))
    assert len(import_notice(calendar=calendar, notice=told, actor=cast.admin)) == 3
    assert import_notice(calendar=calendar, notice=told, actor=cast.admin) == []
    calendar.refresh_from_db()
    assert working_time(calendar).is_working_day(date(2027, 2, 14))
    assert {row.source for row in calendar.days.all()} == {"国办发明电〔2026〕9号"}


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("", "no_json", ""),
        ("[" * 50_000, "no_json", ""),
        ("[]", "no_days", ""),
        ('{"days": []}', "no_days", ""),
        ('{"days": [1]}', "bad_date", "1"),
        ('{"days": [{"date": "2027-02-30", "kind": "off"}]}', "bad_date", "1"),
        ('{"days": [{"date": 20270101, "kind": "off"}]}', "bad_date", "1"),
        ('{"days": [{"date": "2027-01-01", "kind": "perhaps"}]}', "bad_kind", "2027-01-01"),
        (json.dumps({"days": [{"date": "2027-01-01", "kind": "off"}] * 2}), "twice", "2027-01-01"),
        (json.dumps({"days": [{"date": "2027-01-01", "kind": "off"}] * 201}), "too_many", ""),
    ],
)
def test_what_is_no_notice_is_told_why(text: str, code: str, place: str) -> None:
    with pytest.raises(notice.Problem) as problem:
        notice.read(text)
    assert (problem.value.code, problem.value.place) == (code, place)


def test_from_october_on_the_next_years_make_up_days_are_missed(cast: Cast) -> None:
    calendar = make_calendar()
    september, october = (datetime(2040, month, 2, tzinfo=UTC) for month in (9, 10))
    assert year_without_notice(calendar, at=september) is None
    assert year_without_notice(calendar, at=october) == 2041
    day = CalendarDay(on=date(2041, 2, 16), kind=DayKind.WORKING)
    save_days(calendar=calendar, kept=[day], actor=cast.admin)
    assert year_without_notice(calendar, at=october) is None
    assert year_without_notice(make_calendar(country="DE"), at=october) is None


class TestAdministration:
    @pytest.fixture
    def browser(self, client: Client, cast: Cast) -> Client:
        client.force_login(cast.admin)
        return client

    def answers(self, **changed: str) -> dict[str, str]:
        hours = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), "9-12，13:30－18:00")
        days = {f"days-{name}_FORMS": value for name, value in (("TOTAL", "1"), ("INITIAL", "0"))}
        told = {
            "name_zh": "办公时间",
            "name_en": "Office",
            "timezone": "Asia/Shanghai",
            "country": "cn",
            **hours,
            **days,
        }
        return {**told, **changed}

    def test_a_calendar_is_made_with_hours_as_people_write_them(self, browser: Client) -> None:
        made = browser.post(reverse("admin:escalation_businesscalendar_add"), self.answers())
        assert made.status_code == 302
        calendar = BusinessCalendar.objects.get(name_en="Office")
        assert calendar.hours == [["09:00-12:00", "13:30-18:00"]] * 5 + [[], []]
        assert calendar.country == "CN"

    @pytest.mark.parametrize(
        ("changed", "sentence"),
        [
            ({"monday": "9 bis 5"}, "Write hours like"),
            ({"monday": "18-9"}, "Hours run from early to late"),
            ({"monday": "9-12, 11-15"}, "don’t overlap"),
            ({"country": "ZZ"}, "not known"),
            ({"timezone": "Nowhere"}, "no such time zone"),
            (dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), ""), "at least one day"),
        ],
    )
    def test_bad_answers_come_back_with_a_sentence(
        self, browser: Client, changed: dict[str, str], sentence: str
    ) -> None:
        page = browser.post(
            reverse("admin:escalation_businesscalendar_add"), self.answers(**changed), HTTP_ACCEPT_LANGUAGE="en"
        )
        assert page.status_code == 200
        assert sentence.replace("’", "&#x27;") in page.content.decode()
        assert not BusinessCalendar.objects.exists()

    def test_a_notice_is_previewed_and_then_taken_over(self, browser: Client) -> None:
        calendar = make_calendar()
        CalendarDay.objects.create(calendar=calendar, on=date(2027, 2, 5), kind=DayKind.WORKING, note="旧")
        address = reverse("admin:escalation_businesscalendar_import", args=[calendar.pk])
        text = json.dumps(NOTICE, ensure_ascii=False)
        preview = browser.post(address, {"text": text, "preview": "1"}, HTTP_ACCEPT_LANGUAGE="en")
        assert preview.status_code == 200
        assert "was: working day" in preview.content.decode()
        assert calendar.days.count() == 1
        done = browser.post(address, {"text": text, "confirm": "1"})
        assert done.status_code == 302
        assert {(row.on.isoformat(), row.kind) for row in calendar.days.all()} == {
            ("2027-02-05", "off"),
            ("2027-02-14", "working"),
            ("2027-02-20", "working"),
        }

    def test_a_file_that_is_no_notice_is_told_why(self, browser: Client) -> None:
        address = reverse("admin:escalation_businesscalendar_import", args=[make_calendar().pk])
        for content, sentence in ((b"\xff\xfe", "not UTF-8"), (b"{}", "no list"), (b"x" * 100_001, "too large")):
            upload = SimpleUploadedFile("notice.json", content)
            page = browser.post(address, {"file": upload, "preview": "1"}, HTTP_ACCEPT_LANGUAGE="en")
            assert page.status_code == 422
            assert sentence in page.content.decode()
        assert browser.post(address, {"preview": "1"}).status_code == 422

    def test_the_list_warns_of_a_year_that_is_not_known_yet(self, client: Client, cast: Cast) -> None:
        make_calendar()
        with time_machine.travel(datetime(2040, 11, 1, tzinfo=UTC), tick=False):
            client.force_login(cast.admin)
            page = client.get(reverse(CHANGELIST), HTTP_ACCEPT_LANGUAGE="en").content.decode()
        assert "make-up working days of 2041" in page

    def test_the_same_date_twice_is_refused(self, browser: Client) -> None:
        calendar = make_calendar()
        rows = {"days-TOTAL_FORMS": "2"}
        for number in range(2):
            rows |= {
                f"days-{number}-on": "2027-02-05",
                f"days-{number}-kind": "off",
                f"days-{number}-calendar": str(calendar.pk),
            }
        page = browser.post(
            reverse("admin:escalation_businesscalendar_change", args=[calendar.pk]), self.answers(**rows)
        )
        assert page.status_code == 200
        assert calendar.days.count() == 0
