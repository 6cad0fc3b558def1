"""Webhooks: where they go and what they are told, their key shown once, and what came back."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from helpdesk.common.administration import reason_of
from notifications.admin.destinations import DestinationAdmin, DestinationForm
from notifications.models import WebhookEndpoint
from notifications.services import destinations as services


class WebhookForm(DestinationForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["url"].widget.attrs.update({"class": "vLargeTextField", "spellcheck": "false"})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors:
            self.judge(lambda: services.refuse_bad_webhook(self.wanted(cleaned)))
        return cleaned


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(DestinationAdmin):
    form = WebhookForm
    list_display = ("name", "url", "team", "told_of", "state", "in_use")
    list_select_related = ("team",)
    autocomplete_fields = ("team",)

    def field_groups(self, obj: Any) -> Any:
        return [
            (
                gettext_lazy("Where to"),
                {
                    "fields": ["name", "url"],
                    "description": gettext_lazy(
                        "Each message is signed as Standard Webhooks has it, with a key that is shown once after saving."
                    ),
                },
            ),
            (gettext_lazy("What of"), {"fields": ["team", "codes"]}),
            (gettext_lazy("What may leave the house"), {"fields": ["includes_internal", "includes_confidential"]}),
        ]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.new_secret = services.save_webhook(
            endpoint=obj,
            actor=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
            reason=reason_of(form),
        )

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        return self._show_secret(request, obj, obj.new_secret)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(require_POST(self.rotate_view))
        return [path("<path:object_id>/key/", view, name="notifications_webhookendpoint_key"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        key_url = reverse("admin:notifications_webhookendpoint_key", args=[object_id])
        return super().change_view(request, object_id, form_url, {"key_url": key_url, **(extra_context or {})})

    def rotate_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.found(request, object_id)
        secret = services.rotate_secret(endpoint=row, actor=request.user, at=timezone.now())  # type: ignore[arg-type]
        return self._show_secret(request, self.found(request, object_id), secret)

    def _show_secret(self, request: HttpRequest, row: WebhookEndpoint, secret: str) -> HttpResponse:
        """In the answer itself: a message to the next page would lie in a cookie or the session."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("The key of “%(name)s”") % {"name": row},
            "opts": self.opts,
            "object": row,
            "secret": secret,
            "overlap_until": row.previous_secret_until,
        }
        return TemplateResponse(request, "admin/notifications/key.html", context)
