"""The desk's settings: one row, one page, with a preview of the next ticket's number."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from helpdesk.common.administration import ConfigurationAdmin, ReasonForm, reason_of
from helpdesk.common.errors import DomainError
from helpdesk.common.list_fields import NumbersField
from tickets.models import DeskSettings
from tickets.models.settings import validate_number_format, validate_reminder_days
from tickets.services.desk_settings import preview_number, refuse_unusable_numbers, save_settings


class DaysField(NumbersField):
    """Days after an event."""

    complaint = gettext_lazy("Give whole days between 1 and 90, for instance 2, 4.")

    def validate(self, value: Any) -> None:
        validate_reminder_days(value)


class DeskSettingsForm(ReasonForm):
    reminder_days = DaysField(
        label=gettext_lazy("Reminders on days"),
        required=False,
        help_text=gettext_lazy("Days after the solution on which the requester is reminded, for instance 2, 4."),
    )

    def clean_number_format(self) -> str:
        """Asked here, because the model's validators run only after `clean`, which needs a format that works."""
        text = str(self.cleaned_data["number_format"])
        validate_number_format(text)
        return text

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        days, limit = cleaned.get("reminder_days"), cleaned.get("confirm_days")
        if days and limit and max(days) >= limit:
            message = _("A reminder on day %(day)d comes too late: the ticket is closed after %(limit)d days.")
            self.add_error("reminder_days", message % {"day": max(days), "limit": limit})
        if not self.errors:
            wanted = DeskSettings(number_format=cleaned["number_format"], first_number=cleaned["first_number"])
            try:
                refuse_unusable_numbers(wanted, at=timezone.now())
            except DomainError as error:
                self.refuse(error)
        return cleaned


@admin.register(DeskSettings)
class DeskSettingsAdmin(ConfigurationAdmin):
    form = DeskSettingsForm
    readonly_fields = ("number_preview",)
    change_form_template = "admin/tickets/desksettings/change_form.html"

    def field_groups(self, obj: Any) -> Any:
        return [
            (gettext_lazy("Name and hours"), {"fields": [("name_zh", "name_en"), ("hours_zh", "hours_en")]}),
            (gettext_lazy("Telephone"), {"fields": [("phone", "emergency_phone")]}),
            (
                gettext_lazy("Ticket numbers"),
                {"fields": [("number_format", "first_number"), "number_preview"]},
            ),
            (
                gettext_lazy("Confirming, reopening, archiving"),
                {
                    "fields": [("confirm_days", "reminder_days"), ("reopen_days", "archive_days")],
                    "description": gettext_lazy("All in calendar days. New terms hold for what happens from now on."),
                },
            ),
            (gettext_lazy("Mails"), {"fields": ["gather_minutes"]}),
            (gettext_lazy("Satisfaction"), {"fields": ["survey_days"]}),
            (
                gettext_lazy("Security incidents"),
                {
                    "fields": [("security_officer", "security_team")],
                    "description": gettext_lazy("Who is called, day and night, and may read the ticket."),
                },
            ),
        ]

    @admin.display(description=gettext_lazy("next ticket"))
    def number_preview(self, desk: DeskSettings) -> SafeString:
        return format_html(
            '<output id="number-preview" data-url="{}">{}</output>',
            reverse("admin:tickets_desksettings_preview"),
            preview_sentence(desk),
        )

    def get_urls(self) -> list[Any]:
        preview = self.admin_site.admin_view(preview_view)
        return [path("preview/", preview, name="tickets_desksettings_preview"), *super().get_urls()]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """One row, so the list is skipped. A new installation works with the defaults until this page is opened."""
        row, _created = DeskSettings._default_manager.get_or_create(pk=1)
        return redirect("admin:tickets_desksettings_change", row.pk)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        save_settings(desk=obj, actor=request.user, at=timezone.now(), reason=reason_of(form))  # type: ignore[arg-type]

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        super().response_change(request, obj)
        return redirect("admin:tickets_desksettings_change", obj.pk)


def preview_sentence(desk: DeskSettings) -> str:
    return _("The next ticket will be %(number)s.") % {"number": preview_number(desk, at=timezone.now())}


def preview_view(request: HttpRequest) -> JsonResponse:
    """The sentence for a format that is being typed, or why it can't be used."""
    desk = DeskSettings(number_format=request.GET.get("number_format", "")[:80])
    try:
        validate_number_format(desk.number_format)
        desk.first_number = int(request.GET.get("first_number", "")[:12])
        refuse_unusable_numbers(desk, at=timezone.now())
    except ValidationError as error:
        return JsonResponse({"text": " ".join(error.messages)})
    except DomainError as error:
        return JsonResponse({"text": " ".join(str(text) for text in error.fields["number_format"])})
    except ValueError:
        return JsonResponse({"text": _("The first number must be a whole number.")})
    return JsonResponse({"text": preview_sentence(desk)})
