"""Absences of all people, for administrators. Everybody enters their own on the desk."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from escalation.models import Absence
from escalation.services import absences as services
from helpdesk.common.administration import ConfigurationAdmin, ReasonForm, reason_of
from helpdesk.common.errors import DomainError

PARTS = (gettext_lazy("Date"), gettext_lazy("Time"))


class AbsenceForm(ReasonForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Date and time stand in boxes of their own, each with a name that is read out."""
        super().__init__(*args, **kwargs)
        for name in ("starts_at", "ends_at"):
            for widget, part in zip(self.fields[name].widget.widgets, PARTS, strict=True):
                widget.attrs["aria-label"] = format_lazy("{} · {}", self.fields[name].label, part)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.errors:
            return cleaned
        wanted = Absence(pk=self.instance.pk)
        for name in ("person", "starts_at", "ends_at", "substitute"):
            setattr(wanted, name, cleaned[name])
        try:
            services.refuse_bad_absence(wanted, at=timezone.now())
        except DomainError as error:
            self.refuse(error)
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        """The service judges these in words."""
        return {*super()._get_validation_exclusions(), "ends_at", "substitute"}  # type: ignore[misc]


@admin.register(Absence)
class AbsenceAdmin(ConfigurationAdmin):
    form = AbsenceForm
    list_display = ("person", "starts_at", "ends_at", "substitute", "note")
    list_select_related = ("person", "substitute")
    ordering = ("-ends_at",)
    search_fields = ("person__full_name", "person__username", "substitute__full_name")
    autocomplete_fields = ("person", "substitute")

    def field_groups(self, obj: Any) -> Any:
        return [
            (gettext_lazy("Who is away"), {"fields": ["person", "starts_at", "ends_at"]}),
            (gettext_lazy("Who stands in"), {"fields": ["substitute", "note"]}),
        ]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        services.save_absence(absence=obj, actor=request.user, at=timezone.now(), reason=reason_of(form))  # type: ignore[arg-type]
