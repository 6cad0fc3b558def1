"""Request kinds, waiting reasons and outcomes: lists of codes with names in both languages."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from helpdesk.common.administration import ReasonForm, RetiringAdmin, reason_of
from helpdesk.common.errors import DomainError
from tickets.models import Outcome, RequestKind, Ticket, WaitingReason
from tickets.models.catalogue import CatalogueItem
from tickets.services import catalogue


class ItemForm(ReasonForm):
    """Refuses what would leave the catalogue without something the process needs."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors:
            for name in self._meta.fields or []:
                if name in cleaned and name in {field.name for field in self.instance._meta.concrete_fields}:
                    setattr(self.instance, name, cleaned[name])
            try:
                catalogue.refuse_gap(self.instance)
            except DomainError as error:
                self.refuse(error)
        return cleaned


class ItemAdmin(RetiringAdmin):
    """The code is for ever; names, order and offer may change."""

    form = ItemForm
    list_filter = ("is_retired",)
    search_fields = ("code", "name_zh", "name_en")
    ordering = ("position", "code")
    ticket_field = ""
    extra_fields: tuple[str, ...] = ()

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        return ("name_zh", "name_en", "code", *self.extra_fields, "used_by", "position", "offer")

    def field_groups(self, obj: Any) -> Any:
        names = [("name_zh", "name_en"), "code", *self.extra_fields, "position"]
        return [(None, {"fields": names if obj is None else [*names, "is_retired"]})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("code",) if obj is not None else ()

    @admin.display(description=gettext_lazy("tickets"))
    def used_by(self, item: CatalogueItem) -> int:
        """How many tickets have it. The lists are short, so one count per row is fine."""
        return Ticket._base_manager.filter(**{self.ticket_field: item.pk}).count()

    @admin.display(description=gettext_lazy("on offer"), boolean=True)
    def offer(self, item: CatalogueItem) -> bool:
        return not item.is_retired

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        catalogue.save_item(item=obj, actor=request.user, reason=reason_of(form))  # type: ignore[arg-type]

    def may_delete(self, obj: Any) -> None:
        catalogue.refuse_gap(obj, stays=False)

    def set_retired(self, obj: Any, *, is_retired: bool, actor: Any) -> None:
        change = catalogue.retire_item if is_retired else catalogue.restore_item
        change(item=obj, actor=actor)


@admin.register(RequestKind)
class RequestKindAdmin(ItemAdmin):
    ticket_field = "kind"


@admin.register(WaitingReason)
class WaitingReasonAdmin(ItemAdmin):
    ticket_field = "waiting_reason"
    extra_fields = ("waits_for",)


@admin.register(Outcome)
class OutcomeAdmin(ItemAdmin):
    ticket_field = "outcome"
    extra_fields = ("is_workaround",)
