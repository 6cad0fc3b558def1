"""The requester's side of tickets: which are one's own, whose turn it is, and what there is to choose from."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from helpdesk.accounts.models import User
from helpdesk.common.errors import NotVisible
from tickets.lifecycle import FINAL, OPEN, Status
from tickets.models import Category, Ticket, Watcher
from tickets.models.ticket import TicketQuerySet
from tickets.search import search_tickets
from tickets.selectors import for_list, get_ticket

TABS = ("waiting", "open", "closed")


def own_tickets(viewer: User) -> TicketQuerySet:
    """What the viewer requested, reported or was added to, on every channel.

    Narrower than `visible_to` for people of the desk, who see other people's tickets too.
    """
    mine = Q(requester=viewer) | Q(reported_by=viewer)
    mine |= Q(pk__in=Watcher.objects.filter(user=viewer).values("ticket_id"))
    return Ticket.objects.visible_to(viewer).filter(mine)


def is_own(ticket: Ticket, viewer: User) -> bool:
    """True when the viewer stands on the requester's side of this ticket."""
    if viewer.pk in (ticket.requester_id, ticket.reported_by_id):
        return True
    return ticket.watcher_rows.filter(user=viewer).exists()


def get_own_ticket(*, number: str, viewer: User) -> Ticket:
    """The ticket as its requester's side sees it. Raises NotVisible, for the desk on other people's tickets too."""
    ticket = get_ticket(number=number, viewer=viewer)
    if viewer.is_desk and not is_own(ticket, viewer):
        raise NotVisible
    return ticket


def _turn(viewer: User) -> Q:
    """It is the viewer's turn: to confirm a solution, or to answer a question."""
    asked = Q(status=Status.RESOLVED) | Q(status=Status.WAITING, waiting_reason__waits_for="user")
    asked |= Q(status__in=OPEN, open_questions__gt=0)
    return Q(requester=viewer) & asked


def tab_filter(tab: str, viewer: User) -> Q:
    """Which tickets stand under a tab. The three divide a person's tickets without remainder."""
    if tab == "closed":
        return Q(status__in=FINAL)
    if tab == "waiting":
        return _turn(viewer)
    return Q(status__in=OPEN) & ~_turn(viewer)


def tab_counts(tickets: TicketQuerySet, viewer: User) -> dict[str, int]:
    """How many tickets stand under each tab, in one query."""
    totals = tickets.aggregate(
        waiting=Count("pk", filter=_turn(viewer)),
        all_open=Count("pk", filter=Q(status__in=OPEN)),
        closed=Count("pk", filter=Q(status__in=FINAL)),
    )
    return {"waiting": totals["waiting"], "open": totals["all_open"] - totals["waiting"], "closed": totals["closed"]}


def listed(viewer: User, *, tab: str, text: str = "") -> TicketQuerySet:
    """One tab of My tickets, newest change first, with everything its cards show."""
    tickets = own_tickets(viewer).filter(tab_filter(tab, viewer))
    if text:
        tickets = search_tickets(tickets, text, viewer)
    return for_list(tickets, viewer).select_related("requester", "team", "outcome").order_by("-updated_at", "-pk")


@dataclass(frozen=True)
class Topic:
    """A tile of the start page, and the group its sub-categories form in the form's list."""

    category: Category
    hint: str


def topics(*, is_chinese: bool) -> list[Topic]:
    """The categories at the top of the tree, in the administrators' order."""
    top = Category.objects.filter(parent=None, is_retired=False).order_by("position", "code")
    hints = ("hint_zh", "hint_en") if is_chinese else ("hint_en", "hint_zh")
    return [Topic(node, getattr(node, hints[0]) or getattr(node, hints[1])) for node in top]
