"""Writing a request down for somebody: finding the caller, keeping every word, one ticket."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.cast import Cast
from tests.factories import bring_to, make_ticket
from tests.incidents.acts import declared
from tickets.models import Draft, IncidentLink, Ticket

AsUser = Callable[..., Client]
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40


def answers(**changes: Any) -> dict[str, Any]:
    return {
        "key": uuid.uuid4().hex,
        "requester": "requester",
        "channel": "phone",
        "subject": "打印机卡纸",
        "description": "来电说打印机一直提示卡纸。",
        "kind": "incident",
        **changes,
    }


def test_a_call_becomes_a_ticket(cast: Cast, as_user: AsUser) -> None:
    data = answers(
        category="printing", impact="group", urgency="slowed", contact_phone="7777", device_hostname="5F-PR-02"
    )
    response = as_user(cast.agent).post("/desk/new/", data)
    ticket = Ticket.objects.get()
    assert (response.status_code, response["Location"]) == (303, f"/desk/tickets/{ticket.number}/")
    assert (ticket.requester, ticket.reported_by, ticket.channel) == (cast.requester, cast.agent, "phone")
    # What was said on the phone counts for this ticket; the rest comes from the account.
    assert (ticket.contact_phone, ticket.contact_location) == ("7777", "A 座 12-047")


def test_a_double_click_makes_one_ticket(cast: Cast, as_user: AsUser) -> None:
    data = answers()
    client = as_user(cast.agent)
    first, second = client.post("/desk/new/", data), client.post("/desk/new/", data)
    assert first["Location"] == second["Location"]
    assert Ticket.objects.count() == 1
    assert client.post("/desk/new/", {**data, "subject": "另一个"}).status_code == 422
    assert Ticket.objects.count() == 1


def test_solved_at_first_contact_is_one_act(cast: Cast, as_user: AsUser) -> None:
    solved = {
        "solved": "1",
        "category": "printing",
        "impact": "person",
        "urgency": "annoying",
        "outcome": "solved",
        "cause": "纸盒没推紧",
        "solution": "推紧纸盒",
        "advice": "加纸后推到底",
        "verification": "用户试打成功",
    }
    assert as_user(cast.agent).post("/desk/new/", answers(**solved)).status_code == 303
    ticket = Ticket.objects.get()
    assert (ticket.status, ticket.is_first_contact_fix, ticket.version) == ("resolved", True, 1)
    assert list(ticket.events.values_list("code", flat=True)) == ["solved_at_first_contact"]


def test_a_solution_without_its_cause_keeps_everything(cast: Cast, as_user: AsUser) -> None:
    response = as_user(cast.agent).post("/desk/new/", answers(solved="1", solution="推紧纸盒"))
    page = response.content.decode()
    assert response.status_code == 422
    assert "推紧纸盒" in page
    assert "打印机卡纸" in page
    assert "Say what the cause was." in page


@pytest.mark.parametrize("words", ["王敏", "reques", "requester@example.com", "6021"])
def test_callers_are_found_by_what_they_say_first(cast: Cast, as_user: AsUser, words: str) -> None:
    page = as_user(cast.agent).get("/desk/callers/", {"who": words}).content.decode()
    assert 'value="requester"' in page
    assert "leaver" not in page


@pytest.mark.parametrize("words", ["", "nobody at all", "%", "x" * 500, "' or 1=1 --"])
def test_odd_searches_find_nobody(cast: Cast, as_user: AsUser, words: str) -> None:
    page = as_user(cast.agent).get("/desk/callers/", {"who": words}).content.decode()
    # Only somebody new is left to choose.
    assert re.findall(r'name="requester" value="([^"]*)"', page) == [":new"]


def test_a_nul_in_a_search_is_refused(cast: Cast, as_user: AsUser) -> None:
    assert as_user(cast.agent).get("/desk/callers/?who=%00").status_code == 400
    assert as_user(cast.agent).get("/desk/callers/card/?requester=%00").status_code == 404


def test_the_callers_card_shows_contact_and_open_tickets(cast: Cast, as_user: AsUser) -> None:
    ticket = make_ticket(cast.requester, subject="财务系统白屏")
    page = as_user(cast.agent).get("/desk/callers/card/?requester=requester").content.decode()
    assert ticket.number in page
    assert "A 座 12-047" in page
    assert as_user(cast.agent).get("/desk/callers/card/?requester=leaver").status_code == 404


def test_searching_without_script_keeps_every_word_and_file(cast: Cast, as_user: AsUser) -> None:
    data = answers(step="search", who="周航", requester="", files=SimpleUploadedFile("a.png", PNG))
    page = as_user(cast.agent).post("/desk/new/", data).content.decode()
    assert 'value="colleague" checked' in page
    assert "来电说打印机一直提示卡纸。" in page
    assert "a.png" in page
    assert not Ticket.objects.exists()


def test_without_a_caller_nothing_is_saved(cast: Cast, as_user: AsUser) -> None:
    client = as_user(cast.agent)
    for data in (answers(requester=""), answers(requester="leaver"), answers(requester="\x00")):
        response = client.post("/desk/new/", data)
        assert response.status_code == 422
        assert "Choose the person who has the problem." in response.content.decode()
    assert not Ticket.objects.exists()
    assert client.post("/desk/new/", answers(requester="", who="周航")).status_code == 303


@pytest.mark.parametrize(
    "data",
    [
        {"subject": ""},
        {"subject": "x" * 500},
        {"channel": "portal"},
        {"kind": "nonsense"},
        {"category": "nowhere"},
        {"impact": "nobody"},
        {"device_ip": "999"},
        {"description": "with \x00"},
        {"occurred_at": "nonsense"},
        {"occurred_at": "0001-01-01T00:00"},
    ],
)
def test_bad_answers_are_named_and_kept(cast: Cast, as_user: AsUser, data: dict[str, str]) -> None:
    response = as_user(cast.agent).post("/desk/new/", answers(**data))
    assert response.status_code == 422
    assert f"new-{next(iter(data))}" in response.content.decode()
    assert not Ticket.objects.exists()


def test_a_begun_call_comes_back_and_can_be_started_over(cast: Cast, as_user: AsUser) -> None:
    client = as_user(cast.agent)
    assert client.post("/desk/new/draft/", answers(subject="半句话")).json() == {"saved": True}
    page = client.get("/desk/new/").content.decode()
    assert "半句话" in page
    assert "王敏" in page
    assert client.post("/desk/new/draft/", {"discard": "1"}).status_code == 303
    assert "半句话" not in client.get("/desk/new/").content.decode()
    client.post("/desk/new/draft/", answers(subject="半句话"))
    client.post("/desk/new/", answers())
    assert not Draft.objects.exists()


def test_what_is_only_prefilled_is_no_draft(cast: Cast, as_user: AsUser) -> None:
    assert as_user(cast.agent).post("/desk/new/draft/", {"channel": "phone", "kind": "incident"}).json() == {
        "saved": False
    }


def test_a_closed_ticket_is_followed_up(cast: Cast, as_user: AsUser) -> None:
    old = bring_to(make_ticket(cast.requester), "closed", cast.agent)
    client = as_user(cast.agent)
    page = client.get(f"/desk/new/?after={old.number}").content.decode()
    assert old.subject in page
    assert client.post("/desk/new/", answers(after=old.number)).status_code == 303
    assert Ticket.objects.get(follow_up_of=old).requester == cast.requester
    assert client.get("/desk/new/?after=99999").status_code == 404


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_form_renders_in_both_languages(cast: Cast, as_user: AsUser, language: str) -> None:
    assert as_user(cast.agent, language).get("/desk/new/").status_code == 200


def test_a_request_about_a_major_incident_is_linked_to_it(cast: Cast, as_user: AsUser) -> None:
    incident = declared(make_ticket(cast.colleague), cast.lead)
    client = as_user(cast.agent)
    page = client.get("/desk/callers/card/", {"requester": "requester"}).content.decode()
    assert incident.number in page
    assert "1 person of this department is affected already." in page
    assert client.post("/desk/new/", answers(channel="walk_in", incident=incident.number)).status_code == 303
    assert IncidentLink.objects.get().ticket.requester == cast.requester
    refused = client.post("/desk/new/", answers(incident="MI-999", description="全公司都不行"))
    assert refused.status_code == 422
    assert "全公司都不行" in refused.content.decode() and "This incident is over." in refused.content.decode()
    assert Ticket.objects.count() == 2
