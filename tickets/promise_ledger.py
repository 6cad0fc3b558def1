"""Reading what was promised: the ledger of a ticket with its figures (M3.3.3-2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, Value

from helpdesk.accounts.models import User
from tickets.lifecycle import WORKABLE
from tickets.models import ActionRequest, PromisedTime, Ticket, TimeProposal, WorkWindow
from tickets.promises import Outcome, Standing, is_passed, outcome_of


@dataclass(frozen=True)
class Entry:
    """One promise and what became of it. `holds` is the one that counts now."""

    promise: PromisedTime
    outcome: Outcome
    holds: bool


@dataclass(frozen=True)
class Ledger:
    """All promises of a ticket, oldest first, and all that was proposed.

    `first_met` and `last_met` are separate figures, judged by the solution that stands: None while there is none, or nothing
    was promised.
    """

    entries: Sequence[Entry]
    proposals: Sequence[TimeProposal]
    first_met: bool | None
    last_met: bool | None

    @property
    def counter(self) -> TimeProposal | None:
        """The requester's own suggestion that waits for the desk's answer."""
        last = self.proposals[-1] if self.proposals else None
        if last is None or last.is_accepted is not False or last.counter_at is None:
            return None
        return last if all(entry.promise.proposal_id != last.pk for entry in self.entries) else None


def kinds_asked(ticket: Ticket, viewer: User) -> frozenset[str]:
    """Which kinds of questions were ever asked on a ticket, in one query: mostly none."""
    asked = [
        model.objects.visible_to(viewer).filter(ticket=ticket).order_by().values_list(Value(model.KIND))
        for model in (TimeProposal, WorkWindow, ActionRequest)
    ]
    return frozenset(kind for (kind,) in asked[0].union(*asked[1:]))


def ledger_of(ticket: Ticket, viewer: User, at: datetime, *, has_proposals: bool = True) -> Ledger:
    """The ledger as the viewer may see it. `has_proposals` False spares looking for what is known not to be there."""
    promises: list[PromisedTime] = []
    if ticket.promised_at is not None:
        promises = list(PromisedTime.objects.visible_to(viewer).filter(ticket=ticket).select_related("made_by"))
    proposals: list[TimeProposal] = []
    if has_proposals:
        rows = TimeProposal.objects.visible_to(viewer).filter(ticket=ticket)
        proposals = list(rows.select_related("asked_by", "answered_by", "recorded_by"))
    entries = [
        Entry(promise, outcome_of(promise.promised_at, ticket.resolved_at, at), promise is promises[-1])
        for promise in promises
    ]
    return Ledger(
        entries,
        proposals,
        first_met=_is_met(ticket, entries[:1]),
        last_met=_is_met(ticket, entries[-1:]),
    )


def _is_met(ticket: Ticket, entries: Sequence[Entry]) -> bool | None:
    if ticket.resolved_at is None or not entries:
        return None
    return entries[0].outcome is Outcome.MET


def standing_of(ticket: Ticket, at: datetime) -> Standing | None:
    """How the promise stands now, as one word; None where nothing was ever promised or proposed."""
    if is_passed(status=ticket.status, promised_at=ticket.promised_at, at=at):
        return Standing.PASSED
    return Standing(ticket.promise_state) if ticket.promise_state else None


def has_passed(at: datetime) -> Q:
    """`is_passed` in the words of the database."""
    return Q(status__in=WORKABLE, promised_at__lt=at)


def stands_as(standing: Standing | str, at: datetime) -> Q:
    """Tickets whose promise stands so. A passed one may have a new time proposed or declined as well."""
    if standing == Standing.PASSED:
        return has_passed(at)
    found = Q(promise_state=standing)
    return found & ~has_passed(at) if standing == Standing.AGREED else found
