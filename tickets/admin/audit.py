"""The audit trail, to look at. Nothing here can be added, changed or deleted; the database refuses it too."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from helpdesk.common.administration import ReadOnlyAdmin
from tickets.choices import ACT_LABELS, STATUS_LABELS
from tickets.erasure import shown_actor
from tickets.lifecycle import Status
from tickets.models import AuditAnchor, TicketEvent


class ActFilter(admin.SimpleListFilter):
    title = _("act")
    parameter_name = "code"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(ACT_LABELS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[TicketEvent]) -> QuerySet[TicketEvent]:
        return queryset.filter(code=self.value()) if self.value() else queryset


@admin.register(TicketEvent)
class TicketEventAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "of_ticket", "position", "act", "who", "way", "short_reason")
    list_filter = (ActFilter, "created_at")
    search_fields = ("=ticket__number", "actor__username", "actor__full_name")
    search_help_text = _("Ticket number, or who did it")
    list_select_related = ("ticket__requester", "actor")
    ordering = ("-pk",)
    fields = (
        "created_at",
        "of_ticket",
        "position",
        "act",
        "way_of_status",
        "who",
        "way",
        "reason",
        "facts",
        "fingerprint",
        "fingerprint_before",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[TicketEvent]:
        """Confidential tickets stay with the people on them, administrators included (M1.2-4)."""
        return TicketEvent.objects.visible_to(request.user)  # type: ignore[arg-type]

    @admin.display(description=_("act"), ordering="code")
    def act(self, event: TicketEvent) -> str:
        return str(ACT_LABELS.get(event.code, event.code))

    @admin.display(description=_("ticket"), ordering="ticket__number")
    def of_ticket(self, event: TicketEvent) -> str:
        return event.ticket.number

    @admin.display(description=_("position in the chain"))
    def position(self, event: TicketEvent) -> int:
        return event.sequence

    @admin.display(description=_("who"))
    def who(self, event: TicketEvent) -> str:
        actor = shown_actor(event)
        return actor.get_full_name() if actor is not None else str(_("The help desk itself"))

    @admin.display(description=_("channel"))
    def way(self, event: TicketEvent) -> str:
        return str(event.get_channel_display())

    @admin.display(description=_("status"))
    def way_of_status(self, event: TicketEvent) -> str:
        words = [str(STATUS_LABELS[Status(code)]) for code in (event.from_status, event.to_status) if code]
        return " → ".join(dict.fromkeys(words))

    @admin.display(description=_("facts"))
    def facts(self, event: TicketEvent) -> str:
        return json.dumps(event.data, ensure_ascii=False, indent=1)

    @admin.display(description=_("fingerprint"))
    def fingerprint(self, event: TicketEvent) -> str:
        return event.hash

    @admin.display(description=_("fingerprint of the event before"))
    def fingerprint_before(self, event: TicketEvent) -> str:
        return event.previous_hash

    @admin.display(description=_("reason"))
    def short_reason(self, event: TicketEvent) -> str:
        return event.reason if len(event.reason) <= 80 else f"{event.reason[:79]}…"


@admin.register(AuditAnchor)
class AuditAnchorAdmin(ReadOnlyAdmin):
    list_display = ("on_day", "tickets", "events", "fingerprint")
    ordering = ("-day",)
    fields = ("on_day", "tickets", "events", "fingerprint", "made")

    @admin.display(description=_("day"), ordering="day")
    def on_day(self, anchor: AuditAnchor) -> date:
        return anchor.day

    @admin.display(description=_("tickets"))
    def tickets(self, anchor: AuditAnchor) -> int:
        return anchor.ticket_count

    @admin.display(description=_("ticket events"))
    def events(self, anchor: AuditAnchor) -> int:
        return anchor.event_count

    @admin.display(description=_("fingerprint"))
    def fingerprint(self, anchor: AuditAnchor) -> str:
        return anchor.digest

    @admin.display(description=_("made at"))
    def made(self, anchor: AuditAnchor) -> datetime:
        return anchor.created_at
