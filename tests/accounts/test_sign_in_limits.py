"""Guessing passwords: one count per account, for all names and doors, taken before a password is hashed (A1)."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import time_machine
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from redis.exceptions import ConnectionError as RedisGone

from helpdesk.accounts.models import User
from tests.factories import PASSWORD, UserFactory

LOGIN = "/accounts/login/"
ALLOWED = 10


def attempt(login: str, password: str, *, address: str = "192.0.2.1", client: Client | None = None) -> int:
    client = client or Client()
    return client.post(LOGIN, {"login": login, "password": password}, REMOTE_ADDR=address).status_code


def test_eleventh_wrong_password_is_not_looked_at(person: User) -> None:
    codes = [attempt("wang.min", f"wrong {n}") for n in range(ALLOWED + 2)]
    assert codes == [422] * ALLOWED + [429] * 2
    assert attempt("wang.min", PASSWORD) == 429


def test_all_names_of_an_account_share_one_count(person: User) -> None:
    names = ["wang.min", "WANG.MIN", "wang.min@example.com", "Wang.Min@Example.com", " wang.min "]
    codes = [attempt(names[n % len(names)], "wrong", address=f"192.0.2.{n + 1}") for n in range(15)]
    assert Counter(codes) == {422: ALLOWED, 429: 5}


def test_count_does_not_depend_on_the_host_name(person: User) -> None:
    for host in ("localhost", "127.0.0.1"):
        for _ in range(5):
            Client().post(LOGIN, {"login": "wang.min", "password": "wrong"}, headers={"host": host})
    assert attempt("wang.min", PASSWORD) == 429


def test_password_change_and_confirmation_count_too(person: User) -> None:
    client = Client()
    client.force_login(person)
    for _ in range(4):
        client.post("/accounts/password/change/", {"oldpassword": "wrong", "password1": "x", "password2": "x"})
    for _ in range(ALLOWED - 4):
        client.post("/accounts/reauthenticate/", {"password": "wrong"})
    assert attempt("wang.min", PASSWORD) == 429


def test_administration_is_no_second_door(db: None) -> None:
    UserFactory(username="boss", is_admin=True, password=PASSWORD)
    for _ in range(ALLOWED):
        attempt("boss", "wrong")
    response = Client().post("/admin/login/", {"username": "boss", "password": PASSWORD})
    assert response.status_code == 302
    assert response.url.startswith("/accounts/login/")
    assert "sessionid" not in response.cookies


def test_another_account_stays_open(person: User, staff: User) -> None:
    for _ in range(ALLOWED + 1):
        attempt("wang.min", "wrong")
    assert attempt("agent7", PASSWORD) == 302


def test_right_passwords_do_not_use_up_the_count(person: User) -> None:
    assert {attempt("wang.min", PASSWORD) for _ in range(ALLOWED + 3)} == {302}


def test_owner_gets_in_again_after_fifteen_minutes(person: User) -> None:
    with time_machine.travel("2026-11-24 09:00:00+00:00", tick=False) as clock:
        for _ in range(ALLOWED):
            attempt("wang.min", "wrong")
        clock.shift(14 * 60)
        assert attempt("wang.min", PASSWORD) == 429
        clock.shift(2 * 60)
        assert attempt("wang.min", PASSWORD) == 302


def test_locked_page_says_so_and_whom_to_call(person: User) -> None:
    client = Client()
    for _ in range(ALLOWED + 1):
        response = client.post(LOGIN, {"login": "wang.min", "password": "wrong"}, headers={"accept-language": "en"})
    page = response.content.decode()
    assert "15" in str(response.context["form"].non_field_errors())
    assert 'href="tel:8000"' in page


@pytest.mark.django_db(transaction=True)
def test_forty_parallel_wrong_passwords_verify_at_most_ten() -> None:
    UserFactory(username="target", password=PASSWORD)
    barrier = Barrier(8)

    def work(worker: int) -> list[int]:
        try:
            barrier.wait(timeout=20)
            return [attempt("target", "wrong", address=f"198.51.100.{worker + 1}") for _ in range(5)]
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=8) as pool:
        codes = Counter(code for result in pool.map(work, range(8)) for code in result)
    assert codes[422] <= ALLOWED
    assert codes[422] + codes[429] == 40
    assert codes[422] >= 1


def test_code_of_the_second_factor_is_limited(person: User) -> None:
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    TOTP.activate(person, generate_totp_secret())
    client = Client()
    client.post(LOGIN, {"login": "wang.min", "password": PASSWORD})
    codes = [client.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code for _ in range(ALLOWED + 1)]
    assert codes[:ALLOWED] == [422] * ALLOWED
    assert codes[ALLOWED] == 429


def test_without_the_store_of_the_limits_nobody_signs_in(person: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*args: object, **kwargs: object) -> None:
        raise RedisGone("connection refused")

    for name in ("get", "add", "set"):
        monkeypatch.setattr(type(cache._connections[cache._alias]), name, gone)
    client = Client()
    response = client.post(LOGIN, {"login": "wang.min", "password": PASSWORD})
    assert response.status_code == 503
    assert settings.SESSION_COOKIE_NAME not in client.cookies
