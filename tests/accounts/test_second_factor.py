"""Second factors: codes, recovery codes, keys, and who needs them."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.test import Client

from helpdesk.accounts.models import User
from helpdesk.accounts.second_factor import lacks_second_factor, must_set_up_second_factor
from tests.factories import PASSWORD, UserFactory


def code_for(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def confirmed(client: Client) -> Client:
    """Signed in, and asked for the password once more."""
    with_password(client)
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302
    return client


@pytest.fixture
def secret(staff: User) -> str:
    value = generate_totp_secret()
    TOTP.activate(staff, value)
    RecoveryCodes.activate(staff)
    return value


def with_password(client: Client):
    return client.post("/accounts/login/", {"login": "agent7", "password": PASSWORD, "next": "/profile/"})


def test_password_alone_gives_no_session(secret: str) -> None:
    client = Client()
    assert with_password(client).url.startswith("/accounts/2fa/authenticate/")
    assert client.get("/profile/").status_code == 302
    assert client.get("/accounts/2fa/authenticate/").status_code == 200


def test_code_of_the_app_completes_the_sign_in(secret: str) -> None:
    client = Client()
    with_password(client)
    response = client.post("/accounts/2fa/authenticate/", {"code": code_for(secret)})
    assert response.status_code == 302
    assert client.get("/profile/").status_code == 200


def test_recovery_code_works_once(secret: str, staff: User) -> None:
    codes = Authenticator.objects.get(user=staff, type="recovery_codes").wrap().get_unused_codes()
    for client, expected in ((Client(), 302), (Client(), 422)):
        with_password(client)
        assert client.post("/accounts/2fa/authenticate/", {"code": codes[0]}).status_code == expected


def test_staff_are_asked_and_requesters_are_not(db: None, staff: User) -> None:
    assert lacks_second_factor(staff)
    assert not lacks_second_factor(UserFactory())


def test_only_administrators_of_production_must(settings, db: None, staff: User) -> None:
    boss = UserFactory(is_admin=True)
    settings.IS_PRODUCTION = False
    assert not must_set_up_second_factor(boss)
    settings.IS_PRODUCTION = True
    assert must_set_up_second_factor(boss)
    assert not must_set_up_second_factor(staff)
    TOTP.activate(boss, generate_totp_secret())
    assert not must_set_up_second_factor(boss)


def test_banner_asks_staff_on_their_profile(staff: User) -> None:
    client = Client()
    client.force_login(staff)
    assert client.get("/profile/").context["lacks_second_factor"]
    TOTP.activate(staff, generate_totp_secret())
    assert not client.get("/profile/").context["lacks_second_factor"]


def test_banner_of_the_desk_goes_with_the_set_up(settings, staff: User) -> None:
    settings.IS_PRODUCTION = True
    client = Client()
    with_password(client)
    assert client.get("/profile/").context["asks_second_factor"]
    TOTP.activate(staff, generate_totp_secret())
    assert not client.get("/profile/").context["asks_second_factor"]


def test_demo_runs_without_the_banner(staff: User) -> None:
    client = Client()
    with_password(client)
    assert not client.get("/profile/").context["asks_second_factor"]


@pytest.mark.parametrize("path", ["totp/activate/", "totp/deactivate/", "webauthn/add/", "recovery-codes/generate/"])
def test_changing_factors_asks_for_the_password_again(secret: str, staff: User, path: str) -> None:
    client = Client()
    client.force_login(staff)
    response = client.get(f"/accounts/2fa/{path}")
    assert response.status_code == 302
    assert "reauthenticate" in response.url or response.url.startswith("/accounts/2fa/")


def test_app_is_set_up_with_its_first_code(staff: User) -> None:
    client = confirmed(Client())
    page = client.get("/accounts/2fa/totp/activate/")
    assert page.status_code == 200
    shown = page.context["form"].secret
    assert client.post("/accounts/2fa/totp/activate/", {"code": "000000"}).status_code == 422
    assert client.post("/accounts/2fa/totp/activate/", {"code": code_for(shown)}).status_code == 302
    assert not lacks_second_factor(staff)


def test_pages_with_keys_load_scripts_from_here_only(staff: User) -> None:
    client = confirmed(Client())
    response = client.get("/accounts/2fa/webauthn/add/")
    page = response.content.decode()
    assert response.status_code == 200
    assert "mfa/js/webauthn.js" in page
    assert "unsafe" not in response.headers["Content-Security-Policy"]


def test_stranger_cannot_touch_somebody_elses_key(staff: User, person: User) -> None:
    key = Authenticator.objects.create(user=staff, type="webauthn", data={"name": "blue key", "credential": {}})
    client = Client()
    client.post("/accounts/login/", {"login": "wang.min", "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    for act in ("remove", "edit"):
        assert client.get(f"/accounts/2fa/webauthn/keys/{key.pk}/{act}/").status_code == 404
