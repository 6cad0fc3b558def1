"""Licences never have more seats taken than bought; stocktakes count what is there."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from assets.models import Asset, Licence, LicenceEvent, LicenceSeat, Stocktake, StocktakeItem
from assets.services.licences import add_licence, change_licence, free_seat, give_seat
from assets.services.stocktaking import Scope, count_item, end_stocktake, start_stocktake
from helpdesk.common.errors import Conflict, DomainError, InvalidInput
from tests.assets.acts import act, at, kind, make_asset
from tests.cast import Cast, assemble

SignIn = Callable[..., Client]


def office(cast: Cast, **fields: Any) -> Licence:
    values = {"name": "Office", "seats": 1, "key": "AAAA-BBBB", **fields}
    return add_licence(fields=values, actor=cast.lead, at=at())


def test_the_key_is_sealed_and_shown_to_who_may_with_a_note_of_it(cast: Cast, as_user: SignIn) -> None:
    licence = office(cast)
    with connection.cursor() as cursor:
        cursor.execute("SELECT key FROM assets_licence")
        assert "-BBBB" not in cursor.fetchone()[0]
    lead, agent = as_user(cast.lead), as_user(cast.agent)
    page = f"/assets/licences/{licence.pk}/"
    assert "-BBBB" not in lead.get(page).content.decode()
    assert lead.get(f"{page}key/").status_code == 405
    assert "AAAA-BBBB" in lead.post(f"{page}key/").content.decode()
    assert agent.post(f"{page}key/").status_code == 403
    shown = LicenceEvent.objects.filter(code="key_shown")
    assert [event.actor for event in shown] == [cast.lead]


def test_leads_add_and_change_licences_and_a_blank_key_stays(cast: Cast, as_user: SignIn) -> None:
    lead = as_user(cast.lead)
    data = {"name": "CAD", "seats": "5", "remind_days": "30", "key": "K-1"}
    assert lead.post("/assets/licences/new/", data).status_code == 303
    row = Licence.objects.get()
    change = {**data, "key": "", "seats": "6", "version": "1"}
    assert lead.post(f"/assets/licences/{row.pk}/edit/", change).status_code == 303
    assert lead.post(f"/assets/licences/{row.pk}/edit/", change).status_code == 409
    row.refresh_from_db()
    assert (row.seats, row.key) == (6, "K-1")
    assert as_user(cast.agent).get("/assets/licences/new/").status_code == 403
    assert "CAD" in as_user(cast.agent).get("/assets/licences/").content.decode()


def test_seats_are_given_once_each_until_none_is_left(cast: Cast, as_user: SignIn) -> None:
    licence = office(cast, seats=2)
    asset = make_asset(cast.agent, tag="PC-1")
    desk = as_user(cast.agent)
    add = f"/assets/licences/{licence.pk}/seats/"
    assert desk.post(add, {"person": "", "asset": ""}).status_code == 422
    assert desk.post(add, {"person": "", "asset": "PC-9"}).status_code == 422
    assert desk.post(add, {"person": "", "asset": "pc-1"}).status_code == 303
    assert "Office" in desk.get("/assets/PC-1/").content.decode()
    with pytest.raises(InvalidInput):
        give_seat(licence_id=licence.pk, asset=asset, actor=cast.agent, at=at(1))
    seat = give_seat(licence_id=licence.pk, person=cast.requester, actor=cast.agent, at=at(1))
    with pytest.raises(Conflict) as refusal:
        give_seat(licence_id=licence.pk, person=cast.requester2, actor=cast.agent, at=at(2))
    assert refusal.value.code == "no_seat_left"
    with pytest.raises(InvalidInput):
        change_licence(licence_id=licence.pk, version=None, fields={"seats": 1}, actor=cast.lead, at=at(2))
    free_seat(seat_id=seat.pk, actor=cast.agent, at=at(3))
    give_seat(licence_id=licence.pk, person=cast.requester2, actor=cast.agent, at=at(4))
    page = desk.get(f"/assets/licences/{licence.pk}/").content.decode()
    assert "2 of 2 seats taken" in page
    assert "Former seats" in page
    assert "Seat freed · <bdi>王敏</bdi>" in page


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time")
def test_the_last_seat_goes_to_one_of_two() -> None:
    cast = assemble()
    licence, start, codes = office(cast), threading.Barrier(2), []

    def take(person: Any) -> None:
        start.wait(timeout=30)
        try:
            give_seat(licence_id=licence.pk, person=person, actor=cast.agent, at=at(1))
            codes.append("given")
        except DomainError as error:
            codes.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=(person,)) for person in (cast.requester, cast.requester2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(codes) == ["given", "no_seat_left"]
    assert LicenceSeat.objects.open().count() == 1


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
    assert desk.post(page, {}).status_code == 409
    # A phone that is still counting is led to what came of it.
    home = f"/assets/stocktakes/{stocktake.pk}/"
    assert desk.get(page)["Location"] == desk.post(home, {"code": "PC-2", "place": ""})["Location"] == home
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
