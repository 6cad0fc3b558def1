"""What a person must hand over before leaving: open tickets in their hands, incidents and vendors they answer for, equipment."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assets.choices import AssetState
from assets.models import Asset, Vendor
from helpdesk.accounts.models import User
from helpdesk.accounts.services.people import Obstacle, before_leaving
from tickets.models import MajorIncident, Ticket

MOST_NAMED = 5


@before_leaving
def open_assigned_tickets(person: User) -> Iterator[Obstacle]:
    """Tickets in work whose assignee would be gone (R7)."""
    count = Ticket.objects.open().filter(assignee=person).count()
    if count:
        message = ngettext(
            "%(name)s still handles %(count)d open ticket. Assign it to somebody else first.",
            "%(name)s still handles %(count)d open tickets. Assign them to somebody else first.",
            count,
        )
        yield Obstacle(message % {"name": person.get_full_name(), "count": count}, url=_queue_of(person))


@before_leaving
def open_incidents_in_charge(person: User) -> Iterator[Obstacle]:
    """Major incidents that would be left without somebody who answers for them (M3.4-5)."""
    in_charge = Q(commander=person) | Q(communication_lead=person)
    numbers = list(MajorIncident.objects.open().filter(in_charge).order_by("pk").values_list("number", flat=True))
    if numbers:
        message = ngettext(
            "%(name)s answers for the major incident %(numbers)s. Name somebody else first.",
            "%(name)s answers for the major incidents %(numbers)s. Name somebody else first.",
            len(numbers),
        )
        facts = {"name": person.get_full_name(), "numbers": ", ".join(numbers)}
        yield Obstacle(message % facts, url=reverse("desk:incidents"))


@before_leaving
def vendors_in_charge(person: User) -> Iterator[Obstacle]:
    """Vendors that nobody would speak with any more (M3.4-7)."""
    names = [vendor.name for vendor in Vendor.objects.on_offer().filter(liaison=person)]
    if names:
        message = ngettext(
            "%(name)s is the liaison of the vendor %(vendors)s. Name somebody else first.",
            "%(name)s is the liaison of the vendors %(vendors)s. Name somebody else first.",
            len(names),
        )
        facts = {"name": person.get_full_name(), "vendors": _(", ").join(names)}
        yield Obstacle(message % facts, url=reverse("admin:assets_vendor_changelist"))


@before_leaving
def assets_in_their_name(person: User) -> Iterator[Obstacle]:
    """Equipment that nobody would ask for any more. What is lost can't be given back (M3.1-3)."""
    held = Asset.objects.filter(holder=person).exclude(state=AssetState.LOST).order_by("tag")
    tags = list(held.values_list("tag", flat=True)[:MOST_NAMED])
    if tags:
        message = _("This person still has equipment: %(tags)s. Take it back first.") % {"tags": ", ".join(tags)}
        address = f"{reverse('assets:list')}?{urlencode({'holder': person.username})}"
        yield Obstacle(message, url=address, is_for_good=True)


def _queue_of(person: User) -> str:
    try:
        return f"{reverse('desk:queue')}?assignee={person.username}"
    except NoReverseMatch:
        return ""
