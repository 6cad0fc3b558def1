"""What the pages of webhooks and chat channels share: the state of the circuit, the log, a test, sending again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from helpdesk.accounts.models import Team
from helpdesk.common.administration import ReasonForm, RetiringAdmin
from helpdesk.common.errors import DomainError
from helpdesk.common.templatetags.hd import date_text
from notifications.models import Destination
from notifications.selectors import attempts_at, waiting_for
from notifications.services import destinations as services
from tickets.choices import ACT_LABELS, EVENT_CODES


class DestinationForm(ReasonForm):
    codes = forms.MultipleChoiceField(
        label=gettext_lazy("Told of these acts"),
        choices=[(code, ACT_LABELS[code]) for code in EVENT_CODES],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None chosen: all of them."),
    )

    def wanted(self, cleaned: dict[str, Any]) -> Any:
        """The row as it would become."""
        for name, value in cleaned.items():
            if name in {field.name for field in self.instance._meta.concrete_fields}:
                setattr(self.instance, name, value)
        return self.instance

    def judge(self, check: Callable[[], None]) -> None:
        try:
            check()
        except DomainError as error:
            self.refuse(error)


class DestinationAdmin(RetiringAdmin):
    change_form_template = "admin/notifications/destination.html"
    list_filter = ("is_retired",)
    search_fields = ("name",)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "team":
            kwargs["queryset"] = Team.objects.filter(is_retired=False)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description=gettext_lazy("told of"))
    def told_of(self, row: Destination) -> str:
        return " · ".join(str(ACT_LABELS[code]) for code in row.codes if code in ACT_LABELS) or _("All acts")

    @admin.display(description=gettext_lazy("state"))
    def state(self, row: Destination) -> str:
        if row.blocked_until is not None and row.blocked_until > timezone.now():
            return _("Left alone until %(time)s: %(error)s") % {
                "time": date_text(row.blocked_until),
                "error": row.last_error,
            }
        return _("Failing: %(error)s") % {"error": row.last_error} if row.failures else _("Working")

    @admin.display(description=gettext_lazy("in use"), boolean=True)
    def in_use(self, row: Destination) -> bool:
        return not row.is_retired

    def set_retired(self, obj: Any, *, is_retired: bool, actor: Any) -> None:
        services.set_retired(destination=obj, is_retired=is_retired, actor=actor, at=timezone.now())

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        view = self.admin_site.admin_view
        own = [
            path("<path:object_id>/test/", view(require_POST(self.test_view)), name=f"{name}_test"),
            path(
                "<path:object_id>/replay/<uuid:event_id>/", view(require_POST(self.replay_view)), name=f"{name}_replay"
            ),
        ]
        return own + super().get_urls()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        more: dict[str, Any] = {}
        if isinstance(row, Destination):
            address = f"admin:{self.opts.app_label}_{self.opts.model_name}"
            more = {
                "circuit": self.state(row),
                "attempts": attempts_at(row, viewer=request.user),  # type: ignore[arg-type]
                "waiting": waiting_for(row),
                "test_url": reverse(f"{address}_test", args=[row.pk]),
                "replay_name": f"{address}_replay",
                "retire_url": reverse(f"{address}_{'restore' if row.is_retired else 'retire'}", args=[row.pk]),
            }
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def test_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.found(request, object_id)
        services.send_test(destination=row, actor=request.user, at=timezone.now())  # type: ignore[arg-type]
        messages.success(request, _("A test is on its way. Reload this page to see what came back."))
        return self.back_to(row)

    def replay_view(self, request: HttpRequest, object_id: str, event_id: UUID) -> HttpResponse:
        row = self.found(request, object_id)
        try:
            services.replay(destination=row, event_id=event_id, actor=request.user, at=timezone.now())  # type: ignore[arg-type]
            messages.success(request, _("It will be sent again. Reload this page to see what came back."))
        except DomainError as error:
            messages.error(request, str(error))
        return self.back_to(row)

    def found(self, request: HttpRequest, object_id: str) -> Any:
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        return row

    def back_to(self, row: Destination) -> HttpResponse:
        return redirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[row.pk]))
