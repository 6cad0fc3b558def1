"""A vendor, and what the tests do with it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from assets.models import Vendor, VendorContact, VendorContract
from assets.services.vendors import save_vendor
from helpdesk.accounts.models import User
from helpdesk.common.models import OutboxMessage
from tests.cast import Cast
from tests.factories import agent_in, bring_to, make_ticket
from tickets.models import Ticket, TicketEvent, VendorCase, VendorMessage
from tickets.services.vendors import cases, speaking
from tickets.services.vendors.disclosing import Chosen
from tickets.services.vendors.speaking import Word

MONDAY = datetime(2026, 11, 23, 1, tzinfo=UTC)
SUPPORT = "support@vendor.example"


def at(hours: float = 0) -> datetime:
    return MONDAY + timedelta(hours=hours)


@pytest.fixture
def vendor(cast: Cast) -> Vendor:
    """A vendor with a contact, and a contract for the year. The liaison's deputy works in the first line."""
    deputy = agent_in(cast.first_line, username="deputy", full_name="孙丽", is_liaison=True)
    row = Vendor(
        name_zh="云财软件", name_en="Cloud Finance", email=SUPPORT, language="en", liaison=cast.liaison, deputy=deputy
    )
    save_vendor(vendor=row, actor=cast.admin)
    VendorContact.objects.create(vendor=row, name="Eve Chen", email="eve@vendor.example", phone="400-1")
    VendorContract.objects.create(
        vendor=row, number="C-7", covers="Support", starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31)
    )
    return row


def worked_on(cast: Cast, **fields: Any) -> Ticket:
    """A ticket of the first line, in work."""
    ticket = bring_to(make_ticket(cast.requester, at=at(-2), **fields), "in_progress", cast.agent, at=at(-1))
    Ticket.objects.filter(pk=ticket.pk).update(team=cast.first_line)
    ticket.refresh_from_db()
    return ticket


def open_case(ticket: Ticket, vendor: Vendor, actor: User, *, hours: float = 0, **fields: Any) -> VendorCase:
    values = {"subject": "White page since 12.4.1", "question": "请问补丁什么时候有？", "next_chase_at": at(hours + 24)}
    wish = cases.Wish(vendor, **{**values, **fields})
    case = cases.open_case(ticket_id=ticket.pk, wish=wish, actor=actor, at=at(hours))
    ticket.refresh_from_db()
    return case


def write(case: VendorCase, actor: User, body: str = "Please send the patch.", *, hours: float = 1, **fields: Any):
    chosen = Chosen(**fields)
    return speaking.send_to_vendor(case_id=case.pk, word=Word(body, chosen), actor=actor, at=at(hours))


def log(case: VendorCase, actor: User, body: str, *, hours: float = 2, direction: str = "in", **fields: Any):
    word = Word(body, fields.pop("chosen", Chosen()), fields.pop("next_chase_at", None))
    channel = fields.pop("channel", "phone")
    return speaking.log_contact(
        case_id=case.pk, word=word, direction=direction, channel=channel, actor=actor, at=at(hours)
    )


def close(case: VendorCase, actor: User, *, hours: float = 5, outcome: str = "solved", is_resumed: bool = False):
    return cases.close_case(
        case_id=case.pk, outcome=outcome, words="补丁已装。", actor=actor, at=at(hours), is_resumed=is_resumed
    )


def codes(ticket: Ticket) -> list[str]:
    """What happened with vendors on a ticket, in order."""
    return list(
        TicketEvent.objects.filter(ticket=ticket, code__startswith="vendor_")
        .order_by("sequence")
        .values_list("code", flat=True)
    )


def told(topic: str) -> list[str]:
    rows = OutboxMessage.objects.filter(topic=topic, channel="email").order_by("id")
    return list(rows.values_list("recipient__username", flat=True))


def last_message(case: VendorCase) -> VendorMessage:
    return VendorMessage.objects.filter(case=case).latest("pk")
