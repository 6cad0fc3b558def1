"""Input as JSON means it: a text is a text and a number a number, nothing is guessed, nothing unknown is dropped."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?([Zz]|[+-]\d{2}:\d{2})")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
HIGHEST = 2**31 - 1


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields it doesn't know (one policy everywhere: 400, never silently dropped), and what only looks like a yes or no:
    the framework takes 0, "off" and "n" for one, the schema doesn't."""

    def to_internal_value(self, data: Any) -> Any:
        problems: dict[str, Any] = {}
        if isinstance(data, Mapping):
            known = {name for name, field in self.fields.items() if not field.read_only}
            problems = {name: [_("There is no such field here.")] for name in data if name not in known}
            for name, field in self.fields.items():
                is_flag = isinstance(field, serializers.BooleanField)
                if is_flag and data.get(name) is not None and not isinstance(data[name], bool):
                    problems[name] = [_("Write true or false.")]
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if isinstance(error.detail, dict):
                error.detail.update(problems)
            raise
        if problems:
            raise serializers.ValidationError(problems)
        return value


class TextField(serializers.CharField):
    """A JSON string. Cleaning and limits in characters are the service's; a longer text than these is refused here."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class CodeField(TextField):
    """A code of the catalogue, or a user name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=kwargs.pop("max_length", 60), **kwargs)


class WholeNumberField(serializers.IntegerField):
    """A JSON number from 1 up."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=HIGHEST, **kwargs)

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return int(super().to_internal_value(data))


class CodeChoiceField(serializers.ChoiceField):
    """One of a fixed set of codes."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid_choice", input=data)
        return super().to_internal_value(data)


@extend_schema_field({"type": "string", "format": "date-time"})
class InstantField(serializers.Field[Any, Any, Any, Any]):
    """An ISO 8601 instant with its offset (`2026-03-02T09:30:00+08:00`), between 1970 and 2200."""

    default_error_messages = {
        "invalid": gettext_lazy("Write an instant with its offset, for instance 2026-03-02T09:30:00+08:00."),
        "range": gettext_lazy("This instant is too far away."),
    }

    def to_internal_value(self, data: Any) -> datetime:
        if not isinstance(data, str) or not INSTANT.fullmatch(data):
            self.fail("invalid")
        try:
            value = datetime.fromisoformat(data.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail("invalid")
        if not EARLIEST <= value < LATEST:
            self.fail("range")
        return value


@extend_schema_field({"type": "string", "format": "date"})
class DayField(serializers.Field[Any, Any, Any, Any]):
    """A day of the calendar (`2026-03-02`)."""

    default_error_messages = {"invalid": gettext_lazy("Write a date like 2026-03-02.")}

    def to_internal_value(self, data: Any) -> date:
        if not isinstance(data, str) or not DAY.fullmatch(data):
            self.fail("invalid")
        try:
            return date.fromisoformat(data)
        except ValueError:
            self.fail("invalid")


def instant(value: datetime | None) -> str | None:
    """An instant as the API writes it: ISO 8601, UTC."""
    if value is None:
        return None
    return value.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"
