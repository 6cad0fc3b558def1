"""Finding assets by what is noted of them. The tokens are explained in docs/search.md."""

from __future__ import annotations

from assets.models.asset import AssetQuerySet
from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Ability
from helpdesk.common.search_query import parse
from helpdesk.common.search_table import SearchTable

TOKENS = SearchTable("assets_assetsearch", "asset_id")


def search_assets(queryset: AssetQuerySet, text: str, viewer: User) -> AssetQuerySet:
    """The assets of `queryset` that fit every word of `text`, by tag unless it is ordered already.

    `queryset` must be what the viewer may see. Holders search what they may read of a thing; the desk also places,
    addresses, notes, attributes and the holder's name. Blank text leaves the queryset as it is.
    """
    if not text.strip():
        return queryset
    query = parse(text)
    if query.is_empty:
        return queryset.none()
    return TOKENS.narrowed(queryset, query, with_internal=viewer.can(Ability.USE_DESK))
