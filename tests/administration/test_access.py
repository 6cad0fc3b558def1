"""Who gets into the administration (H1): administrators, with a second factor in production; nobody else learns of it."""

from __future__ import annotations

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from tests.cast import Cast
from tests.factories import PASSWORD

OUTSIDERS = ("requester", "requester2", "agent", "agent2", "lead", "liaison")


def pages() -> list[str]:
    """Every page of the administration that needs no id."""
    names = [reverse("admin:index"), reverse("admin:missing_translations"), reverse("admin:jsi18n")]
    names.append(reverse("admin:escalation_health"))
    for model in admin.site._registry:
        names.append(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"))
        names.append(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add"))
    return [*names, reverse("admin:tickets_desksettings_preview"), reverse("admin:autocomplete"), "/admin/nowhere/"]


@pytest.mark.parametrize("role", OUTSIDERS)
def test_others_find_nothing(client: Client, cast: Cast, role: str) -> None:
    client.force_login(getattr(cast, role))
    for path in pages():
        assert client.get(path).status_code == 404, path
        assert client.post(path).status_code == 404, path


def test_strangers_are_asked_to_sign_in(client: Client, db: None) -> None:
    for path in pages():
        response = client.get(path)
        assert response.status_code == 302, path
        assert response.url.startswith("/accounts/login/?next="), path


def test_administrators_may_open_everything(admin_client: Client) -> None:
    for path in pages():
        if path in {reverse("admin:autocomplete"), "/admin/nowhere/"}:
            continue
        assert admin_client.get(path).status_code in {200, 302, 403}, path


def test_deactivated_administrator_is_out(client: Client, cast: Cast) -> None:
    client.force_login(cast.admin)
    type(cast.admin).objects.filter(pk=cast.admin.pk).update(is_active=False)
    assert client.get("/admin/").status_code == 302


def test_lost_role_takes_effect_at_once(client: Client, cast: Cast) -> None:
    client.force_login(cast.admin)
    type(cast.admin).objects.filter(pk=cast.admin.pk).update(is_admin=False)
    assert client.get("/admin/").status_code == 404


def test_production_leads_to_the_second_factor_first(settings, admin_client: Client, cast: Cast) -> None:
    settings.IS_PRODUCTION = True
    response = admin_client.get("/admin/accounts/user/")
    assert response.status_code == 302
    assert response.url == "/accounts/2fa/"
    assert admin_client.post("/admin/accounts/user/add/", {}).status_code == 302
    TOTP.activate(cast.admin, generate_totp_secret())
    assert admin_client.get("/admin/accounts/user/").status_code == 200


def test_own_sign_in_page_of_the_administration_is_only_a_way_to_ours(client: Client, cast: Cast) -> None:
    cast.admin.set_password(PASSWORD)
    cast.admin.save()
    response = client.post("/admin/login/?next=/admin/accounts/user/", {"username": "admin", "password": PASSWORD})
    assert response.url == "/accounts/login/?next=/admin/accounts/user/"
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("target", ["//evil.example", "/\\evil.example", "https:evil.example", "javascript:alert(1)"])
def test_way_to_the_sign_in_page_takes_no_foreign_target(client: Client, db: None, target: str) -> None:
    assert client.get("/admin/login/", {"next": target}).url == "/accounts/login/?next=/admin/"


def test_pages_keep_the_strict_policy(admin_client: Client) -> None:
    for path in ("/admin/", "/admin/accounts/user/", "/admin/tickets/category/", "/admin/tickets/prioritycell/"):
        response = admin_client.get(path)
        policy = response.headers["Content-Security-Policy"]
        page = response.content.decode()
        assert "unsafe" not in policy
        assert "<style" not in page
        assert " style=" not in page
        assert "onclick=" not in page


@pytest.mark.parametrize("model", ["ticketevent", "auditanchor"])
def test_audit_cannot_be_touched(admin_client: Client, model: str) -> None:
    assert admin_client.get(f"/admin/tickets/{model}/").status_code == 200
    assert admin_client.get(f"/admin/tickets/{model}/add/").status_code == 403


def test_tickets_are_not_edited_here(db: None) -> None:
    assert "tickets.ticket" not in {model._meta.label_lower for model in admin.site._registry}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_start_page_has_all_tasks_in_both_languages(admin_client: Client, cast: Cast, language: str) -> None:
    cast.admin.language = language
    cast.admin.save()
    groups = admin_client.get("/admin/").context["groups"]
    assert [len(group["entries"]) for group in groups] == [6, 7, 3, 3, 2, 3, 2, 3, 3]
