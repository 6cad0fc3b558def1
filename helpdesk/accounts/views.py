"""Sign-in around allauth's views, the profile, and the switches for language and appearance."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from allauth.account.views import LoginView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from redis.exceptions import RedisError

from helpdesk.accounts.forms import ProfileForm
from helpdesk.accounts.models import User
from helpdesk.accounts.redirects import next_address
from helpdesk.accounts.second_factor import lacks_second_factor
from helpdesk.accounts.services.profile import save_profile
from helpdesk.common.errors import InvalidInput

TOO_MANY = {"too_many_login_attempts", "rate_limited"}
View = Callable[..., HttpResponse]


def sign_in_door(view: View) -> View:
    """What every page of allauth gets here: an honest status, and no sign-in while nobody can count the attempts.

    Refused forms answer 422, exhausted limits 429. Without the store of the limits the door stays shut (J7).
    """

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except RedisError:
            return render(request, "account/unavailable.html", status=503)
        if request.method == "POST" and response.status_code == 200:
            context = getattr(response, "context_data", None) or {}
            errors = [error for name in ("form", "webauthn_form") for error in _errors(context.get(name))]
            if errors:
                response.status_code = 429 if any(error.code in TOO_MANY for error in errors) else 422
        return response

    return wrapper


def _errors(form: Any) -> list[ValidationError]:
    if form is None or not form.is_bound:
        return []
    return [error for items in form.errors.as_data().values() for error in items]


class SignInView(LoginView):
    """The one place where passwords are taken."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        context["has_session_ended"] = (
            self.request.method == "GET"
            and "next" in self.request.GET
            and settings.SESSION_COOKIE_NAME in self.request.COOKIES
        )
        return context


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """What the directory says about a person, and what they may choose themselves."""
    person = cast(User, request.user)
    form = ProfileForm(request.POST or None, instance=person)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            save_profile(person=person, changes=form.cleaned_data)
            with translation.override(person.language or translation.get_language()):
                messages.success(request, _("Your settings are saved."))
            return redirect("profile")
        status = 422
        person.refresh_from_db()
    context = {"form": form, "person": person, "lacks_second_factor": lacks_second_factor(person)}
    return render(request, "profile/profile.html", context, status=status)


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Switch the language of this browser, and of the person who is signed in; the page stays."""
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        raise InvalidInput(fields={"language": [_("This language is not offered.")]})
    if request.user.is_authenticated:
        save_profile(person=request.user, changes={"language": language})
    response = redirect(next_address(request, reverse("home")))
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        path=settings.LANGUAGE_COOKIE_PATH,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


@require_POST
@login_required
def set_theme(request: HttpRequest) -> HttpResponse:
    """Light, dark or as the device says."""
    save_profile(person=cast(User, request.user), changes={"theme": request.POST.get("theme", "")})
    return redirect(next_address(request, reverse("home")))
