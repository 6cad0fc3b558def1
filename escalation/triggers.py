"""Why a ticket goes up, and what happens when it arrives at a level (M3.4-1 … M3.4-4). Pure."""

from __future__ import annotations

from enum import StrEnum


class Trigger(StrEnum):
    """The reason of an escalation: three that people give, four that the clocks give."""

    BEYOND_COMPETENCE = "beyond_competence"
    MULTI_TEAM = "multi_team"
    MAJOR_IMPACT = "major_impact"
    OVERDUE = "overdue"
    THRESHOLD = "threshold"
    SILENCE = "silence"
    REOPENED = "reopened"


MANUAL = (Trigger.BEYOND_COMPETENCE, Trigger.MULTI_TEAM, Trigger.MAJOR_IMPACT)
AUTOMATIC = (Trigger.OVERDUE, Trigger.THRESHOLD, Trigger.SILENCE, Trigger.REOPENED)


class Action(StrEnum):
    """What is done when an escalation arrives at a level. `offer` asks somebody to take the ticket over."""

    NOTIFY = "notify"
    OFFER = "offer"
    RAISE_PRIORITY = "raise_priority"
    DECLARE_INCIDENT = "declare_incident"


# At least one of these: an escalation of which nobody learns is none.
TELLING = (Action.NOTIFY, Action.OFFER)
