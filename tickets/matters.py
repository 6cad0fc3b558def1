"""What stands beside a ticket in rows of its own: what of it must end before a solution, and what runs out by the clock.

The ticket carries the numbers and the earliest instant, so that lists and the sweep need not look at those rows. All are
counted here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tickets.models import (
    ActionRequest,
    Consent,
    DiagnosisStep,
    PromisedTime,
    RemoteSession,
    SecurityStep,
    Ticket,
    TicketTask,
    TimeProposal,
    VendorCase,
    WorkWindow,
)
from tickets.models.asking import Asking


@dataclass(frozen=True)
class Kind:
    """One kind of rows. `title` says that one of them is still open, and `blocking` which these are."""

    code: str
    title: str | Promise
    model: type[models.Model]
    blocking: models.Q

    def open_on(self, ticket: Ticket) -> models.QuerySet[Any]:
        return self.model._default_manager.filter(self.blocking, ticket=ticket)


@dataclass(frozen=True)
class Matter:
    """One thing that must end first: its kind, its row, and what to call it."""

    kind: str
    title: str
    row: Any


# What must have ended before a ticket can be solved (M3.3.4-1, M3.5-1).
BLOCKING: tuple[Kind, ...] = (
    Kind("task", _("A task of another team is open."), TicketTask, models.Q(state=TicketTask.State.OPEN)),
    Kind(
        "step",
        _("A planned step touches the user's data or work; finish it with their consent, or drop it."),
        DiagnosisStep,
        models.Q(state=DiagnosisStep.State.PLANNED, touch_count__gt=0),
    ),
    Kind(
        "consent",
        _("The requester hasn't answered a request for consent."),
        Consent,
        models.Q(state=Asking.State.ASKED),
    ),
    Kind("session", _("A remote session is running."), RemoteSession, models.Q(ended_at__isnull=True)),
    Kind(
        "security_step",
        _("A step of the security checklist is open."),
        SecurityStep,
        models.Q(state=SecurityStep.State.OPEN),
    ),
    Kind("vendor_case", _("A vendor case is open."), VendorCase, models.Q(state=VendorCase.State.OPEN)),
)
# What the requester is asked; its open rows make it the requester's turn.
QUESTIONS: tuple[type[Asking], ...] = (Consent, TimeProposal, WorkWindow, ActionRequest)
# What the sweep has to look at: rows, and their column with the instant, which is empty where nothing runs out.
TIMED: tuple[tuple[type[models.Model], str], ...] = (
    (Consent, "due_at"),
    (RemoteSession, "due_at"),
    (PromisedTime, "due_at"),
    (TimeProposal, "due_at"),
    (WorkWindow, "due_at"),
    (ActionRequest, "due_at"),
    (SecurityStep, "alert_at"),
    (VendorCase, "due_at"),
)


def open_matters(ticket: Ticket) -> Iterator[Matter]:
    """What keeps the ticket from being solved, in the order of the kinds."""
    for kind in BLOCKING:
        for row in kind.open_on(ticket).order_by("pk"):
            yield Matter(kind.code, str(kind.title), row)


def is_kept_from_archive(ticket: Ticket) -> bool:
    """A vendor still has something to do for it: what is archived can't be changed (M3.5-4). Asks only where something
    is open at all."""
    return ticket.open_matters > 0 and VendorCase.objects.filter(ticket=ticket).open().exists()


def recount(ticket: Ticket) -> None:
    """Set the ticket's numbers and instant anew. For services that hold its lock and are about to record their act."""
    ticket.open_matters = sum(kind.open_on(ticket).count() for kind in BLOCKING)
    ticket.open_questions = sum(
        model._default_manager.filter(ticket=ticket, state=Asking.State.ASKED).count() for model in QUESTIONS
    )
    ticket.agreed_due_at = min(_instants(ticket), default=None)


def _instants(ticket: Ticket) -> Iterator[datetime]:
    for model, column in TIMED:
        rows = model._default_manager.filter(ticket=ticket, **{f"{column}__isnull": False})
        yield from rows.order_by(column).values_list(column, flat=True)[:1]
