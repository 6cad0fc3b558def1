"""What the schema says about the tickets' resources beyond their code."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from drf_spectacular.utils import OpenApiParameter

from helpdesk.common.paging import Key, instant, number
from tickets.filters import MinutesFilter, TicketFilter

ORDERS: dict[str, list[Key]] = {
    "created_at": [instant("created_at"), number("id")],
    "-created_at": [instant("created_at", is_descending=True), number("id", is_descending=True)],
    "updated_at": [instant("updated_at"), number("id")],
    "-updated_at": [instant("updated_at", is_descending=True), number("id", is_descending=True)],
    "priority": [Key("priority"), instant("created_at"), number("id")],
    "-priority": [
        Key("priority", is_descending=True),
        instant("created_at", is_descending=True),
        number("id", is_descending=True),
    ],
    "next_due_at": [instant("next_due_at", is_nullable=True), number("id")],
    "-next_due_at": [
        instant("next_due_at", is_descending=True, is_nullable=True),
        number("id", is_descending=True),
    ],
}


def _filter_parameter(name: str, field: filters.Filter) -> OpenApiParameter:
    if isinstance(field, filters.MultipleChoiceFilter):
        codes = [code for code, _label in field.extra["choices"]]
        schema: dict[str, Any] = {"type": "array", "items": {"type": "string", "enum": codes}}
        return OpenApiParameter(name, schema, style="form", explode=False)
    if isinstance(field, filters.IsoDateTimeFilter):
        return OpenApiParameter(name, {"type": "string", "format": "date-time"})
    if isinstance(field, MinutesFilter):
        limits = {"minimum": field.extra["min_value"], "maximum": field.extra["max_value"]}
        return OpenApiParameter(name, {"type": "integer", **limits}, description="In minutes.")
    shortest = 0 if name == "q" else 1
    longest = field.extra.get("max_length", 60)
    return OpenApiParameter(name, {"type": "string", "minLength": shortest, "maxLength": longest})


LIST_PARAMETERS = [
    *(_filter_parameter(name, field) for name, field in TicketFilter.base_filters.items()),
    OpenApiParameter("ordering", {"type": "string", "enum": list(ORDERS), "default": "-created_at"}),
]
NUMBER = OpenApiParameter(
    "number", {"type": "string", "pattern": "^[A-Za-z0-9-]{1,32}$"}, OpenApiParameter.PATH, description="Ticket number"
)
