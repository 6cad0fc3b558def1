"""Reads about confidential tickets and security incidents that pages, API and documents share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, QuerySet

from helpdesk.accounts.models import Team, User
from tickets.models import (
    Attachment,
    BreakGlass,
    ConfidentialRead,
    CustodyEntry,
    Evidence,
    SecurityIncident,
    SecurityStep,
    Ticket,
)
from tickets.policies import can_see_readings
from tickets.services.security import KIND

MOST_READINGS = 200


def named_on(ticket: Ticket) -> tuple[list[User], list[Team]]:
    """The people and teams that are named as the ticket's readers."""
    rows = list(ticket.reader_rows.select_related("user", "team"))
    return [row.user for row in rows if row.user is not None], [row.team for row in rows if row.team is not None]


@dataclass(frozen=True)
class Reading:
    """Somebody's reading, with the name of the file where one was downloaded."""

    row: ConfidentialRead
    file_name: str


def readings_of(ticket: Ticket, viewer: User, *, most: int = MOST_READINGS) -> list[Reading]:
    """Who opened the ticket, newest first; nothing for people who may not know that."""
    if not can_see_readings(viewer, ticket):
        return []
    rows = list(ConfidentialRead.objects.visible_to(viewer).filter(ticket=ticket).select_related("reader")[:most])
    files = {row.file for row in rows if row.file}
    found = Attachment.objects.filter(ticket=ticket, uuid__in=files) if files else []
    names = {str(file.uuid): file.name for file in found}
    return [Reading(row, names.get(row.file, "")) for row in rows]


def glasses_on(ticket: Ticket, viewer: User) -> list[BreakGlass]:
    """Emergency accesses to the ticket, newest first."""
    return list(BreakGlass.objects.visible_to(viewer).filter(ticket=ticket).select_related("user"))


def security_of(ticket: Ticket, viewer: User) -> SecurityIncident | None:
    """The ticket's security incident. Only asked for where there can be one."""
    if not ticket.is_confidential and ticket.kind_id != KIND:
        return None
    return SecurityIncident.objects.visible_to(viewer).filter(ticket=ticket).select_related("started_by").first()


def steps_of(ticket: Ticket, viewer: User) -> list[SecurityStep]:
    """The checklist in its order."""
    return list(SecurityStep.objects.visible_to(viewer).filter(ticket=ticket).select_related("ended_by"))


def evidence_of(viewer: User) -> QuerySet[Evidence, Evidence]:
    """Evidence of visible tickets with its file and its chain of custody."""
    links = CustodyEntry.objects.select_related("recorded_by")
    rows: QuerySet[Evidence, Evidence] = Evidence.objects.visible_to(viewer)
    return rows.select_related("file", "taken_by").prefetch_related(Prefetch("custody", links))


def summary(steps: list[SecurityStep], at: datetime) -> dict[str, Any]:
    """How many steps are open, and which one is due next."""
    still = [step for step in steps if step.is_open]
    due = sorted((step for step in still if step.due_at is not None), key=lambda step: (step.due_at, step.position))
    return {
        "open_steps": len(still),
        "done_steps": len(steps) - len(still),
        "total_steps": len(steps),
        "next_step": due[0] if due else None,
        "is_late": bool(due) and due[0].due_at is not None and due[0].due_at < at,
    }
