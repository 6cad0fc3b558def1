"""Finding assets by what is noted of them. The tokens are explained in docs/search.md."""

from __future__ import annotations

from assets.models.asset import AssetQuerySet
from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Ability
from helpdesk.common.search import parse_query
from helpdesk.common.search_table import SearchTable

TOKENS = SearchTable("assets_assetsearch", "asset_id")


def search_assets(queryset: AssetQuerySet, text: str, viewer: User) -> AssetQuerySet:
    """The assets of `queryset` in which every word of `text` stands, by tag unless it is ordered already.

    `queryset` must be what the viewer may see. Holders search what they may read of a thing; the desk also places,
    addresses, notes, attributes and the holder's name. Blank text leaves the queryset as it is.
    """
    if not text.strip():
        return queryset
    terms = parse_query(text)
    if not terms:
        return queryset.none()
    return queryset.filter(pk__in=TOKENS.matching(terms, with_internal=viewer.can(Ability.USE_DESK), using=queryset.db))
