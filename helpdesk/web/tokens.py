"""A person's own API tokens: what is alive, a new one shown once, and ending one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from helpdesk.api.models import ApiToken
from helpdesk.api.tokens import create_token, revoke_token, tokens_of
from helpdesk.common.errors import InvalidInput

EXPIRES_SOON = timedelta(days=14)
LONG_UNUSED = timedelta(days=90)
LIFETIMES = (30, 90, 180, 365)


class TokenForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("What is it for?"),
        max_length=80,
        help_text=gettext_lazy("For instance “Monitoring” or “Nightly report”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scope = forms.ChoiceField(
        label=gettext_lazy("What may it do?"),
        widget=forms.RadioSelect,
        initial=ApiToken.Scope.READ,
        choices=[
            (ApiToken.Scope.READ, gettext_lazy("Read what you can see")),
            (ApiToken.Scope.WRITE, gettext_lazy("Read, and do what you may do")),
        ],
    )
    days = forms.TypedChoiceField(
        label=gettext_lazy("How long?"),
        coerce=int,
        initial=90,
        choices=lambda: [
            (days, ngettext("%(count)d day", "%(count)d days", days) % {"count": days}) for days in LIFETIMES
        ],
    )


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def token_list(request: HttpRequest) -> HttpResponse:
    """The list, the form, and after creating one its text, this once."""
    at = timezone.now()
    form = TokenForm(request.POST or None)
    context: dict[str, Any] = {"site_url": settings.SITE_URL}
    status = 200
    if request.method == "POST":
        created = _create(request, form, at)
        if created is None:
            status = 422
        else:
            context["created"], context["secret"] = created
            status, form = 201, TokenForm()
    tokens = [_facts(token, at) for token in tokens_of(owner=request.user)]  # type: ignore[arg-type]
    context |= {"form": form, "tokens": tokens}
    return render(request, "profile/tokens.html", context, status=status)


def _create(request: HttpRequest, form: TokenForm, at: datetime) -> tuple[ApiToken, str] | None:
    if not form.is_valid():
        return None
    try:
        return create_token(owner=request.user, at=at, **form.cleaned_data)  # type: ignore[arg-type]
    except InvalidInput as error:
        for name, texts in error.fields.items():
            form.add_error(name if name in form.fields else None, [str(text) for text in texts])
        return None


def _facts(token: ApiToken, at: datetime) -> dict[str, Any]:
    """A token with the word that tells whether it needs attention."""
    state = "alive"
    if token.is_expired(at):
        state = "expired"
    elif token.expiry is not None and token.expiry - at <= EXPIRES_SOON:
        state = "soon"
    elif at - (token.last_used_at or token.created) >= LONG_UNUSED:
        state = "unused"
    return {"row": token, "state": state}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def token_revoke(request: HttpRequest, digest: str) -> HttpResponse:
    """Ask by name, then end it."""
    token = tokens_of(owner=request.user).filter(digest=digest).first()  # type: ignore[arg-type]
    if token is None:
        raise Http404
    if request.method != "POST":
        return render(request, "profile/token_revoke.html", {"token": token})
    revoke_token(owner=request.user, digest=digest)  # type: ignore[arg-type]
    messages.success(request, _("The token “%(name)s” has ended.") % {"name": token.name})
    return redirect("profile_tokens")
