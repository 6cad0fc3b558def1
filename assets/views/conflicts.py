"""Somebody else was faster: what they changed, beside what was typed (ux 1.8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms

from assets.changes import Change
from helpdesk.common.catching_up import catch_up


@dataclass(frozen=True)
class News:
    """A change of somebody else. `is_kept`: the sender wrote something else into this field, which stays."""

    change: Change
    is_kept: bool


def news_for(form: forms.Form, changes: list[Change], *, seen: Mapping[str, str], now: Mapping[str, str]) -> list[News]:
    """What others changed; the fields of the sent form that its sender left alone follow it.

    `seen` and `now` are the texts of the fields in the version that the sender had seen, and as they stand now.
    """
    data: Any = form.data.copy()  # type: ignore[attr-defined]  # a QueryDict
    names = [change.field for change in changes if change.field in form.fields]
    own = catch_up(data, names, seen=seen, now=now)
    form.data = data
    return [News(change, is_kept=change.field in own) for change in changes]
