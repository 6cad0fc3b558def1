"""Somebody else was faster: what they changed, beside what was typed (ux 1.8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms

from assets.changes import Change


@dataclass(frozen=True)
class News:
    """A change of somebody else. `is_kept`: the sender wrote something else into this field, which stays."""

    change: Change
    is_kept: bool


def catch_up(form: forms.Form, changes: list[Change], *, seen: Mapping[str, str], now: Mapping[str, str]) -> list[News]:
    """Bring the fields of a sent form that its sender left alone up to date, so that sending it again reverts nothing.

    `seen` and `now` are the texts of the fields in the version that the sender had seen, and as they stand now.
    """
    data: Any = form.data.copy()  # type: ignore[attr-defined]  # a QueryDict
    news = []
    for change in changes:
        name = change.field
        typed = _plain(data.get(name, ""))
        is_own = name in form.fields and typed != _plain(seen.get(name, ""))
        if name in form.fields and not is_own:
            data[name] = now.get(name, "")
        news.append(News(change, is_kept=is_own and typed != _plain(now.get(name, ""))))
    form.data = data
    return news


def _plain(text: str) -> str:
    """Browsers send lines with other ends than those that are stored."""
    return text.replace("\r\n", "\n").strip()
