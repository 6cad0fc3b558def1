"""Refusals as JSON, always `{"code", "detail", "fields"}`, whatever went wrong and however early."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.response import Response

from helpdesk.common import web
from helpdesk.common.errors import DomainError, InvalidInput, NotVisible, TooLarge

PREFIX = "/api/"
CODES: dict[type[exceptions.APIException], str] = {
    exceptions.ParseError: "malformed",
    exceptions.NotAuthenticated: "not_authenticated",
    exceptions.AuthenticationFailed: "invalid_token",
    exceptions.PermissionDenied: "not_allowed",
    exceptions.NotFound: "not_found",
    exceptions.MethodNotAllowed: "method_not_allowed",
    exceptions.NotAcceptable: "not_acceptable",
    exceptions.UnsupportedMediaType: "unsupported_media_type",
    exceptions.Throttled: "throttled",
}
log = structlog.get_logger(__name__)


def exception_handler(error: Exception, context: Any) -> Response | None:
    """DRF's hook. None lets a bug go on to the log and to `server_error`."""
    if isinstance(error, DomainError):
        return Response(body_of(error), status=error.status)
    if isinstance(error, exceptions.ValidationError):
        return Response(body_of(InvalidInput(fields=dict(flat(error.detail)))), status=400)
    if isinstance(error, Http404):
        return Response(body_of(NotVisible()), status=404)
    if isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if isinstance(error, RequestDataTooBig):
        return Response(body_of(TooLarge()), status=413)
    if isinstance(error, SuspiciousOperation):
        error = exceptions.ParseError()
    if isinstance(error, exceptions.APIException):
        return _api_exception(error)
    if web.is_database_away(error):
        log.error("database_away", exc_info=error)
        return Response(_unavailable(), status=503, headers={"Retry-After": str(web.RETRY_AFTER)})
    return None


def _api_exception(error: exceptions.APIException) -> Response:
    headers = {}
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header  # type: ignore[attr-defined]
    if getattr(error, "wait", None) is not None:
        headers["Retry-After"] = str(max(1, round(error.wait)))  # type: ignore[attr-defined]
    code = CODES.get(type(error), "invalid" if error.status_code < 500 else "server_error")
    return Response(facts(code, str(error.detail)), status=error.status_code, headers=headers)


def _unavailable() -> dict[str, Any]:
    text = _("The help desk can't reach or change its data at the moment. Try again in a few seconds.")
    return facts("unavailable", text)


def facts(code: str, detail: str, fields: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {"code": code, "detail": detail, "fields": fields or {}}


def body_of(error: DomainError) -> dict[str, Any]:
    """A refusal's body; what the refusal knows beside its text (`version`, `status`, `allowed`) stands next to it."""
    fields = {name: [str(text) for text in texts] for name, texts in error.fields.items()}
    return {**error.extra, **facts(error.code, str(error.message), fields)}


def flat(detail: Any, path: str = "") -> Iterator[tuple[str, list[str]]]:
    """A serializer's nested complaints as (`contact.phone`, sentences) pairs."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            own = "" if name == "non_field_errors" else str(name)
            yield from flat(inner, f"{path}.{own}".strip("."))
    elif isinstance(detail, list) and all(isinstance(item, str) for item in detail):
        yield path or "body", [str(item) for item in detail]
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            if inner:
                yield from flat(inner, f"{path}.{index}".strip("."))
    else:
        yield path or "body", [str(detail)]


@csrf_exempt
def not_found(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """Every address below `/api/` that doesn't exist."""
    return _plain(facts(NotVisible.code, _("There is no such address in this API.")), 404)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`handler400`: what Django refused before any view saw it."""
    if not request.path.startswith(PREFIX):
        return web.bad_request(request, exception)
    if isinstance(exception, RequestDataTooBig):
        return _plain(body_of(TooLarge()), 413)
    return _plain(facts("malformed", _("This request can't be carried out.")), 400)


def server_error(request: HttpRequest) -> HttpResponse:
    """`handler500`: nothing but the id under which the log tells the rest."""
    if not request.path.startswith(PREFIX):
        return web.server_error(request)
    if web.is_database_away(sys.exc_info()[1]):
        return _plain(_unavailable(), 503, {"Retry-After": str(web.RETRY_AFTER)})
    request_id = structlog.contextvars.get_contextvars().get("request_id", "")
    text = _("Something went wrong on our side. Name this id when you ask about it: %(id)s") % {"id": request_id}
    return _plain({"request_id": request_id, **facts("server_error", text)}, 500)


def _plain(body: dict[str, Any], status: int, headers: dict[str, str] | None = None) -> JsonResponse:
    return JsonResponse(body, status=status, headers=headers, json_dumps_params={"ensure_ascii": False})
