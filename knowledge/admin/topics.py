"""The list of topics."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from helpdesk.common.administration import ReasonForm, RetiringAdmin, reason_of
from knowledge.models import Topic
from knowledge.services import topics


@admin.register(Topic)
class TopicAdmin(RetiringAdmin):
    form = ReasonForm
    list_display = ("name_zh", "name_en", "position", "articles", "offer")
    list_filter = ("is_retired",)
    search_fields = ("name_zh", "name_en")

    def field_groups(self, obj: Any) -> Any:
        fields = [("name_zh", "name_en"), "icon", "position"]
        return [(None, {"fields": fields if obj is None else [*fields, "is_retired"]})]

    @admin.display(description=gettext_lazy("articles"))
    def articles(self, row: Topic) -> int:
        """The list is short, so a query per row is fine."""
        return row.articles.count()

    @admin.display(description=gettext_lazy("on offer"), boolean=True)
    def offer(self, row: Topic) -> bool:
        return not row.is_retired

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        topics.save_topic(topic=obj, actor=request.user, reason=reason_of(form))  # type: ignore[arg-type]

    def set_retired(self, obj: Any, *, is_retired: bool, actor: Any) -> None:
        topics.set_retired(topic=obj, is_retired=is_retired, actor=actor)
