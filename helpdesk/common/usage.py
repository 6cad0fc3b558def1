"""Where a row is used: what stands against deleting it, in numbers."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models
from django.db.models.fields.reverse_related import ForeignObjectRel


@dataclass(frozen=True)
class Usage:
    """So many rows of one kind point here."""

    label: str
    count: int


def usage_of(row: models.Model) -> list[Usage]:
    """All present references to the row, whichever app they come from. History doesn't count: it keeps copies."""
    found = []
    for relation in row._meta.get_fields(include_hidden=True):
        if not isinstance(relation, ForeignObjectRel) or not (relation.one_to_many or relation.one_to_one):
            continue
        model = relation.related_model
        if isinstance(model, str) or hasattr(model, "history_object") or model._meta.auto_created:
            continue
        count = model._base_manager.filter(**{relation.field.name: row.pk}).count()
        if count:
            found.append(Usage(str(model._meta.verbose_name_plural), count))
    return found
