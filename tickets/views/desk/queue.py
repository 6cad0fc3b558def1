"""The agents' queue (ux 2.6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from helpdesk.accounts.desk_access import desk_page, viewer
from helpdesk.accounts.models import User
from helpdesk.common.numbers import whole_numbers
from helpdesk.common.paging import Page, paginate
from helpdesk.common.templatetags.hd import duration
from tickets.choices import PRIORITY_LABELS, STATUS_LABELS
from tickets.filters import TicketFilter
from tickets.forms.desk import QueueFilterForm, filter_values
from tickets.lifecycle import Status
from tickets.models import Ticket
from tickets.models.ticket import TicketQuerySet
from tickets.priority import Priority
from tickets.queue import (
    COUNTED_UP_TO,
    DUE_LABELS,
    FILTERS,
    GROUP_LABELS,
    PAGE_SIZE,
    SORT_LABELS,
    WITHIN_HOUR,
    Order,
    canonical,
    changed_since,
    due_rank,
    filter_of,
    grouped,
    order_of,
    ranked,
    with_row_facts,
)
from tickets.search import problems_in
from tickets.views.desk.rail import Link, queue_url, rail, view_counts

# Which built-in views stand above the list as quick filters.
_STATS = ("open", "mine", "late", "unassigned", "waiting_user", "vendor", "confirm", "promise")


@desk_page("GET")
def queue(request: HttpRequest) -> HttpResponseBase:
    """The list of tickets that the query string describes; only its changing part for htmx."""
    context = queue_context(request)
    template = "desk/_queue.html" if request.headers.get("HX-Target") == "queue" else "desk/queue.html"
    return render(request, template, context)


def queue_context(request: HttpRequest) -> dict[str, Any]:
    """What the page and its fragment show."""
    me, at, query = viewer(request), timezone.now(), request.GET
    totals = view_counts(me)
    order = order_of(query, _walk_began(query) or at, has_deadlines=bool(totals["running"]))
    visible = Ticket.objects.visible_to(me)
    filterset = filter_of(query, request, visible)
    matching = filterset.qs
    page = paginate(
        ranked(matching, order),
        order.keys,
        details=with_row_facts(ranked(visible, order), me, at),
        size=PAGE_SIZE,
        after=query.get("after", ""),
        before=query.get("before", ""),
    )
    view = canonical(query)
    links = rail(me, totals, view)
    total = len(page.rows)
    if page.after or page.before:
        total = matching.order_by()[: COUNTED_UP_TO + 1].count()
    return {
        "title": _title(links, query),
        "view": view,
        "view_url": queue_url(view),
        "current": next((link for link in links if link.is_current), None),
        "desk_views": links,
        "stats": [link for link in links if link.code in _STATS],
        "page": page,
        "groups": [(_group_label(order, value), rows) for value, rows in grouped(page.rows, order)],
        "total": min(total, COUNTED_UP_TO),
        "is_more": total > COUNTED_UP_TO,
        "order": order,
        "sorts": _choices(query, "sort", SORT_LABELS, order.sort, order.default),
        "group_choices": _choices(query, "group", GROUP_LABELS, order.group, order.default),
        "page_view": _page_view(view, order),
        "next_due": _next_due(page, order, visible),
        "has_clocks": order.default == "due",
        "chips": _chips(query, filterset),
        "filter_problems": list(filterset.errors),
        "search_problems": problems_in(query.get("q", ""), me),
        "is_filtered": bool(view),
        "everywhere_url": query.get("q") and f"{reverse('search')}?{urlencode({'q': query['q']})}",
        "poll_url": poll_url(view, at.isoformat(), ",".join(str(row.pk) for row in page.rows)),
        "now": at,
        "may_work": me.is_agent,
        "head_age": _("Time left") if order.default == "due" else _("Age or next action"),
        "sort_age": "due" if order.default == "due" else "oldest",
        "head_priority": _("Priority"),
        "head_changed": _("Changed"),
    }


def _walk_began(query: QueryDict) -> datetime | None:
    """The instant at which the first of the pages was made; None on that page."""
    return _instant(query.get("at", "")) if query.get("after") or query.get("before") else None


def _page_view(view: str, order: Order) -> str:
    """The query string of this walk's other pages, but for the cursor."""
    query = QueryDict(view, mutable=True)
    if order.group == "due":
        query["at"] = order.at.isoformat()
    return query.urlencode()


def _next_due(page: Page[Ticket], order: Order, visible: TicketQuerySet) -> datetime | None:
    """When the next ticket is due, to be told where nothing presses: on a calm first page, or an empty one."""
    if order.default != "due" or page.before:
        return None
    if page.rows:
        is_calm = order.group == order.sort == "due" and due_rank(page.rows[0], order.at) > WITHIN_HOUR
        return page.rows[0].next_due_at if is_calm else None
    running = visible.open().filter(next_due_at__gte=order.at).order_by("next_due_at")
    return running.values_list("next_due_at", flat=True).first()


