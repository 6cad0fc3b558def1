"""Which heading is which column, whoever reads the file."""

from __future__ import annotations

from collections import Counter

import pytest
from django.utils import translation

from assets.exchange.columns import FIELDS, LANGUAGES, all_columns, guess_mapping, plain
from assets.exchange.names import Register
from assets.models import AssetAttribute, Vendor
from tests.assets.acts import kind, make_asset
from tests.assets.imports import as_csv, checked, counts, exported, uploaded
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def attribute(code: str, zh: str, en: str = "", *, type: str = "laptop") -> AssetAttribute:
    return AssetAttribute.objects.create(type=kind(type), code=code, name_zh=zh, name_en=en)


def test_no_word_for_a_field_means_another_one_too() -> None:
    labels: dict[str, set[str]] = {key: set() for key in FIELDS}
    for language in LANGUAGES:
        with translation.override(language):
            for key, column in all_columns([]).items():
                labels[key].add(column.label)
    words = Counter(name for key, known in FIELDS.items() for name in {plain(word) for word in (*known, *labels[key])})
    assert [name for name, count in words.items() if count > 1] == []


def test_no_heading_means_two_columns_whatever_attributes_are_called() -> None:
    attribute("spec", "规格", "Model")
    attribute("maker", "型号", "品牌")
    attribute("ram", "内存", "Memory (GB)", type="server")
    attribute("tag", "Tag", "Seat", type="server")
    seen = []
    for language in LANGUAGES:
        with translation.override(language):
            columns = all_columns(Register().attributes)
        assert len({plain(column.label) for column in columns.values()}) == len(columns)
        assert all(plain(column.label) in column.names for column in columns.values())
        names = Counter(name for column in columns.values() for name in column.names)
        assert set(names.values()) == {1}
        seen.append({key: column.names for key, column in columns.items()})
    assert seen[0] == seen[1]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("heading", "key"),
    [
        ("厂商", "vendor"),
        ("供应商", "vendor"),
        ("制造商", "manufacturer"),
        ("生产商", "manufacturer"),
        ("品牌", "manufacturer"),
    ],
)
def test_a_heading_means_the_same_to_every_reader(language: str, heading: str, key: str) -> None:
    with translation.override(language):
        assert guess_mapping(["资产编号", heading], all_columns([])) == {"资产编号": "tag", heading: key}


@pytest.mark.parametrize(("writer", "reader"), [LANGUAGES, LANGUAGES[::-1]])
def test_every_column_of_an_export_is_read_in_the_other_language(cast: Cast, writer: str, reader: str) -> None:
    attribute("spec", "规格", "Model")
    vendor = Vendor.objects.create(name_zh="一号公司", name_en="One Ltd", liaison=cast.liaison)
    make_asset(cast.agent, vendor=vendor, attributes={"spec": "13 inch"})
    with translation.override(writer):
        data = exported(cast.agent)
    with translation.override(reader):
        job = uploaded(cast.agent, data)
        assert list(job.mapping) == job.headings
        assert counts(checked(cast.agent, data)) == (0, 0, 1, 0)


def test_a_name_that_two_attributes_have_is_not_guessed(cast: Cast) -> None:
    attribute("ram", "大小", "Size")
    attribute("diameter", "大小", "Size", type="monitor")
    assert uploaded(cast.agent, as_csv(["tag", "Size", "ram"], ["PC-1", "", ""])).mapping == {
        "tag": "tag",
        "ram": "attributes.ram",
    }
