"""The language and time zone a page speaks: the person's own setting, then the cookie, then the browser."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers


class UserLocaleMiddleware:
    """Activates language and time zone for the request; the API and the pages share it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        language = getattr(user, "language", "") or translation.get_language_from_request(request)
        zone = getattr(user, "timezone", "")
        request.LANGUAGE_CODE = language
        with translation.override(language), timezone.override(zoneinfo.ZoneInfo(zone) if zone else None):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response


def default_language() -> str:
    """The language for messages to people who have chosen none."""
    return str(settings.LANGUAGE_CODE)
