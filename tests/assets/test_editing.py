"""Editing on the pages: nobody's change is lost, neither one's own nor somebody else's; and what was changed stays to be read."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from django.test import Client
from django.utils.translation import override

from assets.models import Asset, AssetEvent, AssetType, Licence, Vendor
from assets.services.licences import add_licence, change_licence
from assets.services.register import change_asset
from tests.api.client import Api
from tests.assets.acts import act, answer, at, handed_out, kind, make_asset
from tests.assets.imports import as_csv, written
from tests.cast import Cast

SignIn = Callable[..., Client]


@pytest.fixture
def desk(cast: Cast, as_user: SignIn) -> Client:
    return as_user(cast.agent)


def words(html: str) -> str:
    """What a reader sees of a page, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def fields(html: str) -> dict[str, str]:
    """What the form of a page would send as it stands."""
    main = html.split("<main", 1)[1]
    found = dict(
        re.findall(r'<input (?=[^>]*type="(?:text|date|hidden|number)")[^>]*name="([^"]+)"[^>]*value="([^"]*)"', main)
    )
    found |= dict(re.findall(r'<textarea [^>]*name="([^"]+)"[^>]*>\s*([^<]*)<', main))
    for name, options in re.findall(r'<select [^>]*name="([^"]+)"[^>]*>(.*?)</select>', main, re.DOTALL):
        chosen = re.findall(r'value="([^"]*)"[^>]* selected', options)
        found[name] = chosen[0] if chosen else ""
    return {name: unescape(value) for name, value in found.items() if name != "csrfmiddlewaretoken"}


def test_who_edits_an_older_version_sees_the_others_change_and_reverts_nothing(cast: Cast, desk: Client) -> None:
    asset = make_asset(cast.agent, tag="PC-1", location="A", notes="one\ntwo", attributes={"system": "linux"})
    opened = fields(desk.get("/assets/PC-1/edit/").content.decode())
    theirs = {"location": "B", "notes": "three", "attributes": {"system": "windows"}, "department": cast.finance}
    change_asset(asset_id=asset.pk, version=1, fields=theirs, actor=cast.agent2, at=at(1))
    sent = {**opened, "location": "C 座", "model": "T14", "notes": "one\r\ntwo"}
    refused = desk.post("/assets/PC-1/edit/", sent)
    assert refused.status_code == 409
    page = refused.content.decode()
    for sentence in (
        "Somebody changed this asset in the meantime.",
        "Place: A → changed to B · you wrote something else, which stays below",
        "Notes: one two → changed to three",
        "Operating system: Linux → changed to Windows",
    ):
        assert sentence in words(page), sentence
    kept = fields(page)
    assert (kept["version"], kept["location"], kept["model"], kept["notes"]) == ("2", "C 座", "T14", "three")
    assert desk.post("/assets/PC-1/edit/", kept).status_code == 303
    asset.refresh_from_db()
    assert (asset.location, asset.model, asset.notes, asset.department) == ("C 座", "T14", "three", cast.finance)
    assert asset.attributes == {"system": "windows"}


def test_acts_that_came_in_between_are_named_too(cast: Cast, desk: Client) -> None:
    asset = make_asset(cast.agent, tag="PC-1")
    opened = fields(desk.get("/assets/PC-1/edit/").content.decode())
    act(asset, "hand_out", cast.agent2, person=cast.requester)
    page = words(desk.post("/assets/PC-1/edit/", {**opened, "location": "A"}).content.decode())
    assert "State: In stock → changed to In use" in page
    assert "Used by: — → changed to 王敏" in page


def test_a_type_that_somebody_else_changed_isnt_changed_back(cast: Cast, desk: Client) -> None:
    asset = make_asset(cast.agent, tag="PC-1", attributes={"cpu": "i7"})
    opened = fields(desk.get("/assets/PC-1/edit/").content.decode())
    theirs = {"type": kind("monitor"), "attributes": {"inches": 27}}
    change_asset(asset_id=asset.pk, version=1, fields=theirs, actor=cast.agent2, at=at(1))
    page = desk.post("/assets/PC-1/edit/", {**opened, "location": "A"}).content.decode()
    assert "Type: Laptop → changed to Monitor" in words(page)
    assert desk.post("/assets/PC-1/edit/", fields(page)).status_code == 303
    asset.refresh_from_db()
    assert (asset.type.code, asset.attributes, asset.location) == ("monitor", {"inches": 27}, "A")


