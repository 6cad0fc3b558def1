"""What must be true of the register whatever failed, raced or was killed. Each yields the rows that break it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, Exists, F, OuterRef, Q

from assets.choices import CustodyKind
from assets.models import Asset, AssetSearch, CustodyAct, Licence

Rows = Iterable[object]


def licences_with_too_many_seats(at: datetime) -> Rows:
    taken = Count("taken", filter=Q(taken__until__isnull=True))
    return Licence.objects.annotate(used=taken).filter(used__gt=F("seats")).values_list("name", flat=True)


def holders_without_a_hand_out(at: datetime) -> Rows:
    """Who holds an asset was handed it, and has it since."""
    given = CustodyAct.objects.filter(asset=OuterRef("pk"), person=OuterRef("holder"), kind=CustodyKind.HAND_OUT)
    held = Asset.objects.filter(holder__isnull=False)
    return held.exclude(Exists(given)).values_list("tag", flat=True)


def assets_nobody_finds(at: datetime) -> Rows:
    found = AssetSearch.objects.filter(pk=OuterRef("pk"))
    return Asset.objects.exclude(Exists(found)).values_list("tag", flat=True)


INVARIANTS = (licences_with_too_many_seats, holders_without_a_hand_out, assets_nobody_finds)
