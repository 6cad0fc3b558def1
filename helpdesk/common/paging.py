"""Keyset paging: a page begins behind the last row seen, so rows that come in meanwhile shift nothing.

A cursor is the sort values of one row, spelled as JSON in URL-safe base64. It carries no rights: the rows always
come from the caller's own queryset, and a cursor that doesn't fit is ignored.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from django.db.models import F, Model, Q, QuerySet

M = TypeVar("M", bound=Model)
LONGEST_CURSOR = 600


def _instant(value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None or not 1970 <= moment.year <= 9000:
        raise ValueError(value)
    return moment.astimezone(UTC)


def _number(value: Any) -> int:
    if not isinstance(value, int) or abs(value) >= 2**63:
        raise ValueError(value)
    return value


def _word(value: Any) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError(value)
    return value


@dataclass(frozen=True)
class Key:
    """One column of an order. Empty values (`is_nullable`) stand last, whichever way the column runs."""

    name: str
    read: Callable[[Any], Any] = _word
    is_descending: bool = False
    is_nullable: bool = False


def instant(name: str, *, is_descending: bool = False, is_nullable: bool = False) -> Key:
    return Key(name, _instant, is_descending, is_nullable)


def number(name: str, *, is_descending: bool = False) -> Key:
    return Key(name, _number, is_descending)


def word(name: str) -> Key:
    return Key(name)


@dataclass(frozen=True)
class Page(Generic[M]):
    """The rows of one page, and the cursors that lead on; empty where nothing follows or went before."""

    rows: list[M]
    after: str
    before: str


def paginate(
    rows: QuerySet[M],
    keys: Sequence[Key],
    *,
    size: int,
    after: str = "",
    before: str = "",
    details: QuerySet[M] | None = None,
) -> Page[M]:
    """At most `size` rows behind the cursor `after`, or before the cursor `before`. The last key must be unique.

    `details` is where the chosen rows are read from, with all that is shown; it need not repeat a costly search.
    """
    values = read_cursor(before or after, keys)
    is_backwards = bool(before) and values is not None
    ordered = rows.order_by(*_ordering(keys, is_backwards=is_backwards))
    if values is not None:
        ordered = ordered.filter(beyond(keys, values, is_backwards=is_backwards))
    # First the keys, which an index gives in order; then their rows with all that these join. In one query the
    # planner may join whole tables before it sorts and cuts.
    chosen = list(ordered.values_list("pk", flat=True)[: size + 1])
    by_key = (rows if details is None else details).in_bulk(chosen)
    found = [by_key[key] for key in chosen if key in by_key]
    has_more = len(found) > size
    found = found[:size]
    if is_backwards:
        found.reverse()
    if not found:
        return Page([], "", "")
    has_next = is_backwards or has_more
    has_previous = has_more if is_backwards else values is not None
    return Page(
        found,
        write_cursor(found[-1], keys) if has_next else "",
        write_cursor(found[0], keys) if has_previous else "",
    )


def neighbours(rows: QuerySet[M], keys: Sequence[Key], values: Sequence[Any]) -> tuple[M | None, M | None]:
    """The rows just before and just behind a place in the order."""
    found = []
    for is_backwards in (True, False):
        there = rows.filter(beyond(keys, values, is_backwards=is_backwards))
        found.append(there.order_by(*_ordering(keys, is_backwards=is_backwards)).first())
    return found[0], found[1]


def beyond(keys: Sequence[Key], values: Sequence[Any], *, is_backwards: bool = False) -> Q:
    """The condition for rows behind (or before) the place with these values."""
    condition = Q(pk__in=[])
    same = Q()
    for key, value in zip(keys, values, strict=True):
        step = _step(key, value, is_backwards=is_backwards)
        if step is not None:
            condition |= same & step
        same &= Q(**{f"{key.name}__isnull": True}) if value is None else Q(**{key.name: value})
    first, value = keys[0], values[0]
    if not first.is_nullable:
        # Says the same once more in a form that an index on the first column can use.
        condition &= Q(**{f"{first.name}__{'lte' if first.is_descending != is_backwards else 'gte'}": value})
    return condition


def _step(key: Key, value: Any, *, is_backwards: bool) -> Q | None:
    if value is None:
        return Q(**{f"{key.name}__isnull": False}) if is_backwards else None
    step = Q(**{f"{key.name}__{'lt' if key.is_descending != is_backwards else 'gt'}": value})
    return step | Q(**{f"{key.name}__isnull": True}) if key.is_nullable and not is_backwards else step


def _ordering(keys: Sequence[Key], *, is_backwards: bool) -> list[Any]:
    order: list[Any] = []
    for key in keys:
        is_descending = key.is_descending != is_backwards
        if key.is_nullable:
            nulls = {"nulls_first": True} if is_backwards else {"nulls_last": True}
            column = F(key.name)
            order.append(column.desc(**nulls) if is_descending else column.asc(**nulls))
        else:
            order.append(f"-{key.name}" if is_descending else key.name)
    return order


def write_cursor(row: Model, keys: Sequence[Key]) -> str:
    values = [getattr(row, key.name) for key in keys]
    plain = [value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain, separators=(",", ":")).encode()).decode().rstrip("=")


def read_cursor(text: str, keys: Sequence[Key]) -> list[Any] | None:
    """The values in a cursor, or None when there is none, or it belongs to another order or was made up."""
    if not text or len(text) > LONGEST_CURSOR:
        return None
    try:
        plain = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if not isinstance(plain, list) or len(plain) != len(keys):
            return None
        return [
            None if value is None and key.is_nullable else key.read(value)
            for key, value in zip(keys, plain, strict=True)
        ]
    except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error):
        return None
