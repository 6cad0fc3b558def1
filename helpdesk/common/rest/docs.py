"""What the schema says about any resource beyond its code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.serializers import BaseSerializer

F = TypeVar("F", bound=Callable[..., Any])

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
