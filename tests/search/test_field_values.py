"""Values of fields: none is left out however many people and devices they mean, names are found in every spelling, and
nothing that is passed over goes unsaid."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from django.test import Client
from django.utils import timezone, translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.models import Asset
from helpdesk.accounts.models import Department, Team, User
from helpdesk.accounts.people_lookup import find_people
from tests.assets.acts import kind, make_asset
from tests.cast import Cast
from tests.factories import make_ticket
from tickets.callers import find_callers
from tickets.models import Category, RequestKind, Ticket, TicketAsset, WaitingReason
from tickets.search import problems_in, search_tickets
from tickets.search_fields import NAMES

pytestmark = pytest.mark.django_db


def found(text: str, viewer: User) -> set[str]:
    """The subjects of the tickets that a query finds."""
    return set(search_tickets(Ticket.objects.visible_to(viewer), text, viewer).values_list("subject", flat=True))


def many_people(count: int, **flags: bool) -> Sequence[User]:
    return User.objects.bulk_create(
        User(username=f"w{number}", full_name=f"王{number}", **flags) for number in range(count)
    )


def link(ticket: Ticket, asset: Asset, agent: User) -> None:
    TicketAsset.objects.create(ticket=ticket, asset=asset, linked_by=agent, linked_at=timezone.now())


# However many are meant


@pytest.mark.parametrize("role", ["requester", "assignee"])
def test_of_many_people_of_one_name_none_is_left_out(cast: Cast, role: str) -> None:
    people = many_people(450, is_agent=role == "assignee")
    tickets = [make_ticket(cast.requester2, subject=f"of {number}") for number in range(8)]
    for ticket, person in zip(tickets, people[::64], strict=True):
        Ticket.objects.filter(pk=ticket.pk).update(**{role: person})
    make_ticket(cast.requester2, subject="of nobody else")
    subjects = {ticket.subject for ticket in tickets}
    for text in (f"{role}:wang", f"{role}:王", f"{role}:王,nobody-at-all"):
        assert found(text, cast.agent) == subjects, text
    assert found(f"-{role}:王", cast.agent) == {"of nobody else"}
    assert found(f"{role}:王448", cast.agent) == {"of 7"}


def test_of_more_people_than_are_listed_none_is_left_out(cast: Cast) -> None:
    """Each of them has a ticket."""
    people = many_people(205)
    ticket = make_ticket(people[0], subject="of 0")
    make_ticket(cast.requester2, subject="of Tom")
    keep = {field.attname: getattr(ticket, field.attname) for field in Ticket._meta.concrete_fields}
    del keep["id"]
    Ticket.objects.bulk_create(
        Ticket(**keep | {"number": f"{number + 90_000}", "subject": f"of {number}", "requester_id": person.pk})
        for number, person in enumerate(people[1:], 1)
    )
    everything = {f"of {number}" for number in range(205)}
    assert found("requester:王", cast.agent) == everything
    assert found("-requester:王", cast.agent) == {"of Tom"}
    assert found("requester:王,tom", cast.agent) == everything | {"of Tom"}


def test_of_many_devices_none_is_left_out(cast: Cast) -> None:
    now = timezone.now()
    laptop = {"type": kind("laptop"), "state_since": now, "created_at": now, "updated_at": now}
    Asset.objects.bulk_create(Asset(tag=f"PC-{number:05}", **laptop) for number in range(260))
    ticket = make_ticket(cast.requester, subject="on the last one")
    make_ticket(cast.requester, subject="on none")
    link(ticket, Asset.objects.get(tag="PC-00259"), cast.agent)
    for text in ("device:PC-00259", "device:PC", "device:pc-002"):
        assert found(text, cast.agent) == {"on the last one"}, text
    assert found("-device:PC", cast.agent) == {"on none"}
    # As many as aren't listed any more.
    make_ticket(cast.requester, subject="told", device_hostname="pc-7")
    TicketAsset.objects.bulk_create(
        TicketAsset(ticket=ticket, asset=asset, linked_by=cast.agent, linked_at=now)
        for asset in Asset.objects.filter(tag__startswith="PC-").exclude(tag="PC-00259")
    )
    assert found("device:PC", cast.agent) == {"on the last one", "told"}
    assert found("-device:PC", cast.agent) == {"on none"}


# However names are spelled


def test_names_are_compared_in_the_spelling_of_queries(cast: Cast) -> None:
    """Codes and names of everything that has a name."""
    ticket = make_ticket(cast.requester, subject="wide")
    team = Team.objects.create(name_zh="网络组（北京）", name_en="Ｎetwork, Beijing")
    category = Category.objects.filter(parent__isnull=True)[0]
    Category.objects.filter(pk=category.pk).update(name_zh="账号，权限（ＡＤ）")
    wish, reason = RequestKind.objects.all()[0], WaitingReason.objects.all()[0]
    for row in (wish, reason):
        type(row).objects.filter(pk=row.pk).update(name_zh="其它（请说明）")
    people = User.objects.bulk_create(
        User(username=f"wide{number}", full_name=name, is_agent=number == 1)
        for number, name in enumerate(("王敏（外包）", "O’Brien， Ｐat（外包）"))
    )
    Ticket.objects.filter(pk=ticket.pk).update(
        team=team,
        category=category,
        kind=wish,
        requester=people[0],
        assignee=people[1],
        status="waiting",
        waiting_reason=reason,
        next_action_at=timezone.now(),
    )
    for text in (
        'team:"网络组（北京）"',
        "team:网络组(北京",
        "团队：“network, beijing”",
        'category:"账号，权限（AD）"',
        'category:"账号,权限(ad)"',
        'kind:"其它（请说明）"',
        'waiting:"其它(请说明)"',
        'requester:"王敏（外包）"',
        "requester:王敏(外包)",
        'assignee:"O’Brien, Pat（外包）"',
        "assignee:ｐａｔ",
    ):
        assert problems_in(text, cast.agent) == [], text
        assert found(text, cast.agent) == {"wide"}, text


def test_people_are_looked_up_by_the_same_spelling(cast: Cast) -> None:
    person = User.objects.create(
        username="wide",
        full_name="O’Brien，Ｐat（外包）",
        department=Department.objects.create(name_zh="市场（华东）", name_en="Market"),
    )
    for text in ("O’Brien，Pat（外包）", "pat(外", "ｐａｔ（外包）"):
        assert find_people(cast.agent, text) == [person], text
        assert find_callers(cast.agent, text) == [person], text
    assert find_callers(cast.agent, "市场(华东)") == [person]


def test_computer_names_are_found_in_every_width(cast: Cast) -> None:
    told = make_ticket(cast.requester, subject="told", device_hostname="ＰＣ－９９９")
    linked = make_ticket(cast.requester, subject="linked")
    asset = make_asset(cast.agent, tag="A-1", hostname="PC-9991", serial="S1")
    Asset.objects.filter(pk=asset.pk).update(hostname="ＰＣ－９９９１", serial="ＳＮ（１）")
    link(linked, asset, cast.agent)
    for text in ("device:pc-999", "device:ＰＣ－９９９", "设备：ＰＣ－９"):
        assert found(text, cast.agent) == {told.subject, linked.subject}, text
    assert found('device:"sn(1)"', cast.agent) == {linked.subject}


# What parts fields, and what is said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("打印机，状态：未关闭", {"打印机卡纸"}),
        ("状态：未关闭，打印机", {"打印机卡纸"}),
        ("打印机；状态：未关闭", {"打印机卡纸"}),
        ("打印机、状态：未关闭", {"打印机卡纸"}),
        ("状态：新建、已关闭，打印机", {"打印机卡纸"}),
        ("printer, status:open", {"printer toner"}),
        ("status:open, printer", {"printer toner"}),
        ("status:open;printer", {"printer toner"}),
        ("printer,status:new,closed", {"printer toner"}),
        ("status:new,requester:baker", {"printer toner"}),
        ("申请人：王敏、baker", {"打印机卡纸", "printer toner"}),
    ],
)
def test_words_and_fields_stand_beside_each_other(cast: Cast, text: str, expected: set[str]) -> None:
    make_ticket(cast.requester, subject="打印机卡纸")
    make_ticket(cast.requester2, subject="printer toner")
    assert found(text, cast.agent) == expected
    assert problems_in(text, cast.agent) == []


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("status:,", ["Write a value behind “status:”."]),
        ("状态：、", ["Write a value behind “状态:”."]),
        ("device:,", ["Write a value behind “device:”."]),
        ('assignee:, requester:""', ["Write a value behind “assignee:”.", "Write a value behind “requester:”."]),
        ("-status:,", ["Write a value behind “status:”."]),
        ("number:#", ["“#” is no number of a ticket."]),
        ("device:--", ["“--” is no computer name, address or asset tag."]),
        ("a " * 13, ["Only the first 200 characters, 12 words and 12 fields of a search count."]),
    ],
)
def test_what_means_nothing_is_said(cast: Cast, text: str, sentences: list[str]) -> None:
    assert problems_in(text, cast.agent) == sentences
    assert problems_in(text, cast.requester) == sentences


ODD = [
    "#",
    "-",
    "..",
    ">",
    "%",
    "_",
    "\\",
    "'",
    "’",
    "(",
    "（",
    "，",
    "、",
    ";",
    ":",
    "::",
    "0",
    "9999w",
    "²",
    "İ",
    "ﷺ",
    "\ud800",
    "me",
]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    fields=st.lists(
        st.tuples(
            st.sampled_from(["", "-"]),
            st.sampled_from(sorted(NAMES)),
            st.sampled_from([":", "："]),
            st.lists(st.one_of(st.sampled_from(ODD), st.text(max_size=6)), min_size=1, max_size=4),
        ),
        max_size=4,
    ),
    words=st.text(max_size=10),
)
def test_no_field_breaks_a_search(
    cast: Cast, language: str, fields: list[tuple[str, str, str, list[str]]], words: str
) -> None:
    text = " ".join(
        [
            words,
            *(f"{minus}{name}{colon}{'，,、'[len(name) % 3].join(values)}" for minus, name, colon, values in fields),
        ]
    )
    with translation.override(language):
        for viewer in (cast.agent, cast.requester):
            list(search_tickets(Ticket.objects.visible_to(viewer), text, viewer)[:2])
            assert all(problems_in(text, viewer))


def test_the_page_of_results_says_it(cast: Cast, client: Client) -> None:
    client.force_login(cast.agent)
    page = client.get("/search/", {"q": "status:,"}, headers={"accept-language": "en"}).content.decode()
    assert "Write a value behind “status:”." in page
