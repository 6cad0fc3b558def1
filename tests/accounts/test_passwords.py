"""Reset links and changes of password (A3)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.core import mail
from django.test import Client
from django.utils import timezone
from knox.models import get_token_model

from helpdesk.accounts.models import User
from helpdesk.accounts.services.people import deactivate_person
from helpdesk.accounts.tasks import mail_reset_link
from tests.factories import PASSWORD, UserFactory

NEW = "a brand new sentence"
RESET = "/accounts/password/reset/"


@pytest.fixture(autouse=True)
def _worker_at_once(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    monkeypatch.setattr(mail_reset_link, "delay", mail_reset_link)


def token_of(person: User):
    return get_token_model().objects.create(user=person, name="probe", expiry=None)


def ask(client: Client, login: str) -> None:
    response = client.post(RESET, {"email": login})
    assert response.status_code == 302
    assert response.url == "/accounts/password/reset/done/"


def link_from_mail() -> str:
    found = re.search(r"https?://\S+/accounts/password/reset/key/\S+", str(mail.outbox[-1].body))
    assert found is not None
    return found[0].removeprefix(settings.SITE_URL)


def choose(client: Client, link: str, password: str = NEW):
    """Open the link and send the form; the last response."""
    response = client.get(link)
    if response.status_code != 302:
        return response
    return client.post(response.url, {"password1": password, "password2": password})


@pytest.mark.parametrize("login", ["wang.min", "WANG.MIN@EXAMPLE.COM"])
def test_link_goes_to_the_stored_address(browser: Client, person: User, login: str) -> None:
    ask(browser, login)
    assert [message.to for message in mail.outbox] == [["Wang.Min@Example.com"]]


def test_link_carries_our_own_host_whatever_the_request_says(browser: Client, person: User) -> None:
    browser.post(RESET, {"email": "wang.min"}, headers={"host": "localhost", "x-forwarded-host": "evil.example"})
    assert settings.SITE_URL in str(mail.outbox[0].body)
    assert "evil" not in str(mail.outbox[0].body)


@pytest.mark.parametrize("login", ["nobody", "nobody@example.com", "wang.mın@example.com", "ｗang.min", "x" * 254])
def test_unknown_names_get_the_same_answer_and_no_mail(browser: Client, person: User, login: str) -> None:
    ask(browser, login)
    assert mail.outbox == []


def test_people_without_an_address_and_deactivated_ones_get_no_mail(browser: Client, db: None) -> None:
    UserFactory(username="nomail", email=None)
    UserFactory(username="gone", is_active=False)
    ask(browser, "nomail")
    ask(browser, "gone")
    assert mail.outbox == []


def test_two_addresses_at_once_reach_only_the_stored_one(browser: Client, person: User) -> None:
    browser.post(
        RESET, "email=evil@example.org&email=wang.min%40example.com", content_type="application/x-www-form-urlencoded"
    )
    browser.post(RESET, '{"email": ["wang.min@example.com", "evil@example.org"]}', content_type="application/json")
    assert {address for message in mail.outbox for address in message.to} <= {"Wang.Min@Example.com"}


def test_mail_speaks_the_persons_language(browser: Client, person: User) -> None:
    User.objects.filter(pk=person.pk).update(language="en")
    ask(browser, "wang.min")
    assert "works once" in str(mail.outbox[0].body)


def test_reset_ends_all_sessions_and_tokens(browser: Client, person: User) -> None:
    elsewhere = Client()
    elsewhere.force_login(person)
    token_of(person)
    ask(browser, "wang.min")
    assert choose(browser, link_from_mail()).url == "/accounts/password/reset/key/done/"
    assert elsewhere.get("/profile/").status_code == 302
    assert not get_token_model().objects.filter(user=person).exists()
    assert "_auth_user_id" not in browser.session
    person.refresh_from_db()
    assert person.check_password(NEW)


def test_link_works_once(browser: Client, person: User) -> None:
    ask(browser, "wang.min")
    link = link_from_mail()
    choose(browser, link)
    again = Client().get(link)
    assert again.status_code == 200
    assert again.context["token_fail"]


def test_link_ends_after_an_hour(browser: Client, person: User) -> None:
    with time_machine.travel("2026-11-24 09:00:00+00:00", tick=False) as clock:
        ask(browser, "wang.min")
        link = link_from_mail()
        clock.shift(61 * 60)
        assert Client().get(link).context["token_fail"]


@pytest.mark.parametrize("change", [{"email": "new@example.com"}, {"is_active": False}, {"password": "x"}])
def test_link_ends_with_a_change_of_the_account(browser: Client, person: User, change: dict[str, object]) -> None:
    ask(browser, "wang.min")
    User.objects.filter(pk=person.pk).update(**change)
    assert Client().get(link_from_mail()).context["token_fail"]


@pytest.mark.parametrize("key", ["0-set-password", "zzzzzz-abc-def", "1-" + "x" * 500])
def test_forged_links_are_refused_in_words(browser: Client, db: None, key: str) -> None:
    response = browser.get(f"/accounts/password/reset/key/{key}/")
    assert response.status_code == 200
    assert response.context["token_fail"]


@pytest.mark.parametrize("password", ["short", "12345678901", "password12", "wang.min123"])
def test_weak_passwords_are_refused_with_reasons(browser: Client, person: User, password: str) -> None:
    ask(browser, "wang.min")
    response = choose(browser, link_from_mail(), password)
    assert response.status_code == 422
    assert response.context["form"].errors["password1"]


def test_link_is_not_kept_in_the_address(browser: Client, person: User) -> None:
    ask(browser, "wang.min")
    assert browser.get(link_from_mail()).url.endswith("-set-password/")


def test_at_most_five_links_an_hour_for_one_name(browser: Client, person: User) -> None:
    codes = [browser.post(RESET, {"email": "wang.min"}).status_code for _ in range(7)]
    assert codes == [302] * 5 + [429] * 2
    assert len(mail.outbox) == 5


def test_change_keeps_this_session_and_ends_the_others(person: User) -> None:
    here, elsewhere = Client(), Client()
    here.force_login(person)
    elsewhere.force_login(person)
    response = here.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    assert response.status_code == 302
    assert response.url == "/profile/"
    assert here.get("/profile/").status_code == 200
    assert elsewhere.get("/profile/").status_code == 302


def test_change_needs_the_present_password(person: User) -> None:
    client = Client()
    client.force_login(person)
    response = client.post("/accounts/password/change/", {"oldpassword": "wrong", "password1": NEW, "password2": NEW})
    assert response.status_code == 422
    assert "oldpassword" in response.context["form"].errors


def test_old_sessions_stay_dead_after_coming_back(person: User, cast) -> None:
    from helpdesk.accounts.services.people import reactivate_person

    client = Client()
    client.force_login(person)
    token_of(person)
    at = timezone.now() + timedelta(seconds=1)
    deactivate_person(person=person, actor=cast.admin, at=at)
    reactivate_person(person=person, actor=cast.admin, at=at)
    assert client.get("/profile/").status_code == 302
    assert not get_token_model().objects.filter(user=person).exists()


def test_password_appears_in_no_history_and_no_log(
    browser: Client, person: User, caplog: pytest.LogCaptureFixture
) -> None:
    ask(browser, "wang.min")
    choose(browser, link_from_mail(), "planted secret 4711")
    assert not hasattr(User.history.filter(id=person.pk).latest(), "password")
    assert "planted secret" not in caplog.text
