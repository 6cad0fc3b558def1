"""Emergency access: opening a confidential ticket that one may not see, for a reason and a few hours (ADR 17)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import NotAllowed, NotVisible
from helpdesk.common.locking import lock_row
from helpdesk.common.outbox import Notice, enqueue
from tickets.choices import Act as ActCode
from tickets.models import BreakGlass, Ticket
from tickets.policies import can_break_glass
from tickets.services.confidentiality import need_reason
from tickets.services.recording import Act, record, snapshot

LASTS = timedelta(hours=4)
SUBJECT_TYPE = "break_glass"
TOPIC = "glass_broken"


@transaction.atomic
def break_glass(*, number: str, reason: str, actor: User, at: datetime) -> BreakGlass:
    """Let this person read the ticket for four hours. They can do nothing on it.

    The assignee, the lead of its team and all administrators are told at once, and so is the ticket's own record. Raises
    NotAllowed for who may not do this at all, InvalidInput without a reason, and NotVisible, always in the same words, for a
    number that isn't there, isn't confidential, or is open to this person anyway.
    """
    if not can_break_glass(actor):
        raise NotAllowed(_("Only leads and administrators can open a confidential ticket in an emergency."))
    words = need_reason(reason)
    try:
        ticket = lock_row(Ticket.objects.filter(is_confidential=True), number=number)
    except Ticket.DoesNotExist:
        raise _nothing_there() from None
    if Ticket.objects.visible_to(actor).filter(pk=ticket.pk).exists():
        raise _nothing_there()
    glass = BreakGlass.objects.create(ticket=ticket, user=actor, reason=words, started_at=at, ends_at=at + LASTS)
    # An archived ticket's record is sealed. The row itself can't be changed or deleted either.
    if not ticket.is_archived:
        facts = {"glass": glass.pk, "until": glass.ends_at.isoformat()}
        act = Act(code=ActCode.GLASS_BROKEN, actor=actor, at=at, reason=words, facts=facts)
        record(ticket, act, before=snapshot(ticket))
    _tell(glass, at)
    return glass


def _nothing_there() -> NotVisible:
    return NotVisible(_("There is no confidential ticket with this number that is closed to you."))


def _tell(glass: BreakGlass, at: datetime) -> None:
    """Not by the ticket's own notices: administrators hear of it who may not know what the ticket is about."""
    ticket = glass.ticket
    lead = ticket.team.lead_id if ticket.team is not None else None
    people = {pk for pk in (ticket.assignee_id, lead) if pk is not None}
    people |= set(User.objects.active().filter(is_admin=True).values_list("pk", flat=True))
    payload = {"glass": glass.pk, "person": glass.user_id, "number": ticket.number, "until": glass.ends_at.isoformat()}
    notices = [Notice(TOPIC, person, payload) for person in sorted(people - {glass.user_id})]
    enqueue(notices, event_key=f"glass-{glass.pk}", subject_type=SUBJECT_TYPE, subject_id=glass.pk, at=at)
