"""The hotline's sheet: who rings, what they say, one ticket, and what is kept of the call."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from helpdesk.accounts.models import User
from tests.cast import Cast
from tests.factories import UserFactory, bring_to, make_ticket, run
from tests.incidents.acts import declared
from tickets.models import Draft, IncidentLink, Message, PhoneCall, Ticket
from tickets.services.audit import verify

AsUser = Callable[..., Client]
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40


def said(**changes: Any) -> dict[str, Any]:
    return {
        "key": uuid.uuid4().hex,
        "requester": "requester",
        "subject": "打印机卡纸",
        "description": "来电说打印机一直提示卡纸。",
        "kind": "incident",
        "call_direction": "in",
        "call_number": "6021",
        "call_started_at": (timezone.now() - timedelta(seconds=75)).isoformat(),
        **changes,
    }


def chosen_in(page: str) -> list[str]:
    return re.findall(r'name="requester" value="([^"]*)" checked', page)


# --- Who rings --------------------------------------------------------------------------------------------------


def test_the_telephone_system_opens_the_sheet_with_the_caller_on_it(cast: Cast, as_user: AsUser) -> None:
    User.objects.exclude(pk=cast.requester.pk).update(phone_key="")
    ticket = make_ticket(cast.requester, subject="财务系统白屏")
    page = as_user(cast.agent).get("/desk/call/", {"phone": "+86 10 8888 6021"}).content.decode()
    assert chosen_in(page) == ["requester"]
    assert 'value="+86 10 8888 6021"' in page
    assert ticket.number in page
    assert "财务系统白屏" in page
    assert 'value="A 座 12-047"' in page


def test_several_callers_are_offered_and_none_is_taken(cast: Cast, as_user: AsUser) -> None:
    page = as_user(cast.agent).get("/desk/call/", {"phone": "6021"}).content.decode()
    assert chosen_in(page) == []
    assert 'value="requester"' in page
    assert 'value="colleague"' in page


def test_an_unknown_number_begins_a_new_contact(cast: Cast, as_user: AsUser) -> None:
    client = as_user(cast.agent)
    page = client.get("/desk/call/", {"phone": "13900139000"}).content.decode()
    assert chosen_in(page) == [":new"]
    data = said(requester=":new", contact_name="何建国", contact_phone="13900139000", call_number="13900139000")
    assert client.post("/desk/call/", data).status_code == 303
    ticket = Ticket.objects.get()
    assert (ticket.requester.full_name, ticket.requester.is_contact) == ("何建国", True)
    assert ticket.contact_phone == "13900139000"
    # They ring again.
    assert chosen_in(client.get("/desk/call/", {"phone": "13900139000"}).content.decode()) == [
        ticket.requester.username
    ]


def test_whoever_rang_from_a_number_is_known_by_it(cast: Cast, as_user: AsUser) -> None:
    client = as_user(cast.agent)
    client.post("/desk/call/", said(call_number="137 0013 7000"))
    assert chosen_in(client.get("/desk/call/", {"phone": "+8613700137000"}).content.decode()) == ["requester"]


@pytest.mark.parametrize("phone", ["", "\x00", "%", "' or 1=1 --", "x" * 500, "<script>", "+", "٣٣٣"])
def test_odd_numbers_open_the_sheet(cast: Cast, as_user: AsUser, phone: str) -> None:
    response = as_user(cast.agent).get("/desk/call/", {"phone": phone})
    assert response.status_code == 200
    assert "<script>" not in response.content.decode().partition("<main")[2].partition("</main>")[0]


def test_only_who_works_on_tickets_takes_calls(cast: Cast, as_user: AsUser) -> None:
    for person, status in ((cast.requester, 404), (cast.admin, 403), (cast.agent, 200), (cast.liaison, 200)):
        assert as_user(person).get("/desk/call/").status_code == status, person
        if status != 200:
            assert as_user(person).post("/desk/call/", said()).status_code == status
    assert as_user(cast.requester).post("/desk/call/draft/", said()).status_code == 404
    assert Client().get("/desk/call/?phone=6021").status_code == 302
    assert not Ticket.objects.exists()


# --- One ticket, one call ---------------------------------------------------------------------------------------


def test_a_call_becomes_a_ticket_and_its_facts_are_kept(cast: Cast, as_user: AsUser) -> None:
    response = as_user(cast.agent).post("/desk/call/", said(call_direction="out"))
    ticket, call = Ticket.objects.get(), PhoneCall.objects.get()
    assert response["Location"] == f"/desk/tickets/{ticket.number}/"
    assert (ticket.channel, ticket.requester, ticket.reported_by) == ("phone", cast.requester, cast.agent)
    assert (call.ticket, call.caller, call.taken_by) == (ticket, cast.requester, cast.agent)
    assert (call.direction, call.number) == ("out", "6021")
    assert call.duration_seconds is not None
    assert 75 <= call.duration_seconds < 300
    assert call.event.data["call"] == {"direction": "out", "seconds": call.duration_seconds}
    assert "6021" not in str(call.event.data)


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [("3:20", 200), ("5", 300), ("0:09", 9), ("1:02:05", 3725), ("3：20", 200), ("12:00:00", 43200)],
)
def test_a_typed_length_counts(cast: Cast, as_user: AsUser, typed: str, seconds: int) -> None:
    assert as_user(cast.agent).post("/desk/call/", said(call_duration=typed)).status_code == 303
    assert PhoneCall.objects.get().duration_seconds == seconds


def test_a_sheet_left_open_says_nothing_of_the_length(cast: Cast, as_user: AsUser) -> None:
    yesterday = (timezone.now() - timedelta(hours=20)).isoformat()
    assert as_user(cast.agent).post("/desk/call/", said(call_started_at=yesterday)).status_code == 303
    assert PhoneCall.objects.get().duration_seconds is None


@pytest.mark.parametrize("started", ["", "nonsense", "2020-01-01", "0001-01-01T00:00:00+00:00"])
def test_a_lost_start_is_now(cast: Cast, as_user: AsUser, started: str) -> None:
    assert as_user(cast.agent).post("/desk/call/", said(call_started_at=started)).status_code == 303
    assert PhoneCall.objects.get().duration_seconds == 0


def test_a_double_click_makes_one_ticket_and_one_call(cast: Cast, as_user: AsUser) -> None:
    client, data = as_user(cast.agent), said(requester=":new", contact_name="何建国")
    first, second = client.post("/desk/call/", data), client.post("/desk/call/", data)
    assert first["Location"] == second["Location"]
    assert (Ticket.objects.count(), PhoneCall.objects.count()) == (1, 1)
    assert User.objects.filter(is_contact=True).count() == 1
    assert client.post("/desk/call/", {**data, "subject": "另一个"}).status_code == 422
    assert Ticket.objects.count() == 1


def test_solved_on_the_call_is_one_act(cast: Cast, as_user: AsUser) -> None:
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
    client = as_user(cast.agent)
    refused = client.post("/desk/call/", said(**{**solved, "cause": ""}))
    assert refused.status_code == 422
    assert "推紧纸盒" in refused.content.decode()
    assert client.post("/desk/call/", said(**solved)).status_code == 303
    ticket = Ticket.objects.get()
    assert (ticket.status, ticket.is_first_contact_fix, ticket.version) == ("resolved", True, 1)
    assert ticket.calls.count() == 1


# --- On a ticket that is there ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("visibility", "kind"), [("internal", "internal"), ("public", "public"), ("", "internal")])
def test_what_is_said_about_an_open_ticket_is_written_there(
    cast: Cast, as_user: AsUser, visibility: str, kind: str
) -> None:
    ticket = make_ticket(cast.requester)
    data = said(existing=ticket.number, visibility=visibility, subject="", kind="", description="又来电催问")
    client = as_user(cast.agent)
    first, second = client.post("/desk/call/", data), client.post("/desk/call/", data)
    assert first["Location"] == second["Location"] == f"/desk/tickets/{ticket.number}/"
    message, call = Message.objects.get(), PhoneCall.objects.get()
    assert (message.kind, message.channel, message.body) == (kind, "phone", "又来电催问")
    assert (call.ticket, call.event.message) == (ticket, message)
    assert Ticket.objects.count() == 1
    assert verify() == []


def test_several_calls_stand_in_the_timeline(cast: Cast, as_user: AsUser) -> None:
    client = as_user(cast.agent)
    client.post("/desk/call/", said(call_duration="3:20"))
    ticket = Ticket.objects.get()
    client.post("/desk/call/", said(existing=ticket.number, call_direction="out", call_duration="0:41"))
    page = client.get(f"/desk/tickets/{ticket.number}/").content.decode()
    for words in ("Incoming call", "Outgoing call", "3:20", "0:41", "6021"):
        assert words in page, words
    assert "Incoming call" not in as_user(cast.requester).get(f"/tickets/{ticket.number}/").content.decode()


def test_a_closed_or_hidden_ticket_takes_no_word_and_loses_none(cast: Cast, as_user: AsUser) -> None:
    closed = bring_to(make_ticket(cast.requester), "closed", cast.agent)
    hidden = make_ticket(cast.requester)
    run(hidden, "assign", cast.lead, team=cast.applications)
    Ticket.objects.filter(pk=hidden.pk).update(is_confidential=True)
    client = as_user(cast.agent)
    for number in (closed.number, hidden.number, "99999", "\x00"):
        response = client.post("/desk/call/", said(existing=number, visibility="public", description="又来电催问"))
        assert response.status_code == 422, number
        assert "又来电催问" in response.content.decode()
    assert not PhoneCall.objects.exists()


def test_a_call_about_a_major_incident_is_linked_to_it(cast: Cast, as_user: AsUser) -> None:
    incident = declared(make_ticket(cast.colleague), cast.lead)
    client = as_user(cast.agent)
    page = client.get("/desk/callers/card/", {"requester": "requester", "for": "call"}).content.decode()
    assert incident.number in page
    assert "1 person of this department is affected already." in page
    assert client.post("/desk/call/", said(incident=incident.number)).status_code == 303
    assert IncidentLink.objects.get().ticket.requester == cast.requester
    refused = client.post("/desk/call/", said(incident="MI-999", description="全公司都不行"))
    assert refused.status_code == 422
    assert "全公司都不行" in refused.content.decode()
    assert Ticket.objects.count() == 2


# --- Nothing is lost --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"subject": ""}, "subject"),
        ({"description": "with \x00"}, "description"),
        ({"kind": "nonsense"}, "kind"),
        ({"device_ip": "999"}, "device_ip"),
        ({"call_direction": "up"}, "call_direction"),
        ({"call_number": "1" * 41}, "call_number"),
        ({"call_duration": "long"}, "call_duration"),
        ({"call_duration": "99:00:00"}, "call_duration"),
        ({"call_duration": "٣"}, "call_duration"),
        ({"requester": ":new", "contact_name": ""}, "contact_name"),
        ({"requester": ":new", "contact_name": "何", "contact_email": "no address"}, "contact_email"),
    ],
)
def test_bad_answers_are_named_and_kept(cast: Cast, as_user: AsUser, data: dict[str, str], field: str) -> None:
    response = as_user(cast.agent).post("/desk/call/", said(error_message="E-42", **data))
    page = response.content.decode()
    assert response.status_code == 422
    assert f"new-{field}" in page
    assert "E-42" in page
    assert (Ticket.objects.count(), User.objects.filter(is_contact=True).count()) == (0, 0)


def test_a_start_far_ahead_is_refused(cast: Cast, as_user: AsUser) -> None:
    tomorrow = (timezone.now() + timedelta(days=1)).isoformat()
    response = as_user(cast.agent).post("/desk/call/", said(call_started_at=tomorrow))
    assert response.status_code == 422
    assert "This time is still to come." in response.content.decode()


def test_the_address_of_somebody_deactivated_makes_no_contact(cast: Cast, as_user: AsUser) -> None:
    data = said(requester=":new", contact_name="丁宁", contact_email="LEAVER@example.com")
    response = as_user(cast.agent).post("/desk/call/", data)
    assert response.status_code == 422
    assert "来电说打印机一直提示卡纸。" in response.content.decode()


def test_searching_without_script_keeps_every_word_and_file(cast: Cast, as_user: AsUser) -> None:
    data = said(step="search", who="zhouh", requester="", files=SimpleUploadedFile("a.png", PNG))
    page = as_user(cast.agent).post("/desk/call/", data).content.decode()
    assert chosen_in(page) == ["colleague"]
    assert "来电说打印机一直提示卡纸。" in page
    assert "a.png" in page


def test_saving_without_a_choice_shows_whom_it_may_be(cast: Cast, as_user: AsUser) -> None:
    UserFactory(username="wangmin2", full_name="王敏")
    response = as_user(cast.agent).post("/desk/call/", said(requester="", who="wangmin"))
    page = response.content.decode()
    assert response.status_code == 422
    assert "Choose the person who has the problem." in page
    assert {"requester", "wangmin2"} <= set(re.findall(r'name="requester" value="([^"]*)"', page))
    assert as_user(cast.agent).post("/desk/call/", said(requester="", who="zhouhang")).status_code == 303


def test_a_begun_sheet_comes_back_and_another_call_leaves_it_alone(cast: Cast, as_user: AsUser) -> None:
    client = as_user(cast.agent)
    assert client.post("/desk/call/draft/", said(subject="半句话", call_number="6021")).json() == {"saved": True}
    assert "半句话" in client.get("/desk/call/").content.decode()
    assert "半句话" in client.get("/desk/call/?phone=6021").content.decode()
    other = client.get("/desk/call/?phone=13900139000").content.decode()
    assert "半句话" not in other
    assert "data-draft-url" not in other
    client.post("/desk/call/", said(is_apart="1"))
    assert "半句话" in client.get("/desk/call/").content.decode()
    client.post("/desk/call/", said())
    assert not Draft.objects.exists()
    client.post("/desk/call/draft/", said())
    assert client.post("/desk/call/draft/", {"discard": "1"})["Location"] == "/desk/call/"
    assert not Draft.objects.exists()


def test_the_two_sheets_have_drafts_of_their_own(cast: Cast, as_user: AsUser) -> None:
    client = as_user(cast.agent)
    client.post("/desk/new/draft/", {"subject": "当面说的"})
    client.post("/desk/call/", said())
    assert "当面说的" in client.get("/desk/new/").content.decode()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize(
    "path", ["/desk/call/", "/desk/call/?phone=6021", "/desk/call/?phone=13900139000&direction=out"]
)
def test_the_sheet_renders_in_both_languages(cast: Cast, as_user: AsUser, language: str, path: str) -> None:
    make_ticket(cast.requester)
    declared(make_ticket(cast.colleague), cast.lead)
    assert as_user(cast.agent, language).get(path).status_code == 200
