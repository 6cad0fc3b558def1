"""Reads of major incidents: the board, the page of one, the portal's banner, and what stands on a ticket."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import CharField, Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import NotVisible
from tickets.choices import IncidentState
from tickets.lifecycle import OPEN, WORKABLE
from tickets.models import IncidentLink, IncidentUpdate, MajorIncident, Ticket
from tickets.models.ticket import TicketQuerySet

TREND = timedelta(hours=1)
STILL_SHOWN = timedelta(days=7)  # on the status page, after it was resolved
SHOWN_OVER = 20
RELATED = ("ticket", "service", "commander", "communication_lead", "declared_by")


def get_incident(*, number: str, viewer: User) -> MajorIncident:
    """The incident as the viewer may know of it. Raises NotVisible."""
    found = MajorIncident.objects.visible_to(viewer).select_related(*RELATED).filter(number=number).first()
    if found is None:
        raise NotVisible
    return found


def told_text(update: IncidentUpdate) -> str:
    """What an update says in the reader's language; said so where it is the other one."""
    if not update.is_in_other_language:
        return update.text
    return _("%(text)s\n(This is not available in your language yet.)") % {"text": update.text}


def with_incident(tickets: TicketQuerySet) -> TicketQuerySet:
    """With `incident_number`: the open incident that the ticket is linked to or the parent of."""
    linked = IncidentLink.objects.filter(ticket=OuterRef("pk"), is_open=True).values("incident__number")
    own = MajorIncident.objects.open().filter(ticket=OuterRef("pk")).values("number")
    return tickets.annotate(incident_number=Coalesce(Subquery(own), Subquery(linked), output_field=CharField()))


def incident_of(ticket: Ticket) -> MajorIncident | None:
    """The incident on a ticket's page: its own whatever its state, else the open one that it is linked to."""
    linked = IncidentLink.objects.filter(ticket=ticket, is_open=True).values("incident")
    found = MajorIncident.objects.filter(Q(ticket=ticket) | Q(pk__in=linked)).order_by("-pk")
    return max(found, key=lambda incident: incident.ticket_id == ticket.pk, default=None)


def incident_for_requester(ticket: Ticket) -> MajorIncident | None:
    """The open, public incident that this ticket belongs to, for the page of its requester."""
    found = incident_of(ticket) if ticket.status in OPEN else None
    return found if found is not None and found.is_open and found.announced_at is not None else None


# --- The board --------------------------------------------------------------------------------------------------


@dataclass
class BoardCard:
    """An incident as the board shows it. `recent` of its tickets were linked within the last hour."""

    incident: MajorIncident
    linked: int
    recent: int
    affected: int
    lasts: timedelta
    is_overdue: bool


@dataclass
class Board:
    """Open incidents, then what is resolved and waits for its review, then what is over."""

    open: list[BoardCard]
    to_review: list[BoardCard]
    over: list[MajorIncident]
    last_at: datetime | None = None


def board(viewer: User, *, at: datetime) -> Board:
    """Everything the board shows, counted through the viewer's eyes. Three queries however many incidents."""
    incidents = MajorIncident.objects.visible_to(viewer).select_related(*RELATED)
    alive = list(incidents.exclude(state=IncidentState.REVIEWED).with_links(viewer).order_by("severity", "declared_at"))
    recent = _recent_by_incident(alive, viewer, at)
    cards = [_card(incident, recent.get(incident.pk, 0), at) for incident in alive]
    over = list(incidents.filter(state=IncidentState.REVIEWED).order_by("-reviewed_at")[:SHOWN_OVER])
    return Board(
        open=[card for card in cards if card.incident.is_open],
        to_review=[card for card in cards if not card.incident.is_open],
        over=over,
        last_at=max((one.resolved_at for one in (*alive, *over) if one.resolved_at is not None), default=None),
    )


