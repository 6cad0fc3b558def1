"""Reminders by the clock: licences that end soon, and loans that aren't back. Each day is told of once."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from assets.choices import AssetState, CustodyKind
from assets.models import Asset, CustodyAct, Licence
from assets.notices import tell_expiry, tell_overdue
from assets.services.licences import MOST_DAYS
from helpdesk.accounts.models import User

BATCH = 200


def run_due(*, at: datetime) -> dict[str, int]:
    """Tell of what is due by `at`. Returns counts by topic. Safe to run anywhere, any time: the row says which day was
    told of, and who changes it tells."""
    return {"licence_expires": _tell_of_licences(at), "lent_overdue": _tell_of_loans(at)}


def _tell_of_licences(at: datetime) -> int:
    today = timezone.localdate(at)
    untold = Q(reminded_on__isnull=True) | ~Q(reminded_on=F("expires_on"))
    rows = Licence.objects.filter(untold, is_retired=False, expires_on__lte=today + timedelta(days=MOST_DAYS))
    count = 0
    for licence in rows.order_by("expires_on", "pk"):
        assert licence.expires_on is not None
        if licence.expires_on - timedelta(days=licence.remind_days) > today:
            continue
        with transaction.atomic():
            mine = Licence.objects.filter(untold, pk=licence.pk, expires_on=licence.expires_on)
            if mine.update(reminded_on=licence.expires_on):
                buyers = User.objects.active().filter(Q(is_admin=True) | Q(is_lead=True))
                tell_expiry(licence, buyers.values_list("pk", flat=True), at=at)
                count += 1
    return count


def _tell_of_loans(at: datetime) -> int:
    today = timezone.localdate(at)
    untold = Q(overdue_told_on__isnull=True) | ~Q(overdue_told_on=F("lent_until_on"))
    rows = Asset.objects.filter(untold, state=AssetState.LENT, lent_until_on__lt=today)
    count = 0
    for asset in rows.order_by("lent_until_on", "pk")[:BATCH]:
        with transaction.atomic():
            mine = Asset.objects.filter(untold, pk=asset.pk, state=AssetState.LENT, lent_until_on=asset.lent_until_on)
            if mine.update(overdue_told_on=asset.lent_until_on):
                given = CustodyAct.objects.filter(asset=asset, kind=CustodyKind.HAND_OUT).first()
                people = [asset.holder_id, given.given_by_id if given is not None else None]
                tell_overdue(asset, [person for person in people if person is not None], at=at)
                count += 1
    return count
