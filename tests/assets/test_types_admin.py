"""Types of assets in the administration: what is noted of assets survives every change of its attributes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from assets.models import AssetAttribute, AssetType
from tests.assets.acts import kind, make_asset
from tests.cast import Cast

SignIn = Callable[..., Client]
NOTED = {"cpu": "i7", "memory_gb": 16, "system": "windows"}
FIELDS = ("position", "code", "name_zh", "name_en", "kind", "choices")


def sent(laptop: AssetType, changes: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The page of the type as it is sent, `changes` made in the rows of these attributes."""
    rows = list(laptop.attributes.all())
    data: dict[str, Any] = {name: getattr(laptop, name) for name in ("name_zh", "name_en", "position")}
    data |= {"attributes-TOTAL_FORMS": len(rows), "attributes-INITIAL_FORMS": len(rows)}
    for place, row in enumerate(rows):
        values = {name: getattr(row, name) for name in ("id", *FIELDS)} | changes.get(row.code, {})
        data |= {f"attributes-{place}-{name}": value for name, value in values.items()}
    return data


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"cpu": {"code": "processor"}}, "Assets have values under this code"),
        ({"memory_gb": {"kind": "date"}}, "Assets have values of this kind"),
        ({"system": {"choices": "linux | Linux | Linux\nother | 其他 | Other"}}, "windows"),
        ({"cpu": {"DELETE": "on"}}, "Assets have values of “Processor”"),
    ],
)
def test_what_assets_have_values_of_stays(
    cast: Cast, as_user: SignIn, changes: dict[str, dict[str, Any]], words: str
) -> None:
    asset, laptop = make_asset(cast.agent, attributes=NOTED), kind("laptop")
    page = reverse("admin:assets_assettype_change", args=[laptop.pk])
    answer = as_user(cast.admin).post(page, sent(laptop, changes))
    assert answer.status_code == 200
    assert words in answer.content.decode()
    asset.refresh_from_db()
    assert asset.attributes == NOTED
    assert set(laptop.attributes.values_list("code", flat=True)) == {"cpu", "memory_gb", "disk_gb", "system"}


def test_what_no_asset_has_may_change_and_go(cast: Cast, as_user: SignIn) -> None:
    make_asset(cast.agent, attributes={"memory_gb": 16, "system": "windows"})
    laptop = kind("laptop")
    changes = {
        "cpu": {"code": "processor", "kind": "number"},
        "disk_gb": {"DELETE": "on"},
        "system": {"choices": "windows | 视窗 | Windows\nother | 其他 | Other", "name_en": "OS"},
    }
    page = reverse("admin:assets_assettype_change", args=[laptop.pk])
    assert as_user(cast.admin).post(page, sent(laptop, changes)).status_code == 302
    found = {row.code: row for row in AssetAttribute.objects.filter(type=laptop)}
    assert (set(found), found["processor"].kind) == ({"processor", "memory_gb", "system"}, "number")
    assert [option.code for option in found["system"].options] == ["windows", "other"]
