"""Mailboxes in the administration: set up with refusals in words, secrets never shown, tried out before they are relied on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from helpdesk.common.errors import NotAllowed
from tests.mailroom.letters import letter
from tests.mailroom.odd_server import OddServer
from tickets.models import IncomingMail, Mailbox, MailboxState
from tickets.services.mailroom.mailboxes import save_mailbox

pytestmark = pytest.mark.django_db
PAGE = "admin:tickets_mailbox"
FIELDS: dict[str, Any] = {
    "name": "IT",
    "address": "it@desk.example",
    "is_active": "on",
    "host": "imap.desk.example",
    "security": "tls",
    "username": "it",
    "folder": "INBOX",
    "credential": "password",
    "password": "CANARY-password",
    "strangers": "hold",
    "machines": "keep",
    "hourly_limit": "300",
    "history_change_reason": "试点",
}


@pytest.fixture
def server(cast) -> Iterator[OddServer]:
    running = OddServer({1: letter(cast.requester), 2: letter(cast.requester2)})
    yield running
    running.stop()


def errors(response: Any) -> set[str]:
    return set(response.context["adminform"].form.errors)


def test_a_mailbox_is_set_up_with_team_category_and_language(cast, admin_client: Client) -> None:
    fields = {**FIELDS, "team": cast.applications.pk, "language": "en"}
    assert admin_client.post(reverse(f"{PAGE}_add"), fields).status_code == 302
    mailbox = Mailbox.objects.get()
    assert (mailbox.team, mailbox.language, mailbox.password) == (cast.applications, "en", "CANARY-password")
    assert (mailbox.history.get().history_user, mailbox.history.get().history_change_reason) == (cast.admin, "试点")
    for name in ("change", "history"):
        assert "CANARY" not in admin_client.get(reverse(f"{PAGE}_{name}", args=[mailbox.pk])).content.decode()


def test_a_secret_that_is_left_empty_stays(cast, admin_client: Client) -> None:
    admin_client.post(reverse(f"{PAGE}_add"), FIELDS)
    page = reverse(f"{PAGE}_change", args=[Mailbox.objects.get().pk])
    admin_client.post(page, {**FIELDS, "name": "Help", "password": ""})
    assert (Mailbox.objects.get().name, Mailbox.objects.get().password) == ("Help", "CANARY-password")


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"host": ""}, {"host"}),
        ({"username": ""}, {"username"}),
        ({"password": ""}, {"password"}),
        ({"address": "nobody"}, {"address"}),
        ({"port": "99999"}, {"port"}),
        ({"hourly_limit": "0"}, {"hourly_limit"}),
        ({"credential": "microsoft"}, {"oauth_client_id", "oauth_client_secret"}),
        ({"credential": "google", "oauth_client_id": "x", "oauth_client_secret": "y"}, {"oauth_refresh_token"}),
        ({"name": "a\0b"}, {"name"}),
    ],
)
def test_what_is_missing_or_wrong_is_named(
    cast, admin_client: Client, changes: dict[str, str], fields: set[str]
) -> None:
    response = admin_client.post(reverse(f"{PAGE}_add"), {**FIELDS, **changes})
    assert errors(response) == fields
    assert not Mailbox.objects.exists()


def test_trying_it_says_what_is_there_and_fetches_nothing(cast, admin_client: Client, server: OddServer) -> None:
    fields = {**FIELDS, "host": "127.0.0.1", "port": server.address.port, "security": "none"}
    admin_client.post(reverse(f"{PAGE}_add"), fields)
    mailbox = Mailbox.objects.get()
    trial = reverse(f"{PAGE}_test", args=[mailbox.pk])
    answer = admin_client.post(trial, headers={"Accept-Language": "en"}, follow=True).content.decode()
    assert "2" in answer and ("2 unread mails" in answer or "2 封未读" in answer)
    assert not IncomingMail.objects.exists()
    Mailbox.objects.update(host="nowhere.invalid")
    failed = admin_client.post(trial, follow=True)
    assert [message.level_tag for message in failed.context["messages"]] == ["error"]
    assert admin_client.get(trial).status_code == 405


def test_another_server_is_read_from_its_beginning(cast, admin_client: Client) -> None:
    admin_client.post(reverse(f"{PAGE}_add"), FIELDS)
    MailboxState.objects.update(uid_validity=7, last_uid=9, next_poll_at=timezone.now())
    page = reverse(f"{PAGE}_change", args=[Mailbox.objects.get().pk])
    admin_client.post(page, {**FIELDS, "name": "Help"})
    assert MailboxState.objects.get().uid_validity == 7
    admin_client.post(page, {**FIELDS, "folder": "Help"})
    state = MailboxState.objects.get()
    assert (state.uid_validity, state.next_poll_at) == (None, None)


def test_only_administrators_set_them_up(cast, client: Client) -> None:
    with pytest.raises(NotAllowed):
        save_mailbox(mailbox=Mailbox(name="x", address="x@desk.example"), actor=cast.lead)
    client.force_login(cast.lead)
    assert client.get(reverse(f"{PAGE}_changelist")).status_code == 404
    assert not Mailbox.objects.exists()


def test_a_mailbox_with_mails_is_taken_out_of_use_rather_than_deleted(cast, admin_client: Client) -> None:
    admin_client.post(reverse(f"{PAGE}_add"), FIELDS)
    mailbox = Mailbox.objects.get()
    IncomingMail.objects.create(mailbox=mailbox, content_sha256="0" * 64, size=1, stored_at=timezone.now())
    assert admin_client.post(reverse(f"{PAGE}_delete", args=[mailbox.pk]), {"post": "yes"}).status_code in (
        403,
        404,
        409,
    )
    assert Mailbox.objects.exists()
