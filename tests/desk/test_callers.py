"""Finding who is on the phone."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from helpdesk.accounts.models import User
from tests.cast import Cast
from tests.factories import UserFactory, make_ticket
from tests.incidents.acts import declared, link
from tickets.callers import SHOWN, find_callers, incidents_near
from tickets.models import Ticket


def names(cast: Cast, text: str) -> list[str]:
    return [person.username for person in find_callers(cast.agent, text)]


@pytest.mark.parametrize("text", ["lq", "LQ", "liqiang", "li qiang", "liq", "qiang", "李强", "强", "agent"])
def test_a_name_its_sound_and_its_initials(cast: Cast, text: str) -> None:
    assert "agent" in names(cast, text)


@pytest.mark.parametrize("text", ["13800138000", "+86 138-0013-8000", "0086 138 0013 8000", "38000", "138 0013 8000"])
def test_a_number_however_it_is_written(cast: Cast, text: str) -> None:
    UserFactory(username="outside", phone="+86 13800138000")
    assert names(cast, text) == ["outside"]


def test_an_extension_is_meant_exactly_and_found_behind_the_switchboards_number(cast: Cast) -> None:
    User.objects.all().update(phone_key="")
    UserFactory(username="six", phone="6100")
    UserFactory(username="mobile", phone="13800136100")
    assert names(cast, "6100") == ["six"]
    assert names(cast, "010-8888 6100") == ["six"]
    assert names(cast, "136100") == ["mobile"]
    assert names(cast, "13900006100") == []


def test_a_second_number_counts_too(cast: Cast) -> None:
    UserFactory(username="two", phone="7001 / 13900139000")
    assert names(cast, "7001") == ["two"]
    assert names(cast, "13900139000") == ["two"]
    assert names(cast, "139000") == ["two"]


def test_a_department_and_a_name_within_it(cast: Cast) -> None:
    assert set(names(cast, "财务部")) == {"requester", "colleague"}
    assert names(cast, "Sales") == ["requester2"]
    assert names(cast, "财务 zhou") == ["colleague"]


def test_a_device_of_an_earlier_ticket(cast: Cast) -> None:
    make_ticket(cast.requester, device_hostname="PC-20417", device_ip="10.2.0.4")
    assert names(cast, "pc-20417") == ["requester"]
    assert names(cast, "10.2.0.4") == ["requester"]
    assert names(cast, "10.2.0.5") == []
    Ticket.objects.update(is_confidential=True)
    assert names(cast, "pc-20417") == []


def test_at_most_eight_with_their_open_tickets(cast: Cast) -> None:
    for number in range(12):
        UserFactory(username=f"li{number}", full_name=f"李{number}")
    assert len(names(cast, "li")) == SHOWN
    make_ticket(cast.requester)
    assert [person.open_tickets for person in find_callers(cast.agent, "王敏")] == [1]


def test_looking_up_asks_few_queries(cast: Cast) -> None:
    for text in ("lq", "6021", "财务部", "nobody at all"):
        with CaptureQueriesContext(connection) as asked:
            find_callers(cast.agent, text)
        assert len(asked) <= 7, text


def test_incidents_of_the_callers_department_stand_first(cast: Cast) -> None:
    now = timezone.now()
    other = declared(make_ticket(cast.requester2), cast.lead, at=now)
    near = declared(make_ticket(cast.requester2), cast.lead, at=now)
    link(near, cast.lead, make_ticket(cast.colleague), at=now)
    found = [(one.incident, one.colleagues) for one in incidents_near(cast.requester, cast.agent)]
    assert found == [(near, 1), (other, 0)]
