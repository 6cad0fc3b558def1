"""The register's pages, as the desk and as holders meet them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from django.utils import timezone

from assets.models import AssetRelation, CustodyAct
from assets.views import labels
from helpdesk.accounts.models import User
from tests.api.client import Api
from tests.assets.acts import act, answer, handed_out, make_asset, waiting_act
from tests.cast import Cast

SignIn = Callable[..., Client]


@pytest.fixture
def desk(cast: Cast, as_user: SignIn) -> Client:
    return as_user(cast.agent)


def test_the_desk_registers_an_asset_of_a_type_with_its_attributes(desk: Client) -> None:
    assert "Laptop" in desk.get("/assets/new/").content.decode()
    page = desk.get("/assets/new/?type=laptop").content.decode()
    assert "Memory (GB)" in page
    data = {"tag": "pc-20417", "model": "X1", "ip": "10.1", "attributes.memory_gb": "16"}
    refused = desk.post("/assets/new/?type=laptop", data)
    assert refused.status_code == 422
    assert "10.1” is not an IP address" in refused.content.decode()
    assert 'value="pc-20417"' in refused.content.decode()
    refused = desk.post("/assets/new/?type=laptop", {**data, "ip": "fe80::1%eth0"})
    assert "fe80::1%eth0” is not an IP address" in refused.content.decode()
    saved = desk.post("/assets/new/?type=laptop", {**data, "ip": "10.20.1.15"})
    assert (saved.status_code, saved["Location"]) == (303, "/assets/PC-20417/")
    page = desk.get("/assets/PC-20417/").content.decode()
    for text in ("PC-20417", "10.20.1.15", "Memory (GB)", "16", "In stock", "Registered"):
        assert text in page
    assert desk.get("/assets/pc-20417/").status_code == 404


def test_software_has_no_network_address(desk: Client) -> None:
    page = desk.get("/assets/new/?type=software").content.decode()
    assert "MAC address" not in page
    assert "Licence" not in page.split("<main", 1)[1].split("</main>")[0] or "Edition" in page


def test_a_hand_out_is_confirmed_on_the_agents_screen(cast: Cast, desk: Client) -> None:
    make_asset(cast.agent, tag="PC-1")
    form = desk.get("/assets/PC-1/do/hand_out/").content.decode()
    assert "The person is asked to confirm it" in form
    assert desk.post("/assets/PC-1/do/hand_out/", {"person": ""}).status_code == 422
    unknown = desk.post("/assets/PC-1/do/hand_out/", {"person": "nobody at all"})
    assert unknown.status_code == 422
    assert "nobody at all" in unknown.content.decode()
    done = desk.post("/assets/PC-1/do/hand_out/", {"person": "requester", "accessories": "Bag", "version": "1"})
    assert (done.status_code, done["Location"]) == (303, "/assets/PC-1/")
    page = desk.get("/assets/PC-1/").content.decode()
    assert "hasn't confirmed the hand-out" in page
    assert "Send to repair" not in page
    number = CustodyAct.objects.get().pk
    assert "Bag" in desk.get(f"/assets/custody/{number}/screen/").content.decode()
    desk.post(f"/assets/custody/{number}/screen/", {"signed_name": "王敏", "words": ""})
    assert "signed “王敏”" in desk.get("/assets/PC-1/").content.decode()
    late = desk.post(f"/assets/custody/{number}/screen/", {"signed_name": "王敏", "words": ""})
    assert late.status_code == 409
    assert "answered already" in late.content.decode()


def test_an_act_that_is_impossible_now_says_why(cast: Cast, desk: Client) -> None:
    make_asset(cast.agent, tag="PC-1")
    answer = desk.get("/assets/PC-1/do/take_back/")
    assert answer.status_code == 409
    assert "In stock" in answer.content.decode()
    stale = desk.post("/assets/PC-1/do/retire/", {"reason": "old", "version": "7"})
    assert stale.status_code == 409


def test_holders_see_their_own_things_and_answer_for_them(cast: Cast, as_user: SignIn) -> None:
    asset = act(make_asset(cast.agent, tag="PC-1", notes="secret note"), "hand_out", cast.agent, person=cast.requester)
    mine, other = as_user(cast.requester), as_user(cast.requester2)
    assert "have you received it?" in mine.get("/").content.decode()
    assert "have you received it?" not in other.get("/").content.decode()
    assert "Have you received this?" in mine.get("/assets/mine/").content.decode()
    address = f"/assets/custody/{waiting_act(asset).pk}/"
    page = mine.get(address).content.decode()
    assert "Yes, I have it" in page
    assert "secret note" not in page
    assert other.get(address).status_code == 404
    assert other.post(address, {"answer": "yes"}).status_code == 404
    assert mine.post(address, {"answer": "no", "words": " "}).status_code == 422
    assert mine.post(address, {"answer": "yes"})["Location"] == "/assets/mine/"
    asset.refresh_from_db()
    assert asset.is_confirmed
    assert "This was confirmed" in mine.get(address).content.decode()
    again = mine.post(address, {"answer": "no", "words": "doch nicht"}, follow=True)
    assert "answered already" in again.content.decode()
    assert "PC-1" not in other.get("/assets/mine/").content.decode()


def test_the_register_itself_is_the_desks(cast: Cast, as_user: SignIn) -> None:
    asset = handed_out(cast.agent, cast.requester, tag="PC-1")
    mine = as_user(cast.requester)
    number = CustodyAct.objects.get(asset=asset).pk
    for path in (
        "/assets/",
        "/assets/new/",
        "/assets/PC-1/",
        "/assets/PC-1/edit/",
        "/assets/PC-1/do/retire/",
        f"/assets/custody/{number}/screen/",
        "/assets/labels/?tags=PC-1",
        "/assets/licences/",
        "/assets/stocktakes/",
    ):
        assert mine.get(path).status_code == 404, path
    assert Client().get("/assets/").status_code == 302


def test_the_code_on_a_label_leads_each_to_their_page(cast: Cast, as_user: SignIn) -> None:
    handed_out(cast.agent, cast.requester, tag="PC-1")
    assert as_user(cast.agent).get("/a/pc-1")["Location"] == "/assets/PC-1/"
    assert as_user(cast.requester).get("/a/PC-1")["Location"] == "/assets/mine/#PC-1"
    assert as_user(cast.requester2).get("/a/PC-1").status_code == 404
    assert as_user(cast.agent).get("/a/PC-2").status_code == 404
    assert "login" in Client().get("/a/PC-1")["Location"]


def test_labels_are_drawn_for_the_tags_asked_for(cast: Cast, desk: Client) -> None:
    make_asset(cast.agent, tag="PC-1", name="<b>")
    page = desk.get("/assets/labels/?tags=pc-1,PC-9,PC-1").content.decode()
    assert page.count('class="qr"') == 1
    assert "No asset has these tags: PC-9" in page
    assert "&lt;b&gt;" in page
    assert "labels single" in desk.get("/assets/labels/?tags=PC-1&layout=single").content.decode()
    assert desk.get("/assets/labels/?tags=%00").status_code == 200


def test_labels_of_what_is_ticked_or_fits_the_filters(
    cast: Cast, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for tag in ("PC-1", "PC-2", "MO-1"):
        make_asset(cast.agent, tag=tag, type="monitor" if tag == "MO-1" else "laptop")
    page = desk.get("/assets/?type=laptop").content.decode()
    assert 'name="ids" value="PC-2"' in page
    assert '<input type="hidden" name="type" value="laptop">' in page
    drawn = {
        "sort=tag&type=laptop&ids=PC-2": {"PC-2"},
        "sort=tag&type=laptop": {"PC-1", "PC-2"},
        "sort=tag": {"PC-1", "PC-2", "MO-1"},
        "": set(),
    }
    for query, tags in drawn.items():
        page = desk.get(f"/assets/labels/?{query}").content.decode()
        assert {tag for tag in ("PC-1", "PC-2", "MO-1") if f">{tag}</b>" in page} == tags, query
    monkeypatch.setattr(labels, "MOST", 2)
    for query in ("sort=tag", "tags=MO-1,PC-1,PC-2"):
        first = desk.get(f"/assets/labels/?{query}").content.decode()
        assert "These are the labels 1 to 2 of 3." in first
        assert ">PC-2</b>" not in first
        assert ">PC-2</b>" in desk.get(f"/assets/labels/?{query}&page=2&layout=single").content.decode()


def test_the_list_leads_to_the_same_assets_as_a_spreadsheet(cast: Cast, desk: Client) -> None:
    make_asset(cast.agent, tag="PC-1")
    assert "/assets/export/?type=laptop&amp;format=xlsx" in desk.get("/assets/?type=laptop&page=1").content.decode()
    assert "/assets/export/?format=xlsx" in desk.get("/assets/").content.decode()


def test_things_of_people_who_have_left_are_found(cast: Cast, desk: Client, api: Callable[..., Api]) -> None:
    handed_out(cast.agent, cast.requester, tag="PC-1")
    handed_out(cast.agent, cast.requester2, tag="PC-2")
    User.objects.filter(pk=cast.requester.pk).update(is_active=False)
    page = desk.get("/assets/?left=yes").content.decode()
    assert "/assets/PC-1/" in page
    assert "Has left" in page
    assert "/assets/PC-2/" not in page
    assert [row["tag"] for row in api(cast.agent).get("assets/?left=yes").json()["results"]] == ["PC-1"]


def test_the_list_is_filtered_sorted_and_searched(cast: Cast, desk: Client) -> None:
    today = timezone.localdate()
    make_asset(cast.agent, tag="PC-1", warranty_until_on=today, location="A 座")
    make_asset(cast.agent, tag="MO-1", type="monitor", warranty_until_on=date(2020, 1, 1))
    act(make_asset(cast.agent, tag="PC-2", department=cast.finance), "hand_out", cast.agent, person=cast.requester)
    wanted = {
        "": {"PC-1", "PC-2", "MO-1"},
        "type=monitor": {"MO-1"},
        "state=in_use": {"PC-2"},
        "confirmed=no": {"PC-2"},
        f"department={cast.finance.pk}": {"PC-2"},
        "holder=requester": {"PC-2"},
        "warranty=soon": {"PC-1"},
        "warranty=over": {"MO-1"},
        "q=王敏": {"PC-2"},
        "q=A+座": {"PC-1"},
        "q=nothing-like-this": set(),
        "sort=warranty&state=nonsense&page=999": {"PC-1", "PC-2", "MO-1"},
        "type=%00": {"PC-1", "PC-2", "MO-1"},
    }
    for query, tags in wanted.items():
        answer = desk.get(f"/assets/?{query}")
        assert answer.status_code == 200, query
        found = {tag for tag in ("PC-1", "PC-2", "MO-1") if f"/assets/{tag}/" in answer.content.decode()}
        assert found == tags, query


def test_a_list_of_many_costs_as_many_queries_as_one_of_few(
    cast: Cast, desk: Client, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for _number in range(6):
        handed_out(cast.agent, cast.requester, department=cast.finance)
    desk.get("/assets/")
    with django_assert_max_num_queries(14):  # type: ignore[attr-defined]
        desk.get("/assets/")


def test_the_page_of_an_act_says_who_is_told_of_it(cast: Cast, desk: Client) -> None:
    asset = make_asset(cast.agent, tag="PC-1")
    act(asset, "lend", cast.agent, person=cast.requester, lent_until_on=date(2026, 12, 24))
    answer(asset, cast.requester)
    assert "王敏 has it until 2026-12-24" in desk.get("/assets/PC-1/do/extend_loan/").content.decode()
    assert desk.post("/assets/PC-1/do/extend_loan/", {"lent_until_on": "2027-01-31"}).status_code == 303
    act(asset, "report_lost", cast.agent, hours=3, reason="?")
    assert "王敏 is told" in desk.get("/assets/PC-1/do/retire/").content.decode()


def test_assets_belong_together_without_circles(cast: Cast, desk: Client) -> None:
    for tag in ("PC-1", "PC-2", "PC-3"):
        make_asset(cast.agent, tag=tag)

    def connect(tag: str, other: str, kind: str = "part_of") -> int:
        return desk.post(f"/assets/{tag}/relations/", {"kind": kind, "other": other}).status_code

    assert connect("PC-1", "pc-2") == 303
    assert connect("PC-2", "PC-3") == 303
    for tag, other in (("PC-3", "PC-1"), ("PC-1", "PC-1"), ("PC-1", "PC-3"), ("PC-1", "PC-2"), ("PC-1", "PC-9")):
        assert connect(tag, other) == 422, (tag, other)
    assert connect("PC-3", "PC-1", "connected_to") == 303
    assert connect("PC-1", "PC-3", "connected_to") == 422
    page = desk.get("/assets/PC-2/").content.decode()
    assert "Has as a part" in page
    assert "Part of" in page
    row = AssetRelation.objects.get(source__tag="PC-1", kind="part_of")
    assert desk.post(f"/assets/relations/{row.pk}/end/", {"from": "PC-2"})["Location"] == "/assets/PC-2/"
    assert desk.post(f"/assets/relations/{row.pk}/end/").status_code == 303
    assert connect("PC-1", "PC-3") == 303


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_stands_in_both_languages(cast: Cast, as_user: SignIn, language: str) -> None:
    asset = handed_out(cast.agent, cast.requester, tag="PC-1")
    act(asset, "take_back", cast.agent, hours=4)
    desk, mine = as_user(cast.agent, language), as_user(cast.requester, language)
    for path in ("", "new/", "new/?type=printer", "PC-1/", "PC-1/edit/", "PC-1/do/lend/", "labels/?tags=PC-1"):
        assert desk.get(f"/assets/{path}").status_code == 200, path
    number = waiting_act(asset).pk
    assert desk.get(f"/assets/custody/{number}/cancel/").status_code == 200
    assert mine.get(f"/assets/custody/{number}/").status_code == 200
    assert mine.get("/assets/mine/").status_code == 200
    answer(asset, cast.requester, hours=5)
