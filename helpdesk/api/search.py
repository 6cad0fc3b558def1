"""One search over everything that the caller may see."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers as s
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.common.errors import InvalidInput
from helpdesk.common.numbers import whole_number
from helpdesk.common.rest.docs import document
from helpdesk.common.rest.views import ApiView
from helpdesk.common.search import LONGEST_QUERY
from helpdesk.finding.everything import KINDS, Group, kinds_for, search
from helpdesk.finding.kinds import MOST, NEWEST, ORDERS, Hit, Segments

_CODES = [kind.code for kind in KINDS]
_MOST_PAGES = 10
PARAMETERS = [
    OpenApiParameter(
        "q",
        {"type": "string"},
        description=f"Words, “phrases”, fields such as `status:open`. The first {LONGEST_QUERY} characters count.",
    ),
    OpenApiParameter("kind", {"type": "string", "enum": _CODES}, description="Only this kind, in pages of 20."),
    OpenApiParameter("order", {"type": "string", "enum": list(ORDERS), "default": NEWEST}),
    OpenApiParameter(
        "page",
        {"type": "integer", "minimum": 1, "maximum": _MOST_PAGES},
        description="With `kind`; one beyond the last counts as the last.",
    ),
]


class SegmentShape(s.Serializer):
    text = s.CharField()
    is_hit = s.BooleanField(help_text="This is what was searched for.")


class HitShape(s.Serializer):
    key = s.CharField(help_text="A ticket's number, a user name, an asset's tag, an article's id.")
    title = s.CharField()
    url = s.CharField(help_text="The path of its page.")
    facts = s.ListField(child=s.CharField(), help_text="Short words beside the title: a status, a name, a place.")
    snippet = SegmentShape(many=True)
    is_internal = s.BooleanField(help_text="The snippet is from a note that only the desk reads.")


class GroupShape(s.Serializer):
    kind = s.ChoiceField(_CODES)
    count = s.IntegerField(help_text=f"At most {MOST}, of what the caller may see.")
    is_more = s.BooleanField(help_text="There are more than `count`.")
    page = s.IntegerField()
    pages = s.IntegerField()
    results = HitShape(many=True)


class SearchAnswer(s.Serializer):
    problems = s.ListField(child=s.CharField(), help_text="Sentences on values of fields that mean nothing.")
    groups = GroupShape(many=True)


class SearchEverything(ApiView):
    query_parameters = frozenset({"q", "kind", "order", "page"})

    @document("Search everything", answer=SearchAnswer, parameters=PARAMETERS)
    def get(self, request: Request) -> Response:
        """One group per kind of thing: the first five hits of each, or a page of one kind. Blank text finds nothing."""
        given = request.query_params
        known = [kind.code for kind in kinds_for(self.viewer)]
        kind = _chosen(given.get("kind", ""), ["", *known], "kind")
        order = _chosen(given.get("order", NEWEST), ORDERS, "order")
        groups = search(given.get("q", ""), self.viewer, kind=kind, order=order, page=_page(given.get("page", "1")))
        problems = dict.fromkeys(problem for group in groups for problem in group.matches.problems)
        shown = [group for group in groups if not kind or group.kind.code == kind]
        return Response({"problems": list(problems), "groups": [_group(group) for group in shown]})


def _chosen(value: str, known: Any, name: str) -> str:
    if value not in known:
        text = _("Choose one of: %(known)s.") % {"known": ", ".join(filter(None, known))}
        raise InvalidInput(fields={name: [text]})
    return value


def _page(value: str) -> int:
    page = whole_number(value) or 0
    if not 1 <= page <= _MOST_PAGES:
        text = _("Give a whole number from 1 to %(last)d.") % {"last": _MOST_PAGES}
        raise InvalidInput(fields={"page": [text]})
    return page


def _group(group: Group) -> dict[str, Any]:
    return {
        "kind": group.kind.code,
        "count": group.matches.count,
        "is_more": group.matches.is_more,
        "page": group.page,
        "pages": group.pages,
        "results": [_hit(hit) for hit in group.hits],
    }


def _hit(hit: Hit) -> dict[str, Any]:
    return {
        "key": hit.key,
        "title": hit.plain_title,
        "url": hit.url,
        "facts": list(hit.facts),
        "snippet": _segments(hit.snippet),
        "is_internal": hit.is_internal,
    }


def _segments(segments: Segments) -> list[dict[str, Any]]:
    return [{"text": segment.text, "is_hit": segment.is_hit} for segment in segments]