def test_what_the_new_type_has_no_field_for_is_shown_as_it_was_typed(cast: Cast, desk: Client) -> None:
    asset = make_asset(cast.agent, tag="PC-1", attributes={"cpu": "i5", "disk_gb": 512})
    opened = fields(desk.get("/assets/PC-1/edit/").content.decode())
    theirs = {"type": kind("printer"), "attributes": {}}
    change_asset(asset_id=asset.pk, version=1, fields=theirs, actor=cast.agent2, at=at(1))
    page = words(desk.post("/assets/PC-1/edit/", {**opened, "attributes.cpu": "i9 <b>"}).content.decode())
    assert "You wrote this, for which the new type has no field: Processor: i9 <b>" in page
    assert "Disk (GB): 512" not in page.partition("You wrote this")[2]


def test_a_type_that_both_changed_is_named_as_kept(cast: Cast, desk: Client) -> None:
    asset = make_asset(cast.agent, tag="PC-1", attributes={"cpu": "i5"})
    opened = fields(desk.get("/assets/PC-1/edit/").content.decode())
    page = desk.post("/assets/PC-1/edit/", {**opened, "type": "desktop", "retype": "1"}).content.decode()
    change_asset(asset_id=asset.pk, version=1, fields={"type": kind("server")}, actor=cast.agent2, at=at(1))
    page = words(desk.post("/assets/PC-1/edit/", fields(page)).content.decode())
    assert "Type: Laptop → changed to Server · you wrote something else, which stays below" in page


def test_a_key_that_was_replaced_meanwhile_is_said_but_not_shown(cast: Cast, as_user: SignIn) -> None:
    lead = as_user(cast.lead)
    licence = add_licence(fields={"name": "CAD", "key": "K-1"}, actor=cast.lead, at=at())
    address = f"/assets/licences/{licence.pk}/edit/"
    opened = fields(lead.get(address).content.decode())
    change_licence(licence_id=licence.pk, version=1, fields={"key": "K-22"}, actor=cast.admin, at=at(1))
    change_licence(licence_id=licence.pk, version=2, fields={"seats": 3}, actor=cast.admin, at=at(1))
    page = lead.post(address, {**opened, "key": "K-33"}).content.decode()
    assert "replaced or removed; keys aren't shown here · you wrote something else" in words(page)
    assert "K-22" not in page
    page = lead.post(address, {**opened, "version": "2", "key": "K-33"}).content.decode()
    assert "replaced or removed" not in page


def test_licences_catch_up_as_assets_do(cast: Cast, as_user: SignIn) -> None:
    lead = as_user(cast.lead)
    licence = add_licence(fields={"name": "CAD", "seats": 5, "key": "K-1"}, actor=cast.lead, at=at())
    address = f"/assets/licences/{licence.pk}/edit/"
    opened = fields(lead.get(address).content.decode())
    theirs = {"seats": 9, "is_retired": True, "edition": "2026"}
    change_licence(licence_id=licence.pk, version=1, fields=theirs, actor=cast.admin, at=at(1))
    refused = lead.post(address, {**opened, "edition": "LT"})
    assert refused.status_code == 409
    page = refused.content.decode()
    assert "Seats: 5 → changed to 9" in words(page)
    assert "Edition: — → changed to 2026 · you wrote something else, which stays below" in words(page)
    assert re.search(r'name="is_retired"[^>]* checked', page)
    assert lead.post(address, {**fields(page), "is_retired": "on"}).status_code == 303
    licence.refresh_from_db()
    assert (licence.seats, licence.edition, licence.is_retired, licence.key) == (9, "LT", True, "K-1")


def test_a_licence_key_is_removed_on_the_page(cast: Cast, as_user: SignIn) -> None:
    lead = as_user(cast.lead)
    licence = add_licence(fields={"name": "CAD", "key": "K-1"}, actor=cast.lead, at=at())
    address = f"/assets/licences/{licence.pk}/edit/"
    data = {"name": "CAD", "seats": "1", "remind_days": "30", "version": "1", "remove_key": "on"}
    assert lead.post(address, {**data, "key": "K-2"}).status_code == 422
    assert lead.post(address, data).status_code == 303
    assert Licence.objects.get().key == ""
    assert "Remove the key" not in lead.get(address).content.decode()


def test_another_type_keeps_what_was_typed(cast: Cast, desk: Client) -> None:
    make_asset(cast.agent, tag="PC-1", attributes={"cpu": "i7"})
    opened = fields(desk.get("/assets/PC-1/edit/").content.decode())
    typed = {**opened, "location": "C 座", "warranty_until_on": "nonsense", "type": "monitor"}
    # Whether the button is pressed, or the other type chosen and saved: first come its fields.
    for sent in ({**typed, "retype": "1"}, typed):
        page = desk.post("/assets/PC-1/edit/", sent).content.decode()
        assert "These are the fields of the type “Monitor”. Nothing is saved yet." in page
        shown = fields(page)
        assert (shown["location"], shown["version"], shown["kind"]) == ("C 座", "1", "monitor")
        assert "Size (inches)" in page
    saved = {**shown, "warranty_until_on": "", "attributes.inches": "27"}
    assert desk.post("/assets/PC-1/edit/", saved).status_code == 303
    asset = Asset.objects.get(tag="PC-1")
    assert (asset.type.code, asset.attributes, asset.location) == ("monitor", {"inches": 27}, "C 座")
    page = desk.post("/assets/new/?type=laptop", {"tag": "PC-2", "kind": "laptop", "type": "printer"}).content.decode()
    assert (fields(page)["tag"], fields(page)["kind"]) == ("PC-2", "printer")


