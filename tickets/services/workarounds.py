"""Workarounds that a requester lives with: who looks at them again, and when (M3.5-2)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Ability
from helpdesk.common.errors import InvalidInput
from tickets.models import Ticket, WorkaroundReview

USUAL = timedelta(days=30)
LONGEST = timedelta(days=366)


def plan_review(ticket: Ticket, *, owner: User, review_at: datetime | None, at: datetime) -> None:
    """Note who reviews the workaround that is being proposed, and when. Part of that act. Raises InvalidInput."""
    when = review_at or at + USUAL
    if when <= at or when > at + LONGEST:
        raise InvalidInput(fields={"review_at": [_("Choose a time within the next year.")]})
    if not owner.is_active or not owner.can(Ability.WORK):
        raise InvalidInput(fields={"workaround_owner": [_("This person doesn't work on tickets. Choose an agent.")]})
    forget(ticket)
    WorkaroundReview.objects.create(ticket=ticket, owner=owner, review_at=when, due_at=when)


def forget(ticket: Ticket) -> None:
    """The workaround no longer stands. Part of another act."""
    WorkaroundReview.objects.filter(ticket=ticket).update(due_at=None)
