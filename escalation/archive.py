"""What this app adds to the archive of a ticket: hand-overs and clocks in the dossier, and their texts when texts go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from escalation.models import Clock, Escalation, Package
from helpdesk.accounts.models import User
from tickets.choices import REASON_LABELS
from tickets.dossier_parts import contributed
from tickets.dossier_shapes import Line, Part, person, told
from tickets.erasure import Rows, erased_with_tickets
from tickets.handover import Reason
from tickets.models import Ticket


def register() -> None:
    contributed(Part("handovers", gettext_lazy("Escalations and hand-overs"), _handovers))
    contributed(Part("clocks", gettext_lazy("Promised times"), _clocks))
    erased_with_tickets(Rows(Package, written={"parts": {}}))
    erased_with_tickets(Rows(Escalation, written={"answer": ""}))


def _handovers(ticket: Ticket, viewer: User) -> Iterator[Line]:
    rows = Escalation.objects.visible_to(viewer).filter(ticket=ticket)
    related = ("path", "team", "package__made_by", "offered_by", "offered_to", "stands_for", "answered_by")
    for row in rows.select_related(*related).prefetch_related("package__files").order_by("pk"):
        names = ("reason", "level_number", "state", "began_at", "offered_at", "accept_by_at", "answered_at", "answer")
        people = ("offered_by", "offered_to", "stands_for", "answered_by")
        yield Line(
            f"{row.label} · {row.team.name}" if row.team is not None else row.label,
            {
                "id": row.pk,
                **{name: getattr(row, name) for name in names},
                **{name: person(getattr(row, name)) for name in people},
                "team": row.team_id,
                "package": _package(row.package),
            },
            told(
                (_("Reason"), REASON_LABELS[Reason(row.reason)]),
                (_("State"), row.get_state_display()),
                (_("Asked"), row.offered_to),
                (_("Asked at"), row.offered_at),
                (_("Answered by"), row.answered_by),
                (_("Answered at"), row.answered_at),
                (_("Why it was sent back"), row.answer),
                (_("Hand-over package"), "\n".join(text for text in row.package.parts.values() if text)),
            ),
        )


def _package(package: Package) -> dict[str, Any]:
    return {
        "id": package.pk,
        "made_at": package.made_at,
        "made_by": person(package.made_by),
        "parts": package.parts,
        "facts": package.facts,
        "files": [str(file.uuid) for file in package.files.all()],
    }


def _clocks(ticket: Ticket, viewer: User) -> Iterator[Line]:
    for row in Clock.objects.filter(ticket=ticket).select_related("version__policy").order_by("pk"):
        names = ("target", "segments", "earlier_ends", "started_at", "stopped_at", "due_at")
        yield Line(
            row.get_target_display(),
            {
                "id": row.pk,
                **{name: getattr(row, name) for name in names},
                "policy_version": row.version_id,
                "passed": [
                    {name: getattr(firing, name) for name in ("round", "percent", "reached_at", "fired_at", "is_late")}
                    for firing in row.firings.order_by("pk")
                ],
            },
            told(
                (_("Policy"), row.version),
                (_("Began"), row.started_at),
                (_("Due"), row.due_at),
                (_("Ended"), row.stopped_at),
            ),
        )
