"""Impact, urgency and priority (M3.1-5, M3.2-1). Pure."""

from __future__ import annotations

from enum import StrEnum


class Impact(StrEnum):
    """Who is affected, from one person to everybody."""

    PERSON = "person"
    GROUP = "group"
    DEPARTMENT = "department"
    ORGANISATION = "organisation"


class Urgency(StrEnum):
    """What it stops, from a nuisance to a standstill with a deadline."""

    ANNOYING = "annoying"
    SLOWED = "slowed"
    BLOCKED = "blocked"
    STOPPED = "stopped"


class Priority(StrEnum):
    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"


def default_priority(impact: Impact, urgency: Urgency) -> Priority:
    """The matrix a new installation starts with; administrators may change each of the 16 cells."""
    score = list(Impact).index(impact) + list(Urgency).index(urgency)
    return (Priority.P4, Priority.P4, Priority.P3, Priority.P3, Priority.P2, Priority.P1, Priority.P1)[score]
