"""Reading the desk's queue: what a query string means, in which order rows stand, and what a view is called.

The query string *is* the view (ux 2.6): filters by name, `sort` and `group`. Without `status` and without search
words only open tickets are meant; an empty `status=` means every ticket.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, CharField, IntegerField, OuterRef, Subquery, Value, When
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from helpdesk.accounts.models import User
from tickets.filters import TicketFilter
from tickets.lifecycle import Status
from tickets.models import Presence, Ticket
from tickets.models.ticket import TicketQuerySet
from tickets.paging import Key, instant, number, word
from tickets.selectors import for_list
from tickets.services.presence import GONE_AFTER

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
GROUPS: dict[str, Key | None] = {"priority": word("priority"), "status": number("status_rank"), "none": None}
GROUP_LABELS = {
    "priority": pgettext_lazy("group by", "Priority"),
    "status": pgettext_lazy("group by", "Status"),
    "none": pgettext_lazy("group by", "Nothing"),
}
DEFAULT_SORT = DEFAULT_GROUP = "priority"
STATUS_RANK = {status: rank for rank, status in enumerate(Status)}


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
    BuiltIn("unassigned", _("Unassigned"), "assignee=none&status=workable", is_hot=True),
    BuiltIn("waiting_user", _("Waiting for user"), "waits_for=user"),
    BuiltIn("vendor", _("With vendor"), "waits_for=vendor"),
    BuiltIn("confirm", _("To be confirmed"), "status=resolved"),
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
    """The one spelling of a view: known filters in order, without what is the default and without cursors."""
    wanted = QueryDict(mutable=True)
    for name in sorted(FILTERS):
        values = [value for value in query.getlist(name) if value]
        if values:
            wanted.setlist(name, values)
        elif name == "status" and name in query:
            wanted[name] = ""
    if query.get("status") == "open" and not query.get("q"):
        del wanted["status"]
    for name, default in (("group", DEFAULT_GROUP), ("sort", DEFAULT_SORT)):
        value = query.get(name)
        if value and value != default:
            wanted[name] = value
    return wanted.urlencode()


@dataclass(frozen=True)
class Order:
    """How rows stand: the chosen group and sort, and the columns that follow from both."""

    group: str
    sort: str

    @property
    def keys(self) -> tuple[Key, ...]:
        group = GROUPS[self.group]
        rest = SORTS[self.sort]
        if group is not None and rest[0].name == group.name:
            group = None
        is_descending = rest[-1].is_descending
        return (*((group,) if group else ()), *rest, number("id", is_descending=is_descending))

    def values_of(self, ticket: Ticket) -> list[Any]:
        """Where a ticket stands in this order."""
        rank = STATUS_RANK[Status(ticket.status)]
        return [rank if key.name == "status_rank" else getattr(ticket, key.name) for key in self.keys]


def order_of(query: QueryDict) -> Order:
    group, sort = query.get("group", ""), query.get("sort", "")
    return Order(group if group in GROUPS else DEFAULT_GROUP, sort if sort in SORTS else DEFAULT_SORT)


def filter_of(query: QueryDict, request: HttpRequest, tickets: TicketQuerySet) -> TicketFilter:
    """The queue's filters on these tickets. Values it doesn't know are left out and named in its form's errors."""
    data = query.copy()
    if "status" not in data and not data.get("q"):
        data["status"] = "open"
    return TicketFilter(data, queryset=tickets, request=request)


def ranked(tickets: TicketQuerySet, order: Order) -> TicketQuerySet:
    """With the order's computed column, where it has one."""
    if order.group != "status":
        return tickets
    whens = [When(status=status, then=Value(rank)) for status, rank in STATUS_RANK.items()]
    return tickets.annotate(status_rank=Case(*whens, output_field=IntegerField()))


def with_row_facts(tickets: TicketQuerySet, viewer: User, at: Any) -> TicketQuerySet:
    """Everything a row of the desk shows, in one query: `seen_version`, and `replier` (somebody else writes now)."""
    replying = (
        Presence.objects.filter(ticket=OuterRef("pk"), is_replying=True, seen_at__gt=at - GONE_AFTER)
        .exclude(user=viewer)
        .order_by("user__full_name")
        .values("user__full_name")[:1]
    )
    return for_list(tickets, viewer).annotate(replier=Subquery(replying, output_field=CharField()))


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
        value = row.priority if order.group == "priority" else row.status
        if run and value != current:
            yield current, run
            run = []
        current = value
        run.append(row)
    if run:
        yield current, run
