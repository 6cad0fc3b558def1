"""What all acts on a vendor case share: opening it under its ticket's lock, dates, and the trail."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed, NotVisible
from helpdesk.common.text import clean_text
from tickets.matters import recount
from tickets.models import Ticket, TicketEvent, VendorCase, VendorMessage
from tickets.models.ticket import TEXT_LENGTH
from tickets.policies import can_follow_vendor_case
from tickets.seals import seal
from tickets.services.recording import Act, open_for_change, record

LATEST = timedelta(days=366)
CASE, MESSAGE = "vendor_case", "vendor_message"


def open_case_for_change(*, case_id: int, actor: User) -> VendorCase:
    """An open case with its locked ticket, for somebody who follows it.

    Raises NotVisible, NotAllowed, or Conflict (`case_closed`, `archived`): of two who close it the second is told so.
    """
    found = VendorCase.objects.visible_to(actor).filter(pk=case_id).values_list("ticket_id", flat=True).first()
    if found is None:
        raise NotVisible
    ticket = open_for_change(ticket_id=found, actor=actor, version=None)
    case = under_lock(ticket, case_id)
    if not can_follow_vendor_case(actor, case):
        raise NotAllowed(_("Only the vendor's liaison, the deputy and who works on the ticket can do this."))
    if not case.is_open:
        raise Conflict(_("This vendor case is closed already."), code="case_closed")
    return case


def under_lock(ticket: Ticket, case_id: int) -> VendorCase:
    """The case as it stands now, on the very ticket that the caller has locked."""
    case = VendorCase.objects.select_related("vendor", "contact", "contract").get(pk=case_id, ticket=ticket)
    case.ticket = ticket
    return case


def date_problems(name: str, value: datetime | None, at: datetime) -> dict[str, list[str]]:
    """What is wrong with a date that has to come; nothing for one that isn't given."""
    if value is None:
        return {}
    if value <= at:
        return {name: [_("Choose a time in the future.")]}
    if value > at + LATEST:
        return {name: [_("Choose a time within the next year.")]}
    return {}


def required_words(value: str, *, field: str, problem: str) -> str:
    """A text that has to say something. Raises InvalidInput naming `field`."""
    text = clean_text(value, field=field, max_length=TEXT_LENGTH)
    if not text:
        raise InvalidInput(fields={field: [problem]})
    return text


def set_chase_at(case: VendorCase, when: datetime | None) -> None:
    """Plan the next look, unsaved; without an instant the planned one stays."""
    if when is not None:
        case.next_chase_at = case.due_at = when


def tell(
    case: VendorCase,
    code: str,
    *,
    actor: User | None,
    at: datetime,
    before: dict[str, Any],
    message: VendorMessage | None = None,
    is_public: bool = False,
    channel: str = "",
    facts: Mapping[str, Any] | None = None,
) -> TicketEvent:
    """Save the case and record the one act, with the fingerprint of what was said or how it stands."""
    case.save()
    recount(case.ticket)
    if message is not None:
        sealed = {"vendor_message": message.pk, **seal(MESSAGE, message)}
    else:
        sealed = seal(CASE, case, is_answered=not case.is_open)
    act = Act(
        code=code,
        actor=actor,
        at=at,
        channel=channel,
        is_public=is_public,
        facts={"vendor_case": case.pk, "vendor": case.vendor_id, **(facts or {}), **sealed},
    )
    return record(case.ticket, act, before=before)
