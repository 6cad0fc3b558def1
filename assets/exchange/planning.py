"""From a row of a table to what it would change: every cell is read, checked and compared with what stands there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from assets.attributes import PREFIX
from assets.choices import AssetState
from assets.details import clean_details
from assets.exchange.cells import BadCell, attribute_value, read_cell
from assets.exchange.columns import Column
from assets.exchange.names import Register
from assets.exchange.texts import texts_of
from assets.lifecycle import HELD
from assets.models import Asset, AssetType
from helpdesk.common.errors import InvalidInput
from helpdesk.common.tables.rows import Row, shorten

ACT_FIELDS = ("holder", "state", "lent_until_on")
# Where an asset can be that still belongs to the person who had it.
_KEEPS_LENDING = frozenset({AssetState.LENT, AssetState.REPAIR, AssetState.LOST})


@dataclass(frozen=True)
class Problem:
    """Why a row can't be imported. `column` is the heading in the file, empty for the row as a whole."""

    row: int
    column: str
    value: str
    sentence: str

    def as_json(self) -> dict[str, Any]:
        return {"row": self.row, "column": self.column, "value": self.value, "sentence": self.sentence}


@dataclass
class Plan:
    """What becomes of one row. `changed` has the former value of each field that changes."""

    row: Row
    asset: Asset
    is_new: bool
    changed: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def former(self, name: str) -> Any:
        """What the field was before."""
        return self.changed.get(name, getattr(self.asset, name))

    @property
    def outcome(self) -> str:
        """As what the row is counted; empty where it has problems."""
        if self.problems:
            return ""
        return "created" if self.is_new else "updated" if self.changed else "unchanged"

    @property
    def moves(self) -> bool:
        """Somebody else has it, or it stands elsewhere in its life."""
        return not self.is_new and bool({"holder_id", "state"} & self.changed.keys())

    def set(self, name: str, value: Any) -> None:
        """Give the asset another value, and remember the former one."""
        self.changed[name] = getattr(self.asset, name)
        setattr(self.asset, name, value)


