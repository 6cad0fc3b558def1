"""The edge of the pages: where a DomainError becomes an answer, and who must sign in first.

The middleware turns every refusal that a view lets through into its page (404, 403, 409, 413, 400), or into
JSON for scripts that ask for it. A view catches only what it can answer better: `InvalidInput` by showing its
form again with status 422 (`add_errors`), `StaleVersion` by showing what is new beside the kept text.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, InterfaceError, OperationalError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.template.loader import get_template
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views import defaults
from django.views.decorators.cache import never_cache

from helpdesk.common.errors import DomainError, NotVisible, TooLarge

View = Callable[..., HttpResponseBase]
RETRY_AFTER = 5  # seconds, when the database is away


class SeeOther(HttpResponseRedirect):
    """Done; look there (303). The answer to every POST that succeeded."""

    status_code = 303


class DomainErrorMiddleware:
    """Answers refusals that no view answered itself. The API has its own handler."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return error_response(request, exception) if isinstance(exception, DomainError) else None


def error_response(request: HttpRequest, error: DomainError) -> HttpResponse:
    """A refusal as a page, or as JSON for a script that asked for it. What is hidden looks like what never was."""
    if wants_json(request):
        facts = {"code": error.code, "message": first_sentence(error), "fields": error.fields}
        return JsonResponse({"error": facts}, status=error.status)
    if isinstance(error, NotVisible):
        return render(request, "404.html", status=404)
    context = {"error": error, "sentences": [text for texts in error.fields.values() for text in texts]}
    return render(request, "refused.html", context, status=error.status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`handler400`: a body beyond the limit is 413, anything else Django couldn't read is 400."""
    if isinstance(exception, RequestDataTooBig):
        if wants_json(request):
            return error_response(request, TooLarge())
        return render(request, "413.html", status=413)
    return render(request, "400.html", status=400)


def server_error(request: HttpRequest) -> HttpResponse:
    """`handler500`: what nobody expected is 500; a database that is away for the moment is 503 and says so.

    Rendered without the request: its context would ask the database who this is.
    """
    if is_database_away(sys.exc_info()[1]):
        page = get_template("503.html").render()
        return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_AFTER)})
    return defaults.server_error(request)


def is_database_away(error: BaseException | None) -> bool:
    """Unreachable, locked for too long, or read-only: nothing that the caller or we did wrong."""
    if isinstance(error, OperationalError | InterfaceError):
        return True
    return isinstance(error, DatabaseError) and "read-only" in str(error)


def wants_json(request: HttpRequest) -> bool:
    return request.accepts("application/json") and not request.accepts("text/html")


def first_sentence(error: DomainError) -> str:
    """The most precise thing the error says."""
    return next((str(text) for texts in error.fields.values() for text in texts), str(error.message))


def add_errors(form: BaseForm, error: DomainError) -> None:
    """Put a service's objections to the form's fields; what belongs to no field of it goes to the top."""
    for name, texts in error.fields.items():
        for text in texts:
            form.add_error(name if name in form.fields else None, str(text))
    if not error.fields:
        form.add_error(None, str(error.message))


def _page_before(request: HttpRequest) -> str:
    """The page of ours from which a form was sent, else the start page."""
    sender = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(sender, {request.get_host()}, require_https=request.is_secure()):
        return "/"
    page = urlsplit(sender)
    return f"{page.path}?{page.query}" if page.query else page.path or "/"


def signed_in(view: View) -> View:
    """Only for people who signed in; the sign-in leads back, after a form to the page on which it stood. Nothing personal
    stays in a shared computer's cache.

    A fragment can't show the sign-in page in its place, so htmx gets 401 and goes there as a whole.
    """

    @wraps(view)
    @never_cache
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            response = view(request, *args, **kwargs)
            patch_vary_headers(response, ("HX-Request",))
            return response
        if request.headers.get("HX-Request") == "true":
            page = urlsplit(request.headers.get("HX-Current-URL", ""))
            target = f"{page.path}?{page.query}" if page.query else page.path or "/"
            return HttpResponse(status=401, headers={"HX-Redirect": redirect_to_login(target).url})
        if wants_json(request):
            return JsonResponse({"error": {"code": "signed_out", "message": _("Please sign in again.")}}, status=401)
        return redirect_to_login(
            request.get_full_path() if request.method in ("GET", "HEAD") else _page_before(request)
        )

    return inner
