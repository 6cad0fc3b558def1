"""Roles and the abilities they give. Policies ask for abilities, never for roles."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    REQUESTER = "requester"
    AGENT = "agent"
    LEAD = "lead"
    LIAISON = "liaison"
    ADMIN = "admin"


class Ability(StrEnum):
    """Something a role allows, before any question of which ticket."""

    SUBMIT = "submit"  # report a problem, also for a colleague
    USE_DESK = "use_desk"  # see the queue and all tickets that aren't confidential
    WORK = "work"  # handle tickets of the own teams
    WORK_EVERYWHERE = "work_everywhere"  # handle tickets of every team, assign across teams
    CONFIGURE = "configure"  # administration
    SPEAK_WITH_VENDORS = "speak_with_vendors"  # write to those vendors whose liaison or deputy one is


ABILITIES: dict[Role, frozenset[Ability]] = {
    Role.REQUESTER: frozenset({Ability.SUBMIT}),
    Role.AGENT: frozenset({Ability.USE_DESK, Ability.WORK}),
    Role.LEAD: frozenset({Ability.USE_DESK, Ability.WORK, Ability.WORK_EVERYWHERE}),
    Role.LIAISON: frozenset({Ability.USE_DESK, Ability.WORK, Ability.SPEAK_WITH_VENDORS}),
    Role.ADMIN: frozenset({Ability.USE_DESK, Ability.CONFIGURE}),
}
