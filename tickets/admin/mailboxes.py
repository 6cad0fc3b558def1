"""Mailboxes: where mail is fetched from, what becomes of it, and whether it works."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from helpdesk.accounts.models import Team
from helpdesk.common.administration import ConfigurationAdmin, ReasonForm, reason_of
from helpdesk.common.templatetags.hd import when_text
from tickets.mail_words import problem_text
from tickets.models import Category, Mailbox
from tickets.services.mailroom.imap import Unreachable
from tickets.services.mailroom.mailboxes import save_mailbox
from tickets.services.mailroom.trying import try_mailbox

SECRETS = ("password", "oauth_client_secret", "oauth_refresh_token")
WHERE = ("host", "port", "security", "username", "folder")


class MailboxForm(ReasonForm):
    """Secrets are never shown again; left empty they stay as they are."""

    password = forms.CharField(label=gettext_lazy("Password"), required=False, widget=forms.PasswordInput)
    oauth_client_secret = forms.CharField(
        label=gettext_lazy("Client secret"), required=False, widget=forms.PasswordInput
    )
    oauth_refresh_token = forms.CharField(
        label=gettext_lazy("Refresh token"),
        required=False,
        widget=forms.PasswordInput,
        help_text=gettext_lazy("Google needs it; with Microsoft the application signs in by itself."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in SECRETS:
            if name in self.fields and getattr(self.instance, name):
                self.fields[name].widget.attrs["placeholder"] = _("Kept; type to replace it")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for name in SECRETS:
            if name in cleaned and not cleaned[name]:
                cleaned[name] = Mailbox.objects.filter(pk=self.instance.pk).values_list(name, flat=True).first() or ""
        if "host" not in self.fields:
            return cleaned
        for name in ("host", "username"):
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(name, _("Without it no mail can be fetched."))
        by_password = cleaned.get("credential") == Mailbox.Credential.PASSWORD
        needed = ("password",) if by_password else ("oauth_client_id", "oauth_client_secret")
        for name in needed:
            if not cleaned.get(name):
                self.add_error(name, _("This way of signing in needs it."))
        if cleaned.get("credential") == Mailbox.Credential.GOOGLE and not cleaned.get("oauth_refresh_token"):
            self.add_error("oauth_refresh_token", _("This way of signing in needs it."))
        return cleaned


@admin.register(Mailbox)
class MailboxAdmin(ConfigurationAdmin):
    form = MailboxForm
    change_form_template = "admin/tickets/mailbox/change_form.html"
    list_display = ("name", "address", "team", "category", "how_it_goes", "is_active")
    list_select_related = ("team", "category", "state")
    autocomplete_fields = ("team", "category")
    search_fields = ("name", "address")

    def field_groups(self, obj: Any) -> Any:
        groups = [
            (
                gettext_lazy("Mailbox"),
                {"fields": ["name", "address", "is_active", "has_subaddresses", "authserv_id"]},
            ),
            (gettext_lazy("What becomes of its mail"), {"fields": ["team", "category", "language"]}),
            (gettext_lazy("What gets in"), {"fields": ["strangers", "machines", "hourly_limit"]}),
        ]
        if obj is None or not obj.is_from_settings:
            groups[1:1] = [
                (gettext_lazy("Where it is fetched from"), {"fields": list(WHERE)}),
                (
                    gettext_lazy("Sign-in"),
                    {
                        "fields": [
                            "credential",
                            "password",
                            "oauth_tenant",
                            "oauth_client_id",
                            "oauth_client_secret",
                            "oauth_refresh_token",
                        ]
                    },
                ),
            ]
        return groups

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "team":
            kwargs["queryset"] = Team.objects.filter(is_retired=False)
        if db_field.name == "category":
            kwargs["queryset"] = Category.objects.filter(is_retired=False)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description=gettext_lazy("how it goes"))
    def how_it_goes(self, row: Mailbox) -> str:
        state = getattr(row, "state", None)
        if state is None or state.last_poll_at is None:
            return _("Not fetched yet")
        if state.failing_since is not None:
            return _("Failing since %(time)s: %(problem)s") % {
                "time": when_text(state.failing_since),
                "problem": problem_text(state.last_error),
            }
        if state.is_nearly_full:
            return _("Fetched %(time)s, %(percent)d%% full") % {
                "time": when_text(state.last_success_at),
                "percent": state.percent_full,
            }
        return _("Fetched %(time)s") % {"time": when_text(state.last_success_at)}

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Its mails stay, so it does too; take it out of use instead."""
        return obj is not None and not obj.mails.exists() and not obj.is_from_settings

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        save_mailbox(mailbox=obj, actor=request.user, reason=reason_of(form))  # type: ignore[arg-type]

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(require_POST(self.test_view))
        return [path("<path:object_id>/test/", view, name="tickets_mailbox_test"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        more: dict[str, Any] = {}
        if isinstance(row, Mailbox):
            more = {
                "how_it_goes": self.how_it_goes(row),
                "test_url": reverse("admin:tickets_mailbox_test", args=[row.pk]),
            }
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def test_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        try:
            trial = try_mailbox(row)
        except Unreachable as problem:
            messages.error(request, problem_text(str(problem)))
        except ValueError:
            messages.error(request, _("MAILBOX_URL isn't set, so nothing is fetched here."))
        else:
            found = ngettext("It works. %(count)d unread mail.", "It works. %(count)d unread mails.", trial.unread)
            messages.success(request, found % {"count": trial.unread})
        return redirect(reverse("admin:tickets_mailbox_change", args=[row.pk]))
