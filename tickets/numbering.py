"""How a running number becomes a ticket number (M3.2-3). Pure."""

from __future__ import annotations

import re

_FIELD = re.compile(r"\{(?:n(?::0\d)?|year)\}")
_ALLOWED = re.compile(r"^[A-Za-z0-9-]*$")


def has_running_number(template: str) -> bool:
    """True when the format contains `{n}`, without which numbers would repeat."""
    return re.search(r"\{n(?::0\d)?\}", template) is not None


def is_plain(template: str) -> bool:
    """True when the format has only letters, digits, hyphens and known fields: numbers stand in addresses."""
    return _ALLOWED.match(_FIELD.sub("", template)) is not None


def format_number(template: str, *, n: int, year: int) -> str:
    """The ticket number for running number `n`, given out in `year`."""
    return template.format(n=n, year=year)
