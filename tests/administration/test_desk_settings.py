"""The desk's settings: number formats that work, reminders that come in time, one row with history."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.cast import Cast
from tests.factories import make_ticket
from tickets.models import DeskSettings

PAGE = "/admin/tickets/desksettings/1/change/"


def values(**changes: object) -> dict[str, object]:
    desk = DeskSettings.current()
    names = (
        "name_zh",
        "name_en",
        "phone",
        "emergency_phone",
        "hours_zh",
        "hours_en",
        "number_format",
        "first_number",
        "confirm_days",
        "reopen_days",
        "archive_days",
        "gather_minutes",
        "survey_days",
    )
    return {name: getattr(desk, name) for name in names} | {"reminder_days": "2, 4"} | changes


@pytest.fixture
def page(admin_client: Client) -> Client:
    assert admin_client.get("/admin/tickets/desksettings/").url == PAGE
    return admin_client


def errors(client: Client, **changes: object) -> set[str]:
    response = client.post(PAGE, values(**changes))
    assert response.status_code == 200
    return set(response.context["adminform"].form.errors)


def test_saving_keeps_actor_and_reason(page: Client, cast: Cast) -> None:
    assert page.post(PAGE, values(phone="9000", history_change_reason="新总机")).status_code == 302
    row = DeskSettings.history.latest()
    assert (row.phone, row.history_user, row.history_change_reason) == ("9000", cast.admin, "新总机")


def test_next_ticket_gets_the_number_that_was_shown(page: Client, cast: Cast) -> None:
    page.post(PAGE, values(number_format="IT-{year}-{n:06}", first_number=10032))
    shown = page.get(PAGE).content.decode()
    number = make_ticket(cast.requester).number
    assert number.startswith("IT-")
    assert number.endswith("-010032")
    assert number in shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "IT",
        "{year}",
        "{m}",
        "{n",
        "{n:99}",
        "{n.__class__}",
        "{0}",
        "{n!r}",
        "A B{n}",
        "工单{n}",
        "a\x00{n}",
        "<b>{n}</b>",
        "X" * 30 + "{n}",
        "X" * 41,
    ],
)
def test_unusable_number_formats_are_refused(page: Client, text: str) -> None:
    assert "number_format" in errors(page, number_format=text)
    assert DeskSettings.current().number_format == "{n}"


def test_numbers_that_exist_are_not_given_again(page: Client, cast: Cast) -> None:
    assert page.post(PAGE, values(number_format="1{n}", first_number=50)).status_code == 302
    assert make_ticket(cast.requester).number == "150"
    assert "number_format" in errors(page, number_format="{n}", first_number=149)


@pytest.mark.parametrize(
    ("text", "days"), [("2, 4", [2, 4]), ("4，2、2", [2, 4]), ("", []), (" 3 ", [3]), ("1 2;3；4", [1, 2, 3, 4])]
)
def test_reminder_days_are_read_as_people_write_them(page: Client, text: str, days: list[int]) -> None:
    assert page.post(PAGE, values(reminder_days=text)).status_code == 302
    assert DeskSettings.current().reminder_days == days


@pytest.mark.parametrize(
    "text", ["two", "0", "-1", "2.5", "91", "1 2 3 4 5 6 7 8 9 10 11", "٢", "1e1", "[2, 4]", "5", "9" * 50]
)
def test_bad_reminder_days_are_refused(page: Client, text: str) -> None:
    assert "reminder_days" in errors(page, reminder_days=text)
    assert DeskSettings.current().reminder_days == [2, 4]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("confirm_days", 0),
        ("confirm_days", 91),
        ("reopen_days", 366),
        ("archive_days", -1),
        ("first_number", "x"),
        ("first_number", 10**20),
        ("name_zh", ""),
        ("phone", "1" * 41),
    ],
)
def test_limits_name_their_field(page: Client, name: str, value: object) -> None:
    assert name in errors(page, **{name: value})


def test_typed_values_stay_in_a_refused_form(page: Client) -> None:
    response = page.post(PAGE, values(number_format="IT", phone="9999"))
    assert response.context["adminform"].form["phone"].value() == "9999"


def test_preview_answers_for_formats_being_typed(page: Client, cast: Cast) -> None:
    path = "/admin/tickets/desksettings/preview/"
    assert "IT-10001" in page.get(path, {"number_format": "IT-{n}", "first_number": "10001"}).json()["text"]
    for bad in (
        {},
        {"number_format": "x"},
        {"number_format": "{n}", "first_number": "x"},
        {"number_format": "{n}", "first_number": "9" * 40},
    ):
        assert page.get(path, bad).json()["text"]


def test_there_is_one_row(page: Client) -> None:
    assert page.get("/admin/tickets/desksettings/add/").status_code == 403
    assert page.post("/admin/tickets/desksettings/1/delete/", {"post": "yes"}).status_code == 403
    assert DeskSettings.objects.count() == 1


def test_ticket_can_still_be_created_after_every_refusal(page: Client, cast: Cast) -> None:
    page.post(PAGE, values(number_format="{n:99}"))
    page.post(PAGE, values(reminder_days="x", confirm_days=0))
    assert make_ticket(cast.requester).number
