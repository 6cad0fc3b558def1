"""The frame of every change of an asset: lock the row, compare the version, store with history, note what was done."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from assets.choices import EventCode
from assets.models import Asset, AssetEvent
from assets.policies import can_keep_register
from assets.services.indexing import index_asset
from helpdesk.accounts.models import User
from helpdesk.common.errors import NotAllowed, NotVisible, StaleVersion
from helpdesk.common.locking import lock_row


def open_for_change(*, asset_id: int, actor: User, version: int | None) -> Asset:
    """The asset, held until the transaction ends, for somebody of the desk.

    Raises NotVisible, NotAllowed, and StaleVersion where it isn't the version that the caller has seen.
    """
    try:
        asset = lock_row(Asset.objects.visible_to(actor), pk=asset_id)
    except Asset.DoesNotExist:
        raise NotVisible from None
    if not can_keep_register(actor):
        raise NotAllowed
    if version is not None and version != asset.version:
        raise StaleVersion(
            _("Somebody changed this asset in the meantime. Look at what is new, then try again."),
            extra={"version": asset.version},
        )
    return asset


def store(
    asset: Asset,
    code: EventCode,
    *,
    actor: User | None,
    at: datetime,
    reason: str = "",
    facts: dict[str, Any] | None = None,
) -> AssetEvent:
    """Save the changed asset as its next version, with its history, its tokens and the event of the act."""
    asset.version += 0 if asset._state.adding else 1
    asset.updated_at = at
    asset._history_user = actor  # type: ignore[attr-defined]
    asset._history_date = at  # type: ignore[attr-defined]
    asset._change_reason = str(code)  # type: ignore[attr-defined]
    asset.save()
    index_asset(asset)
    return AssetEvent.objects.create(asset=asset, code=code, actor=actor, at=at, reason=reason, facts=facts or {})
