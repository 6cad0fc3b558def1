"""What a version of an asset or a licence changed, in words of the reader's language. Read from their history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from assets.attributes import PREFIX, attribute_text
from assets.models import Asset, AssetAttribute, Licence

ASSET_FIELDS: Final = (
    *("tag", "type", "name", "manufacturer", "model", "serial", "hostname", "ip", "mac", "location", "department"),
    *("state", "holder", "lent_until_on", "vendor", "contract", "warranty_until_on", "purchased_on"),
    *("order_number", "price", "notes"),
)
# The key isn't kept in the history.
LICENCE_FIELDS: Final = (
    *("name", "edition", "seats", "vendor", "contract", "expires_on", "remind_days", "notes", "is_retired"),
)
_BLOCK = 100  # versions that are read at once


@dataclass(frozen=True)
class Change:
    """One field before and after, as text that is empty where nothing stood. `field` is its name, or `attributes.<code>`."""

    field: str
    label: str
    before: str
    after: str


class Past:
    """The versions of one asset or licence. Remembers what it has read."""

    def __init__(self, row: Asset | Licence) -> None:
        self.row = row
        self._fields = ASSET_FIELDS if isinstance(row, Asset) else LICENCE_FIELDS
        self._versions: dict[int, Any] = {}
        self._blocks: set[int] = set()
        self._names: dict[tuple[type[models.Model], int], str] = {}
        self._definitions: dict[int, dict[str, AssetAttribute]] = {}

    def version(self, number: int) -> Any | None:
        """The row as its version `number` was; None where that isn't known."""
        block = number // _BLOCK
        if block not in self._blocks:
            self._blocks.add(block)
            rows: Any = self.row.history.filter(version__gte=block * _BLOCK, version__lt=(block + 1) * _BLOCK)
            self._versions |= {row.version: row for row in rows.order_by("history_id")}
        return self._versions.get(number)

    def changes(self, number: int) -> list[Change]:
        """What came with version `number`; nothing for the first one."""
        before, after = self.version(number - 1), self.version(number)
        return [] if before is None or after is None else self.between(before, after)

    def between(self, before: Any, after: Any) -> list[Change]:
        """The fields in which two versions differ, in the order of the pages, attributes last."""
        found = []
        for name in self._fields:
            field = self.row._meta.get_field(name)
            old, new = getattr(before, field.attname), getattr(after, field.attname)  # type: ignore[union-attr]
            if old != new:
                found.append(Change(name, label_of(self.row, name), self._text(field, old), self._text(field, new)))
        if isinstance(self.row, Asset):
            found += self._attributes(before, after)
        return found

    def _text(self, field: Any, value: Any) -> str:
        if value is None or value == "":
            return ""
        if isinstance(value, bool):
            return _("Yes") if value else _("No")
        if field.is_relation:
            return self._name(field.related_model, value)
        if field.choices:
            return str(dict(field.flatchoices).get(value, value))
        return value.isoformat() if isinstance(value, date) else str(value)

    def _name(self, model: type[models.Model], pk: int) -> str:
        if (model, pk) not in self._names:
            row = model._default_manager.filter(pk=pk).first()
            self._names[model, pk] = str(row) if row is not None else f"#{pk}"
        return self._names[model, pk]

    def _attributes(self, before: Any, after: Any) -> Iterable[Change]:
        old, new = before.attributes, after.attributes
        for code in sorted(old.keys() | new.keys()):
            if old.get(code) != new.get(code):
                definitions = [self._definition(row.type_id, code) for row in (after, before)]
                known = next((row for row in definitions if row is not None), None)
                texts = [self._value(known, values, code) for values in (old, new)]
                yield Change(PREFIX + code, code if known is None else known.name, *texts)

    def _definition(self, type_id: int, code: str) -> AssetAttribute | None:
        if type_id not in self._definitions:
            rows = AssetAttribute.objects.filter(type_id=type_id)
            self._definitions[type_id] = {row.code: row for row in rows}
        return self._definitions[type_id].get(code)

    def _value(self, definition: AssetAttribute | None, values: Mapping[str, Any], code: str) -> str:
        if code not in values:
            return ""
        return str(values[code]) if definition is None else attribute_text(definition, values[code])


def label_of(row: Asset | Licence, name: str) -> str:
    """What pages call a field."""
    return capfirst(str(row._meta.get_field(name).verbose_name))  # type: ignore[union-attr]  # none comes from elsewhere
