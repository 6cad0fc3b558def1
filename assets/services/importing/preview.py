"""The first changes of an import: kept with it as values, shown in the words of whoever reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from assets.changes import Change, Past
from assets.exchange.planning import Plan
from assets.models import Asset, ImportJob


@dataclass(frozen=True)
class RowChange:
    """What one row of the file does to its asset."""

    row: int
    tag: str
    is_new: bool
    changes: list[Change]


def as_json(plan: Plan) -> dict[str, Any]:
    """The change as it is kept. The type is always there, for it says what the attributes are; the tag stands beside."""
    names = plan.changed.keys() - {"tag"} | {"type_id"}
    before = {name: plan.former(name) for name in names}
    if plan.is_new:
        names, before = names | {"state"}, {"state": ""}
    after = {name: getattr(plan.asset, name) for name in names}
    return {
        "row": plan.row.number,
        "tag": plan.asset.tag,
        "is_new": plan.is_new,
        "before": {name: _plain(value) for name, value in before.items()},
        "after": {name: _plain(value) for name, value in after.items()},
    }


def changes_of(job: ImportJob) -> list[RowChange]:
    """The first rows that add or change an asset, in the order of the file."""
    past = Past(Asset())
    return [
        RowChange(
            row=kept["row"],
            tag=kept["tag"],
            is_new=kept["is_new"],
            changes=past.between(Asset(**kept["before"]), Asset(**kept["after"])),
        )
        for kept in job.changes
    ]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
