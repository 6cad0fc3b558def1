"""The select of categories reads as a tree in the order that the catalogue gives its siblings."""

from __future__ import annotations

import pytest

from tickets.forms.commands import CategoryField
from tickets.models import Category

pytestmark = pytest.mark.django_db


def offered() -> list[str]:
    field = CategoryField(queryset=Category.objects.filter(is_retired=False), empty_label=None)
    return [value for value, _label in field.choices]


def test_siblings_stand_by_position_and_children_behind_their_parent() -> None:
    rows = {row.code: row for row in Category.objects.filter(is_retired=False)}
    codes = offered()
    assert set(codes) == set(rows)
    for code, row in rows.items():
        above = row.parent
        if above is not None:
            between = codes[codes.index(above.code) + 1 : codes.index(code)]
            assert all(above.pk in rows[other].branch for other in between), code
    Category.objects.filter(code="consulting").update(position=0)
    assert offered()[0] == "consulting"
