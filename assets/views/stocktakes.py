"""Stocktakes for the desk, made for a phone in one hand: one large field, an answer at once, and what is still missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from assets.models import AssetType, Stocktake, StocktakeItem
from assets.services.acts import REASON_LENGTH
from assets.services.stocktaking import (
    Counted,
    Outcome,
    Scope,
    count_item,
    end_stocktake,
    start_stocktake,
    uncount_item,
)
from assets.views.sheets import Sheet, answer_sheet
from helpdesk.accounts.desk_access import desk_page, viewer
from helpdesk.accounts.models import Department
from helpdesk.common.csv_text import BOM, csv_lines
from helpdesk.common.errors import Conflict, InvalidInput, NotVisible
from helpdesk.common.forms import PlainForm
from helpdesk.common.numbers import whole_number, whole_numbers
from helpdesk.common.web import SeeOther, add_errors

LINES = 100  # lines on a page of a list
TICKS = 300  # missing ones that can be ticked each by itself
LISTS = {
    "missing": gettext_lazy("Still missing"),
    "found": pgettext_lazy("stocktake", "Found"),
    "elsewhere": gettext_lazy("Belong elsewhere"),
    "unknown": gettext_lazy("Unknown codes"),
}
OUTCOMES = {
    Outcome.FOUND: gettext_lazy("Found: %(asset)s"),
    Outcome.ELSEWHERE: gettext_lazy("Belongs elsewhere: %(asset)s"),
    Outcome.UNKNOWN: gettext_lazy("Unknown: no asset has the tag or serial number %(asset)s"),
    Outcome.ALREADY: gettext_lazy("Already counted: %(asset)s"),
}


class StartForm(PlainForm):
    """What is counted."""

    name = forms.CharField(label=gettext_lazy("Name of the stocktake"), max_length=120)
    location = forms.CharField(
        label=gettext_lazy("Place"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("As it begins in the register, for instance “Building A”. Empty: everywhere."),
    )
    department = forms.ModelChoiceField(
        label=gettext_lazy("Department"),
        required=False,
        empty_label=gettext_lazy("All departments"),
        queryset=Department.objects.filter(is_retired=False),
    )
    type = forms.ModelChoiceField(
        label=gettext_lazy("Type"),
        required=False,
        empty_label=gettext_lazy("All types"),
        queryset=AssetType.objects.filter(is_software=False, is_retired=False),
    )


class CountForm(PlainForm):
    """A code that was read, and where."""

    code = forms.CharField(label=gettext_lazy("Scan or type a tag"), max_length=400)
    place = forms.CharField(label=gettext_lazy("Where are you?"), required=False, max_length=120)


class EndForm(PlainForm):
    """Whether all that is missing counts as lost, and why; which of it, where not all, is ticked in the list."""

    everything = forms.BooleanField(label=gettext_lazy("All of them count as lost"), required=False)
    reason = forms.CharField(label=gettext_lazy("Why do they count as lost?"), required=False, max_length=REASON_LENGTH)


def _get(request: HttpRequest, stocktake_id: int) -> Stocktake:
    rows = Stocktake.objects.visible_to(viewer(request)).select_related("department", "type", "started_by", "ended_by")
    found = rows.filter(pk=stocktake_id).first()
    if found is None:
        raise NotVisible
    return found


def _lines(row: Stocktake) -> dict[str, Any]:
    """The items of a stocktake by list."""
    items = row.items.select_related("asset__type", "asset__holder", "found_by")
    found = items.filter(found_at__isnull=False).order_by("-found_at", "-pk")
    return {
        "missing": items.filter(found_at__isnull=True),
        "found": found.filter(is_expected=True),
        "elsewhere": found.filter(is_expected=False, asset__isnull=False),
        "unknown": found.filter(asset__isnull=True),
    }


@desk_page("GET")
def stocktake_list(request: HttpRequest) -> HttpResponseBase:
    rows = Stocktake.objects.visible_to(viewer(request)).select_related("department", "type", "started_by")
    return render(request, "assets/stocktakes.html", {"page": Paginator(rows, LINES).get_page(request.GET.get("page"))})


@desk_page("GET", "POST")
def stocktake_new(request: HttpRequest) -> HttpResponseBase:
    """Begin a stocktake."""
    form = StartForm(request.POST if request.method == "POST" else None)
    started: list[Stocktake] = []

    def act(data: dict[str, Any]) -> str:
        scope = Scope(data["location"], data["department"], data["type"])
        row = start_stocktake(name=data["name"], scope=scope, actor=viewer(request), at=timezone.now())
        started.append(row)
        count = row.items.count()
        return ngettext("%(count)d asset is expected.", "%(count)d assets are expected.", count) % {"count": count}

    sheet = Sheet(_("Begin a stocktake"), "", _("Begin"), reverse("assets:stocktakes"))
    answer = answer_sheet(request, form, sheet, act)
    return SeeOther(reverse("assets:stocktake", args=[started[0].pk])) if started else answer


@desk_page("GET", "POST")
def stocktake(request: HttpRequest, stocktake_id: int) -> HttpResponseBase:
    """Count: one field, the answer to the last code, progress, and the lists."""
    row = _get(request, stocktake_id)
    form = CountForm(
        request.POST if request.method == "POST" else None, initial={"place": request.GET.get("place", "")}
    )
    counted, status = None, 200
    if request.method == "POST":
        try:
            counted, status = _count(request, row, form)
        except Conflict as error:
            # Somebody ended it meanwhile: the page shows what came of it.
            messages.error(request, str(error.message))
            return SeeOther(reverse("assets:stocktake", args=[row.pk]))
    return _counting_page(request, row, form, counted, status=status)


@desk_page("POST")
def stocktake_uncount(request: HttpRequest, stocktake_id: int) -> HttpResponseBase:
    """Take back what was counted by mistake; the page goes on with the next code."""
    row = _get(request, stocktake_id)
    item_id = whole_number(request.POST.get("item", "")) or 0
    try:
        item = uncount_item(stocktake_id=row.pk, item_id=item_id, actor=viewer(request))
    except Conflict as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("%(code)s doesn't count as found any more.") % {"code": item.code})
    place = request.POST.get("place", "")
    query = f"?{urlencode({'place': place})}" if place else ""
    return SeeOther(reverse("assets:stocktake", args=[row.pk]) + query)


def _counting_page(
    request: HttpRequest, row: Stocktake, form: CountForm, counted: Counted | None, *, status: int
) -> HttpResponse:
    lines = _lines(row)
    counts = {name: items.count() for name, items in lines.items()}
    shown = request.GET.get("show", "missing")
    shown = shown if shown in LISTS else "missing"
    expected = counts["found"] + counts["missing"]
    context = {
        "stocktake": row,
        # The next code goes into an empty field; the place stays.
        "form": CountForm(initial={"place": form.cleaned_data["place"]}) if counted is not None else form,
        "counted": counted,
        "answer": OUTCOMES[counted.outcome] % {"asset": counted.item.asset or counted.item.code} if counted else "",
        "lists": [(name, label, counts[name]) for name, label in LISTS.items()],
        "shown": shown,
        "page": Paginator(lines[shown], LINES).get_page(request.GET.get("page")),
        "expected": expected,
        "found_count": counts["found"],
        "missing_count": counts["missing"],
    }
    is_fragment = request.headers.get("HX-Request") == "true"
    template = "assets/_stocktake.html" if is_fragment else "assets/stocktake.html"
    return render(request, template, context, status=status)


def _count(request: HttpRequest, row: Stocktake, form: CountForm) -> tuple[Counted | None, int]:
    if form.is_valid():
        try:
            counted = count_item(stocktake_id=row.pk, actor=viewer(request), at=timezone.now(), **form.cleaned_data)
        except InvalidInput as error:
            add_errors(form, error)
        else:
            return counted, 200
    return None, 422


@desk_page("GET", "POST")
def stocktake_end(request: HttpRequest, stocktake_id: int) -> HttpResponseBase:
    """End it; what is still missing can be ticked as lost, each by itself or all together."""
    row = _get(request, stocktake_id)
    if request.method != "POST" and row.ended_at is not None:
        return SeeOther(reverse("assets:stocktake", args=[row.pk]))
    form, status = EndForm(request.POST if request.method == "POST" else None), 200
    ticked = set(whole_numbers(request.POST.getlist("lost")))
    missing = _lines(row)["missing"]
    if request.method == "POST" and form.is_valid():
        is_all = form.cleaned_data["everything"]
        try:
            refused = end_stocktake(
                stocktake_id=row.pk,
                lost=list(missing.values_list("pk", flat=True)) if is_all else ticked,
                reason=form.cleaned_data["reason"],
                actor=viewer(request),
                at=timezone.now(),
            )
        except InvalidInput as error:
            add_errors(form, error)
            status = 422
        except Conflict as error:
            # A second click, or somebody else: the page shows what came of it.
            messages.error(request, str(error.message))
            return SeeOther(reverse("assets:stocktake", args=[row.pk]))
        else:
            _say(request, refused)
            return SeeOther(reverse("assets:stocktake", args=[row.pk]))
    context = {
        "stocktake": row,
        "form": form,
        "items": missing[:TICKS],
        "unlisted": list(missing.values_list("code", flat=True)[TICKS:]),
        "missing_count": missing.count(),
        "ticked": ticked,
    }
    return render(request, "assets/stocktake_end.html", context, status=status)


def _say(request: HttpRequest, refused: list[StocktakeItem]) -> None:
    messages.success(request, _("The stocktake has ended."))
    if refused:
        tags = ", ".join(item.code for item in refused)
        messages.warning(request, _("These couldn't be reported lost, look at them: %(tags)s") % {"tags": tags})


@desk_page("GET")
def stocktake_csv(request: HttpRequest, stocktake_id: int) -> HttpResponseBase:
    """The report as a table that no spreadsheet calculates."""
    row = _get(request, stocktake_id)

    def rows() -> Iterator[list[Any]]:
        yield [
            _("Result"),
            _("Asset tag"),
            _("Asset"),
            _("Serial number"),
            _("Expected place"),
            _("Place where seen"),
            pgettext("stocktake", "Found at"),
            _("Found by"),
            _("Note"),
        ]
        for name, items in _lines(row).items():
            for item in items:
                asset, at = item.asset, item.found_at
                yield [
                    str(LISTS[name]),
                    item.code,
                    asset.title if asset is not None else "",
                    asset.serial if asset is not None else "",
                    item.expected_place,
                    item.seen_place,
                    f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at is not None else "",
                    item.found_by.get_full_name() if item.found_by is not None else "",
                    item.note,
                ]

    answer = HttpResponse(BOM + "".join(csv_lines(rows())), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="stocktake-{row.pk}.csv"'
    return answer
