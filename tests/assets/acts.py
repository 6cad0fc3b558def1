"""Assets, and what the tests do with them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from assets.choices import CustodyVia
from assets.lifecycle import Command
from assets.models import Asset, AssetType, CustodyAct
from assets.services.acts import act_on_asset
from assets.services.custody import Answer, answer_custody
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


def act(asset: Asset, command: str, actor: User, *, hours: float = 1, **data: Any) -> Asset:
    """A command on the asset as it stands; the asset is brought up to date."""
    act_on_asset(asset_id=asset.pk, command=Command(command), version=None, actor=actor, at=at(hours), data=data)
    asset.refresh_from_db()
    return asset


def waiting_act(asset: Asset) -> CustodyAct:
    """What waits for somebody's word about the asset."""
    return CustodyAct.objects.get(asset=asset, state="offered")


def answer(asset: Asset, actor: User, *, is_yes: bool = True, hours: float = 2, **words: Any) -> CustodyAct:
    """The person's answer; with `signed_name` on the agent's screen."""
    via = CustodyVia.SCREEN if "signed_name" in words else CustodyVia.PORTAL
    found = answer_custody(
        act_id=waiting_act(asset).pk, answer=Answer(is_yes=is_yes, via=via, **words), actor=actor, at=at(hours)
    )
    asset.refresh_from_db()
    return found


def handed_out(actor: User, person: User, **fields: Any) -> Asset:
    """An asset that somebody has and has confirmed."""
    asset = act(make_asset(actor, **fields), "hand_out", actor, person=person)
    answer(asset, person)
    return asset
