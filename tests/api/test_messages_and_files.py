"""Messages, files and events through the API."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.api.client import refusal
from tests.factories import bring_to, classification, make_ticket, reply, run
from tickets.models import Attachment, Message
from tickets.services import files

pytestmark = pytest.mark.django_db
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\xdc\xccY\xe7\x00\x00\x00\x00IEND\xaeB`\x82"
)


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.FILES_DIR = tmp_path


@pytest.fixture
def ticket(cast):
    return bring_to(make_ticket(cast.requester), "in_progress", cast.agent)


def upload(caller, name="screen.png", content=PNG, field="file", **more):
    client: Client = caller.client
    return client.post("/api/v1/attachments/", {field: SimpleUploadedFile(name, content), **more})


def test_the_requester_answers_and_the_desk_reads(cast, api, ticket):
    response = api(cast.requester).post(f"tickets/{ticket.number}/messages/", {"body": "还是白的"})
    assert response.status_code == 201, response.content
    message = response.json()
    assert (message["kind"], message["channel"], message["is_from_desk"]) == ("public", "api", False)
    assert message["author"] == {"username": "requester", "name": "王敏"}
    assert api(cast.agent).get(f"tickets/{ticket.number}/messages/").json()["results"] == [message]


def test_the_desk_writes_internally_unless_it_says_otherwise(cast, api, ticket):
    caller = api(cast.agent)
    assert caller.post(f"tickets/{ticket.number}/messages/", {"body": "CANARY-INTERNAL"}).json()["kind"] == "internal"
    body = {"body": "请再试一次", "kind": "public"}
    assert caller.post(f"tickets/{ticket.number}/messages/", body).json()["kind"] == "public"
    for part in ("messages", "events", "attachments"):
        assert "CANARY" not in api(cast.requester).get(f"tickets/{ticket.number}/{part}/").content.decode()
    seen = api(cast.requester).get(f"tickets/{ticket.number}/messages/").json()["results"]
    assert [message["body"] for message in seen] == ["请再试一次"]


def test_requesters_write_no_internal_notes(cast, api, ticket):
    body = {"body": "x", "kind": "internal"}
    assert refusal(api(cast.requester).post(f"tickets/{ticket.number}/messages/", body))[:2] == (403, "not_allowed")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ({"body": ""}, "body"),
        ({"body": " \n "}, "body"),
        ({"body": 3}, "body"),
        ({"body": "x" * 20_001}, "body"),
        ({"body": "x", "kind": "secret"}, "kind"),
        ({"body": "x", "is_internal": False}, "is_internal"),
        ({"body": "x", "author": "agent"}, "author"),
        ({"body": "x", "version": "1"}, "version"),
        ({"body": "x", "attachments": ["3f2c8f1e-0000-4000-8000-000000000000"]}, "attachments"),
    ],
)
def test_wrong_messages_are_refused_naming_the_field(cast, api, ticket, body, field):
    status, _code, fields = refusal(api(cast.requester).post(f"tickets/{ticket.number}/messages/", body))
    assert (status, list(fields)) == (400, [field])
    assert not Message.objects.exists()


def test_a_message_written_past_others_is_refused(cast, api, ticket):
    seen = ticket.version
    reply(ticket, cast.requester, "我自己试了重启")
    body = {"body": "请重启", "kind": "public", "version": seen}
    response = api(cast.agent).post(f"tickets/{ticket.number}/messages/", body)
    assert refusal(response)[:2] == (409, "stale_version")
    body["version"] = response.json()["version"]
    assert api(cast.agent).post(f"tickets/{ticket.number}/messages/", body).status_code == 201


def test_closed_tickets_take_no_public_message(cast, api, ticket):
    bring_to(ticket, "cancelled", cast.agent)
    response = api(cast.requester).post(f"tickets/{ticket.number}/messages/", {"body": "x"})
    assert refusal(response)[:2] == (409, "closed")


def test_messages_and_events_come_in_pages(cast, api, ticket):
    for number in range(5):
        reply(ticket, cast.agent, f"第{number}条")
    caller = api(cast.requester)
    page = caller.get(f"tickets/{ticket.number}/messages/?page_size=3").json()
    rest = caller.get(page["next"]).json()
    bodies = [row["body"] for row in page["results"] + rest["results"]]
    assert bodies == [f"第{number}条" for number in range(5)]
    events = caller.get(f"tickets/{ticket.number}/events/?page_size=2").json()
    assert [row["sequence"] for row in events["results"]] == [1, 2]
    assert events["next"]


def test_requesters_see_public_acts_without_the_desks_facts(cast, api, ticket):
    run(ticket, "assign", cast.agent, assignee=cast.agent, reason="CANARY")
    run(ticket, "classify", cast.agent, **{**classification(), "urgency": "annoying"}, reason="CANARY-REASON")
    run(ticket, "withdraw", cast.agent, reason="重复提交")
    rows = api(cast.requester).get(f"tickets/{ticket.number}/events/").json()["results"]
    assert "assign" not in [row["code"] for row in rows]
    assert [row["reason"] for row in rows if row["reason"]] == ["重复提交"]
    assert all(row["data"] == {} for row in rows)
    desk = api(cast.agent).get(f"tickets/{ticket.number}/events/").json()["results"]
    assert [row["sequence"] for row in desk] == list(range(1, ticket.version + 1))
    assert desk[-1]["data"]["changes"]["status"] == ["in_progress", "cancelled"]


# --- Files --------------------------------------------------------------------------------------------------------


def test_a_file_is_uploaded_and_sent_with_a_message(cast, api, ticket):
    caller = api(cast.requester)
    kept = upload(caller)
    assert kept.status_code == 201, kept.content
    uuid = kept.json()["uuid"]
    assert kept.json()["content_type"] == "image/png"
    assert kept.json()["size"] == len(PNG)
    body = {"body": "截图", "attachments": [uuid]}
    message = caller.post(f"tickets/{ticket.number}/messages/", body).json()
    assert [file["uuid"] for file in message["attachments"]] == [uuid]
    listed = api(cast.agent).get(f"tickets/{ticket.number}/attachments/").json()["results"]
    assert listed == message["attachments"] == [{**kept.json(), "message": message["id"]}]
    again = caller.post(f"tickets/{ticket.number}/messages/", body)
    assert refusal(again)[2].keys() == {"attachments"}


def test_a_file_is_sent_with_a_new_ticket(cast, api):
    caller = api(cast.requester)
    uuid = upload(caller).json()["uuid"]
    body = {"subject": "白屏", "description": "见截图", "attachments": [uuid]}
    number = caller.post("tickets/", body).json()["number"]
    listed = caller.get(f"tickets/{number}/attachments/").json()["results"]
    assert [(file["uuid"], file["message"]) for file in listed] == [(uuid, None)]


def test_somebody_elses_upload_can_not_be_taken(cast, api, ticket):
    uuid = upload(api(cast.requester2)).json()["uuid"]
    body = {"body": "x", "attachments": [uuid]}
    response = api(cast.requester).post(f"tickets/{ticket.number}/messages/", body)
    assert refusal(response)[2].keys() == {"attachments"}
    assert not Message.objects.exists()


def test_files_of_internal_notes_stay_with_the_desk(cast, api, ticket):
    caller = api(cast.agent)
    body = {"body": "内部", "attachments": [upload(caller).json()["uuid"]]}
    assert caller.post(f"tickets/{ticket.number}/messages/", body).status_code == 201
    assert len(caller.get(f"tickets/{ticket.number}/attachments/").json()["results"]) == 1
    assert api(cast.requester).get(f"tickets/{ticket.number}/attachments/").json()["results"] == []


@pytest.mark.parametrize(
    ("name", "content", "field"),
    [
        ("page.html", b"<html>", "file"),
        ("image.svg", b"<svg onload=alert(1)>", "file"),
        ("page.png", b"<html><script>", "file"),
        ("empty.txt", b"", "file"),
        ("noextension", b"abc", "file"),
        ("script.txt", b"<script>alert(1)</script>", "file"),
    ],
)
def test_unwanted_files_are_refused(cast, api, name, content, field):
    status, _code, fields = refusal(upload(api(cast.requester), name, content))
    assert (status, list(fields)) == (400, [field])
    assert not Attachment.objects.exists()


def test_names_of_files_lose_what_could_deceive(cast, api):
    kept = upload(api(cast.requester), "..\\..\\a\u202egnp.txt", b"abc").json()
    assert kept["name"] == "agnp.txt"


def test_files_beyond_the_limit_are_refused(cast, api, monkeypatch):
    monkeypatch.setattr(files, "MAX_BYTES", 10)
    assert refusal(upload(api(cast.requester), "a.txt", b"x" * 11))[:2] == (413, "too_large")
    monkeypatch.setattr(files, "DAILY_BYTES", 15)
    assert upload(api(cast.requester), "a.txt", b"x" * 10).status_code == 201
    assert refusal(upload(api(cast.requester), "a.txt", b"x" * 10))[:2] == (413, "too_large")


def test_a_huge_upload_is_refused_before_it_is_read(cast, api):
    caller = api(cast.requester)
    response = caller.client.generic(
        "POST",
        "/api/v1/attachments/",
        data=b"x",
        content_type="multipart/form-data; boundary=b",
        CONTENT_LENGTH=str(2 * 1024**3),
    )
    assert refusal(response)[:2] == (413, "too_large")


@pytest.mark.parametrize("given", [{"field": "upload"}, {"colour": "red"}])
def test_uploads_take_one_field(cast, api, given):
    status, _code, fields = refusal(upload(api(cast.requester), **given))
    assert status == 400
    assert set(fields) in ({"upload", "file"}, {"colour"})


def test_a_lifetime_of_times_is_written_in_utc(cast, api, ticket):
    with timezone.override("Asia/Shanghai"):
        answer = api(cast.agent).get(f"tickets/{ticket.number}/").json()
    instants = [value for name, value in answer.items() if name.endswith("_at") and value]
    assert len(instants) >= 3
    assert all(value.endswith("Z") for value in instants)
