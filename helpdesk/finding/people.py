"""People among the results, for the desk: by name, sound, initials (`lq` → 李强), number or department."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from django.urls import reverse

from helpdesk.accounts.models import User
from helpdesk.accounts.models.user import UserQuerySet
from helpdesk.accounts.people import matching
from helpdesk.common.highlight import marked
from helpdesk.common.search import LONGEST_QUERY
from helpdesk.common.search_query import parse
from helpdesk.finding.kinds import MOST, Hit, Matches
from tickets.search import read_query


def _people(text: str, viewer: User) -> UserQuerySet:
    """Nobody for a query about fields of tickets: it asks for something else."""
    people = User.objects.visible_to(viewer).active()
    if not viewer.is_desk or read_query(text).fields:
        return people.none()
    words = "".join(c if c.isprintable() else " " for c in text[:LONGEST_QUERY])
    return matching(people, words).order_by("full_name", "pk")


def find(text: str, viewer: User, _order: str) -> Matches:
    return Matches(list(_people(text, viewer).values_list("pk", flat=True)[: MOST + 1]))


def show(ids: Sequence[int], text: str, viewer: User) -> list[Hit]:
    rows = User.objects.visible_to(viewer).filter(pk__in=ids).select_related("department").in_bulk()
    return [_hit(rows[pk], text) for pk in ids if pk in rows]


def quick(text: str, viewer: User, most: int) -> list[Hit]:
    return [_hit(person, text) for person in _people(text, viewer).select_related("department")[:most]]


def _hit(person: User, text: str) -> Hit:
    """Leads to the tickets of this person, whatever their status."""
    department = person.department.name if person.department is not None else ""
    query = urlencode({"requester": person.username, "status": ""})
    return Hit(
        key=person.username,
        title=marked(person.get_full_name(), parse(text).terms),
        url=f"{reverse('desk:queue')}?{query}",
        facts=[fact for fact in (department, person.phone, person.location) if fact],
    )
