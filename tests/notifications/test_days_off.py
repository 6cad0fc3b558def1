"""Days off by a business calendar, and a person's notification settings over the API."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from escalation.models import BusinessCalendar
from helpdesk.common.errors import InvalidInput
from notifications.services.preferences import wishes_of
from tests.api.conftest import api
from tests.notifications.test_preferences import wish

__all__ = ["api"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def in_china(cast) -> str:
    """The code of a calendar with China's holidays and make-up working days."""
    calendar = BusinessCalendar.objects.create(
        name_zh="上海",
        name_en="Shanghai",
        timezone="Asia/Shanghai",
        country="CN",
        hours=[["09:00-18:00"]] * 5 + [[], []],
    )
    return f"calendar-{calendar.pk}"


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-10-01T10:00", "2026-10-08T00:00"),  # the national holiday
        ("2026-10-10T10:00", None),  # a Saturday that is worked in its stead
        ("2026-10-11T10:00", "2026-10-12T00:00"),  # an ordinary Sunday
    ],
)
def test_days_off_follow_the_calendar_with_its_make_up_working_days(cast, in_china, at, until) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    wish(cast.requester, days_off=in_china)
    end = wishes_of(cast.requester).quiet.end(datetime.fromisoformat(at).replace(tzinfo=zone), zone)
    assert end == (datetime.fromisoformat(until).replace(tzinfo=zone) if until else None)


def test_a_calendar_that_is_gone_leaves_the_weekends(cast, in_china) -> None:
    wish(cast.requester, days_off=in_china)
    BusinessCalendar.objects.all().delete()
    zone = ZoneInfo("Asia/Shanghai")
    quiet = wishes_of(cast.requester).quiet
    assert quiet.end(datetime(2026, 10, 10, 10, tzinfo=zone), zone) == datetime(2026, 10, 12, tzinfo=zone)


def test_a_retired_calendar_can_be_kept_and_no_longer_chosen(cast, in_china, client) -> None:
    wish(cast.requester, days_off=in_china)
    BusinessCalendar.objects.update(is_retired=True)
    wish(cast.requester, days_off=in_china)
    with pytest.raises(InvalidInput):
        wish(cast.requester2, days_off=in_china)


def test_settings_over_the_api(cast, api, in_china) -> None:
    mine = api(cast.requester)
    read = mine.get("users/me/notifications/").json()
    assert {group["code"] for group in read["groups"]} == {"answers", "messages", "progress", "incidents", "loans"}
    assert read["days_off_on_offer"].keys() == {"", "weekends", in_china}
    changed = mine.patch(
        "users/me/notifications/",
        {"groups": [{"code": "messages", "email": "digest"}], "quiet_from": "22:00", "quiet_until": "07:00"},
    ).json()
    assert (changed["quiet_from"], changed["quiet_until"]) == ("22:00:00", "07:00:00")
    assert {group["code"]: group["email"] for group in changed["groups"]}["messages"] == "digest"
    later = mine.patch("users/me/notifications/", {"days_off": in_china}).json()
    assert (later["quiet_from"], later["days_off"]) == ("22:00:00", in_china)
    assert wishes_of(cast.requester2).modes == {}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"groups": [{"code": "answers", "email": "off"}]}, "groups"),
        ({"groups": [{"code": "urgent", "email": "off"}]}, "groups"),
        ({"groups": [{"code": "messages", "in_app": "digest"}]}, "groups.0.in_app"),
        ({"groups": "messages"}, "groups"),
        ({"quiet_from": "22:00"}, "quiet_until"),
        ({"quiet_from": "25:00"}, "quiet_from"),
        ({"days_off": "calendar-999999"}, "days_off"),
        ({"days_off": "calendar-²"}, "days_off"),
        ({"digest_hour": 24}, "digest_hour"),
        ({"is_admin": True}, "is_admin"),
    ],
)
def test_bad_settings_are_refused_by_the_api_at_their_field(cast, api, given, field) -> None:
    answer = api(cast.requester).patch("users/me/notifications/", given)
    assert answer.status_code == 400
    assert field in answer.json()["fields"]
    assert wishes_of(cast.requester).modes == {}
