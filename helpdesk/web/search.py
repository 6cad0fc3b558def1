"""The page of results and the command palette: one search over everything (ux 2.19, ADR 21)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_safe

from helpdesk.accounts.models import User
from helpdesk.common.errors import NotVisible
from helpdesk.common.numbers import whole_number
from helpdesk.common.search import LONGEST_QUERY
from helpdesk.common.web import signed_in
from helpdesk.finding.everything import Group, kinds_for, search
from helpdesk.finding.kinds import BEST, NEWEST, ORDERS, Hit, Segments
from helpdesk.finding.tickets import numbered

IN_PALETTE = 6  # hits of each kind
ORDER_LABELS = {
    BEST: pgettext_lazy("sort by", "Best match"),
    NEWEST: pgettext_lazy("sort by", "Newest first"),
}


def _viewer(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _typed(request: HttpRequest) -> str:
    """What was typed, as far as it counts, without what can't be shown."""
    text = request.GET.get("q", "")[:LONGEST_QUERY]
    return "".join(character if character.isprintable() else " " for character in text).strip()


@signed_in
@require_safe
def search_page(request: HttpRequest) -> HttpResponse:
    """Results in groups with counts, or one kind in pages; `#10482` leads to the ticket. Whatever is typed is answered."""
    me, text = _viewer(request), _typed(request)
    if number_url := numbered(text, me):
        return redirect(number_url)
    codes = [kind.code for kind in kinds_for(me)]
    kind = request.GET.get("kind", "")
    kind = kind if kind in codes else codes[0] if len(codes) == 1 else ""
    order = request.GET.get("order", "")
    order = order if order in ORDERS else NEWEST
    groups = search(text, me, kind=kind, order=order, page=_page(request))
    context: dict[str, Any] = {
        "text": text,
        "kind": kind,
        "groups": groups,
        "shown": [group for group in groups if group.hits],
        "tabs": _tabs(groups, text, kind, order),
        "orders": _orders(text, kind, order),
        "pages": _pages(groups, text, kind, order),
        "problems": list(dict.fromkeys(problem for group in groups for problem in group.matches.problems)),
        "shell": "desk_base.html" if me.is_desk else "portal_base.html",
        "is_desk": me.is_desk,
        "order": order,
    }
    return render(request, "search/page.html", context)


def _page(request: HttpRequest) -> int:
    return whole_number(request.GET.get("page", "")) or 1


def _url(text: str, kind: str, order: str, page: int = 1) -> str:
    wanted = {"q": text, "kind": kind, "order": "" if order == NEWEST else order, "page": page if page > 1 else ""}
    return f"{reverse('search')}?{urlencode({name: value for name, value in wanted.items() if value})}"


def _tabs(groups: list[Group], text: str, kind: str, order: str) -> list[dict[str, Any]]:
    if len(groups) < 2:
        return []
    tabs: list[dict[str, Any]] = [{"label": None, "url": _url(text, "", order), "is_current": not kind}]
    for group in groups:
        tabs.append(
            {
                "label": group.kind.label,
                "count": group.matches.count,
                "is_more": group.matches.is_more,
                "url": _url(text, group.kind.code, order),
                "is_current": kind == group.kind.code,
            }
        )
    return tabs


def _orders(text: str, kind: str, order: str) -> list[dict[str, Any]]:
    return [
        {"label": ORDER_LABELS[code], "url": _url(text, kind, code), "is_current": code == order}
        for code in (NEWEST, BEST)
    ]


def _pages(groups: list[Group], text: str, kind: str, order: str) -> dict[str, Any] | None:
    """Links to the pages before and after; None where everything stands on one."""
    group = next((found for found in groups if found.kind.code == kind), None)
    if group is None or group.pages == 1:
        return None
    at, last = group.page, group.pages
    return {
        "at": at,
        "last": last,
        "previous": _url(text, kind, order, at - 1) if at > 1 else "",
        "next": _url(text, kind, order, at + 1) if at < last else "",
        "is_cut": at == last and group.matches.is_more,
    }


@signed_in
@require_safe
def palette(request: HttpRequest) -> JsonResponse:
    """The few first hits of each kind while somebody types, for the desk's palette."""
    me, text = _viewer(request), _typed(request)
    if not me.is_desk:
        raise NotVisible
    groups = []
    for kind in kinds_for(me) if text else ():
        hits = kind.quick(text, me, IN_PALETTE)
        if hits:
            rows = [_row(hit, is_numbered=kind.code == "tickets") for hit in hits]
            groups.append({"label": str(kind.label), "hits": rows})
    return JsonResponse({"groups": groups, "all": _url(text, "", NEWEST)})


def _row(hit: Hit, *, is_numbered: bool) -> dict[str, Any]:
    return {
        "key": hit.key,
        "number": hit.key if is_numbered else "",
        "title": _segments(hit.title),
        "facts": " · ".join(hit.facts),
        "url": hit.url,
    }


def _segments(segments: Segments) -> list[list[Any]]:
    return [[segment.text, segment.is_hit] for segment in segments]
