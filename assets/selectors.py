"""Reads of the register that need more than a queryset."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from assets.attributes import attribute_text
from assets.changes import Change, Past, label_of
from assets.choices import CustodyKind, EventCode
from assets.details import normal_tag
from assets.lifecycle import Command, allowed
from assets.models import (
    Asset,
    AssetEvent,
    AssetRelation,
    CustodyAct,
    Licence,
    LicenceEvent,
    Stocktake,
    StocktakeItem,
)
from helpdesk.accounts.models import User
from helpdesk.common.errors import NotVisible

EVENTS_SHOWN = 50
STOCKTAKES_OFFERED = 3


def get_asset(*, tag: str, viewer: User) -> Asset:
    """The asset with this tag, however it is typed. Raises NotVisible."""
    if len(tag) > 60 or "\x00" in tag:
        raise NotVisible
    rows = Asset.objects.visible_to(viewer).with_names().select_related("contract", "holder__department")
    asset = rows.filter(tag=normal_tag(tag)).first()
    if asset is None:
        raise NotVisible
    return asset


def waiting_act(asset: Asset) -> CustodyAct | None:
    """The hand-out or return that waits for somebody's word."""
    return CustodyAct.objects.filter(asset=asset).open().select_related("person", "given_by").first()


def possible_acts(asset: Asset, waiting: CustodyAct | None) -> list[Command]:
    """What the desk can do with it now, in the order of the table."""
    is_hand_out = waiting is not None and waiting.kind == CustodyKind.HAND_OUT
    return list(allowed(asset.facts(waits_for_receipt=is_hand_out)))


def attribute_lines(asset: Asset) -> list[tuple[str, str]]:
    """The asset's own attributes as label and text, in the order of its type; those without a value are left out."""
    return [
        (definition.name, attribute_text(definition, asset.attributes[definition.code]))
        for definition in asset.type.attributes.all()
        if definition.code in asset.attributes
    ]


@dataclass(frozen=True)
class RelatedAsset:
    """Another asset, and how this one belongs to it; `is_inward` says that the other one belongs to this."""

    relation: AssetRelation
    other: Asset
    is_inward: bool


def related_assets(asset: Asset, viewer: User) -> list[RelatedAsset]:
    """The open relations of an asset, both ways."""
    rows = AssetRelation.objects.visible_to(viewer).open()
    outward = rows.filter(source=asset).select_related("target__type", "target__holder")
    inward = rows.filter(target=asset).select_related("source__type", "source__holder")
    return [
        *(RelatedAsset(row, row.target, is_inward=False) for row in outward),
        *(RelatedAsset(row, row.source, is_inward=True) for row in inward),
    ]


def stocktakes_for(asset: Asset, viewer: User) -> list[Stocktake]:
    """Running stocktakes in which the asset can be counted: it is missing there, or the viewer is counting there and it
    hasn't turned up yet."""
    lines = StocktakeItem.objects.filter(stocktake=OuterRef("pk"))
    is_missing = Exists(lines.filter(asset=asset, found_at=None))
    is_counting = Exists(lines.filter(found_by=viewer)) & ~Exists(lines.filter(asset=asset))
    return list(Stocktake.objects.visible_to(viewer).open().filter(is_missing | is_counting)[:STOCKTAKES_OFFERED])


@dataclass(frozen=True)
class Line:
    """One event with whom or what it was about, and which fields it changed where that is all it did."""

    event: AssetEvent
    person: User | None
    changes: list[Change]


def event_line(event: AssetEvent, past: Past, person: User | None) -> Line:
    """`event` is read with its version. Acts say themselves what they changed."""
    is_edit = event.code in (EventCode.EDITED, EventCode.IMPORTED)
    version: int = event.version  # type: ignore[attr-defined]
    return Line(event, person, past.changes(version) if is_edit else [])


def events_of(asset: Asset, viewer: User) -> list[Line]:
    """The newest events."""
    rows = AssetEvent.objects.visible_to(viewer).filter(asset=asset).with_version().select_related("actor")
    events, past = list(rows[:EVENTS_SHOWN]), Past(asset)
    ids = {event.facts["person"] for event in events if "person" in event.facts}
    people = User.objects.visible_to(viewer).in_bulk(ids)
    return [event_line(event, past, people.get(event.facts.get("person", 0))) for event in events]


@dataclass(frozen=True)
class LicenceLine:
    """One event of a licence, with the person or asset whose seat it was about, and what an edit changed."""

    event: LicenceEvent
    about: str
    changes: list[Change]


def key_changed_since(licence: Licence, version: int) -> bool:
    """Whether an edit after this version changed the key, which the history doesn't hold."""
    edits = LicenceEvent.objects.filter(licence=licence, code=LicenceEvent.Code.EDITED).order_by("-pk")
    return any("key" in edit.facts["fields"] for edit in edits[: licence.version - version])


def licence_events(licence: Licence, viewer: User) -> list[LicenceLine]:
    """The newest events of a licence."""
    rows = LicenceEvent.objects.visible_to(viewer).filter(licence=licence).select_related("actor")
    found, past, version = [], Past(licence), licence.version
    for event, person, asset in seats_of(rows[:EVENTS_SHOWN], viewer):
        about = person.get_full_name() if person is not None else asset.tag if asset is not None else ""
        changes = []
        if event.code == LicenceEvent.Code.EDITED:
            changes, version = past.changes(version), version - 1
            if "key" in event.facts.get("fields", ()):
                changes.append(Change("key", label_of(licence, "key"), "", ""))
        found.append(LicenceLine(event, about, changes))
    return found


def seats_of(events: Iterable[LicenceEvent], viewer: User) -> list[tuple[LicenceEvent, User | None, Asset | None]]:
    """Events of licences, each with whose seat it was about. Two queries for all of them."""
    events = list(events)
    people = User.objects.visible_to(viewer).in_bulk([event.facts.get("person", 0) for event in events])
    assets = Asset.objects.visible_to(viewer).in_bulk([event.facts.get("asset", 0) for event in events])
    return [
        (event, people.get(event.facts.get("person", 0)), assets.get(event.facts.get("asset", 0))) for event in events
    ]
