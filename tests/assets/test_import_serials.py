"""Serial numbers that change hands within a file, and those that can't."""

from __future__ import annotations

import pytest

from assets.models import Asset
from assets.search import search_assets
from assets.services.importing import batches
from tests.assets.acts import make_asset
from tests.assets.imports import as_csv, checked, counts, problems, written
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True, params=[1, 500])
def _batches(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """All rows at once, and each row on its own as rows of a large file may be."""
    monkeypatch.setattr(batches.in_batches, "__defaults__", (request.param,))


def numbers() -> dict[str, str]:
    return {asset.tag: f"{asset.manufacturer} {asset.serial}" for asset in Asset.objects.all()}


def devices(cast: Cast, **serials: str) -> None:
    for tag, serial in serials.items():
        make_asset(cast.agent, tag=tag, manufacturer="Dell", serial=serial)


def test_a_manufacturer_that_makes_two_serial_numbers_one_is_refused_by_the_check(cast: Cast) -> None:
    make_asset(cast.agent, tag="Q1", manufacturer="Dell", serial="S5")
    make_asset(cast.agent, tag="Q2", manufacturer="HP", serial="S5")
    job = checked(cast.agent, as_csv(["tag", "manufacturer"], ["Q2", "Dell"]))
    assert (job.state, problems(job), counts(job)) == ("refused", [(2, "manufacturer")], (0, 0, 0, 1))
    assert "Q1" in job.errors[0]["sentence"]
    assert "S5" in job.errors[0]["sentence"]


def test_the_same_where_the_other_one_moves_on(cast: Cast) -> None:
    make_asset(cast.agent, tag="Q1", manufacturer="Dell", serial="S5")
    make_asset(cast.agent, tag="Q2", manufacturer="HP", serial="S5")
    written(cast.agent, as_csv(["tag", "manufacturer"], ["Q2", "Dell"], ["Q1", "HP"]))
    assert numbers() == {"Q1": "HP S5", "Q2": "Dell S5"}


def test_two_assets_swap_their_serial_numbers(cast: Cast) -> None:
    devices(cast, Q1="S1", Q2="S2", Q3="S3")
    job = written(cast.agent, as_csv(["tag", "serial"], ["Q1", "s2"], ["Q2", "s1"], ["Q3", "S3"]))
    assert (job.state, counts(job)) == ("done", (0, 2, 1, 0))
    assert numbers() == {"Q1": "Dell s2", "Q2": "Dell s1", "Q3": "Dell S3"}
    one = Asset.objects.get(tag="Q1")
    assert list(one.history.values_list("serial", flat=True)) == ["s2", "S1"]
    assert list(search_assets(Asset.objects.visible_to(cast.agent), "s2", cast.agent)) == [one]


def test_serial_numbers_go_round_and_to_a_new_asset(cast: Cast) -> None:
    devices(cast, Q1="S1", Q2="S2", Q3="S3")
    lines = [["Q9", "laptop", "Dell", "S1"], ["Q1", "laptop", "Dell", "S2"], ["Q2", "laptop", "Dell", "S3"]]
    written(cast.agent, as_csv(["tag", "type", "brand", "serial"], *lines, ["Q3", "laptop", "Dell", ""]))
    assert numbers() == {"Q9": "Dell S1", "Q1": "Dell S2", "Q2": "Dell S3", "Q3": "Dell "}


def test_a_serial_number_that_its_asset_keeps_is_refused(cast: Cast) -> None:
    devices(cast, Q1="S1", Q2="S2", Q3="S3")
    columns = ["tag", "type", "brand", "serial", "ip"]
    lines = [
        ["Q9", "laptop", "dell", "s1", "1.2"],
        ["Q8", "laptop", "Dell", "S8", ""],
        ["Q2", "laptop", "Dell", "S3", ""],
    ]
    job = checked(cast.agent, as_csv(columns, *lines))
    assert problems(job) == [(2, "serial"), (2, "ip"), (4, "serial")]
    assert counts(job) == (1, 0, 0, 3)
    assert ["Q1" in job.errors[0]["sentence"], "Q3" in job.errors[2]["sentence"]] == [True, True]


def test_a_row_that_cant_be_read_may_give_its_serial_number_up(cast: Cast) -> None:
    devices(cast, Q1="S1", Q2="S2")
    assert problems(checked(cast.agent, as_csv(["tag", "serial"], ["Q1", "S2"], ["Q2", "=1"]))) == [(3, "serial")]


def test_a_repeated_row_is_said_to_be_one_and_nothing_else(cast: Cast) -> None:
    line = ["PC-1", "laptop", "S1"]
    assert problems(checked(cast.agent, as_csv(["tag", "type", "serial"], line, line))) == [(3, "tag")]
