"""One FilterSet for the queue, the requester's list and the API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import django_filters as filters
from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import Team
from tickets.choices import PRIORITY_CHOICES, SLA_STATE_CHOICES, STATUS_CHOICES, Channel, EscalationState, WaitsFor
from tickets.conditions import (
    IS_ESCALATED,
    IS_OFFERED,
    has_status,
    has_username,
    in_branches,
    is_due_within,
    stands_on_clock,
)
from tickets.models import Category, RequestKind, Ticket, WaitingReason
from tickets.models.ticket import TicketQuerySet
from tickets.promise_choices import STANDING_CHOICES
from tickets.promise_ledger import stands_as
from tickets.search import search_tickets

_STATUS_CHOICES = [
    ("open", _("All open")),
    ("workable", _("Being handled")),
    ("done", _("Done")),
    *STATUS_CHOICES,
]
LONGEST_LOOK_AHEAD = 60 * 24 * 31
# Instants at the ends of the calendar can't be turned into UTC.
IN_RANGE = [
    MinValueValidator(datetime(1970, 1, 1, tzinfo=UTC)),
    MaxValueValidator(datetime(2200, 1, 1, tzinfo=UTC)),
]


class CommaWidget(forms.SelectMultiple):
    """Several values as `a=1&a=2` or `a=1,2`."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        values = data.getlist(name) if hasattr(data, "getlist") else data.get(name, [])
        values = [values] if isinstance(values, str) else values
        return [part for value in values for part in str(value).split(",") if part]


class MinutesFilter(filters.Filter):
    """A whole number of minutes."""

    field_class = forms.IntegerField


class TicketFilter(filters.FilterSet):
    """Filters over tickets the viewer may see; pass a `visible_to` queryset and the request."""

    q = filters.CharFilter(label=_("Search"), method="filter_q", max_length=500)
    status = filters.MultipleChoiceFilter(
        label=_("Status"), choices=_STATUS_CHOICES, method="filter_status", widget=CommaWidget
    )
    priority = filters.MultipleChoiceFilter(
        label=_("Priority"), choices=PRIORITY_CHOICES, method="filter_any", widget=CommaWidget
    )
    kind = filters.ModelChoiceFilter(label=_("Kind"), queryset=RequestKind.objects.all())
    category = filters.ModelChoiceFilter(
        label=_("Category"), queryset=Category.objects.order_by("path"), to_field_name="code", method="filter_category"
    )
    team = filters.ModelChoiceFilter(
        label=_("Team"), queryset=Team.objects.all(), null_label=_("No team"), null_value="none"
    )
    assignee = filters.CharFilter(label=_("Assignee"), method="filter_person", max_length=150)
    requester = filters.CharFilter(label=_("Requester"), method="filter_person", max_length=150)
    channel = filters.MultipleChoiceFilter(
        label=_("Channel"), choices=Channel.choices, method="filter_any", widget=CommaWidget
    )
    waiting_reason = filters.ModelChoiceFilter(label=_("Waiting reason"), queryset=WaitingReason.objects.all())
    waits_for = filters.MultipleChoiceFilter(
        label=_("Waits for"),
        field_name="waiting_reason__waits_for",
        choices=WaitsFor.choices,
        method="filter_any",
        widget=CommaWidget,
        distinct=False,
    )
    sla_state = filters.MultipleChoiceFilter(
        label=_("Time left"), choices=SLA_STATE_CHOICES, method="filter_sla_state", widget=CommaWidget
    )
    escalation = filters.MultipleChoiceFilter(
        label=_("Escalation"), choices=EscalationState.choices, method="filter_escalation", widget=CommaWidget
    )
    due_within = MinutesFilter(
        label=_("Due within"), method="filter_due_within", min_value=1, max_value=LONGEST_LOOK_AHEAD
    )
    created_after = filters.IsoDateTimeFilter(
        label=_("Created after"), field_name="created_at", lookup_expr="gte", validators=IN_RANGE
    )
    created_before = filters.IsoDateTimeFilter(
        label=_("Created before"), field_name="created_at", lookup_expr="lt", validators=IN_RANGE
    )

    promise = filters.MultipleChoiceFilter(
        label=_("Promise"), choices=STANDING_CHOICES, method="filter_promise", widget=CommaWidget
    )

    class Meta:
        model = Ticket
        fields: list[str] = []

    def filter_q(self, queryset: TicketQuerySet, name: str, value: str) -> TicketQuerySet:
        return search_tickets(queryset, value, self.request.user)

    def filter_any(self, queryset: TicketQuerySet, name: str, values: list[str]) -> TicketQuerySet:
        """One of the values; as a list, for which the database has an index, not as a chain of ORs with DISTINCT."""
        return queryset.filter(**{f"{name}__in": values}) if values else queryset

    def filter_status(self, queryset: TicketQuerySet, name: str, values: list[str]) -> TicketQuerySet:
        return queryset.filter(has_status(values)) if values else queryset

    def filter_escalation(self, queryset: TicketQuerySet, name: str, values: list[str]) -> TicketQuerySet:
        """What has gone up, or what waits for somebody to accept it."""
        if EscalationState.ESCALATED in values:
            return queryset.filter(IS_ESCALATED)
        return queryset.filter(IS_OFFERED) if values else queryset

    def filter_sla_state(self, queryset: TicketQuerySet, name: str, values: list[str]) -> TicketQuerySet:
        return queryset.filter(stands_on_clock(values, timezone.now())) if values else queryset

    def filter_promise(self, queryset: TicketQuerySet, name: str, values: list[str]) -> TicketQuerySet:
        """How what was promised to the requester stands at this moment; one of the values."""
        at, found = timezone.now(), Q(pk__in=[])
        for value in values:
            found |= stands_as(value, at)
        return queryset.filter(found) if values else queryset

    def filter_due_within(self, queryset: TicketQuerySet, name: str, value: int | None) -> TicketQuerySet:
        """Due in the next minutes, and not late yet."""
        return queryset if value is None else queryset.filter(is_due_within(timezone.now(), minutes=value))

    def filter_category(self, queryset: TicketQuerySet, name: str, value: Category | None) -> TicketQuerySet:
        """The category and everything below it."""
        return queryset if value is None else queryset.filter(in_branches([value]))

    def filter_person(self, queryset: TicketQuerySet, name: str, value: str) -> TicketQuerySet:
        """`me`, `none`, or a user name that the viewer may know."""
        if value == "me":
            return queryset.filter(**{name: self.request.user})
        if value == "none":
            return queryset.filter(**{f"{name}__isnull": True})
        return queryset.filter(has_username(value, self.request.user, of=f"{name}__"))


ORDERINGS = {
    "due": ("next_due_at", "id"),
    "newest": ("-created_at", "-id"),
    "oldest": ("created_at", "id"),
    "changed": ("-updated_at", "-id"),
    "priority": ("priority", "created_at", "id"),
}
