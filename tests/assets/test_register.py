"""Registering and editing assets: what is accepted, how it is stored, and what is refused in words."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.utils.translation import override

from assets.models import Asset, AssetAttribute, AssetEvent, AssetType
from assets.search import search_assets
from assets.services.register import change_asset, register_asset
from helpdesk.common.errors import InvalidInput, NotAllowed, NotVisible, StaleVersion
from tests.assets.acts import at, kind, make_asset
from tests.cast import Cast


def refused(cast: Cast, **fields: Any) -> dict[str, list[str]]:
    with pytest.raises(InvalidInput) as refusal:
        make_asset(cast.agent, **fields)
    return refusal.value.sentences()


def test_what_is_typed_is_stored_in_one_spelling(cast: Cast) -> None:
    asset = make_asset(
        cast.agent,
        tag=" ｐｃ-20417 ",
        mac="3c-52-82-1a-0b-9f",
        ip="10.20.1.15 ",
        hostname="pc-20417",
        attributes={"memory_gb": "16", "system": "Windows", "cpu": " i7 "},
    )
    asset.refresh_from_db()
    assert (asset.tag, asset.mac, asset.ip) == ("PC-20417", "3C:52:82:1A:0B:9F", "10.20.1.15")
    assert asset.attributes == {"memory_gb": 16, "system": "windows", "cpu": "i7"}
    assert (asset.state, asset.holder, asset.version) == ("stock", None, 1)
    assert [event.code for event in asset.events.all()] == ["registered"]


@pytest.mark.parametrize(
    ("fields", "name", "word"),
    [
        ({"tag": ""}, "tag", "tag"),
        ({"tag": "PC 20"}, "tag", "hyphens"),
        ({"tag": "../x"}, "tag", "hyphens"),
        ({"tag": "A" * 41}, "tag", "40"),
        ({"ip": "10.20.1.300"}, "ip", "10.20.1.300"),
        ({"mac": "3C:52"}, "mac", "3C:52"),
        ({"hostname": "my pc"}, "hostname", "one word"),
        ({"warranty_until_on": "soon"}, "warranty_until_on", "2026-03-02"),
        ({"name": "x" * 121}, "name", "120"),
        ({"attributes": {"memory_gb": "much"}}, "attributes.memory_gb", "number"),
        ({"attributes": {"system": "DOS"}}, "attributes.system", "Windows"),
        ({"attributes": {"wheels": 4}}, "attributes.wheels", "no such attribute"),
        ({"attributes": {"cpu": ["i7"]}}, "attributes.cpu", "single"),
        ({"attributes": {"memory_gb": "1" * 65}}, "attributes.memory_gb", "digits"),
        ({"colour": "red"}, "colour", "no such field"),
    ],
)
def test_what_is_wrong_is_named_by_its_field(cast: Cast, fields: dict[str, Any], name: str, word: str) -> None:
    with override("en"):
        found = refused(cast, **fields)
    assert list(found) == [name]
    assert word in found[name][0]


def test_all_that_is_wrong_is_said_at_once(cast: Cast) -> None:
    assert refused(cast, ip="x", mac="y", attributes={"memory_gb": "z"}).keys() == {"ip", "mac", "attributes.memory_gb"}


def test_a_required_attribute_must_be_given(cast: Cast) -> None:
    AssetAttribute.objects.filter(type=kind(), code="cpu").update(is_required=True)
    assert list(refused(cast, attributes={"memory_gb": 8})) == ["attributes.cpu"]


def test_tag_and_serial_number_belong_to_one_asset(cast: Cast) -> None:
    first = make_asset(cast.agent, tag="PC-1", serial="abc")
    assert "PC-1" in refused(cast, tag="pc-1")["tag"][0]
    assert first.tag in refused(cast, serial="ABC", manufacturer="LENOVO")["serial"][0]
    assert make_asset(cast.agent, serial="abc", manufacturer="Dell").serial == "abc"
    assert make_asset(cast.agent).serial == make_asset(cast.agent).serial == ""


def test_a_retired_type_is_offered_no_more_but_stays(cast: Cast) -> None:
    asset = make_asset(cast.agent, type="printer")
    AssetType.objects.filter(code="printer").update(is_retired=True)
    assert list(refused(cast, type="printer")) == ["type"]
    changed = change_asset(
        asset_id=asset.pk,
        version=None,
        fields={"type": kind("printer"), "location": "B 座"},
        actor=cast.agent,
        at=at(1),
    )
    assert changed.location == "B 座"


def test_an_edit_is_one_version_with_one_event_and_saying_the_same_is_none(cast: Cast) -> None:
    asset = make_asset(cast.agent, location="A 座")
    fields = {"location": "B 座", "warranty_until_on": "2027-03-02"}
    change_asset(asset_id=asset.pk, version=1, fields=fields, actor=cast.agent, at=at(1))
    change_asset(asset_id=asset.pk, version=2, fields=fields, actor=cast.agent, at=at(2))
    asset.refresh_from_db()
    assert (asset.version, asset.warranty_until_on) == (2, date(2027, 3, 2))
    newest = AssetEvent.objects.filter(asset=asset).first()
    assert newest is not None and newest.facts == {"fields": ["location", "warranty_until_on"]}
    assert asset.history.count() == 2


def test_who_has_seen_an_older_version_is_told(cast: Cast) -> None:
    asset = make_asset(cast.agent)
    change_asset(asset_id=asset.pk, version=1, fields={"location": "B"}, actor=cast.agent, at=at(1))
    with pytest.raises(StaleVersion) as refusal:
        change_asset(asset_id=asset.pk, version=1, fields={"location": "C"}, actor=cast.agent2, at=at(2))
    assert refusal.value.extra == {"version": 2}


def test_another_type_drops_the_attributes_of_the_former(cast: Cast) -> None:
    asset = make_asset(cast.agent, attributes={"cpu": "i7"})
    changed = change_asset(
        asset_id=asset.pk, version=None, fields={"type": kind("monitor")}, actor=cast.agent, at=at(1)
    )
    assert changed.attributes == {}


def test_the_register_is_the_desks(cast: Cast) -> None:
    asset = make_asset(cast.agent)
    with pytest.raises(NotAllowed):
        register_asset(fields={"tag": "X", "type": kind()}, actor=cast.requester, at=at())
    with pytest.raises(NotVisible):
        change_asset(asset_id=asset.pk, version=None, fields={}, actor=cast.requester, at=at())
    assert not Asset.objects.visible_to(cast.requester).exists()
    assert Asset.objects.visible_to(cast.admin).count() == 1


def test_assets_are_found_by_what_is_noted_of_them(cast: Cast) -> None:
    asset = make_asset(cast.agent, serial="SN-77", location="保障房 3 楼", attributes={"cpu": "Ryzen"})
    other = make_asset(cast.agent)
    everything = Asset.objects.visible_to(cast.agent)
    for text in (asset.tag, "thinkpad sn-77", "保障房", "ryzen"):
        assert list(search_assets(everything, text, cast.agent)) == [asset]
    change_asset(asset_id=other.pk, version=None, fields={"notes": "键盘坏了"}, actor=cast.agent, at=at(1))
    assert list(search_assets(everything, "键盘", cast.agent)) == [other]
    # The same words in the hands of somebody who isn't of the desk: places and notes aren't searched.
    assert list(search_assets(Asset.objects.all(), "键盘", cast.requester)) == []
    assert list(search_assets(Asset.objects.all(), "sn-77", cast.requester)) == [asset]
