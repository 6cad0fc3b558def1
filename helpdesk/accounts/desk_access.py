"""Who may open the desk at all. Others get the same 404 as for a page that doesn't exist."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_http_methods

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Ability
from helpdesk.common.errors import NotVisible
from helpdesk.common.numbers import whole_number
from helpdesk.common.web import signed_in

View = Callable[..., HttpResponseBase]


def viewer(request: HttpRequest) -> User:
    """The person who signed in."""
    return cast(User, request.user)


def desk_page(*methods: str) -> Callable[[View], View]:
    """A page for people of the desk, by these HTTP methods."""

    def wrap(view: View) -> View:
        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not viewer(request).can(Ability.USE_DESK):
                raise NotVisible
            return view(request, *args, **kwargs)

        return require_http_methods([*methods, "HEAD"] if "GET" in methods else list(methods))(signed_in(inner))

    return wrap


def posted_version(request: HttpRequest) -> int:
    """The version the sender had seen; 0, which is always stale, when none or nonsense was sent."""
    return whole_number(request.POST.get("version", "")) or 0
