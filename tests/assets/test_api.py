"""The register over the API: shapes, refusals in words, visibility."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from assets.models import Asset, CustodyAct
from tests.api.client import Api, refusal
from tests.assets.acts import act, handed_out, make_asset
from tests.cast import Cast

Caller = Callable[..., Api]


@pytest.fixture
def desk(cast: Cast, api: Caller) -> Api:
    return api(cast.agent)


def test_an_asset_is_registered_read_and_changed(cast: Cast, desk: Api) -> None:
    body: dict[str, Any] = {
        "tag": "pc-1",
        "type": "laptop",
        "attributes": {"memory_gb": 16},
        "department": cast.finance.pk,
        "warranty_until_on": "2027-03-02",
    }
    made = desk.post("assets/", body)
    assert made.status_code == 201
    assert (made.json()["tag"], made.json()["attributes"], made.json()["version"]) == ("PC-1", {"memory_gb": 16}, 1)
    changed = desk.patch("assets/PC-1/", {"version": 1, "location": "A 座", "ip": None})
    assert (changed.status_code, changed.json()["location"], changed.json()["version"]) == (200, "A 座", 2)
    assert refusal(desk.patch("assets/PC-1/", {"version": 1, "location": "B"}))[:2] == (409, "stale_version")
    for wrong, field in (
        ({"tag": "PC-1", "type": "laptop"}, "tag"),
        ({"tag": "PC-2", "type": "spaceship"}, "type"),
        ({"tag": "PC-2", "type": "laptop", "ip": "10.1"}, "ip"),
        ({"tag": "PC-2", "type": "laptop", "holder": "requester"}, "holder"),
        ({"tag": "PC-2", "type": "laptop", "state": "lent"}, "state"),
        ({"tag": "PC-2", "type": "laptop", "vendor": 777}, "vendor"),
        ({"tag": "PC-2", "type": "laptop", "attributes": {"wheels": 4}}, "attributes.wheels"),
        ({"tag": "PC-2", "type": "laptop", "attributes": {"cpu": {"a": 1}}}, "attributes.cpu"),
        ({"tag": "PC-2", "type": "laptop", "warranty_until_on": "soon"}, "warranty_until_on"),
    ):
        status, _code, fields = refusal(desk.post("assets/", wrong))
        assert (status, list(fields)) == (400, [field]), wrong


def test_the_list_is_filtered_and_paged(cast: Cast, desk: Api) -> None:
    for number in range(5):
        make_asset(cast.agent, tag=f"PC-{number}", hostname=f"host-{number}", serial=f"SN{number}")
    page = desk.get("assets/?page_size=2").json()
    assert [row["tag"] for row in page["results"]] == ["PC-0", "PC-1"]
    assert [row["tag"] for row in desk.get(page["next"]).json()["results"]] == ["PC-2", "PC-3"]
    for query, tags in (
        ("tag=pc-3", ["PC-3"]),
        ("serial=sn2", ["PC-2"]),
        ("hostname=HOST-4", ["PC-4"]),
        ("q=host-1", ["PC-1"]),
        ("type=monitor", []),
        ("state=lent", []),
        ("holder=requester", []),
    ):
        assert [row["tag"] for row in desk.get(f"assets/?{query}").json()["results"]] == tags, query
    for query in ("type=spaceship", "state=broken", "colour=red", "department=x"):
        assert refusal(desk.get(f"assets/?{query}"))[0] == 400, query


def test_holders_read_what_they_hold_and_no_more(cast: Cast, api: Caller) -> None:
    handed_out(cast.agent, cast.requester, tag="PC-1", notes="geheim", location="A", serial="S1")
    make_asset(cast.agent, tag="PC-2")
    mine, other = api(cast.requester), api(cast.requester2)
    assert [row["tag"] for row in mine.get("assets/").json()["results"]] == ["PC-1"]
    row = mine.get("assets/PC-1/").json()
    assert (row["serial"], row["notes"], row["location"], row["attributes"]) == ("S1", None, None, None)
    assert mine.get("assets/?q=geheim").json()["results"] == []
    assert other.get("assets/PC-1/").status_code == mine.get("assets/PC-2/").status_code == 404
    assert mine.patch("assets/PC-1/", {"name": "x"}).status_code == 403
    assert mine.get("assets/PC-1/transitions/").status_code == 403
    custody = mine.get("assets/PC-1/custody/").json()["results"]
    assert [(item["kind"], item["state"]) for item in custody] == [("hand_out", "accepted")]
    assert custody[0]["given_by"]["username"] is None


def test_acts_follow_the_table_and_the_person_answers(cast: Cast, api: Caller, desk: Api) -> None:
    make_asset(cast.agent, tag="PC-1")
    offered = desk.get("assets/PC-1/transitions/").json()["transitions"]
    assert {item["command"] for item in offered} == {"hand_out", "lend", "send_to_repair", "report_lost", "retire"}
    lend = next(item for item in offered if item["command"] == "lend")
    assert lend["needs"] == ["person", "lent_until_on"]
    assert refusal(desk.post("assets/PC-1/transitions/", {"command": "lend"}))[2].keys() == set(lend["needs"])
    assert refusal(desk.post("assets/PC-1/transitions/", {"command": "take_back"}))[:2] == (409, "wrong_state")
    body = {"command": "hand_out", "person": "requester", "version": 1}
    done = desk.post("assets/PC-1/transitions/", body, Idempotency_Key="k1").json()
    assert (done["state"], done["holder"]["username"], done["is_confirmed"]) == ("in_use", "requester", False)
    assert desk.post("assets/PC-1/transitions/", body, Idempotency_Key="k1").json() == done
    assert refusal(desk.post("assets/PC-1/transitions/", {**body, "person": "nobody"}))[2].keys() == {"person"}
    path = f"custody/{CustodyAct.objects.get().pk}/answer/"
    assert api(cast.requester2).post(path, {"answer": "accepted"}).status_code == 404
    assert desk.post(path, {"answer": "accepted"}).status_code == 403
    mine = api(cast.requester)
    assert refusal(mine.post(path, {"answer": "declined"}))[2].keys() == {"words"}
    assert mine.post(path, {"answer": "accepted"}).json()["via"] == "api"
    assert refusal(mine.post(path, {"answer": "accepted"}))[:2] == (409, "custody_answered")
    assert Asset.objects.get(tag="PC-1").is_confirmed


def test_a_return_is_signed_on_the_desks_screen_or_asked_about_no_more(cast: Cast, api: Caller, desk: Api) -> None:
    asset = handed_out(cast.agent, cast.requester, tag="PC-1")
    act(asset, "take_back", cast.agent)
    path = f"custody/{CustodyAct.objects.get(state='offered').pk}/"
    assert api(cast.requester).post(f"{path}cancel/", {}).status_code == 403
    assert refusal(desk.post(f"{path}answer/", {"answer": "accepted", "signed_name": " "}))[2].keys() == {"signed_name"}
    assert api(cast.requester).post(f"{path}answer/", {"answer": "accepted", "signed_name": "王敏"}).status_code == 403
    signed = desk.post(f"{path}answer/", {"answer": "accepted", "signed_name": "王敏"}).json()
    assert (signed["state"], signed["via"], signed["signed_name"]) == ("accepted", "screen", "王敏")
    act(asset, "hand_out", cast.agent, person=cast.requester)
    waiting = f"custody/{CustodyAct.objects.get(state='offered').pk}/"
    assert refusal(desk.post(f"{waiting}cancel/", {}))[:2] == (409, "take_back_instead")
    desk.post(f"{waiting}answer/", {"answer": "accepted", "signed_name": "王敏"})
    act(asset, "take_back", cast.agent)
    waiting = f"custody/{CustodyAct.objects.get(state='offered').pk}/cancel/"
    assert desk.post(waiting, {}).json()["state"] == "cancelled"
    assert refusal(desk.post(waiting, {}))[:2] == (409, "custody_answered")


def test_relations_over_the_api(cast: Cast, desk: Api) -> None:
    make_asset(cast.agent, tag="PC-1")
    make_asset(cast.agent, tag="MO-1", type="monitor")
    made = desk.post("assets/MO-1/relations/", {"kind": "part_of", "other": "pc-1"})
    assert made.status_code == 201
    assert refusal(desk.post("assets/PC-1/relations/", {"kind": "part_of", "other": "MO-1"}))[2].keys() == {"other"}
    assert len(desk.get("assets/PC-1/relations/").json()["results"]) == 1
    ended = desk.post(f"asset-relations/{made.json()['id']}/end/", {})
    assert ended.json()["until"] is not None


def test_licences_and_seats_over_the_api(cast: Cast, api: Caller, desk: Api) -> None:
    assert desk.post("licences/", {"name": "Office"}).status_code == 403
    lead = api(cast.lead)
    made = lead.post("licences/", {"name": "Office", "key": "AAAA-BBBB", "seats": 1, "expires_on": "2027-01-01"})
    assert made.status_code == 201
    assert "AAAA" not in made.content.decode()
    path = f"licences/{made.json()['id']}/"
    assert desk.post(f"{path}seats/", {}).status_code == 400
    seat = desk.post(f"{path}seats/", {"person": "requester"}).json()
    assert refusal(desk.post(f"{path}seats/", {"person": "requester2"}))[:2] == (409, "no_seat_left")
    assert desk.get(path).json()["used"] == 1
    assert refusal(lead.patch(path, {"version": 7, "seats": 3}))[:2] == (409, "stale_version")
    assert lead.patch(path, {"version": 1, "seats": 3}).json()["seats"] == 3
    assert desk.post(f"licence-seats/{seat['id']}/free/", {}).json()["until"] is not None
    lead.patch(path, {"edition": "2024"})
    events = desk.get(f"{path}events/").json()["results"]
    assert [event["code"] for event in events] == ["edited", "seat_freed", "edited", "seat_given", "added"]
    assert events[0]["changed"] == ["edition"] and events[1]["person"]["username"] == "requester"
    assert api(cast.requester).get(f"{path}events/").status_code == 403


def test_a_stocktake_over_the_api(cast: Cast, desk: Api) -> None:
    make_asset(cast.agent, tag="PC-1", location="A 座 12")
    make_asset(cast.agent, tag="PC-2", location="A 座 13")
    make_asset(cast.agent, tag="PC-3", location="B 座")
    made = desk.post("stocktakes/", {"name": "A 座", "location": "A 座"}).json()
    path = f"stocktakes/{made['id']}/"
    for code, outcome in (("pc-1", "found"), ("PC-1", "already"), ("PC-3", "elsewhere"), ("XX", "unknown")):
        assert desk.post(f"{path}items/", {"code": code}).json()["outcome"] == outcome, code
    assert len(desk.get(f"{path}items/").json()["results"]) == 4
    assert refusal(desk.post(f"{path}end/", {"lost": ["PC-2"]}))[2].keys() == {"reason"}
    assert desk.post(f"{path}end/", {"lost": ["PC-2"], "reason": "找不到"}).json()["refused"] == []
    assert Asset.objects.get(tag="PC-2").state == "lost"
    assert refusal(desk.post(f"{path}items/", {"code": "PC-2"}))[:2] == (409, "stocktake_ended")


def test_a_page_of_assets_costs_few_queries(
    cast: Cast, desk: Api, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for _number in range(8):
        act(make_asset(cast.agent, department=cast.finance), "hand_out", cast.agent, person=cast.requester)
    desk.get("assets/")
    with django_assert_max_num_queries(8):
        desk.get("assets/")
