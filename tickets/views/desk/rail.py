"""The desk's rail: built-in views with their counts, and saved ones. One aggregate query and one for the names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Ability
from tickets.models import IncomingMail, QueueView, Ticket
from tickets.policies import can_break_glass, can_read_reports, can_review_mail, can_watch_wallboard
from tickets.queue import BUILT_IN, canonical, parse
from tickets.selectors import counts
from tickets.vendor_cases import overdue_count


@dataclass(frozen=True)
class Link:
    """One entry of the rail."""

    label: str
    url: str
    code: str = ""
    count: int | None = None
    is_hot: bool = False
    is_current: bool = False
    saved: QueueView | None = None


class Rail(list[Link]):
    """All views of a person, how many major incidents are open, and how many hand-overs wait for the person's answer."""

    open_incidents: int = 0
    mails: int = 0
    asked: int = 0
    vendor_chases: int = 0


def queue_url(query: str) -> str:
    return f"{reverse('desk:queue')}?{query}" if query else reverse("desk:queue")


def view_counts(viewer: User) -> dict[str, int]:
    """How many tickets stand in each built-in view; see `selectors.counts`."""
    return counts(Ticket.objects.visible_to(viewer), viewer, timezone.now())


def rail(viewer: User, totals: Mapping[str, int], current: str | None = None) -> Rail:
    """All views of a person. `current` is the canonical query string of the page, None off the queue."""
    links = Rail()
    links.open_incidents = totals["incidents"]
    links.asked = totals["asked"]
    if can_review_mail(viewer):
        links.mails = IncomingMail.objects.visible_to(viewer).waiting_for_people().count()
    if viewer.can(Ability.SPEAK_WITH_VENDORS):
        links.vendor_chases = overdue_count(viewer, timezone.now())
    for view in BUILT_IN:
        query = canonical(parse(view.query))
        links.append(
            Link(
                label=str(view.label),
                url=queue_url(query),
                code=view.code,
                count=totals[view.code],
                is_hot=view.is_hot,
                is_current=current == query,
            )
        )
    saved = QueueView.objects.visible_to(viewer).select_related("team").order_by("name", "pk")
    for mine in saved:
        links.append(Link(label=mine.name, url=queue_url(mine.query), is_current=current == mine.query, saved=mine))
    return links


def desk_views(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the rail on every page in the desk's shell, its views read only where a template shows them."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or not user.can(Ability.USE_DESK):
        return {}
    return {
        "desk_views": SimpleLazyObject(lambda: rail(user, view_counts(user))),
        "may_watch_wallboard": can_watch_wallboard(user),
        "may_review_mail": can_review_mail(user),
        "may_read_reports": can_read_reports(user),
        "may_break_glass": can_break_glass(user),
        "may_speak_with_vendors": user.can(Ability.SPEAK_WITH_VENDORS),
    }
