"""What happens when an escalation arrives at a level (M3.4-5). Pure."""

from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    """What is done when an escalation arrives at a level. `offer` asks somebody to take the ticket over."""

    NOTIFY = "notify"
    OFFER = "offer"
    RAISE_PRIORITY = "raise_priority"
    DECLARE_INCIDENT = "declare_incident"


# At least one of these: an escalation of which nobody learns is none.
TELLING = (Action.NOTIFY, Action.OFFER)
