"""An asset as the texts of a row. Reading them back gives the same asset."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from assets.attributes import attribute_text
from assets.exchange.columns import Column
from assets.exchange.names import Register
from assets.models import Asset


def texts_of(asset: Asset, columns: Iterable[Column], register: Register) -> dict[str, str]:
    """The asset's texts by key of the column."""
    return {column.key: _text(asset, column, register) for column in columns}


def _text(asset: Asset, column: Column, register: Register) -> str:
    if column.attribute:
        return _attribute(asset, column.attribute, register)
    key = column.key
    if key == "type":
        return register.type_names.name_of(asset.type_id)
    if key == "state":
        return register.state_names.name_of(asset.state)
    if key == "department":
        return "" if asset.department_id is None else register.department_names.name_of(asset.department_id)
    if key == "vendor":
        return "" if asset.vendor_id is None else register.vendor_names.name_of(asset.vendor_id)
    if key == "contract":
        return "" if asset.contract_id is None else register.contract_names.name_of(asset.contract_id)
    if key == "holder":
        person = None if asset.holder_id is None else register.person(asset.holder_id)
        return "" if person is None else person.label
    value = getattr(asset, key)
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)


def _attribute(asset: Asset, code: str, register: Register) -> str:
    if code not in asset.attributes:
        return ""
    value = asset.attributes[code]
    definition = next((row for row in register.attributes_of[asset.type_id] if row.code == code), None)
    return str(value) if definition is None else attribute_text(definition, value)
