"""Policies and paths as the API writes them. `escalation/api/schemas.py` declares the same shapes for the schema."""

from __future__ import annotations

from typing import Any

from escalation.keeping import PAUSABLE
from escalation.models import BusinessCalendar, EscalationLevel, EscalationPath, SlaPolicy, SlaPolicyVersion, SlaRule
from helpdesk.accounts.models import User
from helpdesk.common.bilingual import BilingualName
from helpdesk.common.rest.fields import instant
from tickets.api import output
from tickets.targets import Target


def policy(row: SlaPolicy) -> dict[str, Any]:
    """A policy; its prefetched `versions` are the one in force, or none."""
    current = next(iter(row.versions.all()), None)
    return {
        **named(row),
        "version": None if current is None else version(current),
        "rules": [rule(one) for one in row.rules.all()],
    }


def named(row: BilingualName) -> dict[str, Any]:
    return {"id": row.pk, "name": row.name}


def rule(row: SlaRule) -> dict[str, Any]:
    return {
        "position": row.position,
        "kind": row.kind_id,
        "category": row.category.code if row.category is not None else None,
        "priority": row.priority or None,
        "department": named(row.department) if row.department is not None else None,
        "requester_group": named(row.requester_group) if row.requester_group is not None else None,
        "channel": row.channel or None,
    }


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
    return {**named(row), "timezone": row.timezone}


def path(row: EscalationPath, viewer: User) -> dict[str, Any]:
    return {
        **named(row),
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
