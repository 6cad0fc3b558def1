"""Due instants and working times that other help desks' own tests expect, against our arithmetic."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from escalation.business_time import Calendar, Windows, windows

FILE = Path(__file__).resolve().parents[3] / "shared" / "corpora" / "sla_vectors.json"
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CORPUS: dict[str, Any] = json.loads(FILE.read_text()) if FILE.exists() else {"calendars": {}, "vectors": []}

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="the corpus of SLA vectors is not beside this checkout")


def hours(pairs: list[list[str]]) -> Windows:
    return windows(*(f"{first}-{last}" for first, last in pairs))


def specials(told: dict[str, Any]) -> Callable[[date], Windows | None]:
    def special(day: date) -> Windows | None:
        text = day.isoformat()
        if text in told.get("special_days", {}):
            return hours(told["special_days"][text])
        if text in told.get("workdays", ()):
            return hours(told["workday_hours"])
        if text in told.get("holidays", ()) or text[5:] in told.get("recurring_holidays", ()):
            return ()
        return None

    return special


def calendar_of(told: dict[str, Any]) -> Calendar:
    week = tuple(hours(told["hours"].get(name, [])) for name in WEEK)
    return Calendar(ZoneInfo(told["tz"]), week, specials(told))


CALENDARS = {name: calendar_of(told) for name, told in CORPUS["calendars"].items()}


@pytest.mark.parametrize("vector", CORPUS["vectors"], ids=lambda vector: vector["id"])
def test_vector(vector: dict[str, Any]) -> None:
    if vector["status"] == "disagrees-on-purpose":
        pytest.skip(f"disagrees on purpose: {vector['note']}")
    calendar = CALENDARS[vector["calendar"]]
    if vector["op"] == "workday":
        assert calendar.is_working_day(date.fromisoformat(vector["date"])) is vector["expected"]
        return
    start = datetime.fromisoformat(vector["start"])
    pauses = [tuple(map(datetime.fromisoformat, _ends(pause))) for pause in vector["pauses"]]
    if vector["op"] == "due":
        due = calendar.add(start, timedelta(seconds=vector["target_seconds"]))
        for begins, ends in pauses:
            lost = calendar.between(begins, ends) if begins < due else timedelta(0)
            due = calendar.add(due, lost) if lost else due
        assert due == datetime.fromisoformat(vector["expected_due"])
        return
    end = datetime.fromisoformat(vector["end"])
    worked = calendar.between(start, end) - sum((calendar.between(*pause) for pause in pauses), timedelta(0))
    assert worked.total_seconds() == vector["expected_seconds"]


def _ends(pause: Any) -> tuple[str, str]:
    return (pause["from"], pause["to"]) if isinstance(pause, dict) else tuple(pause)
