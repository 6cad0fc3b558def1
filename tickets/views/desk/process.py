"""How one ticket kept to the process manual, with the acts that show it (M1.2-3)."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from helpdesk.accounts.desk_access import desk_page, viewer
from tickets.conformance import State
from tickets.conformance_words import STATE_LABELS, about, title_of
from tickets.models import TicketEvent
from tickets.process import summary_of, verdicts_of
from tickets.selectors import get_ticket
from tickets.sentences import names_for, sentence
from tickets.views.desk.addresses import desk_url, view_of

MOST_ACTS = 5


@dataclass(frozen=True)
class Line:
    """A clause with its verdict. `acts` are those that show it, each with its sentence; the latest when there are many."""

    clause: str
    title: str
    about: str
    state: str
    label: str
    acts: list[tuple[TicketEvent, str]]
    more: int


@desk_page("GET")
def process(request: HttpRequest, number: str) -> HttpResponseBase:
    """Every clause: followed, skipped, or neither."""
    me = viewer(request)
    ticket = get_ticket(number=number, viewer=me)
    events = list(TicketEvent.objects.visible_to(me).filter(ticket=ticket).select_related("actor").order_by("sequence"))
    verdicts = verdicts_of(ticket, events)
    by_sequence = {event.sequence: event for event in events}
    shown = [by_sequence[sequence] for verdict in verdicts.values() for sequence in verdict.evidence[-MOST_ACTS:]]
    for event in shown:
        event.ticket = ticket
    names = names_for(shown, me)
    lines = [
        Line(
            clause=clause,
            title=title_of(clause),
            about=about(clause),
            state=verdict.state.value,
            label=str(STATE_LABELS[verdict.state]),
            acts=[
                (by_sequence[sequence], sentence(by_sequence[sequence], names))
                for sequence in verdict.evidence[-MOST_ACTS:]
            ],
            more=max(0, len(verdict.evidence) - MOST_ACTS),
        )
        for clause, verdict in verdicts.items()
    ]
    decided = [line for line in lines if line.state != State.NOT_APPLICABLE]
    context = {
        "ticket": ticket,
        "decided": decided,
        "others": [line for line in lines if line.state == State.NOT_APPLICABLE],
        "summary": summary_of(verdicts),
        "ticket_url": desk_url("ticket", ticket.number, view=view_of(request)),
        "desk_views": (),
        "contact": {},
    }
    return render(request, "desk/process.html", context)
