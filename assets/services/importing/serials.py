"""Serial numbers as a file leaves them: an asset may take over one that the file takes off another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from django.db.models import QuerySet, Value
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from assets.exchange.planning import Plan, Planner, Problem
from assets.models import Asset
from helpdesk.common.tables.rows import shorten

Serial = tuple[str, str]  # manufacturer and serial number, in small letters


def with_serials(serials: Iterable[str]) -> QuerySet[Asset]:
    """Assets with one of these serial numbers. The database compares, as its index does."""
    keys = [Lower(Value(text)) for text in serials]
    # That the field isn't empty lets it use the index.
    return Asset.objects.exclude(serial="").annotate(serial_key=Lower("serial")).filter(serial_key__in=keys)


@dataclass(frozen=True, slots=True)
class _Claim:
    """A row that needs the serial number of another asset. A file can have very many, so it is small."""

    row: int
    serial: str
    value: str
    owner: str
    outcome: str


@dataclass
class Serials:
    """Remembers what the rows of a file so far give their assets, and what they still need.

    `rows` holds the assets of a query where they are to be held.
    """

    planner: Planner
    rows: Callable[[QuerySet[Asset]], QuerySet[Asset]]
    _given: dict[Serial, int] = field(default_factory=dict)  # the row that gives it
    _given_up: set[int] = field(default_factory=set)  # assets
    _claims: dict[int, _Claim] = field(default_factory=dict)  # by the asset that would have to give it up
    _in_the_way: dict[int, str] = field(default_factory=dict)  # assets with the numbers that the last batch takes
    _set_aside: dict[int, str] = field(default_factory=dict)

    def look_at(self, plans: list[Plan]) -> None:
        """Note what a batch gives and takes, and say which of its rows give a number a second time."""
        for plan in plans:
            if not plan.is_new and (self._is_unsure(plan) or _before(plan) != _after(plan)):
                self._given_up.add(plan.asset.pk)
                self._claims.pop(plan.asset.pk, None)
        known = [plan for plan in plans if plan.asset.serial and not self._is_unsure(plan)]
        owners = self._owners([plan for plan in known if plan.is_new or _before(plan) != _after(plan)])
        for plan in known:
            key = _after(plan)
            earlier = self._given.setdefault(key, plan.row.number)
            if earlier != plan.row.number:
                sentence = _("Row %(row)d has the same serial number.") % {"row": earlier}
                self.planner.say(plan, self._named_by, sentence)
            elif key in owners and owners[key].pk not in {plan.asset.pk, *self._given_up}:
                self._claims[owners[key].pk] = self._claim(plan, owners[key])

    def restore(self, assets: Iterable[Asset]) -> None:
        """Give assets that were just read what was set aside of them, so that their rows are compared with that."""
        for asset in assets:
            asset.serial = self._set_aside.pop(asset.pk, asset.serial)

    def make_way(self) -> None:
        """Take the numbers that the last batch needs off the assets that still have them, for the database compares each
        single row. Their own rows, which are of that batch or come later, write what they get instead."""
        if self._in_the_way:
            Asset.objects.filter(pk__in=self._in_the_way).update(serial="")
            self._set_aside |= self._in_the_way

    def unsettled(self) -> Iterator[tuple[str, Problem]]:
        """When all rows are read: those that need what no row has given up, with what they were counted as."""
        heading = self.planner.heading_of.get(self._named_by, "")
        for claim in self._claims.values():
            facts = {"serial": claim.serial, "tag": claim.owner}
            sentence = _("The serial number %(serial)s of this manufacturer belongs to asset %(tag)s already.") % facts
            yield claim.outcome, Problem(claim.row, heading, claim.value, sentence)

    @property
    def _named_by(self) -> str:
        """The column whose cells are to blame."""
        return "serial" if "serial" in self.planner.heading_of else "manufacturer"

    def _is_unsure(self, plan: Plan) -> bool:
        return self.planner.is_wrong(plan, "serial") or self.planner.is_wrong(plan, "manufacturer")

    def _owners(self, plans: list[Plan]) -> dict[Serial, Asset]:
        """Who has the numbers that these rows take."""
        serials = {plan.asset.serial.lower() for plan in plans}
        found = list(self.rows(with_serials(serials))) if serials else []
        owners = {_key(asset.manufacturer, asset.serial): asset for asset in found}
        taken = owners.keys() & {_after(plan) for plan in plans}
        self._in_the_way = {owners[key].pk: owners[key].serial for key in taken}
        return owners

    def _claim(self, plan: Plan, owner: Asset) -> _Claim:
        value = shorten(plan.row.values.get(self.planner.heading_of.get(self._named_by, ""), ""))
        return _Claim(plan.row.number, shorten(plan.asset.serial), value, owner.tag, plan.outcome)


def _key(manufacturer: str, serial: str) -> Serial:
    return manufacturer.lower(), serial.lower()


def _before(plan: Plan) -> Serial:
    return _key(plan.former("manufacturer"), plan.former("serial"))


def _after(plan: Plan) -> Serial:
    return _key(plan.asset.manufacturer, plan.asset.serial)
