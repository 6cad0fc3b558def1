"""What the wallboard shows: how many tickets press, which are due next, and who has how much (ux 2.12).

Every number is the count of a view of the queue, taken with the same words (`tickets/filters.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Ability
from tickets.conditions import is_due_within, is_late
from tickets.lifecycle import WORKABLE, Command
from tickets.models import DeskSettings, Ticket
from tickets.models.ticket import TicketQuerySet
from tickets.services.engine import allowed_rules

NEXT = 8
MOST_PEOPLE = 12
# The numbers with the view of the queue that each counts.
VIEWS = {
    "late": "sla_state=late",
    "quarter": "due_within=15",
    "hour": "due_within=60",
    "unassigned": "assignee=none&status=workable",
}


@dataclass(frozen=True)
class Load:
    """A person with the open tickets they handle."""

    person: User
    open: int
    late: int


@dataclass(frozen=True)
class Coming:
    """A ticket that is due soon; `may_assign` says whether the viewer can give it to somebody else."""

    ticket: Ticket
    may_assign: bool


def numbers(visible: TicketQuerySet, at: datetime) -> dict[str, int]:
    """How many tickets stand in each of the wallboard's views, in one query."""
    unassigned = Q(assignee__isnull=True, status__in=WORKABLE)
    return visible.open().aggregate(
        late=Count("pk", filter=is_late(at)),
        quarter=Count("pk", filter=is_due_within(at, minutes=15)),
        hour=Count("pk", filter=is_due_within(at, minutes=60)),
        unassigned=Count("pk", filter=unassigned),
    )


def next_due(visible: TicketQuerySet, viewer: User, at: datetime) -> list[Coming]:
    """The tickets that are due next, soonest first."""
    tickets = visible.open().filter(next_due_at__gte=at).select_related("assignee", "team", "waiting_reason")
    terms = DeskSettings.current().terms
    return [
        Coming(ticket, any(rule.command == Command.ASSIGN for rule in allowed_rules(ticket, viewer, at, terms=terms)))
        for ticket in tickets.order_by("next_due_at", "pk")[:NEXT]
    ]


def loads(visible: TicketQuerySet, viewer: User, at: datetime) -> list[Load]:
    """Who works in the viewer's teams, for administrators in any, with what they handle; the fullest hands first."""
    people = User.objects.visible_to(viewer).desk()
    if not viewer.can(Ability.CONFIGURE):
        people = people.filter(memberships__team_id__in=viewer.team_ids).distinct()
    handled = visible.open().filter(assignee__isnull=False).order_by().values_list("assignee")
    rows = handled.annotate(total=Count("pk"), late=Count("pk", filter=is_late(at)))
    counted = {pk: (total, late) for pk, total, late in rows}
    found = [Load(person, *counted.get(person.pk, (0, 0))) for person in people.order_by("full_name")]
    return sorted(found, key=lambda load: -load.open)
