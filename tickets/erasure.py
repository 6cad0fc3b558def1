"""What of a ticket is about people, and what was written by them: the columns that erasing empties (M3.5-4, ADR 18).

Apps above add the rows that they keep beside tickets. A test walks all models, so that no new text is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from helpdesk.accounts.models import User
from helpdesk.accounts.services.erasing import is_stand_in
from tickets.choices import Act
from tickets.models import (
    ActionRequest,
    ActionStep,
    Attachment,
    Consent,
    DiagnosisStep,
    IncomingMail,
    Message,
    PhoneCall,
    RemoteSession,
    SecurityIncident,
    SecurityStep,
    Survey,
    Ticket,
    TicketEvent,
    TicketTask,
    TimeProposal,
    VendorCase,
    VendorDisclosure,
    VendorMessage,
    WorkWindow,
)

# Of the ticket itself. The department stays: it is a figure.
WHO = ("contact_phone", "contact_email", "contact_location", "device_hostname", "device_ip")
WRITTEN = (
    "description",
    "error_message",
    "steps",
    "needed_by_reason",
    "cause",
    "solution",
    "advice",
    "verification",
    "tested_by",
)
# Events that name somebody of the requester's side beside their actor.
_NAME_READERS = (Act.WATCHER_ADDED, Act.WATCHER_REMOVED, Act.MAIL_KEPT)
MAIL_HEADS: dict[str, Any] = {"sender_email": "", "sender_name": "", "left_out": []}
# A list has to show something to click on.
NO_SUBJECT = "—"


@dataclass(frozen=True)
class Rows:
    """One kind of rows beside a ticket. `who` and `written` say what is put into which column; `people` are references
    that may lead to somebody of the requester's side."""

    model: type[models.Model]
    who: Mapping[str, Any] = field(default_factory=dict)
    written: Mapping[str, Any] = field(default_factory=dict)
    people: tuple[str, ...] = ()
    ticket: str = "ticket"

    def of(self, ticket: Ticket) -> models.QuerySet[Any]:
        return self.model._default_manager.filter(**{self.ticket: ticket})


def _blank(*names: str) -> dict[str, Any]:
    return dict.fromkeys(names, "")


_rows: list[Rows] = [
    Rows(Message, written=_blank("body"), people=("author",)),
    Rows(
        Consent,
        written=_blank("purpose", "changes", "data_named", "backup_words", "risk", "answer_words", "withdrawn_words"),
        people=("answered_by", "withdrawn_by"),
    ),
    Rows(DiagnosisStep, written=_blank("hypothesis", "action", "result", "evidence")),
    Rows(RemoteSession, who=_blank("device"), written=_blank("done", "recording")),
    Rows(TimeProposal, written=_blank("words", "meanwhile", "answer_words"), people=("answered_by",)),
    Rows(WorkWindow, written=_blank("words", "affected", "answer_words"), people=("answered_by",)),
    Rows(ActionRequest, written=_blank("words", "answer_words"), people=("answered_by",)),
    Rows(ActionStep, written=_blank("words"), ticket="request__ticket"),
    Rows(Survey, written=_blank("answer_words"), people=("answered_by",)),
    Rows(VendorCase, written=_blank("subject", "question", "cost_note", "closing_words")),
    Rows(VendorMessage, written=_blank("body"), ticket="case__ticket"),
    Rows(VendorDisclosure, written=_blank("text"), ticket="message__case__ticket"),
    Rows(SecurityIncident, written=_blank("suspicion")),
    Rows(SecurityStep, written=_blank("words")),
    Rows(TicketTask, written=_blank("words", "result")),
    Rows(PhoneCall, who=_blank("number", "number_key"), people=("caller",)),
    Rows(
        IncomingMail,
        who=MAIL_HEADS,
        written=_blank("subject"),
        people=("person",),
    ),
    # Their names and bytes are more than columns; see `services/erasing`.
    Rows(Attachment, people=("uploaded_by",)),
]


def erased_with_tickets(rows: Rows) -> None:
    """Told once, when an app is ready, of rows that it keeps beside tickets."""
    if rows not in _rows:
        _rows.append(rows)


def rows_beside() -> tuple[Rows, ...]:
    return tuple(_rows)


def shown_actor(event: TicketEvent) -> User | None:
    """Who did it, for showing. On an anonymised ticket the requester's side acts under no name.

    The trail itself keeps the ids of accounts for ever. The desk's own people stay who they are.
    """
    actor, ticket = event.actor, event.ticket
    if actor is None or actor.is_desk or ticket.anonymised_at is None or not is_stand_in(ticket.requester):
        return actor
    return ticket.requester


def shown_reason(event: TicketEvent) -> str:
    """Why it was done, for showing; nothing where the texts of the ticket were erased."""
    return event.reason if event.ticket.texts_erased_at is None else ""


def keep_nameless(ticket: Ticket, events: Iterable[TicketEvent]) -> None:
    """Let all these events of the ticket be shown so. Not for those of which hashes are made."""
    is_nameless = ticket.anonymised_at is not None and is_stand_in(ticket.requester)
    for event in events if is_nameless else ():
        event.ticket = ticket
        event.actor = shown_actor(event)
        event.reason = shown_reason(event)
        if event.code in _NAME_READERS and event.data.get("person"):
            event.data = {**event.data, "person": ticket.requester_id}