def _recent_by_incident(incidents: Iterable[MajorIncident], viewer: User, at: datetime) -> dict[int, int]:
    links = IncidentLink.objects.visible_to(viewer).filter(
        incident__in=[incident.pk for incident in incidents], unlinked_at=None, linked_at__gt=at - TREND
    )
    return dict(links.order_by().values_list("incident").annotate(n=Count("pk")))


def _card(incident: Any, recent: int, at: datetime) -> BoardCard:
    return BoardCard(
        incident=incident,
        linked=incident.linked,
        recent=recent,
        affected=incident.affected,
        lasts=(incident.resolved_at or at) - incident.declared_at,
        is_overdue=incident.is_update_overdue(at),
    )


def linked_tickets(incident: MajorIncident, viewer: User) -> list[IncidentLink]:
    """The links of an incident that the viewer may know of, with their tickets, oldest first."""
    links = IncidentLink.objects.visible_to(viewer).filter(incident=incident, unlinked_at=None)
    return list(links.select_related("ticket__requester", "ticket__assignee", "ticket__waiting_reason").order_by("pk"))


def trend_of(links: Iterable[IncidentLink], at: datetime) -> int:
    """How many of these were linked within the last hour."""
    return sum(link.linked_at > at - TREND for link in links)


def coverable(links: Iterable[IncidentLink]) -> list[IncidentLink]:
    """Those that the parent's solution could resolve: still in work."""
    return [link for link in links if link.ticket.status in WORKABLE]


# --- The portal -------------------------------------------------------------------------------------------------


@dataclass
class Banner:
    """An open incident as everybody reads it; `own_number` is the reader's own open ticket for it."""

    incident: MajorIncident
    own_number: str | None


def banners(viewer: User) -> list[Banner]:
    """What the portal says above everything else: open incidents that were made public. One query for none of them."""
    public = MajorIncident.objects.open().filter(announced_at__isnull=False).order_by("severity", "declared_at")
    incidents = list(public.select_related("service"))
    if not incidents:
        return []
    own = own_numbers(incidents, viewer)
    return [Banner(incident, own.get(incident.pk)) for incident in incidents]


def own_numbers(incidents: Sequence[MajorIncident], viewer: User) -> dict[int, str]:
    """The viewer's own open ticket for each of these incidents."""
    mine = Ticket.objects.filter(requester=viewer, status__in=OPEN)
    by_parent = {incident.ticket_id: incident.pk for incident in incidents}
    found = {by_parent[pk]: number for pk, number in mine.filter(pk__in=by_parent).values_list("pk", "number")}
    linked = mine.filter(incident_links__incident__in=incidents, incident_links__unlinked_at=None)
    for incident, number in linked.order_by("-pk").values_list("incident_links__incident", "number"):
        found[incident] = number
    return found


@dataclass
class StatusEntry:
    """An incident on the status page with its public words, newest first."""

    banner: Banner
    updates: list[IncidentUpdate] = field(default_factory=list)


def status_page(viewer: User, *, at: datetime) -> tuple[list[StatusEntry], list[StatusEntry]]:
    """Public incidents: the open ones, and those resolved within the last seven days."""
    public = MajorIncident.objects.filter(announced_at__isnull=False).select_related("service")
    found = list(
        public.filter(Q(state=IncidentState.OPEN) | Q(resolved_at__gt=at - STILL_SHOWN)).order_by("-declared_at")
    )
    own = own_numbers(found, viewer) if found else {}
    entries = {incident.pk: StatusEntry(Banner(incident, own.get(incident.pk))) for incident in found}
    updates = IncidentUpdate.objects.filter(incident__in=found, for_banner=True).order_by("-created_at", "-pk")
    for update in updates if found else ():
        entries[update.incident_id].updates.append(update)
    ordered = list(entries.values())
    return (
        [entry for entry in ordered if entry.banner.incident.is_open],
        [entry for entry in ordered if not entry.banner.incident.is_open],
    )
