"""Assets, and what the tests do with them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from assets.models import Asset, AssetType
from assets.services.register import register_asset
from helpdesk.accounts.models import User

MONDAY = datetime(2026, 11, 23, 1, tzinfo=UTC)
_numbers = count(20401)


def at(hours: float = 0) -> datetime:
    return MONDAY + timedelta(hours=hours)


def kind(code: str = "laptop") -> AssetType:
    return AssetType.objects.get(code=code)


def make_asset(actor: User, *, type: str = "laptop", **fields: Any) -> Asset:
    """A registered asset in stock."""
    values = {"tag": f"PC-{next(_numbers)}", "manufacturer": "Lenovo", "model": "ThinkPad X1", **fields}
    return register_asset(fields={**values, "type": kind(type)}, actor=actor, at=at())
