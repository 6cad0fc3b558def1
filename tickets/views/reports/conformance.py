"""How work was done: which clauses of the manual were followed, first contact, satisfaction (M1.1, M1.2-3, M3.5-5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.accounts.desk_access import viewer
from helpdesk.common.csv_text import BOM, csv_lines
from helpdesk.common.errors import InvalidInput, NotVisible
from tickets.conformance import State
from tickets.conformance_words import CLAUSE_WORDS, STATE_LABELS, about, title_of
from tickets.event_log import FORMATS, MEDIA_TYPES, by_pseudonym, by_user_name, export
from tickets.forms.reports import selected, selection_form
from tickets.models import Ticket
from tickets.report_words import FIGURE_LABELS, figure_about
from tickets.reports import Report, Selection, in_order, listed, make_report
from tickets.survey import FEW
from tickets.views.reports.access import report_page

PER_PAGE = 50


@dataclass(frozen=True)
class Figure:
    """A number with the list that it counts. `share` is in per cent of `share_of`."""

    label: str
    value: str
    url: str = ""
    about: str = ""
    share: int | None = None
    is_few: bool = False


@dataclass(frozen=True)
class Row:
    """A clause with its counts, each with its list, and how often it was followed where it applied, in per cent."""

    clause: str
    title: str
    about: str
    cells: list[tuple[str, str, int, str]]
    share: int | None
    is_few: bool


@report_page
def index(request: HttpRequest) -> HttpResponseBase:
    return redirect("reports:conformance")


@report_page
def conformance(request: HttpRequest) -> HttpResponse:
    """The page. What can't be read in the address is said beside the field, without figures."""
    form = selection_form(request.GET, timezone.localdate())
    context: dict[str, Any] = {"form": form, "desk_views": (), "today": timezone.localdate()}
    if not form.is_valid():
        return render(request, "reports/conformance.html", context, status=422)
    selection = form.selection
    report = make_report(selection.narrow(Ticket.objects.visible_to(viewer(request))))
    context |= {
        "selection": selection,
        "is_partial": selection.until >= timezone.localdate(),
        "report": report,
        "rows": [_row(clause, report, selection) for clause in report.clauses],
        "handled": _handled(report, selection),
        "satisfaction": _satisfaction(report, selection),
        "few": FEW,
        "csv_url": f"{reverse('reports:conformance_csv')}?{selection.query}",
        "log_url": reverse("reports:event_log"),
    }
    return render(request, "reports/conformance.html", context)


def _row(clause: str, report: Report, selection: Selection) -> Row:
    counts = report.clauses[clause]
    decided = counts[State.FOLLOWED] + counts[State.SKIPPED]
    return Row(
        clause=clause,
        title=title_of(clause),
        about=about(clause),
        cells=[
            (state.value, str(label), counts[state], _list_url(selection, clause, state))
            for state, label in STATE_LABELS.items()
        ],
        share=round(100 * counts[State.FOLLOWED] / decided) if decided else None,
        is_few=0 < decided < FEW,
    )


def _list_url(selection: Selection, figure: str, state: str = "") -> str:
    wanted = f"&state={state}" if state else ""
    return f"{reverse('reports:conformance_tickets')}?figure={figure}{wanted}&{selection.query}"


def _figure(code: str, report: Report, selection: Selection, *, of: str = "") -> Figure:
    return Figure(
        label=str(FIGURE_LABELS[code]),
        value=str(report.counts[code]),
        url=_list_url(selection, code),
        about=figure_about(code),
        share=report.share(code, of) if of else None,
        is_few=bool(of) and 0 < report.counts[of] < FEW,
    )


def _handled(report: Report, selection: Selection) -> list[Figure]:
    return [
        _figure("all", report, selection),
        _figure("first_contact", report, selection, of="all"),
        _figure("screened", report, selection, of="all"),
        _figure("screened_solved", report, selection, of="screened"),
    ]


def _satisfaction(report: Report, selection: Selection) -> list[Figure]:
    average = f"{report.average:.1f}" if report.average is not None else "–"
    return [
        Figure(_("Average rating"), average, about=_("From 1 to 5."), is_few=report.is_few_ratings),
        _figure("surveyed", report, selection),
        _figure("rated", report, selection, of="surveyed"),
        _figure("low", report, selection, of="rated"),
    ]


@report_page
def conformance_tickets(request: HttpRequest) -> HttpResponse:
    """The tickets that one figure counts."""
    selection = selected(request.GET, timezone.localdate())
    figure, state = request.GET.get("figure", ""), request.GET.get("state", "")
    try:
        ids = listed(selection.narrow(Ticket.objects.visible_to(viewer(request))), figure, state)
    except KeyError:
        raise NotVisible from None
    page = Paginator(ids, PER_PAGE).get_page(request.GET.get("page"))
    is_clause = figure in CLAUSE_WORDS
    context = {
        "desk_views": (),
        "page": page,
        "tickets": in_order(list(page)),
        "title": title_of(figure) if is_clause else str(FIGURE_LABELS[figure]),
        "clause": figure if is_clause else "",
        "state_label": str(STATE_LABELS[State(state)]) if is_clause else "",
        "about": about(figure) if is_clause else figure_about(figure),
        "selection": selection,
        "report_url": f"{reverse('reports:conformance')}?{selection.query}",
    }
    return render(request, "reports/tickets.html", context)


@report_page
def conformance_csv(request: HttpRequest) -> HttpResponseBase:
    """The figures of the page as a table for spreadsheets."""
    selection = selected(request.GET, timezone.localdate())
    report = make_report(selection.narrow(Ticket.objects.visible_to(viewer(request))))
    text = BOM + "".join(csv_lines(_lines(report, selection)))
    return _download(HttpResponse(text, content_type="text/csv; charset=utf-8"), selection, "conformance", "csv")


def _lines(report: Report, selection: Selection) -> Iterator[tuple[object, ...]]:
    period = (selection.since.isoformat(), selection.until.isoformat())
    team = selection.team.name if selection.team is not None else ""
    category = selection.category.name if selection.category is not None else ""
    where = (*period, team, category)
    yield (_("From"), _("Until"), _("Team"), _("Category"), _("Clause or figure"), _("Meaning"), *STATE_LABELS.values())
    for clause, counts in report.clauses.items():
        yield (*where, clause, title_of(clause), *(counts[state] for state in STATE_LABELS))
    for code, label in FIGURE_LABELS.items():
        yield (*where, code, str(label), report.counts[code])
    average = round(report.average, 2) if report.average is not None else None
    yield (*where, "average_rating", _("Average rating"), average)


@report_page
def event_log(request: HttpRequest) -> HttpResponseBase:
    """The acts on these tickets as an event log, streamed."""
    selection = selected(request.GET, timezone.localdate())
    kind = request.GET.get("format", "xes")
    if kind not in FORMATS:
        raise InvalidInput(fields={"format": [_("Choose one of the answers.")]})
    name = by_pseudonym if request.GET.get("pseudonyms") == "1" else by_user_name
    pieces = export(selection.narrow(Ticket.objects.visible_to(viewer(request))), kind, name=name)
    return _download(StreamingHttpResponse(pieces, content_type=MEDIA_TYPES[kind]), selection, "events", kind)


def _download(response: Any, selection: Selection, name: str, suffix: str) -> HttpResponseBase:
    file = f"{name}-{selection.since.isoformat()}-{selection.until.isoformat()}.{suffix}"
    response["Content-Disposition"] = f'attachment; filename="{file}"'
    response["X-Content-Type-Options"] = "nosniff"
    answer: HttpResponseBase = response
    return answer
