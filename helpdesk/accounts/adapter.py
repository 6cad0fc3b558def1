"""How sign-in behaves here."""

from __future__ import annotations

from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.identity import find_person
from helpdesk.accounts.redirects import is_own_address
from helpdesk.accounts.second_factor import ASK_FOR_FACTOR, lacks_second_factor
from helpdesk.accounts.services.passwords import set_password

log = structlog.get_logger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by administrators; nobody signs up."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("This name and password don't belong together. Please check both."),
        "username_password_mismatch": _("This name and password don't belong together. Please check both."),
        "incorrect_password": _("This isn't your password. Please try again."),
        "too_many_login_attempts": _(
            "Too many wrong attempts. For your safety this account stays locked for up to 15 minutes."
        ),
        "rate_limited": _("Too many attempts. Please wait a few minutes and try again."),
        "invalid_password_reset": _("This link is no longer valid."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_safe_url(self, url: str | None) -> bool:
        return bool(url) and is_own_address(context.request, str(url))

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """One count per account for all doors and all ways to name it: user name, e-mail, capital letters (A1)."""
        login = str(credentials.get("email") or credentials.get("username") or "")
        person = find_person(login)
        return f"person:{person.pk}" if person else f"unknown:{login.strip().lower()}"

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """What was typed stays out of the log: people type passwords into the wrong field."""
        person = find_person(str(credentials.get("email") or credentials.get("username") or ""))
        log.info("sign_in_failed", user_id=person.pk if person else None)

    def login(self, request: HttpRequest, user: Any) -> None:
        """`last_login` is written by each sign-in; that is no change worth a row of history."""
        user.skip_history_when_saving = True
        super().login(request, user)
        del user.skip_history_when_saving
        if settings.IS_PRODUCTION and lacks_second_factor(user):
            request.session[ASK_FOR_FACTOR] = True
        log.info("signed_in", user_id=user.pk)

    def set_password(self, user: Any, password: str) -> None:
        set_password(person=user, password=password, actor=user)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("profile")

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account_login")
