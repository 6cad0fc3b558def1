"""Tickets among the results: by number and device first, then by what was written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import Q, Window
from django.db.models.functions import RowNumber
from django.urls import reverse

from helpdesk.accounts.models import User
from helpdesk.common.highlight import Segment, counts, hits, is_all_of, marked, snippet
from helpdesk.common.search import Term, normalise
from helpdesk.finding.kinds import BEST, MOST, Hit, Matches, Segments
from helpdesk.finding.ranking import weighing
from tickets.choices import STATUS_LABELS, MessageKind
from tickets.lifecycle import Status
from tickets.models import Message, Ticket
from tickets.models.ticket import TicketQuerySet
from tickets.search import narrow, read_query, search_tickets

# Where a word counts more than elsewhere, and in which order texts are looked through for a snippet.
_WEIGHED = {"subject": 4.0, "error_message": 2.0, "description": 1.0, "solution": 1.0}
_SHOWN = ("description", "error_message", "steps", "solution", "cause", "advice")
_READ_FOR = ("number", "subject", "status", "is_confidential", "contact_name", "device_hostname", "device_ip", *_SHOWN)
_LONGEST_EXACT = 120
_NEWEST = 30  # messages of a ticket that are looked through for a snippet


def find(text: str, viewer: User, order: str) -> Matches:
    """The newest matches, those first whose number or device is what was typed; by weight for `best`."""
    query = read_query(text)
    visible = Ticket.objects.visible_to(viewer)
    tickets, problems = narrow(visible, query, viewer)
    ids = list(tickets.values_list("pk", flat=True)[: MOST + 1])
    if order == BEST and len(query.terms):
        ids = [*_by_weight(ids[:MOST], query.terms), *ids[MOST:]]
    exact = _exact(text, visible)
    if exact:
        ids = [*exact, *(pk for pk in ids if pk not in exact)][: MOST + 1]
    return Matches(ids, problems)


def _exact(text: str, visible: TicketQuerySet) -> list[int]:
    """The ticket with this very number: there is a digit in each."""
    wanted = normalise(text).strip().lstrip("#").strip()
    if len(wanted) > _LONGEST_EXACT or not wanted.isprintable() or not any(map(str.isdigit, wanted)):
        return []
    return list(visible.filter(number__in={wanted, wanted.upper()}).values_list("pk", flat=True)[:1])


def numbered(text: str, viewer: User) -> str:
    """The address of the ticket that `#10482` names; empty for all else."""
    if not normalise(text).strip().startswith("#"):
        return ""
    found = _in_order(Ticket.objects.visible_to(viewer), _exact(text, Ticket.objects.visible_to(viewer)))
    return next((_url(ticket, viewer) for ticket in found), "")


def _url(ticket: Ticket, viewer: User) -> str:
    return reverse("desk:ticket" if viewer.is_desk else "portal:ticket", args=[ticket.number])


def _by_weight(ids: Sequence[int], terms: Sequence[Term]) -> list[int]:
    """Heaviest first, the newest of equals. A device that is called so weighs most."""
    rows = Ticket.objects.filter(pk__in=ids).values_list("pk", "device_hostname", "device_ip", *_WEIGHED)
    weight = weighing(terms)
    found = {}
    for pk, hostname, address, *texts in rows:
        named = [name for name in (hostname, address) if name and is_all_of(name, terms)]
        found[pk] = 10 * len(named) + weight(zip(_WEIGHED.values(), texts, strict=True))
    return sorted(ids, key=lambda pk: -found.get(pk, 0.0))


def show(ids: Sequence[int], text: str, viewer: User) -> list[Hit]:
    """These tickets in this order, with a snippet of the first text in which a word stands.

    Of confidential ones the desk gets the subject alone, as in every list: who reads their texts is written down (ADR 17).
    """
    terms = read_query(text).terms
    rows = Ticket.objects.visible_to(viewer).filter(pk__in=ids).only(*_READ_FOR).in_bulk()
    tickets = [rows[pk] for pk in ids if pk in rows]
    closed = {ticket.pk for ticket in tickets if ticket.is_confidential and viewer.is_desk}
    found = {ticket.pk: () if ticket.pk in closed else _in_request(ticket, terms) for ticket in tickets}
    said = _in_messages([pk for pk, part in found.items() if part is None], terms, viewer)
    hits_found = []
    for ticket in tickets:
        part, is_internal = found[ticket.pk], False
        if part is None:
            part, is_internal = said.get(ticket.pk, (snippet(ticket.description, ()), False))
        hits_found.append(_hit(ticket, terms, viewer, part, is_internal=is_internal))
    return hits_found


def _in_request(ticket: Ticket, terms: Sequence[Term]) -> Segments | None:
    """From the ticket's own texts; None where none of them holds a word that the subject doesn't show already."""
    missing = [term for term, count in zip(terms, counts(ticket.subject, terms), strict=True) if not count]
    wanted = missing or terms
    for name in _SHOWN:
        if hits(getattr(ticket, name), wanted):
            return snippet(getattr(ticket, name), terms)
    for name in ("device_hostname", "device_ip", "contact_name"):
        if hits(getattr(ticket, name), wanted):
            return marked(getattr(ticket, name), terms)
    return snippet(ticket.description, terms) if not terms or wanted is terms and hits(ticket.subject, terms) else None


def _in_messages(ids: Sequence[int], terms: Sequence[Term], viewer: User) -> dict[int, tuple[Segments, bool]]:
    """The newest message of each ticket that the viewer may read and in which a word stands, if it is a new one."""
    found: dict[int, tuple[Segments, bool]] = {}
    if not ids:
        return found
    place = Window(RowNumber(), partition_by="ticket_id", order_by="-pk")
    messages = Message.objects.visible_to(viewer).filter(ticket_id__in=ids).alias(place=place)
    messages = messages.filter(place__lte=_NEWEST).order_by("-pk")
    for ticket_id, kind, body in messages.values_list("ticket_id", "kind", "body"):
        if ticket_id not in found and hits(body, terms):
            found[ticket_id] = (snippet(body, terms), kind == MessageKind.INTERNAL)
    return found


def _hit(ticket: Ticket, terms: Sequence[Term], viewer: User, part: Segments, *, is_internal: bool) -> Hit:
    facts = [str(STATUS_LABELS[Status(ticket.status)]), ticket.contact_name]
    return Hit(
        key=ticket.number,
        title=marked(ticket.subject, terms) or (Segment(ticket.number),),
        url=_url(ticket, viewer),
        snippet=part,
        facts=[fact for fact in facts if fact],
        is_internal=is_internal,
    )


def quick(text: str, viewer: User, most: int) -> list[Hit]:
    """The ticket with this number, and the newest ones that fit."""
    visible = Ticket.objects.visible_to(viewer)
    ids = _exact(text, visible)
    ids += [pk for pk in search_tickets(visible, text, viewer).values_list("pk", flat=True)[:most] if pk not in ids]
    return [_titled(ticket, text, viewer) for ticket in _in_order(visible, ids[:most])]


def _in_order(visible: TicketQuerySet, ids: Sequence[int]) -> Iterable[Ticket]:
    rows = visible.filter(Q(pk__in=ids)).only("number", "subject", "status", "contact_name").in_bulk()
    return (rows[pk] for pk in ids if pk in rows)


def _titled(ticket: Ticket, text: str, viewer: User) -> Hit:
    return _hit(ticket, read_query(text).terms, viewer, (), is_internal=False)
