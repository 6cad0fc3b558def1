"""The rows of a file against the register, some hundred at a time, so that no file is ever in memory as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from django.db.models import QuerySet, Value
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from assets.choices import CustodyKind
from assets.details import normal_tag
from assets.exchange.planning import Plan, Planner, Problem
from assets.models import Asset, CustodyAct
from helpdesk.common.tables.rows import Row

BATCH = 500
T = TypeVar("T")
Serial = tuple[str, str]  # manufacturer and serial number, in small letters


def in_batches(rows: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, size)):
        yield batch


@dataclass
class _Present:
    """The assets that a batch of rows may mean, and whose serial numbers are taken."""

    by_tag: dict[str, Asset]
    by_serial: dict[str, list[Asset]]
    owners: dict[Serial, Asset]
    waiting: set[int]


@dataclass
class Matcher:
    """Finds for each row the asset that it means: by its tag, without one by its serial number.

    `locks` holds the assets until the transaction ends. Remembers what the rows before said.
    """

    planner: Planner
    locks: bool
    _order: dict[str, int] = field(init=False)
    _tags: dict[str, int] = field(default_factory=dict)
    _serials: dict[Serial, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._order = {heading: index for index, heading in enumerate(self.planner.headings)}

    def plans(self, batch: list[Row]) -> list[Plan]:
        """What each row would do, with all problems that can be found without writing it."""
        present = self._present(batch)
        plans = [self._plan(row, present) for row in batch]
        for plan in plans:
            plan.problems.sort(key=self._place)
        return plans

    def _place(self, problem: Problem) -> int:
        """Problems of a row stand in the order of the file's columns."""
        return self._order.get(problem.column, -1)

    def _plan(self, row: Row, present: _Present) -> Plan:
        tag, serial = self._tag(row), self._text(row, "serial").lower()
        twins = [] if tag else self._by_serial(present, row, serial)
        existing = present.by_tag.get(tag) if tag else twins[0] if twins else None
        plan = self.planner.plan(row, existing, waits=existing is not None and existing.pk in present.waiting)
        if len(twins) > 1:
            sentence = _("Several assets have this serial number. Give the tag of the one that is meant.")
            self.planner.say(plan, "serial", sentence)
        self._refuse_repeated(plan, tag or (existing.tag if existing else ""))
        if not (self.planner.is_wrong(plan, "serial") or self.planner.is_wrong(plan, "manufacturer")):
            self._refuse_taken(plan, present)
        return plan

    def _by_serial(self, present: _Present, row: Row, serial: str) -> list[Asset]:
        maker = self._text(row, "manufacturer").lower()
        found = present.by_serial.get(serial, [])
        return [asset for asset in found if not maker or asset.manufacturer.lower() == maker]

    def _refuse_repeated(self, plan: Plan, tag: str) -> None:
        if not tag:
            return
        earlier = self._tags.setdefault(tag, plan.row.number)
        if earlier != plan.row.number:
            sentence = _("The same asset stands in row %(row)d already.") % {"row": earlier}
            self.planner.say(plan, "tag", sentence)

    def _refuse_taken(self, plan: Plan, present: _Present) -> None:
        key = serial_key(plan.asset)
        if not key[1]:
            return
        owner = present.owners.get(key)
        if owner is not None and owner.pk != plan.asset.pk:
            sentence = _("This serial number belongs to asset %(tag)s already.") % {"tag": owner.tag}
            self.planner.say(plan, "serial", sentence)
        earlier = self._serials.setdefault(key, plan.row.number)
        if earlier != plan.row.number:
            sentence = _("Row %(row)d has the same serial number.") % {"row": earlier}
            self.planner.say(plan, "serial", sentence)

    def _present(self, batch: list[Row]) -> _Present:
        tags = {tag for row in batch if (tag := self._tag(row))}
        serials = {text.lower() for row in batch if (text := self._text(row, "serial"))}
        by_serial: dict[str, list[Asset]] = {}
        # The database compares, as its index does; that the field isn't empty lets it use the index.
        keys = [Lower(Value(text)) for text in serials]
        same = Asset.objects.exclude(serial="").annotate(serial_key=Lower("serial")).filter(serial_key__in=keys)
        for asset in self._rows(same) if keys else ():
            by_serial.setdefault(asset.serial.lower(), []).append(asset)
        owners = {serial_key(asset): asset for found in by_serial.values() for asset in found}
        known = {asset.tag: asset for asset in owners.values()}
        rest = self._rows(Asset.objects.filter(tag__in=tags - known.keys()))
        by_tag = known | {asset.tag: asset for asset in rest}
        hand_outs = CustodyAct.objects.open().filter(kind=CustodyKind.HAND_OUT)
        waiting = hand_outs.filter(asset_id__in=[asset.pk for asset in by_tag.values()])
        return _Present(by_tag, by_serial, owners, set(waiting.values_list("asset_id", flat=True)))

    def _rows(self, queryset: QuerySet[Asset]) -> QuerySet[Asset]:
        return queryset.select_for_update().order_by("pk") if self.locks else queryset

    def _tag(self, row: Row) -> str:
        return normal_tag(self._text(row, "tag"))

    def _text(self, row: Row, key: str) -> str:
        return " ".join(row.values.get(self.planner.heading_of.get(key, ""), "").split())


def serial_key(asset: Asset) -> Serial:
    return asset.manufacturer.lower(), asset.serial.lower()
