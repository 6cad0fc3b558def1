"""Signing in and out: who is let in, where it leads, and what an open session is worth."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from helpdesk.accounts.models import User
from tests.factories import PASSWORD, UserFactory

LOGIN = "/accounts/login/"


def sign_in(client: Client, login: str, password: str = PASSWORD, **data: str):
    return client.post(LOGIN, {"login": login, "password": password, **data})


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.parametrize(
    "login", ["Wang.Min", "wang.min", "WANG.MIN", "Wang.Min@Example.com", "wang.min@example.com", "  wang.min  "]
)
def test_user_name_and_email_sign_in_in_any_case(browser: Client, person: User, login: str) -> None:
    assert sign_in(browser, login).status_code == 302
    assert is_signed_in(browser)


@pytest.mark.parametrize(
    "login", ["wang.mın", "wang.min\u200b", "ｗａｎｇ.ｍｉｎ", "wang.min@example.com.", "%", "wang_min", "W*"]
)
def test_look_alikes_find_nobody(browser: Client, person: User, login: str) -> None:
    assert sign_in(browser, login).status_code == 422
    assert not is_signed_in(browser)


def test_kelvin_sign_is_no_k(browser: Client, db: None) -> None:
    UserFactory(username="kate", password=PASSWORD)
    assert sign_in(browser, "\u212aate").status_code == 422


def test_user_name_wins_over_somebody_elses_email(browser: Client, person: User) -> None:
    other = UserFactory(username="wang.min@example.com", email="other@example.com", password="another-horse-43")
    sign_in(browser, "wang.min@example.com", "another-horse-43")
    assert browser.session["_auth_user_id"] == str(other.pk)


def test_wrong_password_and_unknown_name_get_the_same_answer(browser: Client, person: User) -> None:
    answers = []
    for login in ("wang.min", "nobody-at-all"):
        response = sign_in(browser, login, "wrong")
        assert response.status_code == 422
        answers.append(response.context["form"].non_field_errors())
    assert answers[0] == answers[1]


def test_wrong_password_keeps_the_name_and_never_the_password(browser: Client, person: User) -> None:
    page = sign_in(browser, "wang.min", "wrong-secret").content.decode()
    assert 'value="wang.min"' in page
    assert "wrong-secret" not in page


def test_deactivated_person_gets_no_session(browser: Client, person: User) -> None:
    User.objects.filter(pk=person.pk).update(is_active=False)
    response = sign_in(browser, "wang.min")
    assert response.status_code == 302
    assert response.url == "/accounts/inactive/"
    assert not is_signed_in(browser)


def test_session_of_a_deactivated_person_is_dead(browser: Client, person: User) -> None:
    sign_in(browser, "wang.min")
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert browser.get("/profile/").status_code == 302


def test_sign_in_gives_a_new_session_id(browser: Client, person: User) -> None:
    session = browser.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    sign_in(browser, "wang.min")
    assert browser.session.session_key != planted
    assert not Session.objects.filter(session_key=planted).exists()


def test_old_cookie_is_worthless_after_sign_out(browser: Client, person: User) -> None:
    sign_in(browser, "wang.min")
    cookie = browser.cookies[settings.SESSION_COOKIE_NAME].value
    assert browser.post("/accounts/logout/").status_code == 302
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = cookie
    assert thief.get("/profile/").status_code == 302


def test_session_cookie_is_closed_to_scripts_and_other_sites(browser: Client, person: User) -> None:
    sign_in(browser, "wang.min")
    cookie = browser.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_without_the_tick_the_session_ends_with_the_browser(browser: Client, person: User) -> None:
    sign_in(browser, "wang.min")
    assert browser.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == ""


def test_with_the_tick_the_session_stays(browser: Client, person: User) -> None:
    sign_in(browser, "wang.min", remember="on")
    assert int(browser.cookies[settings.SESSION_COOKIE_NAME]["max-age"]) > 24 * 3600


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "https://evil.example/",
        "http:///evil.example",
        "\\\\evil.example",
        "///evil.example",
        "data:text/html,x",
        " https://evil.example",
    ],
)
def test_sign_in_leads_only_to_this_site(browser: Client, person: User, target: str) -> None:
    response = sign_in(browser, "wang.min", next=target)
    assert response.status_code == 302
    assert response.url == reverse("home")


def test_sign_in_returns_to_the_page_that_asked(browser: Client, person: User) -> None:
    asked = browser.get("/profile/")
    assert asked.url == "/accounts/login/?next=/profile/"
    assert sign_in(browser, "wang.min", next="/profile/").url == "/profile/"


def test_sign_out_leads_only_to_this_site(browser: Client, person: User) -> None:
    sign_in(browser, "wang.min")
    assert browser.post("/accounts/logout/", {"next": "//evil.example"}).url == LOGIN


def test_sign_out_needs_a_post(browser: Client, person: User) -> None:
    sign_in(browser, "wang.min")
    assert browser.get("/accounts/logout/").status_code == 200
    assert is_signed_in(browser)


def test_sign_in_needs_the_csrf_token(person: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert sign_in(strict, "wang.min").status_code == 403


def test_ended_session_is_explained(browser: Client, person: User) -> None:
    browser.cookies[settings.SESSION_COOKIE_NAME] = "ended"
    assert browser.get("/accounts/login/?next=/profile/").context["has_session_ended"]
    assert not Client().get("/accounts/login/?next=/profile/").context["has_session_ended"]


def test_sign_in_leaves_no_row_of_history(browser: Client, person: User) -> None:
    before = User.history.filter(id=person.pk).count()
    sign_in(browser, "wang.min")
    person.refresh_from_db()
    assert person.last_login is not None
    assert (timezone.now() - person.last_login).total_seconds() < 60
    assert User.history.filter(id=person.pk).count() == before


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/signup/",
        "/accounts/email/",
        "/accounts/confirm-email/",
        "/accounts/confirm-email/abc/",
        "/accounts/login/code/",
        "/accounts/social/connections/",
        "/accounts/",
    ],
)
def test_pages_we_do_not_want_do_not_exist(browser: Client, person: User, path: str) -> None:
    browser.force_login(person)
    assert browser.get(path).status_code == 404
    assert browser.post(path).status_code == 404


@pytest.mark.parametrize(
    "login", ["a\x00b", "x" * 255, "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), ""]
)
def test_broken_names_are_refused_in_words(browser: Client, db: None, login: str) -> None:
    response = sign_in(browser, login)
    assert response.status_code == 422
    assert response.context["form"].errors


def test_forged_headers_sign_nobody_in(browser: Client, person: User) -> None:
    response = browser.get("/profile/", headers={"X-Remote-User": "Wang.Min", "Remote-User": "Wang.Min"})
    assert response.status_code == 302


@pytest.mark.parametrize(
    ("sender", "leads_to"),
    [
        ("http://testserver/knowledge/new/?topic=3", "/knowledge/new/%3Ftopic%3D3"),
        ("https://elsewhere.example/knowledge/new/", "/"),
        ("", "/"),
    ],
)
def test_after_a_form_the_sign_in_leads_back_to_its_page(sender: str, leads_to: str) -> None:
    answer = Client().post("/knowledge/new/", {"en_title": "x"}, headers={"referer": sender})
    assert answer["Location"] == f"/accounts/login/?next={leads_to}"