class Planner:
    """Plans rows of one file. `headings` maps each used heading to a key of `columns`."""

    def __init__(self, *, headings: Mapping[str, str], columns: Mapping[str, Column], register: Register, at: datetime):
        self.headings = dict(headings)
        self.heading_of = {key: heading for heading, key in headings.items()}
        self.columns = [columns[key] for key in headings.values()]
        self.register = register
        self.at = at

    def plan(self, row: Row, existing: Asset | None, *, waits: bool) -> Plan:
        """What this row makes of `existing`, or the new asset that it is. `waits`: a hand-out isn't answered yet.

        What can't be read is left out, and the rest is checked all the same, so that everything wrong is said at once.
        """
        plan = Plan(row, existing or self._blank(), is_new=existing is None)
        self._say_what_the_file_says(plan)
        given = self._read(plan, self._changed_texts(row, existing))
        if plan.is_new and not self._says(row, "type"):
            self.say(plan, "type", _("Say what type of asset it is."))
        self._apply_details(plan, {name: value for name, value in given.items() if name not in ACT_FIELDS})
        self._apply_acts(plan, given, waits=waits)
        return plan

    def _blank(self) -> Asset:
        return Asset(state=AssetState.STOCK, state_since=self.at, created_at=self.at, updated_at=self.at)

    def _changed_texts(self, row: Row, existing: Asset | None) -> dict[str, str]:
        """The cells that don't say what stands there already, by key."""
        cells = {key: row.values.get(heading, "").strip() for heading, key in self.headings.items()}
        if existing is None:
            return {key: text for key, text in cells.items() if text}
        if not cells.get("tag"):
            cells.pop("tag", None)  # it was found by its serial number
        now = texts_of(existing, self.columns, self.register)
        changed = {key: text for key, text in cells.items() if text != now[key].strip()}
        if "vendor" in changed and cells.get("contract"):
            changed["contract"] = cells["contract"]  # the same text means a contract of the other vendor, or is wrong
        return changed

    def _say_what_the_file_says(self, plan: Plan) -> None:
        """Problems that were seen when the file was read."""
        row = plan.row
        if row.surplus:
            sentence = _("There is text in a column without a heading. Name the column, or empty it.")
            plan.problems.append(Problem(row.number, "", shorten(row.surplus), sentence))
        for heading, sentence in row.problems.items():
            if heading in self.headings:
                plan.problems.append(Problem(row.number, heading, shorten(row.values[heading]), sentence))

    def _read(self, plan: Plan, texts: Mapping[str, str]) -> dict[str, Any]:
        """The values of these cells, by field; what can't be read becomes a problem."""
        texts = {key: text for key, text in texts.items() if not self.is_wrong(plan, key)}
        found: dict[str, Any] = {}
        for key, text in texts.items():
            if key == "contract" or key.startswith(PREFIX):
                continue
            try:
                found[key] = read_cell(key, text, self.register, plan.asset)
            except BadCell as error:
                self.say(plan, key, error.sentence)
        if "contract" in texts:
            self._read_contract(plan, found, texts["contract"])
        kind = self._kind(plan, found)
        if kind is not None:
            attributes = {key.removeprefix(PREFIX): text for key, text in texts.items() if key.startswith(PREFIX)}
            values = self._read_attributes(plan, kind, attributes)
            if kind.pk != plan.asset.type_id or values != plan.asset.attributes:
                # As far as the type still has them.
                known = {row.code for row in self.register.attributes_of[kind.pk]}
                found["attributes"] = {code: value for code, value in values.items() if code in known}
        return found

    def _kind(self, plan: Plan, given: Mapping[str, Any]) -> AssetType | None:
        """The type that it will be of; None where that can't be known."""
        if self.is_wrong(plan, "type"):
            return None
        return given.get("type") or self.register.types.get(plan.asset.type_id or 0)

    def _read_contract(self, plan: Plan, found: dict[str, Any], text: str) -> None:
        is_anybodys = self.is_wrong(plan, "vendor")
        vendor = found.get("vendor", self.register.vendors.get(plan.asset.vendor_id or 0))
        mine = [
            row
            for row in self.register.contracts.values()
            if is_anybodys or (vendor is not None and row.vendor_id == vendor.pk)
        ]
        try:
            same = [row for row in mine if row.number.casefold() == text.casefold()]
            contract = same[0] if same else read_cell("contract", text, self.register, plan.asset)
        except BadCell as error:
            self.say(plan, "contract", error.sentence)
            return
        if not is_anybodys:
            found["contract"] = contract

    def _read_attributes(self, plan: Plan, kind: AssetType, texts: Mapping[str, str]) -> dict[str, Any]:
        """All attributes as they would stand: those of the row over those there are."""
        known = {row.code: row for row in self.register.attributes_of[kind.pk]}
        values = dict(plan.asset.attributes)
        for code, text in texts.items():
            try:
                value = attribute_value(known.get(code), text) if text else None
            except BadCell as error:
                self.say(plan, PREFIX + code, error.sentence)
                continue
            if value is None:
                values.pop(code, None)
            else:
                values[code] = value
        return values

    def _apply_details(self, plan: Plan, details: dict[str, Any]) -> None:
        asset = plan.asset
        if plan.is_new:
            details = {"tag": "", **details}
        vendor_id = (
            details["vendor"].pk if details.get("vendor") else asset.vendor_id if "vendor" not in details else None
        )
        if details.get("contract") is not None:
            if "vendor" in details and details["vendor"] is None:
                self.say(plan, "contract", _("Give the vendor with whom this contract is, or empty the contract."))
                del details["contract"]
            else:
                details.setdefault("vendor", self.register.vendors[asset.vendor_id or details["contract"].vendor_id])
        elif asset.contract_id is not None and "contract" not in details and vendor_id != asset.vendor_id:
            details["contract"] = None
        clean = self._clean(plan, details)
        for name, value in clean.items():
            attname = f"{name}_id" if name in ("type", "department", "vendor", "contract") else name
            stored = value.pk if attname != name and value is not None else value
            if plan.is_new or getattr(asset, attname) != stored:
                plan.set(attname, stored)

    def _clean(self, plan: Plan, details: dict[str, Any]) -> dict[str, Any]:
        """The details as they are stored, without those that can't be."""
        kind = self._kind(plan, details)
        definitions = None if kind is None else self.register.attributes_of[kind.pk]
        try:
            return clean_details(details, definitions=definitions)
        except InvalidInput as refusal:
            wrong = refusal.sentences()
        for name, sentences in wrong.items():
            if not self.is_wrong(plan, name):
                self.say(plan, name, sentences[0])
        fields = {name.partition(".")[0] for name in wrong}
        rest = {name: value for name, value in details.items() if name not in fields}
        return clean_details(rest, definitions=definitions)

    def _apply_acts(self, plan: Plan, given: Mapping[str, Any], *, waits: bool) -> None:
        """Who has it and where it stands, which are acts and not fields."""
        asset = plan.asset
        holder_id = given.get("holder", asset.holder_id)
        state = given.get("state") or _state_for(asset.state, holder_id, was=asset.holder_id)
        if state in (AssetState.STOCK, AssetState.RETIRED) and not self._says(plan.row, "holder"):
            holder_id = None
        lent = given.get("lent_until_on", asset.lent_until_on)
        if state not in _KEEPS_LENDING and not self._says(plan.row, "lent_until_on"):
            lent = None
        self._check_acts(plan, state, holder_id, lent)
        target = {"holder_id": holder_id, "state": state, "lent_until_on": lent}
        moved = [name for name, value in target.items() if getattr(asset, name) != value]
        if moved and waits:
            self.say(plan, "holder", _("A hand-out of this asset waits for its answer. Settle that first."))
            return
        for name in moved:
            plan.set(name, target[name])
        if "state" in moved:
            asset.state_since = self.at
        if "holder_id" in moved:
            asset.is_confirmed = True

    def _check_acts(self, plan: Plan, state: str, holder_id: int | None, lent: date | None) -> None:
        """What doesn't fit together, as far as it could be read."""
        if self.is_wrong(plan, "state"):
            return
        if not self.is_wrong(plan, "holder"):
            if state in HELD and holder_id is None:
                self.say(plan, "holder", _("Say who has it, or give it another state."))
            if state in (AssetState.STOCK, AssetState.RETIRED) and holder_id is not None:
                sentence = _("What is in stock or retired is used by nobody. Empty the person, or change the state.")
                self.say(plan, "state", sentence)
        if not self.is_wrong(plan, "lent_until_on"):
            if state == AssetState.LENT and lent is None:
                self.say(plan, "lent_until_on", _("Say until which day it is lent."))
            if lent is not None and state not in _KEEPS_LENDING:
                sentence = _("Only what is lent has such a day. Empty it, or change the state.")
                self.say(plan, "lent_until_on", sentence)

    def _says(self, row: Row, key: str) -> bool:
        """The row has a text for this column."""
        return bool(row.values.get(self.heading_of.get(key, ""), "").strip())

    def is_wrong(self, plan: Plan, key: str) -> bool:
        """Something was said of the cell that belongs to this field."""
        heading = self.heading_of.get(key)
        return heading is not None and any(problem.column == heading for problem in plan.problems)

    def say(self, plan: Plan, key: str, sentence: str) -> None:
        """Note a problem of the cell that belongs to this field."""
        heading = self.heading_of.get(key, "")
        value = shorten(plan.row.values.get(heading, "")) if heading else ""
        plan.problems.append(Problem(plan.row.number, heading, value, sentence))


def _state_for(state: str, holder_id: int | None, *, was: int | None) -> str:
    """Where an asset stands whose row says only who has it."""
    if holder_id == was:
        return state
    if holder_id is None:
        return state if state in (AssetState.REPAIR, AssetState.LOST) else AssetState.STOCK
    return state if state in (*HELD, AssetState.REPAIR) else AssetState.IN_USE
