"""What belongs together never goes round in a circle, whoever connects it and when."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from assets.choices import RelationKind
from assets.models import Asset, AssetRelation
from assets.services.relations import relate
from helpdesk.common.errors import InvalidInput
from tests.assets.acts import at, make_asset
from tests.cast import Cast, assemble


def join(cast: Cast, asset: Asset, other: Asset) -> AssetRelation:
    """The asset becomes part of the other."""
    return relate(asset_id=asset.pk, other_id=other.pk, kind=RelationKind.PART_OF, actor=cast.agent, at=at(1))


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time")
def test_of_two_acts_that_close_a_circle_together_one_is_refused() -> None:
    cast = assemble()
    a, b, c, d = (make_asset(cast.agent) for _ in range(4))
    join(cast, b, c)
    join(cast, d, a)
    start, outcomes = threading.Barrier(2), []

    def act(asset: Asset, other: Asset) -> None:
        start.wait(timeout=30)
        try:
            join(cast, asset, other)
            outcomes.append("joined")
        except InvalidInput:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=act, args=pair) for pair in ((a, b), (c, d))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(outcomes) == ["joined", "refused"]


def test_a_circle_from_earlier_days_holds_nobody_up(cast: Cast) -> None:
    a, b, outside = (make_asset(cast.agent) for _ in range(3))
    join(cast, a, b)
    AssetRelation.objects.create(source=b, target=a, kind=RelationKind.PART_OF, since=at(1))
    assert join(cast, outside, a).target == a
