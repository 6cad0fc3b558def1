"""Who is told of a clock, and of what: one notice for a ticket however much came together (no storm)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from escalation.alarm import BREACH
from escalation.models import Clock
from helpdesk.accounts.models import User
from helpdesk.common.outbox import Notice, Occasion
from tickets.models import Ticket
from tickets.services.notices import SUBJECT_TYPE
from tickets.targets import Target


def news_of(ticket: Ticket, sounded: Sequence[tuple[Clock, int]]) -> Occasion | None:
    """What whoever has to act is told: the worst that a ticket's clocks have passed, each given with its per cent."""
    telling = [(clock, percent) for clock, percent in sounded if percent in _told_parts(clock)]
    if not telling:
        return None
    clock, percent = max(telling, key=lambda pair: pair[1])
    is_breach = percent >= BREACH
    payload = {
        "target": clock.target,
        "percent": percent,
        "due_at": clock.due_at.isoformat() if clock.due_at is not None else None,
    }
    topic = _topic(clock, is_breach=is_breach)
    return Occasion(
        [Notice(topic, person, payload) for person in people_in_charge(ticket, with_lead=is_breach)],
        event_key=f"clock-{clock.pk}-{clock.round}-{percent}-{clock.due_at:%Y%m%d%H%M%S%f}",
        subject_type=SUBJECT_TYPE,
        subject_id=ticket.pk,
    )


def _told_parts(clock: Clock) -> list[int]:
    """What only escalates is told by the escalation itself."""
    return clock.version.thresholds if clock.version is not None else []


def _topic(clock: Clock, *, is_breach: bool) -> str:
    if not is_breach:
        return "target_near"
    return "update_overdue" if clock.target == Target.UPDATE else "target_missed"


def people_in_charge(ticket: Ticket, *, with_lead: bool = False) -> Iterator[int]:
    """Ids of the people who have to act: the assignee; without one the team's lead, without one the whole team."""
    lead = ticket.team.lead_id if ticket.team is not None else None
    if ticket.assignee_id is not None:
        yield ticket.assignee_id
        if with_lead and lead is not None:
            yield lead
    elif lead is not None:
        yield lead
    elif ticket.team_id is not None:
        yield from User.objects.active().filter(memberships__team_id=ticket.team_id).values_list("pk", flat=True)
