"""Reading the desk's queue: what a query string means, in which order rows stand, and what a view is called.

The query string *is* the view (ux 2.6): filters by name, `sort` and `group`. Without `status` and without search
words only open tickets are meant; an empty `status=` means every ticket. Without `sort` and `group` tickets stand by the
time that is left, or by priority while nothing has a deadline.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Case, CharField, IntegerField, OuterRef, Subquery, Value, When
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from helpdesk.accounts.models import User
from helpdesk.common.paging import Key, instant, number, word
from tickets.filters import TicketFilter
from tickets.incidents import with_incident
from tickets.lifecycle import Status
from tickets.models import Presence, Ticket
from tickets.models.ticket import TicketQuerySet
from tickets.selectors import for_list
from tickets.services.presence import GONE_AFTER
from tickets.targets import State

PAGE_SIZE = 50
COUNTED_UP_TO = 1000
FILTERS = tuple(TicketFilter.base_filters)
LONGEST_QUERY = 1000

SORTS: dict[str, tuple[Key, ...]] = {
    "priority": (word("priority"), instant("created_at")),
    "due": (instant("next_due_at", is_nullable=True),),
    "oldest": (instant("created_at"),),
    "newest": (instant("created_at", is_descending=True),),
    "changed": (instant("updated_at", is_descending=True),),
}
SORT_LABELS = {
    "priority": pgettext_lazy("sort by", "Priority"),
    "due": pgettext_lazy("sort by", "Due first"),
    "oldest": pgettext_lazy("sort by", "Oldest first"),
    "newest": pgettext_lazy("sort by", "Newest first"),
    "changed": pgettext_lazy("sort by", "Changed last"),
}
GROUPS: dict[str, Key | None] = {
    "due": number("due_rank"),
    "priority": word("priority"),
    "status": number("status_rank"),
    "none": None,
}
GROUP_LABELS = {
    "due": pgettext_lazy("group by", "Time left"),
    "priority": pgettext_lazy("group by", "Priority"),
    "status": pgettext_lazy("group by", "Status"),
    "none": pgettext_lazy("group by", "Nothing"),
}
STATUS_RANK = {status: rank for rank, status in enumerate(Status)}

# The groups by time left, in the order of a queue.
BREACHED, WITHIN_HOUR, TODAY, LATER, PAUSED, NO_TARGET, STOPPED = range(7)
DUE_LABELS = {
    BREACHED: pgettext_lazy("tickets by time left", "Breached"),
    WITHIN_HOUR: pgettext_lazy("tickets by time left", "Within 1 h"),
    TODAY: pgettext_lazy("tickets by time left", "Later today"),
    LATER: pgettext_lazy("tickets by time left", "Later"),
    PAUSED: pgettext_lazy("tickets by time left", "Clock paused"),
    NO_TARGET: pgettext_lazy("tickets by time left", "No target"),
    STOPPED: pgettext_lazy("tickets by time left", "Clock stopped"),
}
_RANKS = {State.NONE: NO_TARGET, State.MET: STOPPED, State.MISSED: STOPPED}


@dataclass(frozen=True)
class BuiltIn:
    """A view that everybody has: its code in `selectors.counts`, name and query string."""

    code: str
    label: Any
    query: str
    is_hot: bool = False


BUILT_IN = (
    BuiltIn("open", _("All open"), ""),
    BuiltIn("mine", _("Assigned to me"), "assignee=me"),
    BuiltIn("late", _("Late"), "sla_state=late", is_hot=True),
    BuiltIn("unassigned", _("Unassigned"), "assignee=none&status=workable", is_hot=True),
    BuiltIn("escalated", _("Escalated"), "escalation=escalated"),
    BuiltIn("waiting_user", _("Waiting for user"), "waits_for=user"),
    BuiltIn("vendor", _("With vendor"), "waits_for=vendor"),
    BuiltIn("confirm", _("To be confirmed"), "status=resolved"),
    BuiltIn("promise", _("Promise passed"), "promise=passed", is_hot=True),
)


def parse(query: str) -> QueryDict:
    """A query string from an address or a saved view. Anything too long or not to be read counts as empty."""
    if len(query) > LONGEST_QUERY:
        return QueryDict()
    try:
        return QueryDict(query)
    except ValueError:
        return QueryDict()


def canonical(query: QueryDict) -> str:
    """The one spelling of a view: known filters in order, then how it stands, without cursors.

    What stands in it on purpose is kept even where it is the default, which changes with the first deadline.
    """
    wanted = QueryDict(mutable=True)
    for name in sorted(FILTERS):
        values = [value for value in query.getlist(name) if value]
        if values:
            wanted.setlist(name, values)
        elif name == "status" and name in query:
            wanted[name] = ""
    if query.get("status") == "open" and not query.get("q"):
        del wanted["status"]
    for name in ("group", "sort"):
        value = query.get(name)
        if value:
            wanted[name] = value
    return wanted.urlencode()


@dataclass(frozen=True)
class Order:
    """How rows stand: the chosen group and sort, and the columns that follow from both.

    `at` is the instant from which time left is counted: the same one for all pages, or rows would change their group
    while somebody turns pages. `default` is what stands there unless somebody chose otherwise.
    """

    group: str
    sort: str
    at: datetime
    default: str = "priority"

    @property
    def keys(self) -> tuple[Key, ...]:
        group = GROUPS[self.group]
        rest = SORTS[self.sort]
        if self.group == self.sort == "due":
            # The groups follow from the instant, which an index gives in order; only where none runs they tell more.
            return (*rest, number("due_rank"), number("id"))
        if group is not None and rest[0].name == group.name:
            group = None
        is_descending = rest[-1].is_descending
        return (*((group,) if group else ()), *rest, number("id", is_descending=is_descending))

    def values_of(self, ticket: Ticket) -> list[Any]:
        """Where a ticket stands in this order."""
        ranks = {"status_rank": STATUS_RANK[Status(ticket.status)], "due_rank": due_rank(ticket, self.at)}
        return [ranks[key.name] if key.name in ranks else getattr(ticket, key.name) for key in self.keys]

    def group_of(self, ticket: Ticket) -> Any:
        """The ticket's group: its priority, its status, or its rank by time left."""
        if self.group == "due":
            return due_rank(ticket, self.at)
        return ticket.priority if self.group == "priority" else ticket.status


