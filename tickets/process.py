"""How tickets kept to the process manual: one ticket's verdicts, and the counts of many (M1.2-3).

Counts are made by reading the trails of all tickets in question once, a batch at a time, so the rules stand in one place
(`tickets/conformance.py`) and memory doesn't grow with the tickets. A list behind a count is made in the same way.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from django.db.models import BooleanField, ExpressionWrapper, Q, TextField, When
from django.db.models import Case as CaseWhen
from django.db.models.functions import Cast

from helpdesk.accounts.models import User
from tickets.conformance import CLAUSES, CODES, WITH_DATA, Case, Happening, State, Verdict, judge
from tickets.lifecycle import FINAL
from tickets.models import Ticket, TicketEvent
from tickets.models.ticket import TicketQuerySet

BATCH = 1000
MOST_KNOWN = 5000
_IS_TESTED = ~Q(verification="")
_IS_EXPLAINED = ~Q(cause="") & ~Q(solution="") & ~Q(advice="")


@dataclass(frozen=True)
class Summary:
    """How many clauses of one ticket were followed, and which were skipped."""

    followed: int
    skipped: tuple[str, ...]


def verdicts_of(ticket: Ticket, events: Iterable[TicketEvent]) -> dict[str, Verdict]:
    """The verdict on every clause, from all events of the ticket in order, with their actors."""
    case = Case(
        is_over=ticket.status in FINAL,
        closure=ticket.closure,
        is_workaround=ticket.outcome is not None and ticket.outcome.is_workaround,
        is_tested=bool(ticket.verification),
        is_explained=bool(ticket.cause and ticket.solution and ticket.advice),
    )
    return judge(case, [_happening(event) for event in events if event.code in CODES])


def _happening(event: TicketEvent) -> Happening:
    is_by_desk = event.actor is not None and event.actor.is_desk
    return Happening(event.sequence, event.code, event.from_status, event.is_public, is_by_desk, event.data)


def summary_of(verdicts: dict[str, Verdict]) -> Summary:
    followed = sum(verdict.state == State.FOLLOWED for verdict in verdicts.values())
    skipped = tuple(clause for clause, verdict in verdicts.items() if verdict.state == State.SKIPPED)
    return Summary(followed, skipped)


def tally(tickets: TicketQuerySet) -> dict[str, Counter[State]]:
    """Per clause how many of these tickets are in each state."""
    alike: Counter[States] = Counter(states for _pk, states in _judged(tickets))
    counts: dict[str, Counter[State]] = {clause: Counter() for clause in CLAUSES}
    for states, number in alike.items():
        for clause, state in zip(CLAUSES, states, strict=True):
            counts[clause][state] += number
    return counts


def members(tickets: TicketQuerySet, clause: str, state: State) -> list[int]:
    """The ids of those tickets that one figure of the tally counts, newest first."""
    place = list(CLAUSES).index(clause)
    return [pk for pk, states in _judged(tickets) if states[place] == state][::-1]


# What the rules see of an act: its code, the status before it, whether it is public and the desk's, and its data as text.
Seen = tuple[str, str, bool, bool, str | None]
# The states of all clauses, in their order.
States = tuple[State, ...]


def _judged(tickets: TicketQuerySet) -> Iterator[tuple[int, States]]:
    """Every ticket's id and the states of its clauses, oldest first.

    Most tickets go the same ways, so a trail that looks like one before isn't judged again.
    """
    desk = frozenset(User.objects.filter(Q(is_agent=True) | Q(is_admin=True)).values_list("pk", flat=True))
    # The ids first: with them a database finds the rest of a batch at once, whatever else was asked.
    ids = list(tickets.order_by("pk").values_list("pk", flat=True))
    known: dict[tuple[Case, tuple[Seen, ...]], States] = {}
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        cases, trails = _cases(batch), _trails(batch, desk)
        for pk in batch:
            key = cases[pk], trails.get(pk, ())
            states = known.get(key)
            if states is None:
                states = _states(*key)
                if len(known) < MOST_KNOWN:
                    known[key] = states
            yield pk, states


def _states(case: Case, seen: tuple[Seen, ...]) -> States:
    acts = [Happening(number, *act[:4], json.loads(act[4]) if act[4] else {}) for number, act in enumerate(seen, 1)]
    return tuple(verdict.state for verdict in judge(case, acts).values())


def _cases(tickets: list[int]) -> dict[int, Case]:
    """What the rules ask of the tickets themselves, by their ids."""
    rows = Ticket.objects.filter(pk__in=tickets).values_list(
        "pk",
        "closed_at",
        "closure",
        "outcome__is_workaround",
        _as_column(_IS_TESTED),
        _as_column(_IS_EXPLAINED),
    )
    return {
        pk: Case(closed_at is not None, closure, bool(is_workaround), bool(is_tested), bool(is_explained))
        for pk, closed_at, closure, is_workaround, is_tested, is_explained in rows
    }


def _trails(tickets: list[int], desk: frozenset[int]) -> dict[int, tuple[Seen, ...]]:
    """The acts of these tickets that the rules look at. The data of an act is read only where a rule asks for it."""
    data = CaseWhen(When(code__in=WITH_DATA, then=Cast("data", TextField())), default=None, output_field=TextField())
    events = TicketEvent.objects.filter(ticket_id__in=tickets, code__in=CODES).order_by("ticket_id", "sequence")
    rows = events.values_list("ticket_id", "code", "from_status", "is_public", "actor_id", data)
    return {
        pk: tuple((row[1], row[2], row[3], row[4] in desk, row[5]) for row in of_ticket)
        for pk, of_ticket in groupby(rows.iterator(chunk_size=BATCH), key=itemgetter(0))
    }


def _as_column(condition: Q) -> ExpressionWrapper:
    return ExpressionWrapper(condition, output_field=BooleanField())
