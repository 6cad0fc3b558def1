"""Webhooks and chat channels in the administration: keys shown once, addresses never, a log, a test, sending again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from helpdesk.common.models import OutboxMessage
from notifications.models import ChatChannel, WebhookEndpoint
from notifications.services.parcels import deliver_parcels
from tests.factories import make_ticket, run
from tests.net_server import WebServer, answer
from tests.notifications.acts import make_channel, make_hook
from tickets.models import Ticket

pytestmark = pytest.mark.django_db
HOOKS, CHATS = "admin:notifications_webhookendpoint", "admin:notifications_chatchannel"
DINGTALK = "dingtalk://abcdef0123456789abcdef"


@pytest.fixture
def server(settings: Any) -> Iterator[WebServer]:
    running = WebServer()
    settings.EGRESS_ALLOW = [("127.0.0.1", running.port)]
    yield running
    running.stop()


def deliver() -> None:
    deliver_parcels(at=timezone.now(), may_go_on=lambda: True)


def test_a_new_webhooks_key_is_shown_once(cast, admin_client: Client, server: WebServer) -> None:
    fields = {"name": "监控", "url": server.url, "codes": ["submitted", "accept"], "history_change_reason": "试点"}
    response = admin_client.post(reverse(f"{HOOKS}_add"), fields)
    endpoint = WebhookEndpoint.objects.get()
    assert response.status_code == 200
    assert endpoint.secret in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert (endpoint.codes, endpoint.history.get().history_change_reason) == (["submitted", "accept"], "试点")
    for name in ("change", "history"):
        page = admin_client.get(reverse(f"{HOOKS}_{name}", args=[endpoint.pk]))
        assert page.status_code == 200
        assert endpoint.secret not in page.content.decode()
    assert endpoint.secret not in admin_client.get(reverse(f"{HOOKS}_changelist")).content.decode()


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "file:///etc/passwd", "http://user:pw@93.184.216.34/", ""])
def test_a_bad_address_is_refused_at_its_field_and_kept(cast, admin_client: Client, url: str) -> None:
    response = admin_client.post(reverse(f"{HOOKS}_add"), {"name": "A", "url": url})
    assert response.status_code == 200
    assert response.context["adminform"].form.errors.keys() == {"url"}
    assert response.context["adminform"].form["name"].value() == "A"
    assert not WebhookEndpoint.objects.exists()


def test_a_new_key_is_shown_once_and_the_old_one_holds_for_a_day(cast, admin_client: Client, server: WebServer) -> None:
    endpoint = make_hook(cast.admin, server.url)
    response = admin_client.post(reverse(f"{HOOKS}_key", args=[endpoint.pk]))
    changed = WebhookEndpoint.objects.get()
    assert changed.secret in response.content.decode()
    assert changed.previous_secret == endpoint.secret
    assert changed.previous_secret_until is not None
    assert changed.previous_secret_until > timezone.now() + timedelta(hours=23)


def test_a_test_and_what_came_back(cast, admin_client: Client, server: WebServer) -> None:
    endpoint = make_hook(cast.admin, server.url)
    server.reply = answer("500 Error", b"<script>CANARY</script>")
    page = reverse(f"{HOOKS}_change", args=[endpoint.pk])
    assert admin_client.post(reverse(f"{HOOKS}_test", args=[endpoint.pk])).url == page
    deliver()
    shown = admin_client.get(page).content.decode()
    assert "&lt;script&gt;CANARY" in shown
    assert "<script>CANARY" not in shown
    event_id = OutboxMessage.objects.get(destination=endpoint.key).uuid
    server.reply = answer()
    assert admin_client.post(reverse(f"{HOOKS}_replay", args=[endpoint.pk, event_id])).url == page
    deliver()
    assert len(server.asked) == 2
    assert OutboxMessage.objects.get(destination=endpoint.key).state == "sent"


def test_the_log_names_no_ticket_that_the_administrator_may_not_see(cast, admin_client, server) -> None:
    endpoint = make_hook(cast.admin, server.url, includes_confidential=True)
    ticket = make_ticket(cast.requester)
    run(ticket, "assign", cast.lead, team=cast.first_line)
    Ticket.objects.filter(pk=ticket.pk).update(is_confidential=True)
    deliver()
    assert len(server.asked) == 2
    shown = admin_client.get(reverse(f"{HOOKS}_change", args=[endpoint.pk])).content.decode()
    assert ticket.number not in shown


def test_the_acts_take_no_get_and_no_strangers(cast, client: Client, admin_client: Client, server: WebServer) -> None:
    endpoint = make_hook(cast.admin, server.url)
    event_id = "00000000-0000-0000-0000-000000000007"
    paths = [reverse(f"{HOOKS}_{act}", args=[endpoint.pk]) for act in ("test", "key", "retire", "restore")]
    paths.append(reverse(f"{HOOKS}_replay", args=[endpoint.pk, event_id]))
    for path in paths:
        assert admin_client.get(path).status_code == 405, path
    for person in (cast.requester, cast.agent, cast.lead, cast.liaison):
        client.force_login(person)
        for path in paths:
            assert client.post(path).status_code == 404, path
    for path in paths:
        assert admin_client.post(path.replace(f"/{endpoint.pk}/", "/777777/")).status_code == 404, path
    assert WebhookEndpoint.objects.get().secret == endpoint.secret


def test_a_webhook_is_retired_and_restored(cast, admin_client: Client, server: WebServer) -> None:
    endpoint = make_hook(cast.admin, server.url)
    for act, is_retired in (("retire", True), ("restore", False)):
        admin_client.post(reverse(f"{HOOKS}_{act}", args=[endpoint.pk]))
        assert WebhookEndpoint.objects.get().is_retired is is_retired


def test_a_chat_channels_address_is_never_shown_again(cast, admin_client: Client) -> None:
    fields = {"name": "一线群", "address": DINGTALK, "language": "zh-hans", "team": cast.first_line.pk}
    assert admin_client.post(reverse(f"{CHATS}_add"), {**fields, "codes": ["assign"]}).status_code == 302
    channel = ChatChannel.objects.get()
    assert (channel.url, channel.service) == (DINGTALK, "dingtalk")
    for name, arguments in (("change", [channel.pk]), ("history", [channel.pk]), ("changelist", [])):
        assert "abcdef0123" not in admin_client.get(reverse(f"{CHATS}_{name}", args=arguments)).content.decode()
    # Saved without an address it keeps the one it has.
    page = reverse(f"{CHATS}_change", args=[channel.pk])
    assert admin_client.post(page, {**fields, "address": "", "name": "一线"}).status_code == 302
    kept = ChatChannel.objects.get()
    assert (kept.name, kept.url, kept.codes) == ("一线", channel.url, [])


@pytest.mark.parametrize(
    "address", ["", "mailto://a:b@example.com", "workflows://10.0.0.1/a/b", "https://example.com/"]
)
def test_a_chat_channel_needs_an_address_that_may_be_written_to(cast, admin_client: Client, address: str) -> None:
    fields = {"name": "A", "address": address, "language": "en", "team": cast.first_line.pk}
    response = admin_client.post(reverse(f"{CHATS}_add"), fields)
    assert response.context["adminform"].form.errors.keys() == {"address"}


def test_a_chat_channel_is_of_one(cast, admin_client: Client) -> None:
    response = admin_client.post(reverse(f"{CHATS}_add"), {"name": "A", "address": DINGTALK, "language": "en"})
    assert response.context["adminform"].form.errors.keys() == {"team"}


def test_an_open_circuit_is_said(cast, admin_client: Client, server: WebServer) -> None:
    endpoint = make_hook(cast.admin, server.url)
    WebhookEndpoint.objects.update(failures=5, blocked_until=timezone.now() + timedelta(minutes=9), last_error="tls: x")
    admin_client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    for path in (reverse(f"{HOOKS}_changelist"), reverse(f"{HOOKS}_change", args=[endpoint.pk])):
        shown = admin_client.get(path).content.decode()
        assert "Left alone until" in shown
        assert "tls: x" in shown


def test_messages_to_destinations_are_listed_among_the_outgoing(cast, admin_client: Client, server: WebServer) -> None:
    endpoint = make_channel(cast.admin, DINGTALK, team=cast.first_line)
    make_hook(cast.admin, server.url)
    make_ticket(cast.requester)
    shown = admin_client.get(reverse("admin:common_outboxmessage_changelist") + "?state=all").content.decode()
    assert f"webhook/{WebhookEndpoint.objects.get().pk}" in shown
    assert endpoint.url not in shown
