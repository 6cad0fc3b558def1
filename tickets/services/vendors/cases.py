"""The life of a vendor case: opened, promised, chased, changed, closed, with what it does to the ticket's waiting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from assets.models import Vendor, VendorContact, VendorContract
from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed
from helpdesk.common.text import clean_text
from tickets.choices import Act as ActCode
from tickets.choices import WaitsFor
from tickets.lifecycle import WORKABLE, Command, Party, Status
from tickets.models import Ticket, VendorCase, WaitingReason
from tickets.models.ticket import SUBJECT_LENGTH
from tickets.policies import can_work_on, speaker_for
from tickets.services.engine import CommandInput, apply_command
from tickets.services.recording import open_for_change, snapshot
from tickets.services.vendors.case_rows import (
    date_problems,
    open_case_for_change,
    required_words,
    set_chase_at,
    tell,
)

MOST_OPEN = 10
AS_STAFF = frozenset({Party.STAFF})
# What `change_case` takes.
DETAILS = (
    "reference",
    "contact",
    "contract",
    "severity",
    "visit_from_at",
    "visit_until_at",
    "cost_amount",
    "cost_note",
)
LENGTHS = {"reference": 80, "cost_amount": 60, "cost_note": 300}


@dataclass(frozen=True)
class Wish:
    """What a vendor is to do. With a `waiting_reason` the ticket waits for it until `next_chase_at`."""

    vendor: Vendor
    subject: str
    question: str
    next_chase_at: datetime
    severity: str = VendorCase.Severity.MEDIUM
    contract: VendorContract | None = None
    contact: VendorContact | None = None
    reference: str = ""
    waiting_reason: WaitingReason | None = None


@transaction.atomic
def open_case(*, ticket_id: int, wish: Wish, actor: User, at: datetime) -> VendorCase:
    """Ask for a vendor's help; its liaison is told. By who works on the ticket.

    Raises NotVisible, NotAllowed, Conflict (`not_workable`, `too_many`, or why the ticket can't wait) or InvalidInput.
    """
    ticket = open_for_change(ticket_id=ticket_id, actor=actor, version=None)
    if not can_work_on(actor, ticket):
        raise NotAllowed
    if ticket.status not in WORKABLE:
        raise Conflict(_("This ticket is no longer worked on."), code="not_workable")
    if VendorCase.objects.filter(ticket=ticket).open().count() >= MOST_OPEN:
        raise Conflict(_("This ticket has too many open vendor cases already."), code="too_many")
    facts = _checked(ticket, wish, at)
    before = snapshot(ticket)
    case = VendorCase(
        ticket=ticket,
        vendor=wish.vendor,
        contract=wish.contract,
        contact=wish.contact,
        severity=wish.severity,
        waiting_reason=wish.waiting_reason,
        opened_by=actor,
        opened_at=at,
        **facts,
    )
    set_chase_at(case, wish.next_chase_at)
    case.save()
    # Where it waits, the requester reads that instead.
    is_public = wish.waiting_reason is None
    tell(case, ActCode.VENDOR_CASE_OPENED, actor=actor, at=at, before=before, is_public=is_public)
    _wait(case, actor, at)
    return case


def _checked(ticket: Ticket, wish: Wish, at: datetime) -> dict[str, str]:
    """The texts of a wish. Raises InvalidInput naming each field that can't be."""
    errors: dict[str, list[str]] = date_problems("next_chase_at", wish.next_chase_at, at)
    if wish.vendor.is_retired:
        errors["vendor"] = [_("We no longer work with this vendor. Choose another one.")]
    elif speaker_for(wish.vendor, ticket) is None:
        errors["vendor"] = [
            _(
                "Neither the liaison of this vendor nor the deputy may see this ticket. Let one of them read along first."
            )
        ]
    errors |= _strangers(wish.vendor, {"contract": wish.contract, "contact": wish.contact})
    if wish.severity not in VendorCase.Severity.values:
        errors["severity"] = [_("Choose one of the answers.")]
    if wish.waiting_reason is not None and wish.waiting_reason.waits_for != WaitsFor.VENDOR:
        errors["waiting_reason"] = [_("Choose a reason that waits for a vendor.")]
    texts = {
        "subject": clean_text(wish.subject, field="subject", max_length=SUBJECT_LENGTH, multiline=False),
        "reference": clean_text(wish.reference, field="reference", max_length=LENGTHS["reference"], multiline=False),
    }
    if not texts["subject"]:
        errors["subject"] = [_("Say in a few words what it is about.")]
    try:
        texts["question"] = required_words(wish.question, field="question", problem=_("Say what the vendor is to do."))
    except InvalidInput as error:
        errors |= error.sentences()
    if errors:
        raise InvalidInput(fields=errors)
    return texts


def _strangers(vendor: Vendor, rows: Mapping[str, Any]) -> dict[str, list[str]]:
    """A contract or contact that belongs to another vendor."""
    return {
        name: [_("This belongs to another vendor.")]
        for name, row in rows.items()
        if row is not None and row.vendor_id != vendor.pk
    }


@transaction.atomic
def record_promise(
    *, case_id: int, promised_at: datetime, actor: User, at: datetime, next_chase_at: datetime | None = None
) -> VendorCase:
    """Write down by when the vendor has promised to answer. Without another instant it is chased then.

    Raises NotVisible, NotAllowed, Conflict (`case_closed`, `archived`) or InvalidInput.
    """
    case = open_case_for_change(case_id=case_id, actor=actor)
    errors = date_problems("promised_at", promised_at, at) | date_problems("next_chase_at", next_chase_at, at)
    if errors:
        raise InvalidInput(fields=errors)
    before = snapshot(case.ticket)
    case.promised_at = promised_at
    case.turn = VendorCase.Turn.VENDOR
    set_chase_at(case, next_chase_at or promised_at)
    facts = {"promised_at": promised_at.isoformat()}
    tell(case, ActCode.VENDOR_PROMISED, actor=actor, at=at, before=before, is_public=True, facts=facts)
    wait_on(case, actor, at)
    return case


@transaction.atomic
def set_chase(*, case_id: int, next_chase_at: datetime, actor: User, at: datetime) -> VendorCase:
    """Plan when to look after the vendor next. Raises NotVisible, NotAllowed, Conflict or InvalidInput."""
    case = open_case_for_change(case_id=case_id, actor=actor)
    errors = date_problems("next_chase_at", next_chase_at, at)
    if errors:
        raise InvalidInput(fields=errors)
    before = snapshot(case.ticket)
    set_chase_at(case, next_chase_at)
    tell(case, ActCode.VENDOR_CHASE_SET, actor=actor, at=at, before=before, facts={"due_at": next_chase_at.isoformat()})
    wait_on(case, actor, at)
    return case


@transaction.atomic
def change_case(*, case_id: int, changes: Mapping[str, Any], actor: User, at: datetime) -> VendorCase:
    """Change some of `DETAILS`: their number, contact, contract, severity, the visit, what it costs.

    Raises NotVisible, NotAllowed, Conflict or InvalidInput. What changes nothing leaves no trace.
    """
    case = open_case_for_change(case_id=case_id, actor=actor)
    values = {
        name: clean_text(value, field=name, max_length=LENGTHS[name], multiline=False) if name in LENGTHS else value
        for name, value in changes.items()
        if name in DETAILS
    }
    errors = _strangers(case.vendor, {name: values.get(name) for name in ("contact", "contract")})
    if values.get("severity", case.severity) not in VendorCase.Severity.values:
        errors["severity"] = [_("Choose one of the answers.")]
    begin = values.get("visit_from_at", case.visit_from_at)
    end = values.get("visit_until_at", case.visit_until_at)
    if (begin is None) != (end is None):
        errors["visit_until_at" if end is None else "visit_from_at"] = [_("Give both ends of the visit, or none.")]
    elif begin is not None and end is not None and end <= begin:
        errors["visit_until_at"] = [_("A visit ends after it begins.")]
    if errors:
        raise InvalidInput(fields=errors)
    changed = [name for name, value in values.items() if getattr(case, name) != value]
    if not changed:
        return case
    before = snapshot(case.ticket)
    for name in changed:
        setattr(case, name, values[name])
    tell(case, ActCode.VENDOR_CASE_CHANGED, actor=actor, at=at, before=before, facts={"changed": changed})
    return case


@transaction.atomic
def close_case(
    *, case_id: int, outcome: str, words: str, actor: User, at: datetime, is_resumed: bool = False
) -> VendorCase:
    """Say what came of it. With `is_resumed` a ticket that waits for this vendor goes on.

    Raises NotVisible, NotAllowed, Conflict (`case_closed`, `archived`) or InvalidInput.
    """
    case = open_case_for_change(case_id=case_id, actor=actor)
    if outcome not in VendorCase.Outcome.values:
        raise InvalidInput(fields={"outcome": [_("Choose one of the answers.")]})
    text = required_words(words, field="words", problem=_("Say what came of it."))
    before = snapshot(case.ticket)
    case.state = VendorCase.State.CLOSED
    case.outcome, case.closing_words = outcome, text
    case.closed_at, case.closed_by, case.due_at = at, actor, None
    tell(
        case, ActCode.VENDOR_CASE_CLOSED, actor=actor, at=at, before=before, is_public=True, facts={"outcome": outcome}
    )
    if is_resumed and waits_for_vendor(case.ticket):
        given = CommandInput(who=AS_STAFF)
        apply_command(case.ticket, command=Command.RESUME, actor=actor, at=at, given=given)
    return case


def waits_for_vendor(ticket: Ticket) -> bool:
    """Whether the ticket stands still because of a vendor."""
    reason = ticket.waiting_reason
    return ticket.status == Status.WAITING and reason is not None and reason.waits_for == WaitsFor.VENDOR


def wait_on(case: VendorCase, actor: User, at: datetime) -> None:
    """Where the ticket waits for this case, let it wait at least until the case is looked after again."""
    ticket = case.ticket
    if ticket.status != Status.WAITING or ticket.waiting_reason_id != case.waiting_reason_id:
        return
    assert ticket.next_action_at is not None and case.next_chase_at is not None, "the database demands both"
    if ticket.next_action_at < case.next_chase_at:
        _wait(case, actor, at)


def _wait(case: VendorCase, actor: User, at: datetime) -> None:
    """The liaison may do so on any team's ticket: it is their case."""
    if case.waiting_reason is None:
        return
    data = {"waiting_reason": case.waiting_reason, "next_action_at": case.next_chase_at}
    apply_command(case.ticket, command=Command.WAIT, actor=actor, at=at, given=CommandInput(data, who=AS_STAFF))
