"""What is handed over when a ticket goes up, and why it does: the codes. Pure (M3.4-1 … M3.4-6)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Reason(StrEnum):
    """Why a ticket goes up. The first three are given by people, the others by the clock."""

    BEYOND_COMPETENCE = "beyond_competence"
    MULTI_TEAM = "multi_team"
    MAJOR_IMPACT = "major_impact"
    OVERDUE = "overdue"
    THRESHOLD = "threshold"
    SILENCE = "silence"
    REOPENED = "reopened"


GIVEN_BY_PEOPLE = (Reason.BEYOND_COMPETENCE, Reason.MULTI_TEAM, Reason.MAJOR_IMPACT)
# Without these the next person has to ask again.
PARTS = ("summary", "scope", "attempts", "current_state", "asked", "access")
MORE_PARTS = ("workaround", "evidence")


def missing(parts: Mapping[str, str]) -> tuple[str, ...]:
    """The required parts of a package that are still empty, in order."""
    return tuple(name for name in PARTS if not parts.get(name, "").strip())
