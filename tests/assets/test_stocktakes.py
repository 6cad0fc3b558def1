"""Stocktakes count what is there, whatever is registered, renamed or mistyped meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from assets.models import Asset, Stocktake, StocktakeItem
from assets.services.register import change_asset
from assets.services.stocktaking import Scope, count_item, end_stocktake, start_stocktake
from assets.views import stocktakes as pages
from helpdesk.common.errors import InvalidInput
from tests.api.client import Api, refusal
from tests.assets.acts import act, at, kind, make_asset
from tests.cast import Cast, assemble

SignIn = Callable[..., Client]


def running(cast: Cast) -> Stocktake:
    """A stocktake of building A, where PC-1 and PC-2 are expected; PC-3 is noted in building B."""
    make_asset(cast.agent, tag="PC-1", location="A 座 12", serial="SN-1")
    make_asset(cast.agent, tag="PC-2", location="A 座 13")
    make_asset(cast.agent, tag="PC-3", location="B 座")
    make_asset(cast.agent, tag="SW-1", type="software", location="A 座")
    return start_stocktake(name="年底", scope=Scope(location="A 座"), actor=cast.agent, at=at(1))


def test_what_is_expected_is_written_down_at_the_start(cast: Cast) -> None:
    stocktake = running(cast)
    make_asset(cast.agent, tag="PC-4", location="A 座")
    assert [item.code for item in stocktake.items.all()] == ["PC-1", "PC-2"]
    with pytest.raises(InvalidInput):
        start_stocktake(name="x", scope=Scope(type=kind("printer")), actor=cast.agent, at=at(1))


def test_a_phone_counts_by_label_tag_and_serial_number(cast: Cast, as_user: SignIn) -> None:
    stocktake = running(cast)
    desk = as_user(cast.agent)
    page = f"/assets/stocktakes/{stocktake.pk}/"
    for code, words in (
        ("http://testserver/a/PC-1", "Found: PC-1"),
        ("sn-1", "Already counted: PC-1"),
        ("PC-3", "Belongs elsewhere: PC-3"),
        ("<b>7</b>", "Unknown"),
    ):
        answer = desk.post(page, {"code": code, "place": "A 座 12"})
        assert answer.status_code == 200
        assert words in answer.content.decode(), code
        assert 'value="A 座 12"' in answer.content.decode()
    assert desk.post(page, {"code": "", "place": ""}).status_code == 422
    assert desk.post(page, {"code": "x" * 120, "place": ""}).status_code == 422
    assert "1 of 2 found" in desk.get(page).content.decode()
    for show, code in (("missing", "PC-2"), ("found", "PC-1"), ("elsewhere", "PC-3"), ("unknown", "7&lt;")):
        assert code in desk.get(f"{page}?show={show}").content.decode(), show
    fragment = desk.post(page, {"code": "PC-2", "place": ""}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment


@pytest.mark.parametrize("read", ["/a/%E8%B5%84%E4%BA%A7-1", "/a/资产-1/", "/a/%e8%b5%84%e4%ba%a7-1?from=label#top"])
def test_labels_are_read_however_their_address_is_spelled(cast: Cast, read: str) -> None:
    make_asset(cast.agent, tag="资产-1", location="A 座")
    stocktake = running(cast)
    counted = count_item(stocktake_id=stocktake.pk, code=f"https://desk.example{read}", actor=cast.agent, at=at(2))
    assert (counted.outcome, counted.item.code) == ("found", "资产-1")


def test_a_serial_number_of_two_makers_means_what_is_expected_here(cast: Cast, as_user: SignIn) -> None:
    make_asset(cast.agent, tag="HP-9", manufacturer="HP", serial="SN-1", location="B 座")
    make_asset(cast.agent, tag="HP-10", manufacturer="HP", serial="SN-2", location="A 座")
    make_asset(cast.agent, tag="DELL-10", manufacturer="Dell", serial="SN-2", location="A 座")
    stocktake = running(cast)
    counted = count_item(stocktake_id=stocktake.pk, code="SN-1", actor=cast.agent, at=at(2))
    assert (counted.outcome, counted.item.code) == ("found", "PC-1")
    answer = as_user(cast.agent).post(f"/assets/stocktakes/{stocktake.pk}/", {"code": "sn-2", "place": "A 座 12"})
    assert answer.status_code == 422
    assert "DELL-10, HP-10" in answer.content.decode()
    assert 'value="sn-2"' in answer.content.decode()
    assert not stocktake.items.filter(asset__tag="HP-10", found_at__isnull=False).exists()


def test_at_the_end_only_what_is_ticked_counts_as_lost(cast: Cast, as_user: SignIn) -> None:
    stocktake = running(cast)
    desk = as_user(cast.agent)
    lines = {item.code: item.pk for item in stocktake.items.all()}
    count_item(stocktake_id=stocktake.pk, code="PC-1", actor=cast.agent, at=at(2))
    page = f"/assets/stocktakes/{stocktake.pk}/end/"
    assert "PC-2" in desk.get(page).content.decode()
    assert desk.post(page, {"lost": [lines["PC-2"]], "reason": ""}).status_code == 422
    assert desk.post(page, {"lost": list(lines.values()), "reason": "=找不到"}).status_code == 303
    assert Asset.objects.get(tag="PC-2").state == "lost"
    assert Asset.objects.get(tag="PC-1").state == "stock"
    report = desk.get(f"/assets/stocktakes/{stocktake.pk}/report.csv")
    assert report["Content-Type"].startswith("text/csv")
    assert "PC-2" in report.content.decode()
    # A second click, and a phone that is still counting is led to what came of it.
    home = f"/assets/stocktakes/{stocktake.pk}/"
    assert (
        desk.post(page, {})["Location"]
        == desk.get(page)["Location"]
        == desk.post(home, {"code": "PC-2", "place": ""})["Location"]
        == home
    )
    assert "This stocktake has ended." in desk.get(home).content.decode()


def test_what_was_handed_out_meanwhile_is_named_and_not_lost(cast: Cast) -> None:
    stocktake = running(cast)
    act(Asset.objects.get(tag="PC-2"), "hand_out", cast.agent, person=cast.requester)
    lost = list(stocktake.items.values_list("pk", flat=True))
    refused = end_stocktake(stocktake_id=stocktake.pk, lost=lost, reason="x", actor=cast.agent, at=at(5))
    assert [item.code for item in refused] == ["PC-2"]
    assert Asset.objects.get(tag="PC-1").state == "lost"


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time")
def test_two_phones_that_see_the_same_thing_count_it_once() -> None:
    cast = assemble()
    stocktake, start, outcomes = running(cast), threading.Barrier(2), []

    def count(person: Any) -> None:
        start.wait(timeout=30)
        try:
            for code in ("PC-1", "UNKNOWN-1"):
                outcomes.append(count_item(stocktake_id=stocktake.pk, code=code, actor=person, at=at(2)).outcome)
        finally:
            connection.close()

    threads = [threading.Thread(target=count, args=(person,)) for person in (cast.agent, cast.agent2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(outcomes) == ["already", "already", "found", "unknown"]
    assert StocktakeItem.objects.filter(stocktake=stocktake, code="UNKNOWN-1").count() == 1


def count(stocktake: Stocktake, cast: Cast, code: str, hours: float = 2) -> str:
    return count_item(stocktake_id=stocktake.pk, code=code, actor=cast.agent, at=at(hours)).outcome


def test_an_unknown_label_that_was_registered_meanwhile_is_known_at_the_next_look(cast: Cast) -> None:
    stocktake = running(cast)
    assert [count(stocktake, cast, code) for code in ("PC-9", "SN-9")] == ["unknown", "unknown"]
    make_asset(cast.agent, tag="PC-9", serial="SN-9", location="C 座")
    assert [count(stocktake, cast, code) for code in ("PC-9", "PC-9", "SN-9")] == ["elsewhere", "already", "already"]
    line = stocktake.items.get(asset__tag="PC-9")
    assert (line.code, line.expected_place) == ("PC-9", "C 座")


def test_a_serial_number_that_was_unknown_becomes_the_line_of_its_asset(cast: Cast) -> None:
    stocktake = running(cast)
    assert count(stocktake, cast, "SN-9") == "unknown"
    make_asset(cast.agent, tag="PC-9", serial="SN-9")
    assert [count(stocktake, cast, code) for code in ("SN-9", "PC-9")] == ["elsewhere", "already"]
    assert not stocktake.items.filter(asset=None).exists()


def test_a_new_asset_may_take_the_tag_of_a_renamed_one(cast: Cast) -> None:
    stocktake = running(cast)
    first = Asset.objects.get(tag="PC-1")
    change_asset(asset_id=first.pk, version=None, fields={"tag": "PC-1A"}, actor=cast.agent, at=at(2))
    make_asset(cast.agent, tag="PC-1")
    assert [count(stocktake, cast, code) for code in ("PC-1", "PC-1A", "PC-1")] == ["elsewhere", "found", "already"]


def test_a_mistyped_tag_is_taken_back(cast: Cast, as_user: SignIn) -> None:
    stocktake = running(cast)
    desk = as_user(cast.agent)
    home = f"/assets/stocktakes/{stocktake.pk}/"
    for code in ("PC-1", "PC-3"):
        page = desk.post(home, {"code": code, "place": ""}).content.decode()
        number = stocktake.items.get(code=code).pk
        assert f'name="item" value="{number}"' in page
        assert desk.post(f"{home}uncount/", {"item": number})["Location"] == home
    assert "PC-3 doesn&#x27;t count as found any more." in desk.get(home).content.decode()
    assert list(stocktake.items.values_list("code", "found_at")) == [("PC-1", None), ("PC-2", None)]
    kept = desk.post(f"{home}uncount/", {"item": stocktake.items.get(code="PC-1").pk, "place": "A 座 12"})
    assert 'value="A 座 12"' in desk.get(kept["Location"]).content.decode()
    assert count(stocktake, cast, "PC-1") == "found"
    other = StocktakeItem.objects.filter(stocktake=stocktake, code="PC-2").values_list("pk", flat=True).get()
    for item in ("", "x", "9" * 30, other + 999):
        assert desk.post(f"{home}uncount/", {"item": item}).status_code == 404, item
    end_stocktake(stocktake_id=stocktake.pk, lost=[], reason="", actor=cast.agent, at=at(3))
    desk.post(f"{home}uncount/", {"item": other})
    assert "This stocktake has ended." in desk.get(home).content.decode()


@pytest.mark.parametrize(("command", "words"), [("report_lost", "that it is lost"), ("retire", "that it is retired")])
def test_what_was_given_up_and_turns_up_leads_to_what_puts_it_right(
    cast: Cast, as_user: SignIn, command: str, words: str
) -> None:
    stocktake = running(cast)
    act(Asset.objects.get(tag="PC-3"), command, cast.agent, reason="weg")
    page = as_user(cast.agent).post(f"/assets/stocktakes/{stocktake.pk}/", {"code": "PC-3"}).content.decode()
    assert words in page
    assert f"/assets/PC-3/do/{'found' if command == 'report_lost' else 'restore'}/" in page


def test_all_that_is_missing_can_be_lost_at_once_and_none_is_left_unsaid(
    cast: Cast, as_user: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "TICKS", 1)
    monkeypatch.setattr(pages, "LINES", 1)
    stocktake = running(cast)
    desk = as_user(cast.agent)
    home = f"/assets/stocktakes/{stocktake.pk}/"
    assert "PC-2" in desk.get(f"{home}?page=2").content.decode()
    page = desk.get(f"{home}end/").content.decode()
    assert page.count('name="lost"') == 1
    assert "1 more is missing." in page
    assert "PC-2" in page
    assert desk.post(f"{home}end/", {"everything": "on", "reason": ""}).status_code == 422
    assert desk.post(f"{home}end/", {"everything": "on", "reason": "weg"}).status_code == 303
    assert set(Asset.objects.filter(state="lost").values_list("tag", flat=True)) == {"PC-1", "PC-2"}


def test_what_is_found_while_the_last_page_is_open_isnt_lost(cast: Cast) -> None:
    stocktake = running(cast)
    lost = list(stocktake.items.values_list("pk", flat=True))
    count(stocktake, cast, "PC-2")
    refused = end_stocktake(stocktake_id=stocktake.pk, lost=lost, reason="x", actor=cast.agent, at=at(5))
    assert [item.code for item in refused] == ["PC-2"]


def test_the_page_of_an_asset_offers_to_count_it(cast: Cast, as_user: SignIn) -> None:
    stocktake = running(cast)
    desk, words = as_user(cast.agent), "Count it in the stocktake “年底”"
    assert words in desk.get("/assets/PC-1/").content.decode()
    assert words not in desk.get("/assets/PC-3/").content.decode()
    count(stocktake, cast, "PC-1")
    assert words not in desk.get("/assets/PC-1/").content.decode()
    # Who counts there is offered what turns up, others are left alone.
    assert words in desk.get("/assets/PC-3/").content.decode()
    assert words not in as_user(cast.agent2).get("/assets/PC-3/").content.decode()
    end_stocktake(stocktake_id=stocktake.pk, lost=[], reason="", actor=cast.agent, at=at(3))
    assert words not in desk.get("/assets/PC-2/").content.decode()


def test_the_api_takes_counts_back_and_refuses_what_isnt_missing(cast: Cast, api: Callable[..., Api]) -> None:
    stocktake, desk = running(cast), api(cast.agent)
    path = f"stocktakes/{stocktake.pk}/"
    lines = {code: desk.post(f"{path}items/", {"code": code}).json()["item"]["id"] for code in ("PC-1", "PC-3")}
    assert desk.post(f"{path}items/{lines['PC-1']}/uncount/", {}).json()["found_at"] is None
    assert desk.post(f"{path}items/{lines['PC-3']}/uncount/", {}).status_code == 200
    assert desk.post(f"{path}items/{lines['PC-3']}/uncount/", {}).status_code == 404
    count(stocktake, cast, "PC-2")
    status, _code, fields = refusal(desk.post(f"{path}end/", {"lost": ["PC-1", "PC-2", "PC-7"], "reason": "x"}))
    assert (status, len(fields["lost"])) == (400, 2)
    assert not Asset.objects.filter(state="lost").exists()
    assert desk.post(f"{path}end/", {"lost": ["pc-1"], "reason": "x"}).json()["refused"] == []
    assert refusal(desk.post(f"{path}items/{lines['PC-1']}/uncount/", {}))[:2] == (409, "stocktake_ended")


def test_the_list_of_stocktakes_goes_on_on_further_pages(
    cast: Cast, as_user: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "LINES", 1)
    running(cast)
    start_stocktake(name="B 座", scope=Scope(), actor=cast.agent, at=at(2))
    desk = as_user(cast.agent)
    assert "年底" not in desk.get("/assets/stocktakes/").content.decode()
    assert "年底" in desk.get("/assets/stocktakes/?page=2").content.decode()
