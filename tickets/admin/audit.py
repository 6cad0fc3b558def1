"""The audit trail, to look at. Nothing here can be added, changed or deleted; the database refuses it too."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from helpdesk.common.administration import ReadOnlyAdmin
from tickets.choices import COMMAND_LABELS, Act
from tickets.models import AuditAnchor, TicketEvent

ACTS: dict[str, Any] = {**dict(Act.choices), **{command.value: label for command, label in COMMAND_LABELS.items()}}


class ActFilter(admin.SimpleListFilter):
    title = _("act")
    parameter_name = "code"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(ACTS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[TicketEvent]) -> QuerySet[TicketEvent]:
        return queryset.filter(code=self.value()) if self.value() else queryset


@admin.register(TicketEvent)
class TicketEventAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "ticket", "sequence", "act", "actor", "channel", "short_reason")
    list_filter = (ActFilter, "channel", "created_at")
    search_fields = ("=ticket__number", "actor__username", "actor__full_name")
    search_help_text = _("Ticket number, or who did it")
    list_select_related = ("ticket", "actor")
    ordering = ("-pk",)
    fields = (
        "created_at",
        "ticket",
        "sequence",
        "act",
        "from_status",
        "to_status",
        "actor",
        "channel",
        "reason",
        "data",
        "previous_hash",
        "hash",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[TicketEvent]:
        """Confidential tickets stay with the people on them, administrators included (M1.2-4)."""
        return TicketEvent.objects.visible_to(request.user)  # type: ignore[arg-type]

    @admin.display(description=_("act"), ordering="code")
    def act(self, event: TicketEvent) -> str:
        return str(ACTS.get(event.code, event.code))

    @admin.display(description=_("reason"))
    def short_reason(self, event: TicketEvent) -> str:
        return event.reason if len(event.reason) <= 80 else f"{event.reason[:79]}…"


@admin.register(AuditAnchor)
class AuditAnchorAdmin(ReadOnlyAdmin):
    list_display = ("day", "ticket_count", "event_count", "digest", "created_at")
    ordering = ("-day",)
    fields = ("day", "ticket_count", "event_count", "last_event_id", "digest", "created_at")
