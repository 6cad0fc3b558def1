"""The same Idempotency-Key means the same request: one effect, one answer (J3)."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from helpdesk.common.models import IdempotencyKey
from tests.api.client import refusal
from tests.factories import make_ticket
from tickets.models import Attachment, Message, Ticket

pytestmark = pytest.mark.django_db
NEW = {"subject": "白屏", "description": "整个页面都是白的。"}


def test_a_repeated_creation_gives_the_same_answer(cast, api):
    caller = api(cast.requester)
    first = caller.post("tickets/", NEW, Idempotency_Key="a-1")
    again = caller.post("tickets/", dict(reversed(NEW.items())), Idempotency_Key="a-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert Ticket.objects.count() == 1


def test_another_body_under_the_same_key_is_refused(cast, api):
    caller = api(cast.requester)
    caller.post("tickets/", NEW, Idempotency_Key="a-1")
    response = caller.post("tickets/", {**NEW, "subject": "别的"}, Idempotency_Key="a-1")
    assert refusal(response) == (422, "idempotency_key_reused", {})
    assert set(response.json()) == {"code", "detail", "fields"}
    assert Ticket.objects.count() == 1


def test_a_key_belongs_to_one_person_and_one_address(cast, api):
    first = api(cast.requester).post("tickets/", NEW, Idempotency_Key="a-1").json()
    other = api(cast.requester2).post("tickets/", NEW, Idempotency_Key="a-1").json()
    assert first["number"] != other["number"]
    path = f"tickets/{first['number']}/messages/"
    assert refusal(api(cast.requester).post(path, {"body": "x"}, Idempotency_Key="a-1"))[0] == 422


def test_a_refused_request_may_be_tried_again_under_its_key(cast, api):
    caller = api(cast.requester)
    body = {**NEW, "category": "nowhere"}
    assert caller.post("tickets/", body, Idempotency_Key="a-1").status_code == 400
    assert not IdempotencyKey.objects.exists()
    assert caller.post("tickets/", NEW, Idempotency_Key="a-1").status_code == 201


def test_a_repeated_transition_gives_the_same_answer(cast, api):
    ticket = make_ticket(cast.requester)
    caller = api(cast.requester)
    body = {"command": "withdraw", "version": 1, "reason": "不需要了"}
    path = f"tickets/{ticket.number}/transitions/"
    first = caller.post(path, body, Idempotency_Key="w")
    again = caller.post(path, body, Idempotency_Key="w")
    assert (again.status_code, again.content) == (200, first.content)
    assert refusal(caller.post(path, body))[:2] == (409, "stale_version")
    ticket.refresh_from_db()
    assert (ticket.status, ticket.version) == ("cancelled", 2)


def test_a_repeated_message_is_written_once(cast, api):
    ticket = make_ticket(cast.requester)
    path = f"tickets/{ticket.number}/messages/"
    answers = [api(cast.requester).post(path, {"body": "在吗"}, Idempotency_Key="m").content for _ in range(3)]
    assert len(set(answers)) == 1
    assert Message.objects.count() == 1


def test_a_repeated_upload_is_kept_once(cast, api, settings, tmp_path):
    settings.FILES_DIR = tmp_path
    client = api(cast.requester).client

    def send(content):
        file = SimpleUploadedFile("a.txt", content)
        return client.post("/api/v1/attachments/", {"file": file}, headers={"Idempotency-Key": "u"})

    first, again, other = send(b"abc"), send(b"abc"), send(b"abd")
    assert (first.status_code, again.content) == (201, first.content)
    assert refusal(other)[0] == 422
    assert Attachment.objects.count() == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "a b", "\u00e9"])
def test_impossible_keys_are_refused(cast, api, key):
    response = api(cast.requester).post("tickets/", NEW, Idempotency_Key=key)
    assert refusal(response)[2].keys() == {"Idempotency-Key"}
    assert not Ticket.objects.exists()
