"""What a dossier holds beside the ticket's own columns, messages and events: one part for each kind of rows (M3.5-4).

Apps above add theirs when they are ready, so that the dossier knows of hand-overs without knowing the app that keeps them.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from helpdesk.accounts.models import User
from tickets.choices import CONSENT_ITEM_LABELS
from tickets.consent import Item
from tickets.dossier_agreements import PARTS
from tickets.dossier_shapes import Line, Part, person, told
from tickets.models import Consent, DiagnosisStep, IncidentLink, IncomingMail, RemoteSession, Ticket, TicketTask

_parts: list[Part] = []


def contributed(part: Part) -> None:
    """Told once, when an app is ready."""
    if part.code not in {known.code for known in _parts}:
        _parts.append(part)


def parts_of(ticket: Ticket, viewer: User) -> list[tuple[Part, list[Line]]]:
    """All parts that have something to say, in order."""
    found = [(part, list(part.lines(ticket, viewer))) for part in (*OWN, *PARTS, *_parts)]
    return [(part, lines) for part, lines in found if lines]


def _items(codes: list[str]) -> list[str]:
    return [str(CONSENT_ITEM_LABELS[Item(code)]) for code in codes]


def _consents(ticket: Ticket, viewer: User) -> Iterator[Line]:
    rows = Consent.objects.visible_to(viewer).filter(ticket=ticket).prefetch_related("items")
    for row in rows.select_related("asked_by", "answered_by", "recorded_by", "withdrawn_by").order_by("pk"):
        codes = [item.code for item in row.items.all()]
        yield Line(
            str(row.get_state_display()),
            {
                "id": row.pk,
                "items": [{"code": item.code, "is_allowed": item.is_allowed} for item in row.items.all()],
                **{name: getattr(row, name) for name in _CONSENT},
                "asked_by": person(row.asked_by),
                "answered_by": person(row.answered_by),
                "recorded_by": person(row.recorded_by),
                "withdrawn_by": person(row.withdrawn_by),
            },
            told(
                (_("Asked for"), _items(codes)),
                (_("What it is for"), row.purpose),
                (_("What will change"), row.changes),
                (_("Asked by"), row.asked_by),
                (_("Asked at"), row.asked_at),
                (_("Allowed"), _items(row.allowed)),
                (_("Answered by"), row.answered_by),
                (_("Answered at"), row.ended_at),
                (_("Words of the answer"), row.answer_words),
                (_("Valid until"), row.valid_until_at),
                (_("Withdrawn at"), row.withdrawn_at),
                (_("Why it was withdrawn"), row.withdrawn_words),
            ),
        )


_CONSENT = (
    "state",
    "purpose",
    "changes",
    "data_named",
    "backup",
    "backup_words",
    "risk",
    "valid_minutes",
    "asked_at",
    "answer_by_at",
    "ended_at",
    "via",
    "answer_words",
    "valid_until_at",
    "withdrawn_at",
    "withdrawn_via",
    "withdrawn_words",
    "is_objection",
)


def _steps(ticket: Ticket, viewer: User) -> Iterator[Line]:
    rows = DiagnosisStep.objects.visible_to(viewer).filter(ticket=ticket).select_related("created_by", "ended_by")
    for row in rows.prefetch_related("files", "consents").order_by("pk"):
        yield Line(
            row.get_kind_display(),
            {
                "id": row.pk,
                **{name: getattr(row, name) for name in _STEP},
                "created_by": person(row.created_by),
                "ended_by": person(row.ended_by),
                "files": [str(file.uuid) for file in row.files.all()],
                "consents": [consent.pk for consent in row.consents.all()],
            },
            told(
                (_("What was supposed"), row.hypothesis),
                (_("What was done"), row.action),
                (_("State"), row.get_state_display()),
                (_("Finding"), row.get_finding_display() if row.finding else ""),
                (_("What came of it"), row.result),
                (_("Evidence"), row.evidence),
                (_("Who"), row.ended_by or row.created_by),
                (_("When"), row.ended_at or row.created_at),
            ),
        )


_STEP = (
    "kind",
    "hypothesis",
    "action",
    "touches",
    "state",
    "finding",
    "result",
    "evidence",
    "minutes",
    "created_at",
    "ended_at",
)


def _sessions(ticket: Ticket, viewer: User) -> Iterator[Line]:
    rows = RemoteSession.objects.visible_to(viewer).filter(ticket=ticket).select_related("started_by", "ended_by")
    for row in rows.order_by("pk"):
        names = ("scope", "tool", "device", "started_at", "ended_at", "done", "recording")
        yield Line(
            row.get_scope_display(),
            {
                "id": row.pk,
                "consent": row.consent_id,
                **{name: getattr(row, name) for name in names},
                "started_by": person(row.started_by),
                "ended_by": person(row.ended_by),
            },
            told(
                (_("Tool"), row.tool),
                (_("Device"), row.device),
                (_("Who"), row.started_by),
                (_("Began"), row.started_at),
                (_("Ended"), row.ended_at),
                (_("What was done"), row.done),
            ),
        )


def _tasks(ticket: Ticket, viewer: User) -> Iterator[Line]:
    rows = TicketTask.objects.visible_to(viewer).filter(ticket=ticket)
    for row in rows.select_related("team", "created_by", "ended_by").order_by("pk"):
        names = ("words", "state", "created_at", "ended_at", "result")
        yield Line(
            row.team.name,
            {
                "id": row.pk,
                "team": {"id": row.team_id, "name_zh": row.team.name_zh, "name_en": row.team.name_en},
                **{name: getattr(row, name) for name in names},
                "created_by": person(row.created_by),
                "ended_by": person(row.ended_by),
            },
            told(
                (_("What was to be done"), row.words),
                (_("State"), row.get_state_display()),
                (_("Given by"), row.created_by),
                (_("Given at"), row.created_at),
                (_("Ended by"), row.ended_by),
                (_("Ended"), row.ended_at),
                (_("What came of it"), row.result),
            ),
        )


def _incidents(ticket: Ticket, viewer: User) -> Iterator[Line]:
    links = IncidentLink.objects.visible_to(viewer).filter(ticket=ticket).select_related("incident", "linked_by")
    for row in links.order_by("pk"):
        incident = row.incident
        yield Line(
            f"{incident.number} {incident.title}",
            {
                "incident": incident.number,
                "title_zh": incident.title_zh,
                "title_en": incident.title_en,
                "linked_at": row.linked_at,
                "linked_by": person(row.linked_by),
                "unlinked_at": row.unlinked_at,
                "ending": row.ending,
            },
            told(
                (_("Linked"), row.linked_at),
                (_("Linked by"), row.linked_by),
                (_("Unlinked"), row.unlinked_at),
                (_("Ending"), row.get_ending_display() if row.ending else ""),
            ),
        )


def _mails(ticket: Ticket, viewer: User) -> Iterator[Line]:
    rows = IncomingMail.objects.visible_to(viewer).filter(ticket=ticket).select_related("person", "handled_by")
    for row in rows.order_by("pk"):
        names = (
            "message_id",
            "content_sha256",
            "size",
            "stored_at",
            "outcome",
            "reason",
            "sender_email",
            "sender_name",
        )
        yield Line(
            row.subject or "—",
            {
                "id": str(row.uuid),
                **{name: getattr(row, name) for name in names},
                "subject": row.subject,
                "person": person(row.person),
                "handled_by": person(row.handled_by),
            },
            told(
                (_("Sender"), f"{row.sender_name} {row.sender_email}".strip()),
                (_("Received"), row.stored_at),
                (_("What became of it"), row.get_outcome_display()),
            ),
        )


OWN = (
    Part("steps", gettext_lazy("Diagnosis steps"), _steps),
    Part("consents", gettext_lazy("Consents"), _consents),
    Part("sessions", gettext_lazy("Remote sessions"), _sessions),
    Part("tasks", gettext_lazy("Tasks of other teams"), _tasks),
    Part("incidents", gettext_lazy("Major incidents"), _incidents),
    Part("mails", gettext_lazy("Incoming mail"), _mails),
)
