"""What is kept of a telephone call: who rang whom, when, and for how long (ux 2.8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.accounts.person_keys import typed_number
from helpdesk.common.errors import InvalidInput
from helpdesk.common.text import clean_text
from tickets.choices import CallDirection
from tickets.models import PhoneCall, Ticket, TicketEvent
from tickets.models.call import LONGEST_CALL, NUMBER_LENGTH

# Clocks of telephone systems may be a little fast.
AHEAD = timedelta(minutes=5)
OLDEST = timedelta(days=31)


@dataclass(frozen=True)
class Call:
    """A call as it was reported. Without a length nobody knows how long it took."""

    started_at: datetime
    direction: str = CallDirection.IN
    number: str = ""
    duration_seconds: int | None = None


def checked(call: Call, *, at: datetime) -> Call:
    """The call as it is stored. Raises InvalidInput naming `call_direction`, `call_number`, `call_started_at`, `call_duration`."""
    if call.direction not in CallDirection.values:
        raise InvalidInput(fields={"call_direction": [_("Say who rang whom.")]})
    number = clean_text(call.number, field="call_number", max_length=NUMBER_LENGTH, multiline=False)
    if call.started_at > at + AHEAD:
        raise InvalidInput(fields={"call_started_at": [_("This time is still to come.")]})
    if call.started_at < at - OLDEST:
        raise InvalidInput(fields={"call_started_at": [_("This call is more than a month ago.")]})
    longest = int(LONGEST_CALL.total_seconds())
    if call.duration_seconds is not None and not 0 <= call.duration_seconds <= longest:
        raise InvalidInput(fields={"call_duration": [_("A call lasts 12 hours at most.")]})
    return Call(call.started_at, str(call.direction), number, call.duration_seconds)


def facts_of(call: Call | None) -> dict[str, Any]:
    """What the trail tells of a call: no number, which is somebody's personal data."""
    if call is None:
        return {}
    return {"call": {"direction": call.direction, "seconds": call.duration_seconds}}


def keep_call(call: Call, *, ticket: Ticket, event: TicketEvent, taken_by: User) -> PhoneCall:
    """Store a checked call with the act that tells of it, in the act's own transaction."""
    return PhoneCall.objects.create(
        ticket=ticket,
        event=event,
        caller=ticket.requester,
        taken_by=taken_by,
        direction=call.direction,
        number=call.number,
        number_key=typed_number(call.number),
        started_at=call.started_at,
        duration_seconds=call.duration_seconds,
    )