def order_of(query: QueryDict, at: datetime, *, has_deadlines: bool) -> Order:
    """The chosen order. While time runs on some ticket, that decides unless somebody chose otherwise."""
    group, sort = query.get("group", ""), query.get("sort", "")
    default = "due" if has_deadlines else "priority"
    return Order(group if group in GROUPS else default, sort if sort in SORTS else default, at, default)


def _borders(at: datetime) -> list[tuple[int, datetime]]:
    """The groups by time left with the instant before which each ends."""
    tomorrow = timezone.localtime(at).date() + timedelta(days=1)
    midnight = datetime.combine(tomorrow, time(), timezone.get_current_timezone())
    hour = at + timedelta(hours=1)
    return [(BREACHED, at), (WITHIN_HOUR, hour), (TODAY, max(midnight, hour))]


def due_rank(ticket: Ticket, at: datetime) -> int:
    """The group by time left in which a ticket stands at an instant."""
    due_at = ticket.next_due_at
    if due_at is not None:
        return next((rank for rank, border in _borders(at) if due_at < border), LATER)
    return _RANKS.get(State(ticket.sla_state), PAUSED)


def _ranked_by_time(at: datetime) -> Case:
    """`due_rank` in the words of the database."""
    return Case(
        *(When(next_due_at__lt=border, then=Value(rank)) for rank, border in _borders(at)),
        When(next_due_at__isnull=False, then=Value(LATER)),
        *(When(sla_state=state.value, then=Value(rank)) for state, rank in _RANKS.items()),
        default=Value(PAUSED),
        output_field=IntegerField(),
    )


def filter_of(query: QueryDict, request: HttpRequest, tickets: TicketQuerySet) -> TicketFilter:
    """The queue's filters on these tickets. Values it doesn't know are left out and named in its form's errors."""
    data = query.copy()
    if "status" not in data and not data.get("q"):
        data["status"] = "open"
    return TicketFilter(data, queryset=tickets, request=request)


def ranked(tickets: TicketQuerySet, order: Order) -> TicketQuerySet:
    """With the order's computed column, where it has one."""
    if order.group == "due":
        return tickets.annotate(due_rank=_ranked_by_time(order.at))
    if order.group != "status":
        return tickets
    whens = [When(status=status, then=Value(rank)) for status, rank in STATUS_RANK.items()]
    return tickets.annotate(status_rank=Case(*whens, output_field=IntegerField()))


def with_row_facts(tickets: TicketQuerySet, viewer: User, at: Any) -> TicketQuerySet:
    """Everything a row of the desk shows, in one query: `seen_version`, `replier` (somebody else writes now), and
    `incident_number` (the open major incident that it belongs to)."""
    replying = (
        Presence.objects.filter(ticket=OuterRef("pk"), is_replying=True, seen_at__gt=at - GONE_AFTER)
        .exclude(user=viewer)
        .order_by("user__full_name")
        .values("user__full_name")[:1]
    )
    return for_list(with_incident(tickets), viewer).annotate(replier=Subquery(replying, output_field=CharField()))


def changed_since(matching: TicketQuerySet, visible: TicketQuerySet, shown: Sequence[int], since: Any) -> int:
    """How many tickets changed: those that match the view now, and those that are on the page whatever they are now."""
    recent = set(matching.filter(updated_at__gt=since).order_by().values_list("pk", flat=True)[:100])
    if shown:
        recent.update(visible.filter(pk__in=shown, updated_at__gt=since).values_list("pk", flat=True))
    return len(recent)


def grouped(rows: Sequence[Ticket], order: Order) -> Iterator[tuple[Any, list[Ticket]]]:
    """Runs of rows with the same group value, in order; one run without a value where nothing is grouped."""
    if order.group == "none":
        if rows:
            yield None, list(rows)
        return
    run: list[Ticket] = []
    current: Any = None
    for row in rows:
        value = order.group_of(row)
        if run and value != current:
            yield current, run
            run = []
        current = value
        run.append(row)
    if run:
        yield current, run
