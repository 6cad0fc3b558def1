"""Lists of usual diagnosis steps per category (M3.3.1-4)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from helpdesk.common.administration import LinkFormSet, ReasonForm, ReferenceInline, RetiringAdmin
from tickets.choices import CONSENT_ITEM_CHOICES
from tickets.models import DiagnosisTemplate, TemplateStep


class StepForm(forms.ModelForm):
    touches = forms.MultipleChoiceField(
        label=gettext_lazy("Touches"),
        required=False,
        choices=CONSENT_ITEM_CHOICES,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("What is ticked needs the user's consent."),
    )

    class Meta:
        model = TemplateStep
        fields = ("position", "kind", "hypothesis_zh", "hypothesis_en", "action_zh", "action_en", "touches")
        widgets = {name: forms.Textarea(attrs={"rows": 2}) for name in ("action_zh", "action_en")}


class StepInline(ReferenceInline):
    model = TemplateStep
    form = StepForm
    formset = LinkFormSet
    extra = 1


@admin.register(DiagnosisTemplate)
class DiagnosisTemplateAdmin(RetiringAdmin):
    """Steps to be taken over into a ticket in one go. Tickets keep their own copy."""

    form = ReasonForm
    inlines = (StepInline,)
    list_display = ("name_zh", "name_en", "category", "how_many", "offer")
    list_filter = ("is_retired",)
    search_fields = ("name_zh", "name_en")
    autocomplete_fields = ("category",)

    def field_groups(self, obj: Any) -> Any:
        fields: list[Any] = [("name_zh", "name_en"), "category"]
        return [(None, {"fields": fields if obj is None else [*fields, "is_retired"]})]

    def get_queryset(self, request: HttpRequest) -> QuerySet[DiagnosisTemplate]:
        return super().get_queryset(request).select_related("category").annotate(step_count=Count("steps"))

    @admin.display(description=gettext_lazy("steps"))
    def how_many(self, template: Any) -> int:
        return int(template.step_count)

    @admin.display(description=gettext_lazy("on offer"), boolean=True)
    def offer(self, template: DiagnosisTemplate) -> bool:
        return not template.is_retired

    def set_retired(self, obj: Any, *, is_retired: bool, actor: Any) -> None:
        obj.is_retired = is_retired
        obj.save()
