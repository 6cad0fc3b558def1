"""Somebody else was faster: a form that was sent then counts on what stands now, and reverts nothing of it (ux 1.8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import QueryDict


def catch_up(data: QueryDict, names: Iterable[str], *, seen: Mapping[str, Any], now: Mapping[str, Any]) -> set[str]:
    """Bring those of the named fields up to date that the sender left as they were seen.

    `seen` and `now` are the fields' values in the version that the sender had seen, and as they stand now: a text, or a list
    of values. Gives the names of fields in which the sender wrote something of their own, which stays.
    """
    own = set()
    for name in names:
        typed = lines(data.getlist(name))
        if typed == lines(seen.get(name)):
            present = now.get(name, "")
            data.setlist(name, present if isinstance(present, list) else [present])
        elif typed != lines(now.get(name)):
            own.add(name)
    return own


def lines(value: Any) -> list[str]:
    """A value as lines, however it is written: browsers end them differently."""
    values = value if isinstance(value, list) else [value]
    return [line.strip() for one in values if one is not None for line in str(one).splitlines() if line.strip()]
