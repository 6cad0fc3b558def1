"""Who signs in, and model permissions for the administration. Everything else is answered by policies."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from helpdesk.accounts.identity import find_person
from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Ability


class SignInBackend(AuthenticationBackend):
    """User name or e-mail address with a password. An unknown name costs as much time as a wrong password."""

    def _authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        login = str(credentials.get("username") or credentials.get("email") or "")
        return self._check_password(find_person(login), credentials["password"])

    def user_can_authenticate(self, user: Any) -> bool:
        """Contacts are known by name; no password and no old session opens a door for them."""
        return super().user_can_authenticate(user) and not user.is_contact


class AdministrationBackend(BaseBackend):
    """Administrators hold Django's add/change/delete/view permissions on every model; nobody else holds any.

    ModelAdmin classes take away what must not be done there (deleting people, touching audit rows).
    """

    def has_perm(self, user_obj: Any, perm: str, obj: object = None) -> bool:
        if not isinstance(user_obj, User) or not user_obj.can(Ability.CONFIGURE):
            return False
        return perm.rpartition(".")[2].partition("_")[0] in {"add", "change", "delete", "view"}

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return isinstance(user_obj, User) and user_obj.can(Ability.CONFIGURE)
