"""One id per request: in every log line about it and on its response as X-Request-Id."""

from __future__ import annotations

from typing import Any

import structlog
from django.conf import settings
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django_structlog import signals


def client_address(request: HttpRequest) -> str:
    """The caller's address: the socket's, or what our own reverse proxies (TRUSTED_PROXY_COUNT) wrote down."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    trusted = settings.TRUSTED_PROXY_COUNT
    if trusted:
        hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
        if len(hops) >= trusted:
            address = hops[-trusted]
    return address


@receiver(signals.bind_extra_request_metadata)
def bind_address(sender: Any, request: HttpRequest, **kwargs: Any) -> None:
    structlog.contextvars.bind_contextvars(ip=client_address(request))


@receiver([signals.bind_extra_request_finished_metadata, signals.update_failure_response])
def name_the_request(sender: Any, response: HttpResponse, **kwargs: Any) -> None:
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    if request_id:
        response["X-Request-Id"] = request_id
