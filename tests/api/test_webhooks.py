"""Webhooks by the API: set up, tested, rotated, replayed and retired by administrators, keys shown once."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from standardwebhooks import Webhook

from helpdesk.common.models import OutboxMessage
from notifications.api import output, schemas
from notifications.models import Delivery, WebhookEndpoint
from notifications.services.parcels import deliver_parcels
from tests.api.client import Api, refusal
from tests.api.test_schema import assert_shaped
from tests.factories import make_ticket
from tests.net_server import WebServer, answer

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(settings: Any) -> Any:
    running = WebServer()
    settings.EGRESS_ALLOW = [("127.0.0.1", running.port)]
    yield running
    running.stop()


@pytest.fixture
def admin(cast: Any, api: Any) -> Api:
    return api(cast.admin)


def deliver() -> None:
    deliver_parcels(at=timezone.now(), may_go_on=lambda: True)


def test_the_life_of_a_webhook(cast, admin, server):
    created = admin.post("webhooks/", {"name": "监控", "url": server.url, "codes": ["submitted"], "team": None})
    assert created.status_code == 201, created.content
    answered = created.json()
    assert_shaped(answered, schemas.WebhookWithSecret(), "created")
    webhook, secret = answered["webhook"], answered["secret"]
    path = f"webhooks/{webhook['id']}/"

    make_ticket(cast.requester)
    deliver()
    assert Webhook(secret).verify(server.asked[0].body, server.asked[0].headers)["type"] == "ticket.submitted"
    found = admin.get(path + "deliveries/").json()["results"]
    (delivery,) = found
    assert_shaped(delivery, schemas.DeliveryShape(), "delivery")
    assert (delivery["type"], delivery["status"], delivery["answer"]) == ("ticket.submitted", 200, "ok")

    again = admin.post(f"{path}deliveries/{delivery['event_id']}/replay/", {})
    assert (again.status_code, again.json()) == (202, {"event_id": delivery["event_id"]})
    deliver()
    assert [asked.headers["webhook-id"] for asked in server.asked] == [delivery["event_id"]] * 2

    rotated = admin.post(path + "rotate/", {}).json()
    assert rotated["secret"] != secret
    assert rotated["previous_valid_until"]
    tested = admin.post(path + "test/", {}, Idempotency_Key="t1")
    assert admin.post(path + "test/", {}, Idempotency_Key="t1").json() == tested.json()
    deliver()
    assert len(server.asked) == 3
    assert Webhook(rotated["secret"]).verify(server.asked[2].body, server.asked[2].headers)["type"] == "test"

    changed = admin.patch(path, {"name": "监控二", "includes_internal": True, "team": cast.first_line.pk})
    assert (changed.status_code, changed.json()["team"]["id"]) == (200, cast.first_line.pk)
    assert admin("DELETE", path).status_code == 204
    assert admin.get(path).json()["is_retired"] is True
    assert refusal(admin.post(f"{path}deliveries/{delivery['event_id']}/replay/", {}))[:2] == (409, "retired")
    assert admin.patch(path, {"is_retired": False}).json()["is_retired"] is False


def test_keys_are_in_no_other_answer(cast, admin, server):
    created = admin.post("webhooks/", {"name": "A", "url": server.url}).json()
    path = f"webhooks/{created['webhook']['id']}/"
    for answered in (admin.get("webhooks/"), admin.get(path), admin.patch(path, {}), admin.get(path + "deliveries/")):
        assert created["secret"] not in answered.content.decode()
        assert "secret" not in answered.content.decode()


def test_answers_with_keys_are_not_kept(cast, admin, server):
    kept = admin.post("webhooks/", {"name": "A", "url": server.url}, Idempotency_Key="k1")
    assert refusal(kept)[2].keys() == {"Idempotency-Key"}
    assert not WebhookEndpoint.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"url": "http://127.0.0.1/"}, "url"),
        ({"url": "http://169.254.169.254/latest/"}, "url"),
        ({"url": "ftp://93.184.216.34/"}, "url"),
        ({"url": 7}, "url"),
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"codes": ["nonsense"]}, "codes.0"),
        ({"codes": "submitted"}, "codes"),
        ({"team": 777777}, "team"),
        ({"includes_internal": "yes"}, "includes_internal"),
        ({"secret": "whsec_mine"}, "secret"),
        ({"is_retired": True}, "is_retired"),
    ],
)
def test_what_is_wrong_is_named(cast, admin, server, change, field):
    status, code, fields = refusal(admin.post("webhooks/", {"name": "A", "url": server.url, **change}))
    assert (status, code, set(fields)) == (400, "invalid", {field})
    assert not WebhookEndpoint.objects.exists()


def test_others_reach_none_of_it(cast, api, admin, server):
    created = admin.post("webhooks/", {"name": "A", "url": server.url}).json()["webhook"]
    path = f"webhooks/{created['id']}/"
    make_ticket(cast.requester)
    deliver()
    event_id = OutboxMessage.objects.exclude(destination="").get().uuid
    for person in (cast.requester, cast.agent, cast.lead, cast.liaison):
        caller = api(person)
        for method, more, body in (
            ("GET", "", None),
            ("PATCH", "", {"url": "http://93.184.216.34/"}),
            ("DELETE", "", None),
            ("POST", "rotate/", {}),
            ("POST", "test/", {}),
            ("GET", "deliveries/", None),
            ("POST", f"deliveries/{event_id}/replay/", {}),
        ):
            assert refusal(caller(method, path + more, body))[:2] == (403, "not_allowed"), (person, method, more)
    assert WebhookEndpoint.objects.get().url == server.url


def test_a_reading_token_changes_nothing(cast, api, server):
    caller = api(cast.admin, scope="read")
    assert caller.get("webhooks/").status_code == 200
    assert refusal(caller.post("webhooks/", {"name": "A", "url": server.url}))[:2] == (403, "read_only_token")


def test_a_failing_one_shows_its_circuit(cast, admin, server):
    server.reply = answer("500 Error")
    created = admin.post("webhooks/", {"name": "A", "url": server.url}).json()["webhook"]
    for _ in range(3):
        make_ticket(cast.requester)
        deliver()
    circuit = admin.get(f"webhooks/{created['id']}/").json()["circuit"]
    assert (circuit["is_open"], circuit["failures"], circuit["last_error"]) == (True, 3, "500")
    assert Delivery.objects.count() == 3
    assert_shaped(output.delivery(Delivery.objects.all()[0]), schemas.DeliveryShape(), "delivery")
