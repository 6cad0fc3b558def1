"""The report on how work was done: conformance with the manual, first contact, satisfaction (M1.1, M1.2-3, M3.5-5).

Each figure counts the tickets of a list that can be looked at; both are made from the same condition.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Avg, Count, Exists, OuterRef, Q
from django.http import QueryDict
from django.utils import timezone

from helpdesk.accounts.models import Team
from tickets.conformance import CLAUSES, State
from tickets.diagnosis import Finding, StepKind
from tickets.models import Category, DiagnosisStep, Survey, Ticket
from tickets.models.ticket import TicketQuerySet
from tickets.process import members, tally
from tickets.survey import FEW, LOW

DAYS = 30

_STEPS = DiagnosisStep.objects.filter(ticket=OuterRef("pk"), kind=StepKind.SCREENING, state=DiagnosisStep.State.DONE)
_SURVEYS = Survey.objects.filter(ticket=OuterRef("pk"))
# Lists by code: which tickets of the selection are meant.
FIGURES: dict[str, Q] = {
    "all": Q(),
    "first_contact": Q(is_first_contact_fix=True),
    "screened": Q(Exists(_STEPS)),
    "screened_solved": Q(Exists(_STEPS.filter(finding=Finding.SOLVED))),
    "surveyed": Q(Exists(_SURVEYS)),
    "rated": Q(Exists(_SURVEYS.filter(rating__isnull=False))),
    "low": Q(Exists(_SURVEYS.filter(rating__lte=LOW))),
}


@dataclass(frozen=True)
class Selection:
    """Tickets submitted on these days (both included, in the active time zone), of a team, of a branch of categories."""

    since: date
    until: date
    team: Team | None = None
    category: Category | None = None

    def narrow(self, tickets: TicketQuerySet) -> TicketQuerySet:
        """Those of the given tickets that are meant."""
        found = tickets.filter(created_at__gte=_midnight(self.since), created_at__lt=_midnight(self.until, days=1))
        if self.team is not None:
            found = found.filter(team=self.team)
        if self.category is not None:
            branch = Category.objects.filter(path__startswith=self.category.path).values_list("pk", flat=True)
            found = found.filter(category_id__in=list(branch))
        return found

    @property
    def query(self) -> str:
        """The selection as a query string."""
        query = QueryDict(mutable=True)
        query["since"], query["until"] = self.since.isoformat(), self.until.isoformat()
        if self.team is not None:
            query["team"] = str(self.team.pk)
        if self.category is not None:
            query["category"] = self.category.code
        return query.urlencode()


def _midnight(day: date, *, days: int = 0) -> datetime:
    return timezone.make_aware(datetime.combine(day + timedelta(days=days), time.min))


def usual_days(today: date) -> tuple[date, date]:
    """The period that is shown when nobody chose one."""
    return today - timedelta(days=DAYS - 1), today


@dataclass(frozen=True)
class Report:
    """The figures of a selection. `counts` are by the codes of FIGURES; `average` is None while nobody has rated."""

    clauses: dict[str, Counter[State]]
    counts: dict[str, int]
    average: float | None

    @property
    def is_few_ratings(self) -> bool:
        """Too few answers to mean much."""
        return 0 < self.counts["rated"] < FEW

    def share(self, code: str, of: str = "all") -> int | None:
        """A figure in per cent of another; None of nothing."""
        return round(100 * self.counts[code] / self.counts[of]) if self.counts[of] else None


def make_report(tickets: TicketQuerySet) -> Report:
    """Count the tickets given: those of a selection that the viewer may see."""
    counts = tickets.aggregate(**{code: Count("pk", filter=which) for code, which in FIGURES.items() if code != "all"})
    ratings = Survey.objects.filter(ticket__in=tickets.values("pk"), rating__isnull=False)
    return Report(
        clauses=tally(tickets),
        counts={"all": tickets.count(), **counts},
        average=ratings.aggregate(average=Avg("rating"))["average"],
    )


def listed(tickets: TicketQuerySet, figure: str, state: str = "") -> list[int]:
    """The ids of the tickets that a figure counts, newest first: one of FIGURES, or a clause with its state.

    Raises KeyError for a figure that there is not.
    """
    if figure in CLAUSES and state in set(State):
        return members(tickets, figure, State(state))
    return list(tickets.filter(FIGURES[figure]).order_by("-pk").values_list("pk", flat=True))


def in_order(ids: list[int]) -> list[Ticket]:
    """These tickets as a list shows them. The ids are of visible tickets."""
    rows = Ticket.objects.filter(pk__in=ids).select_related("assignee", "waiting_reason").in_bulk()
    return [rows[pk] for pk in ids if pk in rows]
