"""Which device is meant: by tag, serial number, computer name or address, and what somebody has in use (M3.1-3)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from assets.models import Asset
from assets.models.asset import AssetQuerySet
from helpdesk.accounts.models import User
from helpdesk.common.errors import InvalidInput
from helpdesk.common.text import clean_text
from tickets.models import Ticket, TicketAsset

LONGEST = 120
SHOWN = 12
# So many faults of one device within this time are worth a word to whoever has the next one on the desk.
FAULTS, FAULTS_WITHIN = 3, timedelta(days=90)
FAULT_KIND = "incident"


def asset_named(viewer: User, text: str, *, field: str) -> Asset:
    """The one asset meant. Raises InvalidInput on `field` when it is none that the viewer may see, or several."""
    wanted = clean_text(text, field=field, max_length=LONGEST, multiline=False)
    visible = Asset.objects.visible_to(viewer)
    by_tag = visible.filter(tag=wanted.upper()).first() if wanted else None
    if by_tag is not None:
        return by_tag
    fits = Q(serial__iexact=wanted) | Q(hostname__iexact=wanted)
    if viewer.is_desk and all(letter in "0123456789abcdefABCDEF.:" for letter in wanted):
        fits |= Q(ip=wanted)
    found = list(visible.filter(fits).order_by("tag")[:2]) if wanted else []
    if not found:
        raise InvalidInput(fields={field: [_("No asset has this tag, serial number or computer name.")]})
    if len(found) > 1:
        raise InvalidInput(fields={field: [_("Several assets fit. Give the asset tag.")]})
    return found[0]


def devices_of(person: User, viewer: User) -> list[Asset]:
    """What this person has in use, as far as the viewer may know it: the one of their latest ticket first, then computers."""
    held: AssetQuerySet = Asset.objects.visible_to(viewer).filter(holder=person)
    devices = list(held.select_related("type").order_by("type__is_software", "tag")[:SHOWN])
    if len(devices) > 1:
        last = (
            TicketAsset.objects.filter(ticket__requester=person, asset__in=devices)
            .order_by("-linked_at", "-pk")
            .values_list("asset_id", flat=True)
            .first()
        )
        devices.sort(key=lambda device: (device.pk != last, not device.hostname))
    return devices


def faults_of(assets: list[Asset], viewer: User, at: datetime) -> dict[int, int]:
    """How many incidents of the last 90 days that the viewer may see are about each of these assets; none left out."""
    tickets = Ticket.objects.visible_to(viewer).filter(kind_id=FAULT_KIND, created_at__gt=at - FAULTS_WITHIN)
    counted = (
        TicketAsset.objects.filter(asset__in=assets, ticket__in=tickets).values_list("asset").annotate(Count("pk"))
    )
    return dict(counted.order_by())
