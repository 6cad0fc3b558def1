"""The tickets' resources: what goes in, what comes out, and for whom."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from helpdesk.common.models import OutboxMessage
from tests.api.client import refusal
from tests.factories import UserFactory, bring_to, make_ticket, reply, run
from tickets.models import Category, Ticket

pytestmark = pytest.mark.django_db

TICKET_KEYS = {
    *(
        "id",
        "number",
        "subject",
        "description",
        "error_message",
        "occurred_at",
        "needed_by_at",
        "needed_by_reason",
        "steps",
        "kind",
        "channel",
    ),
    *("category", "impact", "urgency", "priority", "status", "waiting_reason", "requester", "reported_by", "contact"),
    *("promised_at", "promise_state"),
    *("device", "team", "assignee", "accepted_at", "escalation_level", "is_confidential", "resolution", "next_due_at"),
    *("sla_state", "created_at", "updated_at", "resolved_at", "closed_at", "archived_at", "version"),
    "allowed_transitions",
}
NEW = {"subject": "财务系统白屏", "description": "登录后整个页面都是白的。"}


def numbers(response):
    assert response.status_code == 200, response.content
    return [ticket["number"] for ticket in response.json()["results"]]


# --- Submitting ---------------------------------------------------------------------------------------------------


def test_a_requester_submits_and_reads_the_ticket_back(cast, api):
    caller = api(cast.requester)
    body = {
        **NEW,
        "kind": "incident",
        "category": "business_finance",
        "impact": "department",
        "urgency": "blocked",
        "occurred_at": "2026-01-05T09:00:00+08:00",
        "contact": {"phone": "7788"},
        "device": {"hostname": "FIN-0231", "ip": "10.2.0.4"},
    }
    response = caller.post("tickets/", body)
    assert response.status_code == 201, response.content
    ticket = response.json()
    assert set(ticket) == TICKET_KEYS
    assert ticket["channel"] == "api"
    assert ticket["status"] == "new"
    assert ticket["priority"] == "P2"
    assert ticket["occurred_at"] == "2026-01-05T01:00:00Z"
    assert ticket["requester"] == {"username": "requester", "name": "王敏"}
    assert ticket["contact"] == {
        "name": "王敏",
        "department": "Finance",
        "phone": "7788",
        "email": "requester@example.com",
        "location": "A 座 12-047",
    }
    assert ticket["device"] == {"asset": None, "hostname": "FIN-0231", "ip": "10.2.0.4"}
    assert ticket["allowed_transitions"] == ["withdraw"]
    assert caller.get(f"tickets/{ticket['number']}/").json() == ticket
    assert caller.get("tickets/").json()["results"] == [ticket]


def test_submitting_leaves_event_history_and_receipt(cast, api):
    number = api(cast.requester).post("tickets/", NEW).json()["number"]
    ticket = Ticket.objects.get(number=number)
    assert [event.code for event in ticket.events.all()] == ["submitted"]
    assert ticket.history.count() == 1
    receipts = OutboxMessage.objects.filter(topic="received", recipient=cast.requester)
    assert receipts.count() == 2


@pytest.mark.parametrize(
    "name",
    [
        *("status", "assignee", "team", "number", "version", "created_at", "priority", "sla_state", "is_confidential"),
        *("is_internal", "is_staff", "role", "organisation", "id", "reported_by", "escalation_level", "accepted_at"),
        *("requester", "channel", "resolution"),
    ],
)
def test_a_requester_can_set_nothing_beyond_the_request(cast, api, name):
    value = {"requester": "requester2"}.get(name, "x")
    response = api(cast.requester).post("tickets/", {**NEW, name: value})
    assert refusal(response)[:2] == (400, "invalid")
    assert list(refusal(response)[2]) == [name]
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"subject", "description"}),
        ({"subject": " ", "description": "\t"}, {"subject", "description"}),
        ({**NEW, "subject": 5}, {"subject"}),
        ({**NEW, "subject": True}, {"subject"}),
        ({**NEW, "subject": ["a"]}, {"subject"}),
        ({**NEW, "subject": "x" * 201}, {"subject"}),
        ({**NEW, "description": "x" * 20_001}, {"description"}),
        ({**NEW, "kind": "riddle"}, {"kind"}),
        ({**NEW, "kind": None}, {"kind"}),
        ({**NEW, "category": "nowhere"}, {"category"}),
        ({**NEW, "category": 7}, {"category"}),
        ({**NEW, "impact": "huge"}, {"impact"}),
        ({**NEW, "urgency": ["blocked"]}, {"urgency"}),
        ({**NEW, "occurred_at": "yesterday"}, {"occurred_at"}),
        ({**NEW, "occurred_at": "2026-01-05T09:00:00"}, {"occurred_at"}),
        ({**NEW, "occurred_at": "2026-13-05T09:00:00Z"}, {"occurred_at"}),
        ({**NEW, "occurred_at": "0001-01-01T00:00:00+14:00"}, {"occurred_at"}),
        ({**NEW, "occurred_at": "2190-01-01T00:00:00Z"}, {"occurred_at"}),
        ({**NEW, "occurred_at": 1767576000}, {"occurred_at"}),
        ({**NEW, "contact": "7788"}, {"contact"}),
        ({**NEW, "contact": {"phone": "1" * 41, "fax": "1"}}, {"contact.phone", "contact.fax"}),
        ({**NEW, "device": {"ip": "300.1.1.1"}}, {"device.ip"}),
        ({**NEW, "device": {"asset": 3}}, {"device.asset"}),
        ({**NEW, "attachments": "a"}, {"attachments"}),
        ({**NEW, "attachments": ["a", "b"]}, {"attachments.0", "attachments.1"}),
        ({**NEW, "attachments": ["3f2c8f1e-0000-4000-8000-000000000000"]}, {"attachments"}),
        ({**NEW, "status": "closed", "subject": 5}, {"status", "subject"}),
    ],
)
def test_wrong_input_is_refused_naming_the_field(cast, api, body, fields):
    status, code, found = refusal(api(cast.requester).post("tickets/", body))
    assert (status, code, set(found)) == (400, "invalid", fields)
    assert not Ticket.objects.exists()


def test_a_retired_category_can_not_be_chosen(cast, api):
    Category.objects.filter(code="printing").update(is_retired=True)
    assert refusal(api(cast.requester).post("tickets/", {**NEW, "category": "printing"}))[2].keys() == {"category"}


def test_the_desk_submits_for_somebody_else(cast, api):
    body = {**NEW, "requester": "REQUESTER2", "channel": "phone"}
    ticket = api(cast.agent).post("tickets/", body).json()
    assert ticket["requester"]["username"] == "requester2"
    assert ticket["reported_by"]["username"] == "agent"
    assert ticket["channel"] == "phone"
    assert ticket["contact"]["department"] == "Sales"


@pytest.mark.parametrize("username", ["nobody", "leaver"])
def test_the_desk_can_not_submit_for_who_is_not_there(cast, api, username):
    assert refusal(api(cast.agent).post("tickets/", {**NEW, "requester": username}))[2].keys() == {"requester"}


def test_the_desk_records_a_solution_at_first_contact_in_one_act(cast, api):
    body = {
        **NEW,
        "requester": "requester",
        "category": "business_finance",
        "impact": "person",
        "urgency": "slowed",
        "resolution": {
            "outcome": "solved",
            "cause": "缓存",
            "solution": "清除缓存",
            "advice": "每周清一次",
            "verification": "用户重新登录正常",
        },
    }
    ticket = api(cast.agent).post("tickets/", body).json()
    assert (ticket["status"], ticket["version"]) == ("resolved", 1)
    assert ticket["resolution"]["verification"] == "用户重新登录正常"
    seen = api(cast.requester).get(f"tickets/{ticket['number']}/").json()
    assert seen["resolution"]["verification"] is None
    assert seen["allowed_transitions"] == ["confirm", "reject"]


def test_a_solution_without_classification_names_what_is_missing(cast, api):
    resolution = dict.fromkeys(("cause", "solution", "advice", "verification"), "x") | {"outcome": "solved"}
    found = refusal(api(cast.agent).post("tickets/", {**NEW, "resolution": resolution}))
    assert (found[0], set(found[2])) == (400, {"category", "impact", "urgency"})
    del resolution["cause"]
    assert set(refusal(api(cast.agent).post("tickets/", {**NEW, "resolution": resolution}))[2]) == {"resolution.cause"}


@pytest.mark.parametrize(
    "text", ["👩‍👩‍👧‍👦 🖨️", "Zürich – naïve", "‏שלום‎ abc", "e" + "́" * 50, "<script>alert(1)</script>", "𠮷野家"]
)
def test_text_comes_back_as_it_was_sent(cast, api, text):
    from unicodedata import normalize

    number = api(cast.requester).post("tickets/", {"subject": text, "description": text}).json()["number"]
    ticket = api(cast.agent).get(f"tickets/{number}/").json()
    assert ticket["subject"] == ticket["description"] == normalize("NFC", text)


# --- Reading ------------------------------------------------------------------------------------------------------


def test_requesters_see_their_own_tickets_only(cast, api):
    mine, others = make_ticket(cast.requester), make_ticket(cast.requester2)
    caller = api(cast.requester)
    assert numbers(caller.get("tickets/")) == [mine.number]
    stranger = refusal(caller.get(f"tickets/{others.number}/"))
    assert stranger == refusal(caller.get("tickets/999999/")) == (404, "not_found", {})


def test_requesters_learn_the_names_of_the_desk_but_not_the_accounts(cast, api):
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    reply(ticket, cast.agent)
    caller = api(cast.requester)
    assert caller.get(f"tickets/{ticket.number}/").json()["assignee"] == {"username": None, "name": "李强"}
    assert "agent" not in caller.get(f"tickets/{ticket.number}/messages/").content.decode()
    assert "agent" not in caller.get(f"tickets/{ticket.number}/events/").content.decode()


def test_confidential_tickets_are_hidden_from_the_rest_of_the_desk(cast, api):
    ticket = make_ticket(cast.requester)
    Ticket.objects.filter(pk=ticket.pk).update(is_confidential=True, team=cast.first_line)
    assert api(cast.agent).get(f"tickets/{ticket.number}/").status_code == 200
    for person in (cast.agent2, cast.admin, cast.liaison):
        assert api(person).get(f"tickets/{ticket.number}/").status_code == 404
        assert numbers(api(person).get("tickets/")) == []


@pytest.fixture
def shelf(cast):
    """Five tickets of two people in four states, oldest first."""
    start = timezone.now() - timedelta(days=10)
    tickets = []
    for index, (person, status) in enumerate(
        [
            (cast.requester, "new"),
            (cast.requester2, "in_progress"),
            (cast.requester, "waiting"),
            (cast.requester2, "closed"),
            (cast.requester, "in_progress"),
        ]
    ):
        at = start + timedelta(days=index)
        tickets.append(bring_to(make_ticket(person, at=at, subject=f"第{index}号打印机"), status, cast.agent, at=at))
    return tickets


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [4, 3, 2, 1, 0]),
        ("status=new", [0]),
        ("status=new,waiting", [2, 0]),
        ("status=new&status=waiting", [2, 0]),
        ("status=done", [3]),
        ("status=open", [4, 2, 1, 0]),
        ("priority=P2", [4, 3, 2, 1]),
        ("category=business_apps", [4, 3, 2, 1]),
        ("category=printing", []),
        ("assignee=agent", [4, 3, 2, 1]),
        ("assignee=none", [0]),
        ("assignee=me", [4, 3, 2, 1]),
        ("requester=requester2", [3, 1]),
        ("team=none&status=new", [0]),
        ("channel=portal&requester=requester", [4, 2, 0]),
        ("sla_state=none&status=closed", [3]),
        ("q=第2号", [2]),
        ("ordering=created_at", [0, 1, 2, 3, 4]),
        ("ordering=-updated_at", [4, 3, 2, 1, 0]),
        ("ordering=next_due_at", [0, 1, 2, 3, 4]),
        ("ordering=-priority", [4, 3, 2, 1, 0]),
    ],
)
def test_lists_filter_and_order(cast, api, shelf, query, expected):
    found = numbers(api(cast.agent).get(f"tickets/?{query}"))
    assert found == [shelf[index].number for index in expected]


def test_lists_filter_by_creation(cast, api, shelf):
    cut = shelf[2].created_at.isoformat().replace("+", "%2B")
    caller = api(cast.agent)
    assert numbers(caller.get(f"tickets/?created_after={cut}")) == [shelf[index].number for index in (4, 3, 2)]
    assert numbers(caller.get(f"tickets/?created_before={cut}")) == [shelf[index].number for index in (1, 0)]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=lost", "status"),
        ("priority=P9", "priority"),
        ("category=nowhere", "category"),
        ("team=x", "team"),
        ("team=99999999999999999999999", "team"),
        ("sla_state=gone", "sla_state"),
        ("sla_state=late,gone", "sla_state"),
        ("due_within=0", "due_within"),
        ("due_within=1.5", "due_within"),
        ("due_within=44641", "due_within"),
        ("created_after=soon", "created_after"),
        ("created_after=0001-01-01T00:00:00%2B14:00", "created_after"),
        ("ordering=subject", "ordering"),
        ("ordering=", "ordering"),
        ("page_size=0", "page_size"),
        ("page_size=-1", "page_size"),
        ("page_size=x", "page_size"),
        ("page_size=%D9%A3", "page_size"),
        ("page=2", "page"),
        ("cursor=", "cursor"),
        ("cursor=abc", "cursor"),
        ("q=" + "x" * 501, "q"),
        ("colour=red", "colour"),
    ],
)
def test_wrong_parameters_are_refused_naming_them(cast, api, query, field):
    status, _code, fields = refusal(api(cast.agent).get(f"tickets/?{query}"))
    assert (status, list(fields)) == (400, [field])


@pytest.mark.parametrize(
    "ordering",
    ["created_at", "-created_at", "updated_at", "-updated_at", "priority", "-priority", "next_due_at", "-next_due_at"],
)
def test_pages_lead_through_the_whole_list_and_back(cast, api, shelf, ordering):
    Ticket.objects.filter(pk=shelf[1].pk).update(next_due_at=timezone.now())
    Ticket.objects.filter(pk=shelf[3].pk).update(next_due_at=timezone.now() - timedelta(days=1))
    caller = api(cast.agent)
    whole = numbers(caller.get(f"tickets/?ordering={ordering}"))
    assert len(whole) == 5
    url, seen, pages = f"/api/v1/tickets/?ordering={ordering}&page_size=2", [], []
    while url:
        page = caller.get(url).json()
        pages.append([ticket["number"] for ticket in page["results"]])
        seen += pages[-1]
        url, back = page["next"], page["previous"]
    assert seen == whole
    assert [len(page) for page in pages] == [2, 2, 1]
    page = caller.get(back).json()
    assert [ticket["number"] for ticket in page["results"]] == pages[1]
    first = caller.get(page["previous"]).json()
    assert [ticket["number"] for ticket in first["results"]] == pages[0]
    assert first["previous"] is None


def test_a_new_ticket_shifts_no_page(cast, api, shelf):
    caller = api(cast.agent)
    page = caller.get("tickets/?page_size=2").json()
    make_ticket(cast.requester)
    assert numbers(caller.get(page["next"])) == [shelf[2].number, shelf[1].number]


def test_a_cursor_fits_only_the_order_it_was_made_for(cast, api, shelf):
    caller = api(cast.agent)
    link = caller.get("tickets/?page_size=2").json()["next"]
    assert refusal(caller.get(link + "&ordering=created_at"))[2].keys() == {"cursor"}
    assert refusal(caller.get(link.replace("cursor=", "cursor=x")))[2].keys() == {"cursor"}


def test_a_cursor_gives_no_rights(cast, api, shelf):
    link = api(cast.agent).get("tickets/?page_size=1&ordering=created_at").json()["next"]
    mine = numbers(api(cast.requester).get(link.replace("page_size=1", "page_size=50")))
    assert mine == [shelf[2].number, shelf[4].number]


def test_enormous_pages_are_capped(cast, api):
    for _ in range(3):
        make_ticket(cast.requester)
    assert len(numbers(api(cast.agent).get("tickets/?page_size=1000000000"))) == 3
    assert len(numbers(api(cast.agent).get(f"tickets/?page_size={'9' * 5000}"))) == 3


def test_a_very_long_search_word_is_refused_at_once(cast, api):
    assert api(cast.agent).get(f"tickets/?q={'x' * 100_000}").status_code == 400


# --- Correcting ---------------------------------------------------------------------------------------------------


def test_descriptive_fields_can_be_corrected(cast, api):
    ticket = make_ticket(cast.requester)
    body = {"version": 1, "subject": "财务系统打不开", "contact": {"phone": "9911"}, "device": {"ip": "10.9.9.9"}}
    changed = api(cast.requester).patch(f"tickets/{ticket.number}/", body).json()
    assert (changed["subject"], changed["version"]) == ("财务系统打不开", 2)
    assert changed["contact"]["phone"] == "9911"
    assert changed["contact"]["name"] == "王敏"
    assert changed["device"]["ip"] == "10.9.9.9"
    assert changed["description"] == ticket.description


def test_what_is_not_changed_makes_no_version(cast, api):
    ticket = make_ticket(cast.requester)
    body = {"version": 1, "subject": ticket.subject}
    assert api(cast.requester).patch(f"tickets/{ticket.number}/", body).json()["version"] == 1
    assert api(cast.requester).patch(f"tickets/{ticket.number}/", {"version": 1}).json()["version"] == 1


def test_an_instant_can_be_taken_back(cast, api):
    ticket = make_ticket(cast.requester, occurred_at=timezone.now() - timedelta(days=1))
    body = {"version": 1, "occurred_at": None}
    assert api(cast.requester).patch(f"tickets/{ticket.number}/", body).json()["occurred_at"] is None


def test_a_stale_correction_is_refused_with_the_present_version(cast, api):
    ticket = make_ticket(cast.requester)
    caller = api(cast.requester)
    assert caller.patch(f"tickets/{ticket.number}/", {"version": 1, "subject": "A"}).status_code == 200
    response = caller.patch(f"tickets/{ticket.number}/", {"version": 1, "subject": "B"})
    assert refusal(response)[:2] == (409, "stale_version")
    assert response.json()["version"] == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"subject": "A"}, "version"),
        ({"version": "1", "subject": "A"}, "version"),
        ({"version": 1.5, "subject": "A"}, "version"),
        ({"version": True, "subject": "A"}, "version"),
        ({"version": 0, "subject": "A"}, "version"),
        ({"version": 10**30, "subject": "A"}, "version"),
        ({"version": 1, "subject": ""}, "subject"),
        ({"version": 1, "status": "closed"}, "status"),
        ({"version": 1, "assignee": "agent"}, "assignee"),
        ({"version": 1, "requester": "requester2"}, "requester"),
        ({"version": 1, "priority": "P1"}, "priority"),
        ({"version": 1, "category": "printing"}, "category"),
        ({"version": 1, "contact": {"phone": None}}, "contact.phone"),
        ({"version": 1, "device": {"ip": "x"}}, "device.ip"),
    ],
)
def test_wrong_corrections_are_refused_naming_the_field(cast, api, body, field):
    ticket = make_ticket(cast.requester)
    status, _code, fields = refusal(api(cast.requester).patch(f"tickets/{ticket.number}/", body))
    assert (status, list(fields)) == (400, [field])
    ticket.refresh_from_db()
    assert ticket.version == 1


def test_requesters_correct_nothing_once_work_has_begun(cast, api):
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    body = {"version": ticket.version, "subject": "A"}
    assert refusal(api(cast.requester).patch(f"tickets/{ticket.number}/", body))[:2] == (403, "not_allowed")
    assert api(cast.agent).patch(f"tickets/{ticket.number}/", body).status_code == 200


def test_a_closed_ticket_can_not_be_corrected(cast, api):
    ticket = bring_to(make_ticket(cast.requester), "closed", cast.agent)
    body = {"version": ticket.version, "subject": "A"}
    assert refusal(api(cast.agent).patch(f"tickets/{ticket.number}/", body))[:2] == (409, "closed")
    run(ticket, "archive", cast.agent)
    body["version"] = ticket.version
    assert refusal(api(cast.agent).patch(f"tickets/{ticket.number}/", body))[:2] == (409, "archived")


# --- Directories --------------------------------------------------------------------------------------------------


def test_who_am_i(cast, api):
    me = api(cast.lead, scope="read").get("users/me/").json()
    assert me["username"] == "lead"
    assert me["roles"] == ["agent", "lead", "requester"]
    assert me["teams"] == [{"id": cast.first_line.pk, "name": "First line"}]
    assert me["token"]["scope"] == "read"


def test_directories_are_for_the_desk(cast, api):
    for path in ("users/", "teams/"):
        assert refusal(api(cast.requester).get(path))[:2] == (403, "not_allowed")
    people = api(cast.agent).get("users/?search=王").json()["results"]
    assert people == [{"username": "requester", "name": "王敏", "department": "Finance"}]
    assert [team["name"] for team in api(cast.agent).get("teams/").json()["results"]] == ["First line", "Applications"]


def test_people_who_left_are_not_offered(cast, api):
    UserFactory(username="leaver2", is_active=False)
    assert api(cast.agent).get("users/?search=leaver").json()["results"] == []


def test_categories_come_parents_first_in_the_asked_language(cast, api):
    caller = api(cast.requester)
    rows = caller.get("categories/").json()["results"]
    codes = [row["code"] for row in rows]
    assert all(codes.index(row["parent"]) < codes.index(row["code"]) for row in rows if row["parent"])
    by_code = {row["code"]: row for row in rows}
    assert by_code["network_wifi"] == {"code": "network_wifi", "name": "Wi-Fi", "hint": "", "parent": "network"}
    chinese = caller.get("categories/", Accept_Language="zh-hans").json()["results"]
    assert {row["code"]: row["name"] for row in chinese}["network_wifi"] == "无线网络"
