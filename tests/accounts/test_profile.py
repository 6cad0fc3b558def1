"""The profile, the language and appearance switches, and the own API tokens."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from helpdesk.accounts.models import User
from helpdesk.api.models import ApiToken
from helpdesk.api.tokens import create_token
from tests.cast import Cast

CHOICES = {"phone": "6022", "location": "B 座 3-001", "language": "en", "timezone": "Europe/Berlin", "theme": "dark"}


@pytest.fixture
def requester(client: Client, cast: Cast) -> Client:
    client.force_login(cast.requester)
    return client


def test_everybody_must_sign_in(client: Client, db: None) -> None:
    for path in ("/profile/", "/profile/tokens/"):
        assert client.get(path).url == f"/accounts/login/?next={path}"
    assert client.post("/theme/", {"theme": "dark"}).status_code == 302


def test_people_change_what_is_theirs(requester: Client, cast: Cast) -> None:
    assert requester.post("/profile/", CHOICES).url == "/profile/"
    cast.requester.refresh_from_db()
    assert {name: getattr(cast.requester, name) for name in CHOICES} == CHOICES


def test_nobody_gives_themselves_rights_or_another_name(requester: Client, cast: Cast) -> None:
    forged = {"is_admin": "on", "is_agent": "on", "full_name": "Boss", "email": "x@evil.example", "department": "1"}
    requester.post("/profile/", {**CHOICES, **forged})
    cast.requester.refresh_from_db()
    assert cast.requester.full_name == "王敏"
    assert not cast.requester.is_desk
    assert cast.requester.email == "requester@example.com"


def test_no_choice_of_language_and_zone_is_stored_as_none(requester: Client, cast: Cast) -> None:
    requester.post("/profile/", {**CHOICES, "language": "default", "timezone": "default"})
    cast.requester.refresh_from_db()
    assert (cast.requester.language, cast.requester.timezone) == ("", "")


@pytest.mark.parametrize(
    ("name", "value"),
    [("timezone", "Mars/Olympus"), ("language", "fr"), ("theme", "pink"), ("phone", "1" * 41), ("location", "a\x00b")],
)
def test_bad_values_name_the_field_and_keep_the_rest(requester: Client, name: str, value: str) -> None:
    response = requester.post("/profile/", {**CHOICES, name: value})
    assert response.status_code == 422
    assert name in response.context["form"].errors
    kept = "phone" if name != "phone" else "location"
    assert response.context["form"][kept].value() == CHOICES[kept]


def test_contact_data_leave_history_and_preferences_do_not(requester: Client, cast: Cast) -> None:
    before = User.history.filter(id=cast.requester.pk).count()
    requester.post("/theme/", {"theme": "dark"})
    assert User.history.filter(id=cast.requester.pk).count() == before
    requester.post("/profile/", CHOICES)
    assert User.history.filter(id=cast.requester.pk).count() == before + 1


def test_shells_differ_for_requesters_and_the_desk(client: Client, cast: Cast) -> None:
    for user, shell in (
        (cast.requester, "portal_base.html"),
        (cast.agent, "desk_base.html"),
        (cast.admin, "desk_base.html"),
    ):
        client.force_login(user)
        assert shell in [template.name for template in client.get("/profile/").templates]


def test_desk_choices_are_only_for_the_desk(client: Client, cast: Cast) -> None:
    client.force_login(cast.agent)
    client.post("/profile/", {**CHOICES, "is_compact": "on"})
    cast.agent.refresh_from_db()
    assert cast.agent.is_compact
    assert not cast.agent.has_shortcuts
    client.force_login(cast.requester)
    client.post("/profile/", {**CHOICES, "is_compact": "on"})
    cast.requester.refresh_from_db()
    assert not cast.requester.is_compact


# --- Switches -------------------------------------------------------------------------------------------------------


def test_language_switch_works_before_signing_in(client: Client, db: None) -> None:
    response = client.post("/language/", {"language": "en", "next": "/accounts/login/"})
    assert response.url == "/accounts/login/"
    assert client.cookies[settings.LANGUAGE_COOKIE_NAME].value == "en"
    assert client.get("/accounts/login/").headers["Content-Language"] == "en"


def test_language_switch_is_remembered_with_the_person(requester: Client, cast: Cast) -> None:
    requester.post("/language/", {"language": "en", "next": "/profile/"})
    cast.requester.refresh_from_db()
    assert cast.requester.language == "en"


def test_unknown_language_is_refused(requester: Client, cast: Cast) -> None:
    assert requester.post("/language/", {"language": "xx"}).status_code == 400
    cast.requester.refresh_from_db()
    assert cast.requester.language == ""


def test_unknown_theme_is_refused(requester: Client) -> None:
    assert requester.post("/theme/", {"theme": "pink"}).status_code == 400


@pytest.mark.parametrize("path", ["/language/", "/theme/"])
def test_switches_change_nothing_by_get(requester: Client, path: str) -> None:
    assert requester.get(path).status_code == 405


@pytest.mark.parametrize("target", ["//evil.example", "/\\evil.example", "https:evil.example", "javascript:alert(1)"])
@pytest.mark.parametrize(("path", "data"), [("/language/", {"language": "en"}), ("/theme/", {"theme": "dark"})])
def test_switches_lead_only_to_this_site(requester: Client, path: str, data: dict[str, str], target: str) -> None:
    assert requester.post(path, {**data, "next": target}).url == reverse("home")


# --- API tokens -----------------------------------------------------------------------------------------------------


def make(client: Client, **data: object):
    return client.post("/profile/tokens/", {"name": "监控", "scope": "read", "days": 90, **data})


def test_token_is_shown_once_and_works(requester: Client, cast: Cast) -> None:
    response = make(requester)
    secret = response.context["secret"]
    assert response.status_code == 201
    assert secret in response.content.decode()
    assert "no-store" in response.headers["Cache-Control"]
    assert secret not in requester.get("/profile/tokens/").content.decode()
    answer = Client().get("/api/v1/users/me/", headers={"authorization": f"Token {secret}"})
    assert answer.status_code == 200
    assert answer.json()["username"] == "requester"


def test_new_token_lasts_as_long_as_chosen(requester: Client, cast: Cast) -> None:
    make(requester, days=30)
    token = ApiToken.objects.get(user=cast.requester)
    assert token.expiry - token.created == timedelta(days=30)


@pytest.mark.parametrize(
    ("name", "value"),
    [("name", ""), ("name", "x" * 81), ("name", "a\x00b"), ("scope", "root"), ("days", "9999"), ("days", "x")],
)
def test_bad_tokens_are_refused_at_their_field(requester: Client, cast: Cast, name: str, value: str) -> None:
    response = make(requester, **{name: value})
    assert response.status_code == 422
    assert name in response.context["form"].errors
    assert not ApiToken.objects.exists()


def test_token_ends_after_asking_by_name(requester: Client, cast: Cast) -> None:
    token, _text = create_token(owner=cast.requester, name="报表", scope="write", at=timezone.now())
    path = f"/profile/tokens/{token.digest}/revoke/"
    assert "报表" in requester.get(path).content.decode()
    assert ApiToken.objects.filter(pk=token.pk).exists()
    assert requester.post(path).url == "/profile/tokens/"
    assert not ApiToken.objects.filter(pk=token.pk).exists()


def test_somebody_elses_token_does_not_exist(requester: Client, cast: Cast) -> None:
    token, _text = create_token(owner=cast.requester2, name="theirs", scope="read", at=timezone.now())
    path = f"/profile/tokens/{token.digest}/revoke/"
    assert requester.get(path).status_code == 404
    assert requester.post(path).status_code == 404
    assert "theirs" not in requester.get("/profile/tokens/").content.decode()
    assert ApiToken.objects.filter(pk=token.pk).exists()


def test_list_says_what_needs_attention(requester: Client, cast: Cast) -> None:
    now = timezone.now()
    for name, made, days in (("old", 120, 365), ("dying", 80, 90), ("dead", 100, 90), ("fresh", 1, 90)):
        create_token(owner=cast.requester, name=name, scope="read", at=now - timedelta(days=made), days=days)
    states = {line["row"].name: line["state"] for line in requester.get("/profile/tokens/").context["tokens"]}
    assert states == {"old": "unused", "dying": "soon", "dead": "expired", "fresh": "alive"}
