"""Policies and paths as the API writes them. `escalation/api/schemas.py` declares the same shapes for the schema."""

from __future__ import annotations

from typing import Any

from escalation.keeping import PAUSABLE
from escalation.models import BusinessCalendar, EscalationLevel, EscalationPath, SlaPolicy, SlaPolicyVersion
from helpdesk.accounts.models import User
from helpdesk.common.rest.fields import instant
from tickets.api import output
from tickets.targets import Target


def policy(row: SlaPolicy) -> dict[str, Any]:
    """A policy; its prefetched `versions` are the one in force, or none."""
    current = next(iter(row.versions.all()), None)
    return {"id": row.pk, "name": row.name, "version": None if current is None else version(current)}


def version(row: SlaPolicyVersion) -> dict[str, Any]:
    return {
        "number": row.number,
        "calendar": calendar(row.calendar),
        "targets": {target.value: row.targets.get(target.value) for target in Target},
        "pauses": {target.value: row.pauses.get(target.value, []) for target in PAUSABLE},
        "thresholds": row.thresholds,
        "published_at": instant(row.published_at),
    }


def calendar(row: BusinessCalendar) -> dict[str, Any]:
    return {"id": row.pk, "name": row.name, "timezone": row.timezone}


def path(row: EscalationPath, viewer: User) -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.name,
        "position": row.position,
        "category": row.category.code if row.category is not None else None,
        "priority": row.priority or None,
        "trigger": row.trigger or None,
        "levels": [level(step, viewer) for step in row.levels.all()],
    }


def level(row: EscalationLevel, viewer: User) -> dict[str, Any]:
    return {
        "number": row.number,
        "label": row.label,
        "team": output.team(row.team),
        "responsible": output.person(row.responsible, viewer),
        "deputy": output.person(row.deputy, viewer),
        "acceptance_minutes": row.acceptance_minutes,
        "handling_minutes": row.handling_minutes,
        "calendar": calendar(row.calendar),
        "actions": row.actions,
    }
