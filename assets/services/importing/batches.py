"""The rows of a file against the register, some hundred at a time, so that no file is ever in memory as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from assets.choices import CustodyKind
from assets.details import normal_tag
from assets.exchange.planning import Plan, Planner, Problem
from assets.models import Asset, CustodyAct
from assets.services.importing.serials import Serials, with_serials
from helpdesk.common.tables.rows import Row

BATCH = 500
T = TypeVar("T")


def in_batches(rows: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, size)):
        yield batch


@dataclass
class _Present:
    """The assets that a batch of rows may mean."""

    by_tag: dict[str, Asset]
    by_serial: dict[str, list[Asset]]
    waiting: set[int]


@dataclass
class Matcher:
    """Finds for each row the asset that it means: by its tag, without one by its serial number.

    `locks` holds assets until the transaction ends that were registered since all were held. Remembers what the rows before said.
    """

    planner: Planner
    locks: bool
    serials: Serials = field(init=False)
    _order: dict[str, int] = field(init=False)
    _tags: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.serials = Serials(self.planner, self._rows)
        self._order = {heading: index for index, heading in enumerate(self.planner.headings)}

    def plans(self, batch: list[Row]) -> list[Plan]:
        """What each row would do, with all problems that can be found without knowing the rows that follow."""
        present = self._present(batch)
        plans, once = [], []
        for row in batch:
            tag = self._tag(row)
            twins = [] if tag else self._by_serial(present, row)
            existing = present.by_tag.get(tag) if tag else twins[0] if twins else None
            plan = self.planner.plan(row, existing, waits=existing is not None and existing.pk in present.waiting)
            if len(twins) > 1:
                sentence = _("Several assets have this serial number. Give the tag of the one that is meant.")
                self.planner.say(plan, "serial", sentence)
            plans.append(plan)
            if not self._refuse_repeated(plan, tag or (existing.tag if existing else "")):
                once.append(plan)
        self.serials.look_at(once)
        return plans

    def place(self, problem: Problem) -> tuple[int, int]:
        """Problems stand in the order of the file's rows and columns."""
        return problem.row, self._order.get(problem.column, -1)

    def _by_serial(self, present: _Present, row: Row) -> list[Asset]:
        maker = self._text(row, "manufacturer").lower()
        found = present.by_serial.get(self._text(row, "serial").lower(), [])
        return [asset for asset in found if not maker or asset.manufacturer.lower() == maker]

    def _refuse_repeated(self, plan: Plan, tag: str) -> bool:
        """The asset stood in an earlier row; then that is said."""
        earlier = self._tags.setdefault(tag, plan.row.number) if tag else plan.row.number
        if earlier == plan.row.number:
            return False
        self.planner.say(plan, "tag", _("The same asset stands in row %(row)d already.") % {"row": earlier})
        return True

    def _present(self, batch: list[Row]) -> _Present:
        tags = {tag for row in batch if (tag := self._tag(row))}
        serials = {text.lower() for row in batch if not self._tag(row) and (text := self._text(row, "serial"))}
        by_serial: dict[str, list[Asset]] = {}
        for asset in self._rows(with_serials(serials)) if serials else ():
            by_serial.setdefault(asset.serial.lower(), []).append(asset)
        known = {asset.tag: asset for found in by_serial.values() for asset in found}
        rest = self._rows(Asset.objects.filter(tag__in=tags - known.keys()))
        by_tag = known | {asset.tag: asset for asset in rest}
        self.serials.restore(by_tag.values())
        hand_outs = CustodyAct.objects.open().filter(kind=CustodyKind.HAND_OUT)
        waiting = hand_outs.filter(asset_id__in=[asset.pk for asset in by_tag.values()])
        return _Present(by_tag, by_serial, set(waiting.values_list("asset_id", flat=True)))

    def _rows(self, queryset: QuerySet[Asset]) -> QuerySet[Asset]:
        return queryset.select_for_update(no_key=True).order_by("pk") if self.locks else queryset

    def _tag(self, row: Row) -> str:
        return normal_tag(self._text(row, "tag"))

    def _text(self, row: Row, key: str) -> str:
        return " ".join(row.values.get(self.planner.heading_of.get(key, ""), "").split())
