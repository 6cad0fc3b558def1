"""What the schema says about the tickets' resources beyond their code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import django_filters as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.serializers import BaseSerializer

from tickets.filters import MinutesFilter, TicketFilter
from tickets.paging import Key, instant, number

F = TypeVar("F", bound=Callable[..., Any])

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
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x21-\\x7e]{1,255}$"},
    OpenApiParameter.HEADER,
    description="Repeat a request under the same key and get the same answer, without a second effect.",
)
CURSOR = OpenApiParameter(
    "cursor", {"type": "string", "minLength": 1}, description="From `next` or `previous` of another page."
)
PAGE_SIZE = OpenApiParameter(
    "page_size", {"type": "integer", "minimum": 1}, description="50 without it; more than 100 counts as 100."
)
PAGE_PARAMETERS = [CURSOR, PAGE_SIZE]


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


def document(
    summary: str,
    *,
    answer: type[BaseSerializer[Any]] | Any,
    body: type[BaseSerializer[Any]] | None = None,
    status: int = 200,
    parameters: Sequence[OpenApiParameter] = (),
    is_once: bool = False,
    media_type: str = "application/json",
) -> Callable[[F], F]:
    """The schema of one method: what it takes, what it gives; refusals are added for all (helpdesk/api/openapi.py)."""
    is_page = getattr(answer, "__name__", "").endswith("Page")
    found = [*parameters, *(PAGE_PARAMETERS if is_page else ()), *([IDEMPOTENCY_KEY] if is_once else ())]
    return extend_schema(
        operation_id=summary.lower().replace(" ", "_"),
        summary=summary,
        request=body,
        responses={(status, media_type): answer},
        parameters=found,
    )