def _title(links: Sequence[Link], query: QueryDict) -> str:
    current = next((link for link in links if link.is_current), None)
    if current:
        return current.label
    words = query.get("q", "").strip()
    if words:
        return _("Search: %(words)s") % {"words": words[:60]}
    return _("Filtered tickets")


def _group_label(order: Order, value: Any) -> str:
    if order.group == "due":
        return str(DUE_LABELS[value])
    if order.group == "priority":
        if not value:
            return _("Not classified yet")
        return f"{value} {PRIORITY_LABELS[Priority(value)]}"
    return str(STATUS_LABELS[Status(value)]) if value is not None else ""


def changed_query(query: QueryDict, **changes: str | None) -> str:
    """The query string with these values instead (None: without), and without cursors."""
    copy = query.copy()
    for name in ("after", "before", "at"):
        copy.pop(name, None)
    for name, value in changes.items():
        copy.pop(name, None)
        if value is not None:
            copy[name] = value
    return canonical(copy)


def _choices(query: QueryDict, name: str, labels: dict[str, Any], current: str, default: str) -> list[dict[str, Any]]:
    """What can be chosen. The default goes without its name, so that the view stays the one it is."""
    return [
        {
            "code": code,
            "label": label,
            "url": queue_url(changed_query(query, **{name: None if code == default else code})),
            "is_current": code == current,
        }
        for code, label in labels.items()
    ]


@dataclass(frozen=True)
class Chip:
    """An active filter: its name, its value in words, and the address without it."""

    label: str
    value: str
    url: str


def _chips(query: QueryDict, filterset: TicketFilter) -> list[Chip]:
    """The filters in force. Without `status` the queue means open tickets, and says so."""
    chips = []
    cleaned = filterset.form.cleaned_data if filterset.form.is_bound else {}
    for name in FILTERS:
        value = cleaned.get(name)
        if value in (None, "", []):
            continue
        removed = "" if name == "status" else None
        chips.append(
            Chip(
                str(filterset.filters[name].label),
                _words(name, value, filterset),
                queue_url(changed_query(query, **{name: removed})),
            )
        )
    return chips


_PEOPLE = {"me": lambda: _("me"), "none": lambda: _("nobody")}


def _words(name: str, value: Any, filterset: TicketFilter) -> str:
    """A filter's value as somebody would say it."""
    if name in ("assignee", "requester"):
        if value in _PEOPLE:
            return str(_PEOPLE[value]())
        person = User.objects.visible_to(filterset.request.user).filter(username__iexact=value).first()
        return person.get_full_name() if person else value
    if isinstance(value, Model):
        return str(value)
    if isinstance(value, list):
        words = dict(filterset.form.fields[name].choices)
        return ", ".join(str(words.get(item, item)) for item in value)
    if name == "due_within":
        return duration(value * 60)
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
    if value == "none":
        return _("None")
    return str(value)


@desk_page("GET")
def queue_filter(request: HttpRequest) -> HttpResponse:
    """The sheet on which filters are chosen; sending it leads to the queue with that query."""
    if "apply" in request.GET:
        form = QueueFilterForm(request.GET, viewer=viewer(request))
        if form.is_valid():
            query = request.GET.copy()
            for name, value in form.as_query().items():
                query.setlist(name, value)
            response = HttpResponse(status=303)
            response["Location"] = queue_url(canonical(query))
            return response
        return render(request, "desk/filter.html", {"form": form, "view": canonical(request.GET)}, status=422)
    form = QueueFilterForm(initial=filter_values(request.GET), viewer=viewer(request))
    return render(request, "desk/filter.html", {"form": form, "view": canonical(request.GET)})


@desk_page("GET")
def changes(request: HttpRequest) -> HttpResponse:
    """Has something changed since the page was made? 204 when not, else a bar of less than 2 KB (ux decision 8)."""
    since = _instant(request.GET.get("since", ""))
    if since is None:
        return HttpResponse(status=204)
    shown = whole_numbers(request.GET.get("ids", "").split(","))
    visible = Ticket.objects.visible_to(viewer(request))
    matching = filter_of(request.GET, request, visible).qs
    count = changed_since(matching, visible, [pk for pk in shown if pk < 2**63][:PAGE_SIZE], since)
    if not count:
        return HttpResponse(status=204)
    context = {
        "count": count,
        "poll_url": request.get_full_path(),
        "view_url": queue_url(canonical(request.GET)),
    }
    return render(request, "desk/_changebar.html", context)


def _instant(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
    except (ValueError, ValidationError):
        return None
    if moment is None or moment.tzinfo is None or not 1970 < moment.year < 9000:
        return None
    return moment


def poll_url(view: str, since: str, shown: str) -> str:
    """The address that the page asks for changes."""
    query = QueryDict(view, mutable=True)
    query["since"], query["ids"] = since, shown
    return f"{reverse('desk:changes')}?{query.urlencode()}"
