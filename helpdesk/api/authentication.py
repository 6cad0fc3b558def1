"""Who calls: `Authorization: Token …`, or the session of a browser."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _
from knox.crypto import hash_token
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.authentication import SessionAuthentication as DrfSessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from helpdesk.accounts.models import User
from helpdesk.api.models import ApiToken
from helpdesk.common.errors import NotAllowed

USE_IS_NOTED_EVERY = timedelta(minutes=1)


class TokenAuthentication(BaseAuthentication):
    """One query per request: the hash of 256 random bits is looked up directly.

    Unknown, expired and revoked tokens and those of deactivated people get the same answer, 401.
    """

    keyword = "Token"

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != self.keyword.lower().encode():
            return None
        token = self._find(parts[1]) if len(parts) == 2 else None
        at = timezone.now()
        if token is None or token.is_expired(at) or not token.user.is_active:
            raise AuthenticationFailed(_("This token is not valid."))
        _note_use(token, request, at)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return self.keyword

    @staticmethod
    def _find(secret: bytes) -> ApiToken | None:
        try:
            digest = hash_token(secret.decode("ascii"))
        except UnicodeDecodeError:
            return None
        return ApiToken.objects.select_related("user__department").filter(digest=digest).first()


def _note_use(token: ApiToken, request: Request, at: datetime) -> None:
    """Note when and from where, at most once a minute. A database that can't be written to stops no reader."""
    if token.last_used_at is not None and at - token.last_used_at < USE_IS_NOTED_EVERY:
        return
    try:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=at, last_used_ip=caller_address(request))
    except DatabaseError:
        pass


def caller_address(request: Request) -> str | None:
    """The socket's address, or what our own reverse proxies wrote down (TRUSTED_PROXY_COUNT)."""
    return BaseThrottle().get_ident(request) or None


class SessionAuthentication(DrfSessionAuthentication):
    """The browser's session; changes need the CSRF token."""


class ScopeAllows(BasePermission):
    """A token with the scope `read` changes nothing, whatever its owner may do."""

    def has_permission(self, request: Request, view: Any) -> bool:
        token = request.auth
        may_write = not isinstance(token, ApiToken) or token.scope == ApiToken.Scope.WRITE
        if request.method not in SAFE_METHODS and not may_write:
            raise NotAllowed(_("This token may only read."), code="read_only_token")
        return True
