"""The register of a large organisation in the demo."""

from __future__ import annotations

from datetime import UTC, datetime

from assets.invariants import INVARIANTS
from assets.models import Asset, LicenceSeat
from helpdesk.demo import cast, many_assets, vendors

AT = datetime(2026, 9, 25, 2, 30, tzinfo=UTC)


def test_there_are_all_kinds_with_vendors_warranties_and_seats(db: None) -> None:
    people = cast.assemble()
    vendors.establish(cast=people)
    many_assets.multiply(cast=people, count=150, at=AT)
    rows = Asset.objects.select_related("contract", "type")
    assert rows.count() == 150
    assert {row.type.code for row in rows} == {sort.type for sort in many_assets.SORTS}
    covered = [row for row in rows if row.contract is not None and row.contract.is_in_force(AT.date())]
    assert 100 < len(covered) < 150
    assert {row.warranty_until_on is not None and row.warranty_until_on > AT.date() for row in rows} == {True, False}
    computers = rows.filter(type__code__in=["laptop", "desktop"], holder__isnull=False)
    assert LicenceSeat.objects.open().filter(asset__in=computers).count() == computers.count() > 50
    assert all(row.history.count() == row.events.count() == 1 for row in rows)
    for invariant in INVARIANTS:
        assert list(invariant(AT)) == [], invariant.__name__
