"""Licences never have more seats taken than bought."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from assets.models import Licence, LicenceEvent, LicenceSeat
from assets.services.licences import add_licence, change_licence, free_seat, give_seat
from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, DomainError, InvalidInput
from tests.api.client import Api
from tests.assets.acts import act, at, make_asset
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


def test_a_name_is_told_apart_by_its_letters_not_their_case(cast: Cast) -> None:
    office(cast, edition="Pro")
    with pytest.raises(InvalidInput) as refusal:
        office(cast, name="OFFICE", edition="pro")
    assert list(refusal.value.fields) == ["name"]
    assert office(cast, edition="Basic").pk


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


def test_no_seat_of_what_has_ended_or_for_what_is_given_up(cast: Cast, as_user: SignIn) -> None:
    ended = office(cast, name="Old", expires_on=at(-30).date())
    with pytest.raises(Conflict) as refusal:
        give_seat(licence_id=ended.pk, person=cast.requester, actor=cast.agent, at=at())
    assert refusal.value.code == "licence_ended"
    licence = office(cast, seats=5, expires_on=at().date())
    desk = as_user(cast.agent)
    for tag, command in (("PC-1", "report_lost"), ("PC-2", "retire")):
        act(make_asset(cast.agent, tag=tag), command, cast.agent, reason="weg")
        page = desk.post(f"/assets/licences/{ended.pk}/seats/", {"person": "", "asset": tag})
        assert page.status_code == 422
        assert f"{tag} can&#x27;t get a seat" in page.content.decode()
    # The last day itself still counts.
    give_seat(licence_id=licence.pk, person=cast.requester, actor=cast.agent, at=at())


def test_seats_that_nobody_uses_any_more_are_marked(cast: Cast, as_user: SignIn) -> None:
    licence = office(cast, seats=5)
    asset = make_asset(cast.agent, tag="PC-1")
    give_seat(licence_id=licence.pk, asset=asset, actor=cast.agent, at=at())
    for person in (cast.requester, cast.requester2):
        give_seat(licence_id=licence.pk, person=person, actor=cast.agent, at=at())
    desk, path = as_user(cast.agent), f"/assets/licences/{licence.pk}/"
    assert "can be freed" not in desk.get(path).content.decode()
    act(asset, "retire", cast.agent, reason="alt")
    assert "1 seat is taken by somebody who has left" in desk.get(path).content.decode()
    User.objects.filter(pk=cast.requester.pk).update(is_active=False)
    page = desk.get(path).content.decode()
    assert "2 seats are taken by people who have left" in page
    assert page.count("Has left") == 1


def test_everybody_finds_their_own_licences(cast: Cast, as_user: SignIn, api: Callable[..., Api]) -> None:
    mine, asset = office(cast, seats=5, edition="2026", expires_on=date(2099, 3, 2)), make_asset(cast.agent, tag="PC-1")
    handed = office(cast, name="CAD", seats=5)
    seat = give_seat(licence_id=mine.pk, person=cast.requester, actor=cast.agent, at=at())
    give_seat(licence_id=handed.pk, asset=asset, actor=cast.agent, at=at())
    act(asset, "hand_out", cast.agent, person=cast.requester)
    page = as_user(cast.requester).get("/assets/mine/").content.decode()
    for words in ("Office 2026", "2099", "CAD", "with PC-1", "Doesn't end"):
        assert words in page, words
    assert "My licences" not in as_user(cast.requester2).get("/assets/mine/").content.decode()
    rows = api(cast.requester).get("licence-seats/mine/").json()["results"]
    assert [(row["name"], row["asset"], row["expires_on"]) for row in rows] == [
        ("Office 2026", None, "2099-03-02"),
        ("CAD", "PC-1", None),
    ]
    free_seat(seat_id=seat.pk, actor=cast.agent, at=at(1))
    act(asset, "take_back", cast.agent)
    assert api(cast.requester).get("licence-seats/mine/").json()["results"] == []
    # Who uses the desk finds their own there, too, and not everybody's.
    assert api(cast.agent).get("licence-seats/mine/").json()["results"] == []


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
