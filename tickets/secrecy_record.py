"""What the dossier holds of a confidential ticket and a security incident, as plain data (M3.5-4)."""

from __future__ import annotations

from typing import Any

from helpdesk.accounts.models import User
from tickets.models import Evidence, SecurityStep, Ticket
from tickets.secrecy import Reading, evidence_of, glasses_on, named_on, readings_of, security_of, steps_of


def secrecy_record(ticket: Ticket, viewer: User) -> dict[str, Any]:
    """Readers, readings and emergency accesses, and the security incident with its evidence. Empty for other tickets."""
    record: dict[str, Any] = {}
    if ticket.is_confidential:
        people, teams = named_on(ticket)
        record["confidentiality"] = {
            "people": [_person(person) for person in people],
            "teams": [{"id": team.pk, "name": team.name} for team in teams],
            "readings": [_reading(reading) for reading in readings_of(ticket, viewer)],
            "emergency_accesses": [
                {"by": _person(glass.user), "reason": glass.reason, "from": glass.started_at, "until": glass.ends_at}
                for glass in glasses_on(ticket, viewer)
            ],
        }
    incident = security_of(ticket, viewer)
    if incident is not None:
        record["security_incident"] = {
            "suspicion": incident.suspicion,
            "raised_at": incident.started_at,
            "raised_by": _person(incident.started_by),
            "called": [_person(officer) for officer in incident.officers.order_by("pk")],
            "steps": [_step(step) for step in steps_of(ticket, viewer)],
            "evidence": [_evidence(item) for item in evidence_of(viewer).filter(ticket=ticket)],
        }
    return record


def _reading(reading: Reading) -> dict[str, Any]:
    row = reading.row
    return {"by": _person(row.reader), "at": row.read_at, "place": row.place, "file": row.file or None}


def _step(step: SecurityStep) -> dict[str, Any]:
    return {
        "code": step.code,
        "due_at": step.due_at,
        "state": step.state,
        "ended_at": step.ended_at,
        "ended_by": _person(step.ended_by),
        "words": step.words,
    }


def _evidence(item: Evidence) -> dict[str, Any]:
    return {
        "id": item.pk,
        "what": item.what,
        "found_where": item.found_where,
        "taken_at": item.taken_at,
        "taken_by": _person(item.taken_by),
        "file": str(item.file.uuid),
        "sha256": item.file.sha256,
        "custody": [
            {
                "sequence": link.sequence,
                "from": link.passed_from,
                "to": link.passed_to,
                "at": link.passed_at,
                "purpose": link.purpose,
                "recorded_by": _person(link.recorded_by),
                "recorded_at": link.recorded_at,
            }
            for link in item.custody.all()
        ],
    }


def _person(person: User | None) -> dict[str, Any] | None:
    return {"username": person.username, "name": person.get_full_name()} if person else None
