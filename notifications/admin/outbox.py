"""The outbox for administrators: what failed or is uncertain, why, and sending it again. Nothing can be edited."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from helpdesk.accounts.roles import Ability
from helpdesk.common.errors import DomainError
from helpdesk.common.models import OutboxMessage
from notifications.services import operate

State = OutboxMessage.State


class StateFilter(admin.SimpleListFilter):
    """What needs attention comes first; everything else is one click away."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("all", _("All")), *State.choices]

    def choices(self, changelist: Any) -> Any:
        """As Django's, with the default named for what it shows."""
        for choice in super().choices(changelist):
            if choice["query_string"] == changelist.get_query_string(remove=[self.parameter_name]):
                choice["display"] = _("Needs attention")
            yield choice

    def queryset(self, request: HttpRequest, queryset: QuerySet[OutboxMessage]) -> QuerySet[OutboxMessage]:
        value = self.value()
        if value is None:
            return queryset.filter(state__in=(State.DEAD, State.UNCERTAIN))
        return queryset if value == "all" else queryset.filter(state=value)


@admin.register(OutboxMessage)
class OutboxMessageAdmin(admin.ModelAdmin):
    list_display = (
        "created_at",
        "topic",
        "channel",
        "recipient",
        "destination",
        "state",
        "attempts",
        "next_attempt_at",
        "last_error",
    )
    list_filter = (StateFilter, "channel", "topic")
    list_select_related = ("recipient",)
    search_fields = (
        "=uuid",
        "=destination",
        "recipient__username",
        "recipient__full_name",
        "recipient__email",
        "last_error",
    )
    search_help_text = _("Event id, recipient, destination such as webhook/3, or words of the error")
    ordering = ("-created_at", "-id")
    show_full_result_count = False
    actions = ("send_again",)
    fields = (
        "uuid",
        "topic",
        "channel",
        "recipient",
        "destination",
        "state",
        "attempts",
        "doubts",
        "next_attempt_at",
        "give_up_at",
        "lease_expires_at",
        "sent_at",
        "last_error",
        "event_key",
        "subject_type",
        "subject_id",
        "created_at",
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_authenticated and request.user.can(Ability.CONFIGURE))

    @admin.action(description=_("Replay: send the chosen messages again"), permissions=["replay"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[OutboxMessage]) -> None:
        chosen = list(queryset.values_list("uuid", flat=True))
        try:
            count = operate.replay(at=timezone.now(), event_ids=chosen)
        except DomainError as error:
            self.message_user(request, str(error), messages.ERROR)
            return
        text = ngettext("%(count)d message will be sent again.", "%(count)d messages will be sent again.", count) % {
            "count": count
        }
        self.message_user(request, text, messages.SUCCESS)
