"""Which device is meant: by tag, serial number, computer name or address, and what somebody has in use (M3.1-3)."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta

from django.db.models import Case, Count, Q, QuerySet, Subquery, When
from django.utils.translation import gettext as _

from assets.choices import AssetState
from assets.details import normal_tag
from assets.models import Asset
from assets.models.asset import AssetQuerySet
from helpdesk.accounts.models import User
from helpdesk.common.errors import InvalidInput
from helpdesk.common.text import clean_text
from helpdesk.common.unicode_forms import normal_form
from tickets.models import Consent, Ticket, TicketAsset

LONGEST = 120
SHOWN = 12
# So many faults of one device within this time are worth a word to whoever has the next one on the desk.
FAULTS, FAULTS_WITHIN = 3, timedelta(days=90)
FAULT_KIND = "incident"


def asset_named(viewer: User, text: str, *, field: str) -> Asset:
    """The one asset meant. Raises InvalidInput on `field` when it is none that the viewer may see, or several."""
    wanted = clean_text(text, field=field, max_length=LONGEST, multiline=False)
    found = assets_called(Asset.objects.visible_to(viewer), wanted, with_address=viewer.is_desk, limit=2)
    if not found:
        raise InvalidInput(fields={field: [_("No asset has this tag, serial number or computer name.")]})
    if len(found) > 1:
        raise InvalidInput(fields={field: [_("Several assets fit. Give the asset tag.")]})
    return found[0]


def assets_meant(viewer: User, text: str) -> list[Asset]:
    """The one asset meant by what somebody has typed so far; nothing where it is none, or several."""
    try:
        return [asset_named(viewer, text[:LONGEST], field="asset")]
    except InvalidInput:
        return []


def assets_called(rows: AssetQuerySet, text: str, *, with_address: bool, limit: int) -> list[Asset]:
    """Those of `rows` with this tag alone; where there is none, those with this serial number, computer name or address.

    Each is asked for by itself, so that its own index answers.
    """
    name = normal_form("NFKC", text).strip()
    if not name:
        return []
    if by_tag := rows.filter(tag=normal_tag(name)).first():
        return [by_tag]
    # Serial numbers are stored as they were typed, in whatever width.
    ways = [rows.spelled("hostname", name), *(rows.spelled("serial", one) for one in dict.fromkeys((name, text)))]
    if with_address and (address := _address(name)):
        ways.append(rows.filter(ip=address))
    found = {asset.pk: asset for way in ways for asset in way.order_by("tag")[:limit]}
    return sorted(found.values(), key=lambda asset: asset.tag)[:limit]


def _address(text: str) -> str:
    """The IP address in the spelling in which it is stored; empty for anything else, also for one of a single link (`%`)."""
    try:
        return "" if "%" in text else str(ipaddress.ip_address(text))
    except ValueError:
        return ""


def devices_of(person: User, viewer: User, *, wanted: str = "") -> list[Asset]:
    """At most twelve things that this person has in use, as far as the viewer may know it.

    The one with the tag `wanted` comes first, even one that is lost; then the one of their latest ticket, then computers.
    """
    tag = normal_tag(wanted.replace("\x00", ""))
    held: AssetQuerySet = Asset.objects.visible_to(viewer).filter(holder=person)
    held = held.filter(~Q(state=AssetState.LOST) | Q(tag=tag))
    told = TicketAsset.objects.filter(ticket__requester=person, asset__in=held).order_by("-linked_at", "-pk")
    place = Case(
        When(tag=tag, then=0),
        When(pk=Subquery(told.values("asset")[:1]), then=1),
        When(hostname="", then=3),
        default=2,
    )
    return list(held.select_related("type").order_by(place, "type__is_software", "tag")[:SHOWN])


def faults_of(assets: list[Asset], viewer: User, at: datetime) -> dict[int, int]:
    """How many incidents of the last 90 days that the viewer may see are about each of these assets; none left out."""
    tickets = Ticket.objects.visible_to(viewer).filter(kind_id=FAULT_KIND, created_at__gt=at - FAULTS_WITHIN)
    counted = (
        TicketAsset.objects.filter(asset__in=assets, ticket__in=tickets).values_list("asset").annotate(Count("pk"))
    )
    return dict(counted.order_by())


def open_tickets_of(assets: list[Asset], viewer: User) -> dict[int, int]:
    """How many tickets that aren't closed and that the viewer may see are about each of these assets; none left out."""
    tickets = Ticket.objects.visible_to(viewer).open()
    counted = (
        TicketAsset.objects.filter(asset__in=assets, ticket__in=tickets).values_list("asset").annotate(Count("pk"))
    )
    return dict(counted.order_by())


def consents_about(asset: Asset, viewer: User) -> QuerySet[Consent]:
    """What requesters have allowed on tickets about this asset that the viewer may see, the newest first."""
    tickets = TicketAsset.objects.filter(asset=asset).values("ticket")
    given = Consent.objects.visible_to(viewer).filter(ticket__in=tickets, items__is_allowed=True).distinct()
    return given.select_related("ticket", "answered_by").prefetch_related("items").order_by("-ended_at", "-pk")