def test_an_asset_of_a_retired_type_is_edited_without_another_type(cast: Cast, desk: Client) -> None:
    make_asset(cast.agent, tag="PR-1", type="printer")
    AssetType.objects.filter(code="printer").update(is_retired=True)
    opened = fields(desk.get("/assets/PR-1/edit/").content.decode())
    assert desk.post("/assets/PR-1/edit/", {**opened, "location": "A"}).status_code == 303
    assert Asset.objects.get().type.code == "printer"


def test_an_answer_of_yes_or_no_survives_an_edit(cast: Cast, desk: Client) -> None:
    make_asset(cast.agent, tag="PR-1", type="printer", attributes={"colour": True})
    opened = fields(desk.get("/assets/PR-1/edit/").content.decode())
    assert opened["attributes.colour"] == "true"
    desk.post("/assets/PR-1/edit/", {**opened, "location": "A"})
    assert Asset.objects.get().attributes == {"colour": True}


def test_the_pages_name_each_field_before_and_after(cast: Cast, desk: Client) -> None:
    vendor = Vendor.objects.create(name_zh="一号公司", name_en="First Ltd", liaison=cast.liaison)
    asset = handed_out(cast.agent, cast.requester, tag="PC-1", location="A", attributes={"cpu": "i5"})
    theirs = {"location": "B", "vendor": vendor, "attributes": {"cpu": "i7", "memory_gb": 16}}
    change_asset(asset_id=asset.pk, version=None, fields=theirs, actor=cast.agent2, at=at(3))
    act(asset, "take_back", cast.agent, hours=4)
    answer(asset, cast.requester, hours=5)
    written(cast.agent, as_csv(["tag", "place", "user"], ["PC-1", "", "colleague"]))
    page = words(desk.get("/assets/PC-1/").content.decode())
    for sentence in (
        "Place: A → changed to B",
        "Vendor: — → changed to First Ltd",
        "Processor: i5 → changed to i7",
        "Memory (GB): — → changed to 16",
        "Place: B → changed to —",
        "State: In stock → changed to In use",
        f"Used by: — → changed to {cast.colleague.get_full_name()}",
    ):
        assert sentence in page, sentence


def test_a_licences_page_names_each_field_but_no_key(cast: Cast, as_user: SignIn) -> None:
    licence = add_licence(fields={"name": "CAD", "seats": 5, "key": "KEY-1"}, actor=cast.lead, at=at())
    for number, change in enumerate(({"seats": 6}, {"key": "KEY-2", "notes": "neu"}, {"is_retired": True}), 1):
        change_licence(licence_id=licence.pk, version=number, fields=change, actor=cast.lead, at=at(number))
    page = words(as_user(cast.agent).get(f"/assets/licences/{licence.pk}/").content.decode())
    for sentence in ("Seats: 5 → changed to 6", "Notes: — → changed to neu", "Retired: No → changed to Yes"):
        assert sentence in page, sentence
    assert "KEY-" not in page


def test_the_api_tells_what_was_done(cast: Cast, api: Callable[..., Api]) -> None:
    asset = handed_out(cast.agent, cast.requester, tag="PC-1", location="A")
    change_asset(asset_id=asset.pk, version=None, fields={"location": "B"}, actor=cast.agent2, at=at(3))
    desk = api(cast.agent)
    with override("en"):
        newest, *older = desk.get("assets/PC-1/events/").json()["results"]
    assert newest["code"] == "edited"
    assert newest["actor"]["username"] == cast.agent2.username
    assert [(item["field"], item["before"], item["after"]) for item in newest["changes"]] == [("location", "A", "B")]
    assert [(row["code"], row["changes"]) for row in older] == [
        ("custody_accepted", []),
        ("hand_out", []),
        ("registered", []),
    ]
    assert older[0]["person"]["username"] == "requester"
    first = desk.get("assets/PC-1/events/?page_size=1").json()
    second = desk.get(first["next"]).json()["results"][0]
    assert second["code"] == "custody_accepted"
    assert api(cast.requester).get("assets/PC-1/events/").status_code == 403
    assert AssetEvent.objects.filter(asset=asset).with_version().values_list("version", flat=True)[0] == 4
