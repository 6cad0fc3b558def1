"""How the operators' commands answer: a line per figure for people, one JSON object for scripts."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def as_lines(values: dict[str, Any]) -> str:
    """`name: value` lines; nested ones are indented."""
    lines = []
    for name, value in values.items():
        if isinstance(value, dict):
            lines.append(f"{name}:")
            lines += [f"  {line}" for line in as_lines(value).splitlines()]
        else:
            lines.append(f"{name}: {'-' if value is None else value}")
    return "\n".join(lines)


def parse_instant(value: str, *, name: str) -> datetime:
    """An ISO 8601 instant; without an offset it is the desk's local time. Raises CommandError."""
    try:
        at = parse_datetime(value)
    except ValueError:
        at = None
    if at is None:
        raise CommandError(f"{name} is {value!r}, which is not an ISO 8601 instant such as 2026-12-01T09:00:00Z.")
    return at if at.tzinfo else timezone.make_aware(at, timezone.get_default_timezone())
