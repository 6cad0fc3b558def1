"""The shape of a dossier's parts: data for the JSON, and words for the page to print."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.templatetags.hd import date_text
from tickets.models import Ticket


@dataclass(frozen=True)
class Line:
    """One row: `data` are its codes and instants for the JSON, `title` and `facts` (label and text) its words for print."""

    title: str
    data: Mapping[str, Any]
    facts: list[tuple[str, str]]


@dataclass(frozen=True)
class Part:
    code: str
    title: str | Promise
    lines: Callable[[Ticket, User], Iterator[Line]]


def person(who: User | None) -> dict[str, Any] | None:
    return {"id": who.pk, "username": who.username, "name": who.get_full_name()} if who is not None else None


def told(*facts: tuple[str | Promise, Any]) -> list[tuple[str, str]]:
    """Labels and texts, without those that are empty."""
    return [(str(label), _words(value)) for label, value in facts if value not in (None, "", [], {})]


def _words(value: Any) -> str:
    if isinstance(value, datetime):
        return str(date_text(value))
    if isinstance(value, User):
        return value.get_full_name()
    if isinstance(value, list):
        return str(_(", ")).join(str(item) for item in value)
    return str(value)
