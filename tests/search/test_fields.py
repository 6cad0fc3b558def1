"""Fields in a search: what each finds, in both languages, and what is said of values that mean nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone, translation

from helpdesk.accounts.models import User
from tests.cast import Cast, assemble
from tests.factories import bring_to, make_ticket
from tickets.models import Category, Ticket, WaitingReason
from tickets.search import problems_in, search_tickets

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return assemble()


@pytest.fixture
def tickets(cast: Cast) -> dict[str, Ticket]:
    """A few tickets that differ in every field."""
    now = timezone.now()
    found = {
        "new": make_ticket(cast.requester, subject="打印机卡纸", device_hostname="PC-20417", device_ip="10.12.4.17"),
        "working": bring_to(make_ticket(cast.requester, subject="VPN 断线"), "in_progress", cast.agent),
        "closed": bring_to(make_ticket(cast.requester2, subject="printer toner"), "closed", cast.agent),
        "old": make_ticket(cast.requester2, subject="打印机没有墨", channel="phone", at=now - timedelta(days=40)),
    }
    change(found["old"], team=cast.applications, escalation_level=1, next_due_at=now - timedelta(hours=1))
    return found


def change(ticket: Ticket, **fields: object) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(**fields)


def names(text: str, viewer: User, tickets: dict[str, Ticket]) -> set[str]:
    found = set(search_tickets(Ticket.objects.visible_to(viewer), text, viewer).values_list("pk", flat=True))
    return {name for name, ticket in tickets.items() if ticket.pk in found}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("status:new", {"new", "old"}),
        ("状态：新建", {"new", "old"}),
        ("status:open", {"new", "working", "old"}),
        ("状态:未关闭", {"new", "working", "old"}),
        ("status:done", {"closed"}),
        ("status:closed", {"closed"}),
        ("状态:已关闭", {"closed"}),
        ("status:new,closed", {"new", "closed", "old"}),
        ("status:new status:closed", {"new", "closed", "old"}),
        ("-status:new", {"working", "closed"}),
        ("assignee:me", {"working", "closed"}),
        ("处理人:我", {"working", "closed"}),
        ("assignee:none", {"new", "old"}),
        ("assignee:李强", {"working", "closed"}),
        ("assignee:lq", {"working", "closed"}),
        ("requester:requester2", {"closed", "old"}),
        ('requester:"Tom Baker"', {"closed", "old"}),
        ("申请人：王敏", {"new", "working"}),
        ("team:应用组", {"old"}),
        ("team:applications", {"old"}),
        ("-team:applications 打印机", {"new"}),
        ("channel:phone", {"old"}),
        ("渠道:电话", {"old"}),
        ("created:today", {"new", "working", "closed"}),
        ("created:7d", {"new", "working", "closed"}),
        ("created:<2000", set()),
        ("due:late", {"old"}),
        ("is:late", {"old"}),
        ("is:escalated", {"old"}),
        ("is:mine", {"working", "closed"}),
        ("is:unassigned 打印机", {"new", "old"}),
        ("device:pc-204", {"new"}),
        ("设备:10.12.4", {"new"}),
        ("device:srv", set()),
        ("打印机 status:new", {"new", "old"}),
        ("printer -toner", set()),
        ("-printer", {"new", "working", "old"}),
        ("-打印机 -printer", {"working"}),
        ('-"打印机 卡纸"', {"new", "working", "closed", "old"}),
        ('"打印机卡纸"', {"new"}),
    ],
)
def test_fields_find(cast: Cast, tickets: dict[str, Ticket], text: str, expected: set[str]) -> None:
    assert names(text, cast.agent, tickets) == expected
    assert problems_in(text, cast.agent) == []


def test_priority_category_kind_and_number(cast: Cast, tickets: dict[str, Ticket]) -> None:
    ticket = Ticket.objects.select_related("category", "kind").get(pk=tickets["working"].pk)
    assert ticket.category is not None
    for text in (
        f"priority:{ticket.priority}",
        f"category:{ticket.category.code}",
        f"分类:{ticket.category.name_zh}",
        f"kind:{ticket.kind.code}",
        f"number:{ticket.number}",
        f"编号：#{ticket.number}",
    ):
        assert "working" in names(text, cast.agent, tickets), text
    assert names(f"number:{ticket.number}", cast.agent, tickets) == {"working"}


def test_a_category_holds_what_is_below_it(cast: Cast, tickets: dict[str, Ticket]) -> None:
    child = Category.objects.filter(parent__isnull=False).select_related("parent").first()
    assert child is not None and child.parent is not None
    change(tickets["new"], category=child)
    assert "new" in names(f"category:{child.parent.code}", cast.agent, tickets)


def test_waiting_is_found_by_whom_it_waits_for(cast: Cast, tickets: dict[str, Ticket]) -> None:
    reason = WaitingReason.objects.filter(waits_for="vendor").first()
    assert reason is not None
    later = timezone.now() + timedelta(days=1)
    change(tickets["working"], status="waiting", waiting_reason=reason, next_action_at=later)
    for text in ("waiting:vendor", f"waiting:{reason.code}", f"等待：{reason.name_zh}"):
        assert names(text, cast.agent, tickets) == {"working"}, text


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("team:nowhere", "No team is called “nowhere”."),
        ("assignee:nobody-at-all", "Nobody is called “nobody-at-all”."),
        ("status:lost", "No status is called “lost”."),
        ("category:cheese", "No category is called “cheese”."),
        ("priority:p9", "No priority is called “p9”. Write P1 to P4."),
        ("kind:cheese", "No kind of request is called “cheese”."),
        ("channel:pigeon", "No channel is called “pigeon”."),
        ("waiting:godot", "No reason to wait is called “godot”."),
        ("created:x", "“x” is no date. Write 2026-11, 2026-11-01, >2026-11-01, today or 7d."),
    ],
)
def test_a_value_that_nobody_has_finds_nothing_and_says_so(
    cast: Cast, tickets: dict[str, Ticket], text: str, sentence: str
) -> None:
    assert names(text, cast.agent, tickets) == set()
    assert problems_in(text, cast.agent) == [sentence]


def test_known_values_are_named_in_the_language_of_the_reader(cast: Cast, tickets: dict[str, Ticket]) -> None:
    assert "mine, unassigned" in problems_in("is:cheese", cast.agent)[0]
    with translation.override("zh-hans"):
        sentence = problems_in("is:cheese", cast.agent)[0]
        assert "我的、未分配" in sentence and "mine" not in sentence


def test_requesters_are_not_told_who_or_which_team_there_is(cast: Cast, tickets: dict[str, Ticket]) -> None:
    for text in ("requester:nobody-at-all", "team:nowhere", "requester:requester2", "team:应用组"):
        assert names(text, cast.requester, tickets) == set()
        assert problems_in(text, cast.requester) == []
    assert names("status:open 打印机", cast.requester, tickets) == {"new"}


@pytest.mark.parametrize(
    "text", ["assignee:ag", "assignee:agent", "assignee:AGENT", "处理人：age", "requester:requester2"]
)
def test_requesters_cannot_guess_user_names_of_the_desk(
    cast: Cast, tickets: dict[str, Ticket], text: str, client: Client
) -> None:
    assert names(text, cast.requester, tickets) == set()
    client.force_login(cast.requester)
    for name in ("agent", "AGENT"):
        assert client.get("/api/v1/tickets/", {"assignee": name}).json()["results"] == []
    client.force_login(cast.agent)
    assert len(client.get("/api/v1/tickets/", {"assignee": "AGENT"}).json()["results"]) == 2


def test_requesters_find_by_the_names_that_they_read(cast: Cast, tickets: dict[str, Ticket], client: Client) -> None:
    for text in ("assignee:李强", "assignee:李", "assignee:lq", "assignee:liqiang"):
        assert names(text, cast.requester, tickets) == {"working"}, text
    for text in ("requester:me", "requester:requester", "requester:reque", "requester:王敏"):
        assert names(text, cast.requester, tickets) == {"new", "working"}, text
    client.force_login(cast.requester)
    assert len(client.get("/api/v1/tickets/", {"requester": "requester"}).json()["results"]) == 2


def test_fields_work_wherever_tickets_are_searched(cast: Cast, tickets: dict[str, Ticket], client) -> None:
    client.force_login(cast.agent)
    page = client.get("/desk/", {"q": "team:nowhere"}, headers={"accept-language": "en"}).content.decode()
    assert "No team is called “nowhere”." in page
    rows = client.get("/api/v1/tickets/", {"q": "is:escalated"}).json()["results"]
    assert [row["number"] for row in rows] == [tickets["old"].number]
    client.force_login(cast.requester)
    page = client.get("/tickets/", {"q": "status:new", "tab": "open"}).content.decode()
    assert tickets["new"].number in page and tickets["working"].number not in page
    page = client.get("/tickets/", {"q": "status:lost"}, headers={"accept-language": "en"}).content.decode()
    assert "No status is called “lost”." in page
