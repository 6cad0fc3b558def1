"""Keeping the search tokens of an asset in step with it. Called in the transaction of each change."""

from __future__ import annotations

from assets.models import Asset, AssetSearch
from helpdesk.common.search import index_texts
from helpdesk.common.search_table import LONGEST

PUBLIC = ("tag", "name", "manufacturer", "model", "serial", "hostname")
INTERNAL = ("location", "notes", "ip", "mac", "order_number")


def tokens_of(asset: Asset) -> AssetSearch:
    """The unsaved row of an asset. Its holder may read the public column; names of people are the desk's."""
    public = [str(getattr(asset, name)) for name in PUBLIC]
    internal = [str(getattr(asset, name) or "") for name in INTERNAL]
    internal += [str(value) for value in asset.attributes.values() if not isinstance(value, bool)]
    if asset.holder is not None:
        internal += [asset.holder.full_name, asset.holder.username]
    tokens = [index_texts(texts)[:LONGEST] for texts in (public, internal)]
    return AssetSearch(asset_id=asset.pk, public_tokens=tokens[0], internal_tokens=tokens[1])


def index_asset(asset: Asset) -> None:
    """Write the tokens of an asset anew."""
    row = tokens_of(asset)
    AssetSearch.objects.update_or_create(
        pk=asset.pk, defaults={"public_tokens": row.public_tokens, "internal_tokens": row.internal_tokens}
    )
