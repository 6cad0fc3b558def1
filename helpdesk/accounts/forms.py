"""Forms of sign-in and profile. They only validate; services act."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from django import forms
from django.core.validators import MaxLengthValidator
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.identity import LOGIN_LENGTH, find_person
from helpdesk.accounts.models import User
from helpdesk.accounts.services.passwords import ResetLinkTokens, request_reset_link, reset_password
from helpdesk.common.errors import InvalidInput
from helpdesk.common.text import clean_text

PASSWORD_LENGTH = 1000
# What the selects send for "no choice of my own"; stored as an empty text.
UNSET = "default"


def login_field(**attrs: str) -> forms.CharField:
    """User name or e-mail address, as password managers expect it."""
    widget = forms.TextInput(
        attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", **attrs}
    )
    return forms.CharField(label=_("User name or e-mail"), max_length=LOGIN_LENGTH, widget=widget)


def password_field(label: Any, autocomplete: str, *, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        strip=False,
        max_length=PASSWORD_LENGTH,
        help_text=help_text,
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
    )


class SignInForm(allauth_forms.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = login_field()
        self.fields["password"] = password_field(_("Password"), "current-password")
        self.fields["remember"].label = _("Keep me signed in on this device")
        self.order_fields(["login", "password", "remember"])


class RequestLinkForm(allauth_forms.ResetPasswordForm):
    """Always valid for any name: whether it exists is told only to its stored address."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"] = login_field()

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"])

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        typed = str(self.cleaned_data["email"])
        request_reset_link(person=find_person(typed))
        return typed


class LinkForm(allauth_forms.UserTokenForm):
    """The two halves of a reset link."""

    token_generator = ResetLinkTokens()


class NewPasswordForm(allauth_forms.ResetPasswordKeyForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _dress_new_password(self)

    def save(self) -> None:
        reset_password(person=self.user, password=self.cleaned_data["password1"], actor=self.user, at=timezone.now())


class ChangePasswordForm(allauth_forms.ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"] = password_field(_("Present password"), "current-password")
        self.order_fields(["oldpassword", "password1", "password2"])
        _dress_new_password(self)

    def clean_oldpassword(self) -> str:
        """Asked through the limiter: an open session is no place to guess passwords either (A1)."""
        password = str(self.cleaned_data["oldpassword"])
        adapter = get_adapter()
        if not adapter.reauthenticate(self.user, password):
            raise adapter.validation_error("incorrect_password")
        return password


class ReauthenticateForm(allauth_forms.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"] = password_field(_("Your password"), "current-password")


class SetPasswordForm(allauth_forms.SetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _dress_new_password(self)


def _dress_new_password(form: forms.Form) -> None:
    first, second = form.fields["password1"], form.fields["password2"]
    first.label, second.label = _("New password"), _("New password again")
    first.help_text = _("At least 10 characters. A sentence of several words is easy to remember and hard to guess.")
    for field in (first, second):
        field.widget.attrs.pop("placeholder", None)
        field.validators.append(MaxLengthValidator(PASSWORD_LENGTH))


class ProfileForm(forms.ModelForm):
    """What people may change about themselves; the rest comes from the directory."""

    class Meta:
        model = User
        fields = ("phone", "location", "language", "timezone", "theme", "has_shortcuts", "is_compact")
        labels = {"has_shortcuts": _("Single-key shortcuts on the desk"), "is_compact": _("Compact lists on the desk")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"] = forms.ChoiceField(
            label=_("Language of pages and messages"),
            choices=[(UNSET, _("As my browser")), ("zh-hans", "简体中文"), ("en", "English")],
        )
        self.fields["timezone"] = forms.ChoiceField(
            label=_("Time zone"), choices=[(UNSET, _("As the service desk")), *time_zones()]
        )
        for name in ("language", "timezone"):
            self.initial[name] = self.initial[name] or UNSET
        self.fields["phone"].widget.attrs["autocomplete"] = "tel"
        if not self.instance.is_desk:
            del self.fields["has_shortcuts"], self.fields["is_compact"]

    def clean_language(self) -> str:
        return _unset(self.cleaned_data["language"])

    def clean_timezone(self) -> str:
        return _unset(self.cleaned_data["timezone"])

    def clean_phone(self) -> str:
        return self._tidy("phone", 40)

    def clean_location(self) -> str:
        return self._tidy("location", 120)

    def _tidy(self, name: str, limit: int) -> str:
        try:
            return clean_text(self.cleaned_data[name], field=name, max_length=limit, multiline=False)
        except InvalidInput as error:
            raise forms.ValidationError(error.fields[name]) from None


def _unset(value: str) -> str:
    return "" if value == UNSET else value


def time_zones() -> list[tuple[str, str]]:
    """Names with a place in them; `Etc/GMT+5` and the like only confuse."""
    areas = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
    names = sorted(name for name in available_timezones() if name.startswith(areas) and "/" in name)
    return [(name, name.replace("_", " ")) for name in [*names, "UTC"]]
