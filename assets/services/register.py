"""Registering assets and editing what is noted of them. States and holders change by acts (`acts`, `custody`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Value
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from assets.choices import AssetState, EventCode
from assets.details import clean_details
from assets.models import Asset, AssetType
from assets.policies import can_keep_register
from assets.services.recording import open_for_change, store
from helpdesk.accounts.models import User
from helpdesk.common.errors import InvalidInput, NotAllowed


@transaction.atomic
def register_asset(*, fields: Mapping[str, Any], actor: User, at: datetime) -> Asset:
    """A new asset, in stock. `fields` are those of `details.FIELDS`. Raises NotAllowed or InvalidInput."""
    if not can_keep_register(actor):
        raise NotAllowed
    kind = _type_of(fields.get("type"))
    given = {"tag": "", "attributes": {}, **fields}
    details = clean_details(given, definitions=kind.attributes.all())
    asset = Asset(**details, state=AssetState.STOCK, state_since=at, created_at=at, updated_at=at)
    _store_once(asset, EventCode.REGISTERED, actor=actor, at=at)
    return asset


@transaction.atomic
def change_asset(*, asset_id: int, version: int | None, fields: Mapping[str, Any], actor: User, at: datetime) -> Asset:
    """Change the given fields. With another type, `attributes` are those of the new one. Saying what stands there already
    changes nothing. Raises NotVisible, NotAllowed, StaleVersion or InvalidInput."""
    asset = open_for_change(asset_id=asset_id, actor=actor, version=version)
    kind = asset.type
    given = dict(fields)
    if "type" in given and given["type"] != kind:
        kind = _type_of(given["type"])
        given.setdefault("attributes", {})
    if given.get("contract") is not None:
        given.setdefault("vendor", asset.vendor)
    elif asset.contract is not None and "contract" not in given and given.get("vendor", asset.vendor) != asset.vendor:
        given["contract"] = None
    details = clean_details(given, definitions=kind.attributes.all())
    changed = sorted(name for name, value in details.items() if getattr(asset, name) != value)
    if not changed:
        return asset
    for name in changed:
        setattr(asset, name, details[name])
    _store_once(asset, EventCode.EDITED, actor=actor, at=at, facts={"fields": changed})
    return asset


def _type_of(value: Any) -> AssetType:
    if not isinstance(value, AssetType):
        raise InvalidInput(fields={"type": [_("Say what type of asset it is.")]})
    if value.is_retired:
        raise InvalidInput(fields={"type": [_("This type is no longer offered. Choose another one.")]})
    return value


def _store_once(asset: Asset, code: EventCode, **act: Any) -> None:
    """Store it, or say which other asset has its tag or serial number. The database has the last word in a race."""
    refuse_duplicate(asset)
    try:
        with transaction.atomic():
            store(asset, code, **act)
    except IntegrityError:
        refuse_duplicate(asset)
        raise


def refuse_duplicate(asset: Asset) -> None:
    """Raise InvalidInput where another asset has this tag, or this serial number of this manufacturer."""
    others = Asset.objects.exclude(pk=asset.pk)
    errors: dict[str, list[str]] = {}
    if others.filter(tag=asset.tag).exists():
        errors["tag"] = [_("There is an asset %(tag)s already.") % {"tag": asset.tag}]
    if asset.serial:
        same = others.spelled("serial", asset.serial).annotate(maker_key=Lower("manufacturer"))
        twin = same.filter(maker_key=Lower(Value(asset.manufacturer))).values_list("tag", flat=True).first()
        if twin is not None:
            errors["serial"] = [_("This serial number belongs to asset %(tag)s already.") % {"tag": twin}]
    if errors:
        raise InvalidInput(fields=errors)
