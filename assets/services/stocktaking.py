"""Stocktakes: what is expected, what was found, and what came of it."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import unquote

from django.db import transaction
from django.utils.translation import gettext as _

from assets.choices import AssetState
from assets.details import normal_tag
from assets.lifecycle import Command
from assets.models import Asset, AssetType, Stocktake, StocktakeItem
from assets.policies import can_keep_register
from assets.services.acts import REASON_LENGTH, act_on_asset
from helpdesk.accounts.models import Department, User
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed, NotVisible
from helpdesk.common.locking import lock_row
from helpdesk.common.text import clean_text

MOST_EXPECTED = 20_000
LONGEST_CODE, LONGEST_INPUT = 80, 400
MOST_TWINS = 5  # named where a serial number isn't enough
# What a label's code leads to; a scanner types the whole address.
_IN_ADDRESS = "/a/"


class Outcome(StrEnum):
    """What a code that was read turns out to be."""

    FOUND = "found"
    ELSEWHERE = "elsewhere"  # an asset that isn't expected here
    UNKNOWN = "unknown"
    ALREADY = "already"


@dataclass(frozen=True)
class Scope:
    """Which assets are expected: those of a place (its text begins so), a department and a type, as far as given."""

    location: str = ""
    department: Department | None = None
    type: AssetType | None = None


@dataclass(frozen=True)
class Counted:
    outcome: Outcome
    item: StocktakeItem


@transaction.atomic
def start_stocktake(*, name: str, scope: Scope, actor: User, at: datetime) -> Stocktake:
    """Begin, and write down what is expected. Raises NotAllowed or InvalidInput."""
    if not can_keep_register(actor):
        raise NotAllowed
    title = clean_text(name, field="name", max_length=120, multiline=False)
    place = clean_text(scope.location, field="location", max_length=120, multiline=False)
    if not title:
        raise InvalidInput(fields={"name": [_("Give the stocktake a name.")]})
    rows = Asset.objects.visible_to(actor).exclude(state__in=[AssetState.RETIRED, AssetState.LOST])
    rows = rows.filter(type__is_software=False)
    if place:
        rows = rows.filter(location__istartswith=place)
    if scope.department is not None:
        rows = rows.filter(department=scope.department)
    if scope.type is not None:
        rows = rows.filter(type=scope.type)
    expected = list(rows.order_by("tag").values_list("pk", "tag", "location")[: MOST_EXPECTED + 1])
    if not expected:
        raise InvalidInput(fields={"location": [_("No asset is expected there. Choose another place.")]})
    if len(expected) > MOST_EXPECTED:
        message = _("These are more than %(most)d assets. Count in several parts.") % {"most": MOST_EXPECTED}
        raise InvalidInput(fields={"location": [message]})
    stocktake = Stocktake.objects.create(
        name=title, location=place, department=scope.department, type=scope.type, started_at=at, started_by=actor
    )
    StocktakeItem.objects.bulk_create(
        [
            StocktakeItem(stocktake=stocktake, asset_id=pk, code=tag, is_expected=True, expected_place=location)
            for pk, tag, location in expected
        ],
        batch_size=500,
    )
    return stocktake


@transaction.atomic
def count_item(*, stocktake_id: int, code: str, place: str = "", note: str = "", actor: User, at: datetime) -> Counted:
    """Note a code that was read or typed: a tag, the address on a label, or a serial number.

    Any number of people count at once; what two of them see is counted once. Raises NotVisible, NotAllowed, Conflict
    (`stocktake_ended`) or InvalidInput.
    """
    stocktake = _open_stocktake(stocktake_id, actor)
    seen = clean_text(place, field="place", max_length=120, multiline=False)
    words = clean_text(note, field="note", max_length=300, multiline=False)
    read = _read_code(code)
    asset = _asset_of(read, stocktake, actor)
    item = _line_of(stocktake, read, asset)
    if item.found_at is not None and (asset is None or item.asset == asset):
        return Counted(Outcome.ALREADY, item)
    if not item.is_expected and asset is not None:
        item.asset, item.code, item.expected_place = asset, asset.tag, asset.location
    item.found_at, item.found_by, item.seen_place, item.note = at, actor, seen, words
    item.save()
    if item.is_expected:
        return Counted(Outcome.FOUND, item)
    return Counted(Outcome.UNKNOWN if asset is None else Outcome.ELSEWHERE, item)


def _line_of(stocktake: Stocktake, read: str, asset: Asset | None) -> StocktakeItem:
    """The line that a code belongs to, or a new one. Who was unknown when the code was read first may be known now."""
    lines = stocktake.items.select_related("asset__type", "asset__holder", "found_by")
    if asset is None:
        found = lines.filter(code=read).first()
    else:
        unknown = lines.filter(asset=None, code__in=(read, asset.tag))
        found = lines.filter(asset=asset).first() or unknown.first()
    return found or StocktakeItem(stocktake=stocktake, code=read, is_expected=False)


@transaction.atomic
def uncount_item(*, stocktake_id: int, item_id: int, actor: User) -> StocktakeItem:
    """Take a count back: somebody mistyped. What is expected is missing again, anything else is no line any more.

    Taking back what isn't counted changes nothing. Raises NotVisible, NotAllowed or Conflict (`stocktake_ended`).
    """
    stocktake = _open_stocktake(stocktake_id, actor)
    item = stocktake.items.select_related("asset__type", "asset__holder").filter(pk=item_id).first()
    if item is None:
        raise NotVisible
    item.found_at, item.found_by, item.seen_place, item.note = None, None, "", ""
    if item.is_expected:
        item.save()
    else:
        stocktake.items.filter(pk=item_id).delete()
    return item


@transaction.atomic
def end_stocktake(
    *, stocktake_id: int, lost: Collection[int], reason: str, actor: User, at: datetime
) -> list[StocktakeItem]:
    """End it. The missing items whose ids are in `lost` are reported lost with the reason; the others stay as they are.

    Returns those that couldn't be reported, because they have been found, handed out or retired meanwhile. Raises
    NotVisible, NotAllowed, Conflict (`stocktake_ended`) or InvalidInput.
    """
    stocktake = _open_stocktake(stocktake_id, actor)
    words = clean_text(reason, field="reason", max_length=REASON_LENGTH)
    if lost and not words:
        raise InvalidInput(fields={"reason": [_("Say why they count as lost.")]})
    stocktake.ended_at, stocktake.ended_by = at, actor
    stocktake.save()
    refused = []
    for item in stocktake.items.filter(pk__in=list(lost), is_expected=True).order_by("asset_id"):
        assert item.asset_id is not None
        if item.found_at is not None:
            refused.append(item)
            continue
        try:
            act_on_asset(
                asset_id=item.asset_id,
                command=Command.REPORT_LOST,
                version=None,
                actor=actor,
                at=at,
                data={"reason": words},
            )
        except Conflict:
            refused.append(item)
    return refused


def _open_stocktake(stocktake_id: int, actor: User) -> Stocktake:
    """The stocktake, held until the end of the transaction: counts go in one after the other."""
    try:
        stocktake = lock_row(Stocktake.objects.visible_to(actor), pk=stocktake_id)
    except Stocktake.DoesNotExist:
        raise NotVisible from None
    if not can_keep_register(actor):
        raise NotAllowed
    if stocktake.ended_at is not None:
        raise Conflict(_("This stocktake has ended."), code="stocktake_ended")
    return stocktake


def _read_code(text: str) -> str:
    read = clean_text(text, field="code", max_length=LONGEST_INPUT, multiline=False)
    if _IN_ADDRESS in read:
        # An address spells letters beyond ASCII as %E8%B5%84.
        tag = unquote(re.split("[?#]", read.rpartition(_IN_ADDRESS)[2])[0])
        read = clean_text(tag, field="code", max_length=LONGEST_INPUT, multiline=False).strip("/")
    code = normal_tag(read)
    if not code:
        raise InvalidInput(fields={"code": [_("Scan a label, or type a tag.")]})
    if len(code) > LONGEST_CODE:
        raise InvalidInput(fields={"code": [_("This is too long for a tag or a serial number.")]})
    return code


def _asset_of(code: str, stocktake: Stocktake, actor: User) -> Asset | None:
    """The asset with this tag, else with this serial number: the one expected here where several makers have used it."""
    rows = Asset.objects.visible_to(actor).select_related("type", "holder")
    asset = rows.filter(tag=code).first()
    if asset is not None:
        return asset
    twins = rows.spelled("serial", code)
    expected = list(twins.filter(stocktake_items__stocktake=stocktake, stocktake_items__is_expected=True)[:2])
    found = expected or list(twins.order_by("tag")[:MOST_TWINS])
    if len(found) > 1:
        message = _("Several assets have this serial number: %(tags)s. Type the tag.")
        raise InvalidInput(fields={"code": [message % {"tags": ", ".join(one.tag for one in found)}]})
    return found[0] if found else None
