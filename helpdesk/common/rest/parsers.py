"""Reading bodies: what can't be stored or isn't what it says is refused before anything looks at it."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from helpdesk.common.errors import InvalidInput, TooLarge
from helpdesk.common.text import refuse_broken_text

MAX_JSON_BYTES = 1024 * 1024
MAX_DEPTH = 12


class JSONParser(BaseParser):
    """One JSON object, in UTF-8, of at most a megabyte and twelve levels, without NUL and lone surrogates."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        raw = stream.read(MAX_JSON_BYTES + 1)
        if len(raw) > MAX_JSON_BYTES:
            raise TooLarge(_("The body is larger than %(limit)d kB.") % {"limit": MAX_JSON_BYTES >> 10})
        try:
            value = json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant, object_pairs_hook=_unique)
        except (ValueError, RecursionError):
            # Numbers of thousands of digits are a ValueError too.
            raise ParseError(_("The body is not JSON, or nested too deeply.")) from None
        if not isinstance(value, dict):
            raise ParseError(_("The body has to be a JSON object."))
        check_texts(value)
        return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object that names a field twice means two things; who reads it decides which, so it is refused."""
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a name occurs twice")
    return value


def check_texts(value: dict[str, Any]) -> None:
    """Refuse broken text in any name or value. Raises InvalidInput naming the field, ParseError for too many levels."""
    waiting: list[tuple[str, Any, int]] = [("", value, 1)]
    while waiting:
        path, found, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise ParseError(_("The body is not JSON, or nested too deeply."))
        if isinstance(found, str):
            refuse_broken_text(found, field=path)
        elif isinstance(found, dict):
            for name, item in found.items():
                _refuse_broken_name(name)
                waiting.append((f"{path}.{name}" if path else name, item, depth + 1))
        elif isinstance(found, list):
            waiting.extend((f"{path}.{index}", item, depth + 1) for index, item in enumerate(found))


def _refuse_broken_name(name: str) -> None:
    try:
        refuse_broken_text(name, field="name")
    except InvalidInput:
        raise ParseError(_("A field's name contains characters that can't be stored.")) from None
