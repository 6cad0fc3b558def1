"""Which days nobody works, asked of whoever keeps calendars. Who asks needs to know nothing about calendars."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

IsDayOff = Callable[[date], bool]


@dataclass(frozen=True)
class Keeper:
    """`names` tells the names of the calendars on offer in the active language, by code; `days_off` finds one, also if it
    is no longer offered, and gives None for a code that it doesn't know."""

    names: Callable[[], Mapping[str, str]]
    days_off: Callable[[str], IsDayOff | None]


_keepers: list[Keeper] = []


def kept_by(keeper: Keeper) -> None:
    """Told once, when an app is ready."""
    _keepers.append(keeper)


def calendar_names() -> dict[str, str]:
    """The calendars on offer, by code."""
    return {code: name for keeper in _keepers for code, name in keeper.names().items()}


def days_off_of(code: str) -> IsDayOff | None:
    """Whether a date is a day off by this calendar; None for an unknown one."""
    return next((found for keeper in _keepers if (found := keeper.days_off(code)) is not None), None)
