"""Types of assets with their attributes. Assets themselves are kept on the desk's pages, where acts leave their trail."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy

from assets.models import AssetAttribute, AssetType
from helpdesk.common.administration import LinkFormSet, ReasonForm, ReferenceInline, RetiringAdmin


class AttributesFormSet(LinkFormSet):
    """An attribute that assets have values of can't be taken away: the values would go with it, one edit after another."""

    def clean(self) -> None:
        super().clean()
        for form in self.deleted_forms:
            if form.instance.pk is not None and form.instance.values():
                message = gettext("Assets have values of “%(name)s”, so it can't be deleted.")
                raise ValidationError(message % {"name": form.instance.name})


class AttributeInline(ReferenceInline):
    model = AssetAttribute
    formset = AttributesFormSet
    extra = 1
    fields = ("position", "code", "name_zh", "name_en", "kind", "choices", "is_required")


@admin.register(AssetType)
class AssetTypeAdmin(RetiringAdmin):
    """What kinds of devices and software there are, and what is noted of each."""

    form = ReasonForm
    inlines = (AttributeInline,)
    list_display = ("name_zh", "name_en", "code", "is_software", "how_many", "offer")
    list_filter = ("is_software", "is_retired")
    search_fields = ("name_zh", "name_en", "code")

    def field_groups(self, obj: Any) -> Any:
        fields: list[Any] = [("name_zh", "name_en"), "code", "is_software", "position"]
        return [(None, {"fields": fields if obj is None else [*fields, "is_retired"]})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Imports and other systems know a type by its code."""
        return () if obj is None else ("code",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[AssetType]:
        return super().get_queryset(request).annotate(asset_count=Count("assets"))

    @admin.display(description=gettext_lazy("assets"))
    def how_many(self, row: Any) -> int:
        return int(row.asset_count)

    @admin.display(description=gettext_lazy("on offer"), boolean=True)
    def offer(self, row: AssetType) -> bool:
        return not row.is_retired

    def set_retired(self, obj: Any, *, is_retired: bool, actor: Any) -> None:
        obj.is_retired = is_retired
        obj.save()
