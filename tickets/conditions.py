"""What filters and search fields ask of a ticket, in the words of the database: each rule once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from django.db.models import Q

from helpdesk.accounts.models import User
from tickets.lifecycle import FINAL, OPEN, WORKABLE
from tickets.models import Category
from tickets.models.ticket import IS_OPEN
from tickets.targets import CRITICAL_WITHIN, State

STATUS_GROUPS = {"open": OPEN, "workable": WORKABLE, "done": FINAL}
NOTHING = Q(pk__in=[])
IS_ESCALATED = Q(escalation_level__gt=0)
IS_OFFERED = Q(offered_to__isnull=False)


def has_status(codes: Iterable[str]) -> Q:
    """One of these statuses or groups. Open ones are said in the words of the partial indexes too, or these lie idle."""
    statuses = {str(status) for code in codes for status in STATUS_GROUPS.get(code, (code,))}
    if statuses == set(OPEN):
        return IS_OPEN
    found = Q(status__in=sorted(statuses))
    return IS_OPEN & found if statuses.issubset(OPEN) else found


def is_late(at: datetime) -> Q:
    """Tickets whose clock has run out."""
    return Q(next_due_at__lt=at)


def is_due_within(at: datetime, *, minutes: int) -> Q:
    """Tickets whose clock will run out in this time."""
    return Q(next_due_at__gte=at, next_due_at__lte=at + timedelta(minutes=minutes))


def stands_on_clock(states: Iterable[str], at: datetime) -> Q:
    """How the clock stands at this moment, as its chip says it (`targets.state_now` in the words of the database)."""
    later = Q(next_due_at__gt=at + CRITICAL_WITHIN)
    found = NOTHING
    for state in states:
        if state == State.LATE:
            found |= is_late(at)
        elif state == State.CRITICAL:
            found |= Q(next_due_at__gte=at) & (~later | Q(sla_state=state))
        elif state in (State.ON_TRACK, State.SOON):
            found |= later & Q(sla_state=state)
        else:
            found |= Q(sla_state=state, next_due_at__isnull=True)
    return found


def has_username(value: str, viewer: User, *, of: str = "") -> Q:
    """The person with this user name, or what has such a person under `of` (`assignee__`).

    Of the desk's people others learn the name only (M1.2-4), so their user names fit nobody for them.
    """
    found = Q(**{f"{of}username__iexact": value})
    return found if viewer.is_desk else found & Q(**{f"{of}is_agent": False, f"{of}is_admin": False})


def in_branches(categories: Iterable[Category]) -> Q:
    """These categories and everything below them."""
    below = reduce(or_, (Q(path__startswith=category.path) for category in categories), NOTHING)
    return Q(category_id__in=list(Category.objects.filter(below).values_list("pk", flat=True)))
