"""Articles and assets among the results, each only for those who may see it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import api
from tests.assets.acts import handed_out
from tests.cast import Cast
from tests.devices.test_sources import article
from tests.portal.conftest import browse

__all__ = ["api", "browse"]
pytestmark = pytest.mark.django_db


def found(caller: Any, text: str) -> dict[str, list[str]]:
    rows = caller.get(f"search/?q={text}", Accept_Language="en").json()["groups"]
    return {group["kind"]: [hit["key"] for hit in group["results"]] for group in rows}


def test_everybody_finds_what_is_theirs(cast: Cast, api: Any, browse: Any) -> None:
    known, hidden = article(cast), article(cast, audience="staff")
    handed_out(cast.agent, cast.requester, tag="PC-20417", hostname="PC-WANGMIN", serial="PF3K9X2")
    agent, requester, colleague = api(cast.agent), api(cast.requester), api(cast.colleague)
    assert sorted(found(agent, "VPN")["articles"]) == sorted([str(known.pk), str(hidden.pk)])
    assert found(requester, "VPN")["articles"] == [str(known.pk)]
    for text in ("pc-20417", "PF3K9X2", "wangmin"):
        assert found(agent, text)["assets"] == ["PC-20417"]
        assert found(requester, text)["assets"] == ["PC-20417"]
        assert found(colleague, text)["assets"] == []
    page = browse(cast.requester).get("/search/?q=PC-20417").content.decode()
    assert "/assets/mine/#PC-20417" in page
    palette = browse(cast.agent).get("/search/palette/?q=PC-20417").json()
    assert [hit["key"] for group in palette["groups"] for hit in group["hits"]] == ["PC-20417"]
    assert browse(cast.requester).get("/search/palette/?q=PC-20417").status_code == 404
