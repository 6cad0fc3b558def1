"""Articles and assets among the results, each only for those who may see it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from knowledge.models import Topic
from knowledge.services.topics import save_topic
from tests.api.conftest import api
from tests.assets.acts import handed_out, make_asset
from tests.cast import Cast
from tests.devices.acts import article
from tests.portal.conftest import browse

__all__ = ["api", "browse"]
pytestmark = pytest.mark.django_db


def found(caller: Any, text: str) -> dict[str, list[str]]:
    rows = caller.get(f"search/?q={quote(text)}", Accept_Language="en").json()["groups"]
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


def test_articles_know_phrases_and_words_that_must_be_missing(cast: Cast, api: Any, browse: Any) -> None:
    jam, toner = (
        article(cast, {"en": {"title": title, "solution": words}})
        for title, words in (("Printer jam", "Open the tray, paper jam"), ("Printer toner", "Jam the paper, add toner"))
    )
    agent = api(cast.agent)
    for text, expected in (
        ("printer", {jam, toner}),
        ("printer -toner", {jam}),
        ("-toner", {jam}),
        ('"paper jam"', {jam}),
        ('printer -"paper jam"', {toner}),
        ("status:open printer", set()),
        ("-status:open", set()),
    ):
        keys = {str(row.pk) for row in expected}
        assert set(found(agent, text)["articles"]) == keys, text
        if ":" not in text:
            rows = agent.get(f"articles/?q={quote(text)}").json()["results"]
            assert {str(row["id"]) for row in rows} == keys, text
    assert "Printer toner" not in browse(cast.agent).get("/knowledge/?q=printer+-toner").content.decode()
    palette = browse(cast.agent).get("/search/palette/?q=status:open+printer").json()
    assert not any(hit["title"][0][0] == "Printer" for group in palette["groups"] for hit in group["hits"])


def test_assets_know_phrases_and_words_that_must_be_missing(cast: Cast, api: Any) -> None:
    make_asset(cast.agent, tag="PR-1", name="Laser printer", notes="by the window")
    make_asset(cast.agent, tag="PR-2", name="Printer, laser", notes="by the door")
    agent = api(cast.agent)
    for text, tags in (
        ("printer", {"PR-1", "PR-2"}),
        ("printer -door", {"PR-1"}),
        ("-door", {"PR-1"}),
        ('"laser printer"', {"PR-1"}),
        ("status:open printer", set()),
        ("ｐｒ-1", {"PR-1"}),
    ):
        assert set(found(agent, text)["assets"]) == tags, text
        if ":" not in text:
            assert {row["tag"] for row in agent.get(f"assets/?q={quote(text)}").json()["results"]} == tags, text


def test_snippets_of_articles_are_plain_words(cast: Cast, api: Any, browse: Any) -> None:
    words = "See [the **gateway** page](https://gateway.example/address) first.\n\n1. `Restart` it"
    article(cast, {"en": {"title": "Slow network", "symptom": "[wiki](https://gateway.example/)", "solution": words}})
    group = api(cast.agent).get("search/?q=gateway&kind=articles").json()["groups"][0]
    assert (
        "".join(piece["text"] for piece in group["results"][0]["snippet"]) == "See the gateway page first. Restart it"
    )
    assert "the <mark>gateway</mark> page" in browse(cast.agent).get("/search/?q=gateway").content.decode()


def test_articles_are_found_by_what_their_topic_is_called_now(cast: Cast, api: Any) -> None:
    topic = Topic.objects.create(name_zh="远程接入", name_en="Faraway")
    known, agent = article(cast, topics=[topic]), api(cast.agent)
    assert found(agent, "faraway")["articles"] == [str(known.pk)]
    topic.name_en = "Teleworking"
    save_topic(topic=topic, actor=cast.admin)
    assert found(agent, "teleworking")["articles"] == found(agent, "远程接入")["articles"] == [str(known.pk)]
    assert found(agent, "faraway")["articles"] == []


def test_no_phrase_goes_from_one_text_into_the_next(cast: Cast, api: Any) -> None:
    make_asset(cast.agent, name="Dock 丁某", manufacturer="042 Works")
    article(cast, {"en": {"title": "Dock 丁某", "symptom": "042 on the screen", "solution": "Wait"}})
    caller = api(cast.agent)
    assert {kind for kind, keys in found(caller, '"dock 丁某"').items() if keys} == {"assets", "articles"}
    assert not any(found(caller, '"某 042"').values())
