"""Assets among the results: by tag first, then by what is noted of them."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse

from assets.details import LONGEST_TAG, normal_tag
from assets.models import Asset
from assets.search import search_assets
from helpdesk.accounts.models import User
from helpdesk.common.highlight import marked
from helpdesk.common.search import Term
from helpdesk.finding.kinds import BEST, MOST, Hit, Matches
from tickets.search import read_query


def find(text: str, viewer: User, order: str) -> Matches:
    """By tag for `best`, else the newest first; the one with this very tag before all.

    None for a query about fields of tickets: it asks for something else.
    """
    if read_query(text).fields:
        return Matches([])
    visible = Asset.objects.visible_to(viewer)
    assets = visible.order_by("tag") if order == BEST else visible.order_by("-pk")
    ids = list(search_assets(assets, text, viewer).values_list("pk", flat=True)[: MOST + 1])
    exact = list(visible.filter(tag=normal_tag(text)[:LONGEST_TAG]).values_list("pk", flat=True))
    return Matches([*exact, *(pk for pk in ids if pk not in exact)][: MOST + 1])


def show(ids: Sequence[int], text: str, viewer: User) -> list[Hit]:
    """These assets in this order."""
    rows = Asset.objects.visible_to(viewer).filter(pk__in=ids).select_related("type", "holder").in_bulk()
    return [_hit(rows[pk], read_query(text).terms, viewer) for pk in ids if pk in rows]


def quick(text: str, viewer: User, most: int) -> list[Hit]:
    return show(find(text, viewer, BEST).ids[:most], text, viewer)


def _hit(asset: Asset, terms: Sequence[Term], viewer: User) -> Hit:
    url = reverse("assets:asset", args=[asset.tag]) if viewer.is_desk else f"{reverse('assets:mine')}#{asset.tag}"
    facts = [asset.title, str(asset.get_state_display()), asset.serial, asset.hostname]
    if viewer.is_desk and asset.holder is not None:
        facts.append(asset.holder.get_full_name())
    return Hit(key=asset.tag, title=marked(asset.tag, terms), url=url, facts=[fact for fact in facts if fact])
