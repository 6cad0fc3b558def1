"""The register as the API writes it, for one viewer. `shapes.py` declares the same for the schema."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from assets.models import (
    Asset,
    AssetRelation,
    AssetType,
    CustodyAct,
    Licence,
    LicenceEvent,
    LicenceSeat,
    Stocktake,
    StocktakeItem,
)
from assets.selectors import Line
from helpdesk.accounts.models import User
from helpdesk.accounts.output import person
from helpdesk.common.rest.fields import instant

_TEXTS = ("tag", "name", "manufacturer", "model", "serial", "hostname", "state", "is_confirmed", "version")
# The holder learns what stands on the thing; where it is noted, what it cost and what is said of it is the desk's.
_DESK = (
    *("ip", "mac", "location", "department_id", "vendor_id", "contract_id"),
    *("warranty_until_on", "purchased_on", "order_number", "price", "notes", "attributes"),
)


def asset_type(row: AssetType) -> dict[str, Any]:
    return {
        "code": row.code,
        "name": row.name,
        "is_software": row.is_software,
        "is_retired": row.is_retired,
        "attributes": [
            {
                "code": item.code,
                "name": item.name,
                "kind": item.kind,
                "is_required": item.is_required,
                "choices": [option.code for option in item.options] if item.kind == "choice" else [],
            }
            for item in row.attributes.all()
        ],
    }


def asset(row: Asset, viewer: User) -> dict[str, Any]:
    return {
        "id": row.pk,
        "type": row.type.code,
        "title": row.title,
        **{name: getattr(row, name) for name in _TEXTS},
        "state_since": instant(row.state_since),
        "holder": person(row.holder, viewer),
        "lent_until_on": row.lent_until_on,
        **{name.removesuffix("_id"): getattr(row, name) if viewer.is_desk else None for name in _DESK},
        "created_at": instant(row.created_at),
        "updated_at": instant(row.updated_at),
    }


def custody(row: CustodyAct, viewer: User) -> dict[str, Any]:
    return {
        "id": row.pk,
        "asset": row.asset.tag,
        "kind": row.kind,
        "person": person(row.person, viewer),
        "given_by": person(row.given_by, viewer),
        "at": instant(row.at),
        "condition": row.condition,
        "accessories": row.accessories,
        "lent_until_on": row.lent_until_on,
        "state": row.state,
        "answered_at": instant(row.answered_at),
        "via": row.via or None,
        "signed_name": row.signed_name,
        "answer": row.answer,
    }


def event(line: Line, viewer: User) -> dict[str, Any]:
    row = line.event
    return {
        "id": row.pk,
        "code": row.code,
        "at": instant(row.at),
        "actor": person(row.actor, viewer),
        "person": person(line.person, viewer),
        "other": row.facts.get("other"),
        "reason": row.reason,
        "changes": [asdict(change) for change in line.changes],
    }


def relation(row: AssetRelation) -> dict[str, Any]:
    return {
        "id": row.pk,
        "kind": row.kind,
        "source": row.source.tag,
        "target": row.target.tag,
        "since": instant(row.since),
        "until": instant(row.until),
    }


def licence(row: Licence) -> dict[str, Any]:
    """`row` is read with `with_usage`."""
    names = ("name", "edition", "seats", "expires_on", "remind_days", "notes", "is_retired", "version")
    return {
        "id": row.pk,
        **{name: getattr(row, name) for name in names},
        "vendor": row.vendor.pk if row.vendor is not None else None,
        "contract": row.contract.pk if row.contract is not None else None,
        "has_key": bool(row.key),
        "used": getattr(row, "used", 0),
    }


def seat(row: LicenceSeat, viewer: User) -> dict[str, Any]:
    return {
        "id": row.pk,
        "licence": row.licence_id,
        "person": person(row.person, viewer),
        "asset": row.asset.tag if row.asset is not None else None,
        "since": instant(row.since),
        "until": instant(row.until),
        "is_wasted": row.until is None and row.is_wasted,
    }


def own_seat(row: LicenceSeat) -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": str(row.licence),
        "asset": row.asset.tag if row.asset is not None else None,
        "since": instant(row.since),
        "expires_on": row.licence.expires_on,
    }


def licence_event(row: LicenceEvent, about: User | None, asset: Asset | None, viewer: User) -> dict[str, Any]:
    return {
        "id": row.pk,
        "code": row.code,
        "at": instant(row.at),
        "actor": person(row.actor, viewer),
        "person": person(about, viewer),
        "asset": asset.tag if asset is not None else None,
        "changed": row.facts.get("fields", []),
    }


def stocktake(row: Stocktake, viewer: User) -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.name,
        "location": row.location,
        "department": row.department.pk if row.department is not None else None,
        "type": row.type.code if row.type is not None else None,
        "started_at": instant(row.started_at),
        "started_by": person(row.started_by, viewer),
        "ended_at": instant(row.ended_at),
    }


def stocktake_item(row: StocktakeItem, viewer: User) -> dict[str, Any]:
    return {
        "id": row.pk,
        "code": row.code,
        "asset": row.asset.tag if row.asset is not None else None,
        "is_expected": row.is_expected,
        "expected_place": row.expected_place,
        "found_at": instant(row.found_at),
        "found_by": person(row.found_by, viewer),
        "seen_place": row.seen_place,
        "note": row.note,
    }
