"""All kinds of things that can be found, and one question to all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import User
from helpdesk.finding import articles, assets, people, tickets
from helpdesk.finding.kinds import MOST, Hit, Kind, Matches

PAGE_SIZE = 20
FIRST = 5  # hits of each kind where all kinds are shown

KINDS: tuple[Kind, ...] = (
    Kind("tickets", _("Tickets"), lambda viewer: True, tickets.find, tickets.show, tickets.quick),
    Kind("people", _("People"), lambda viewer: viewer.is_desk, people.find, people.show, people.quick),
    Kind("assets", _("Assets"), lambda viewer: True, assets.find, assets.show, assets.quick),
    Kind("articles", _("Articles"), lambda viewer: True, articles.find, articles.show, articles.quick),
)


def kinds_for(viewer: User) -> list[Kind]:
    return [kind for kind in KINDS if kind.is_for(viewer)]


@dataclass(frozen=True)
class Group:
    """What was found of one kind: how many, and the hits of one page."""

    kind: Kind
    matches: Matches
    hits: Sequence[Hit]
    page: int = 1

    @property
    def pages(self) -> int:
        return max(1, -(-self.matches.count // PAGE_SIZE))


def search(text: str, viewer: User, *, kind: str, order: str, page: int) -> list[Group]:
    """One group per kind that the viewer may search, all counted; hits of the chosen kind, or the first few of each.

    Empty for blank text. `page` is brought into range.
    """
    if not text.strip():
        return []
    return [_group(found, text, viewer, kind=kind, order=order, page=page) for found in kinds_for(viewer)]


def _group(found: Kind, text: str, viewer: User, *, kind: str, order: str, page: int) -> Group:
    matches = found.find(text, viewer, order)
    if kind and kind != found.code:
        return Group(found, matches, ())
    page = min(max(page, 1), max(1, -(-matches.count // PAGE_SIZE))) if kind else 1
    start, size = ((page - 1) * PAGE_SIZE, PAGE_SIZE) if kind else (0, FIRST)
    ids = matches.ids[:MOST][start : start + size]
    return Group(found, matches, found.show(ids, text, viewer), page)
