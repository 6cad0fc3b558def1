"""Making a person nameless: the account and every snapshot, never the figures or the chain."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone
from knox.models import get_token_model

from assets.models import CustodyAct
from helpdesk.accounts.models import User
from helpdesk.accounts.services.people import deactivate_person, reactivate_person
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed
from tests.archive.conftest import CANARY, PHONE, full_ticket
from tests.assets.acts import act, answer, make_asset
from tests.cast import Cast
from tests.factories import bring_to, make_ticket, reply, run
from tickets.models import PersonErasure, Ticket
from tickets.services import audit, retention
from tickets.services.erasing.holds import hold_person, hold_ticket, lift_person_hold
from tickets.services.erasing.people import erase_person, follow_erasures

AsUser = Callable[..., Client]


def erase(person: User, actor: User, typed: str | None = None) -> PersonErasure:
    return erase_person(
        person_id=person.pk, typed=person.username if typed is None else typed, actor=actor, at=timezone.now()
    )


def refusal(person: User, actor: User) -> str:
    with pytest.raises(Conflict) as caught:
        erase(person, actor)
    return caught.value.code


def address(person: User) -> str:
    return f"/admin/tickets/personerasure/person/{person.pk}/"


def test_an_administrator_makes_a_person_nameless(cast: Cast, as_user: AsUser) -> None:
    tickets = [full_ticket(cast) for _ in range(2)]
    person, name = cast.requester, f"former-{cast.requester.pk}"
    get_token_model().objects.create(user=person)
    admin = as_user(cast.admin)
    person_page = admin.get(f"/admin/accounts/user/{person.pk}/change/").content.decode()
    assert address(person) in person_page
    page = admin.get(address(person)).content.decode()
    assert "2 tickets with their past versions" in page and "type the user name: requester" in page
    wrong = admin.post(address(person), {"typed": "somebody"})
    assert wrong.status_code == 422
    assert "not the user name of the person" in wrong.content.decode()
    assert admin.post(address(person), {"typed": "requester"}).status_code == 302
    person.refresh_from_db()
    assert (person.username, person.full_name, person.email, person.phone, person.location) == (
        name,
        name,
        None,
        "",
        "",
    )
    assert (person.is_active, person.department, person.has_usable_password()) == (False, cast.finance, False)
    assert not get_token_model().objects.filter(user=person).exists()
    past = json.dumps(list(person.history.values()), ensure_ascii=False, default=str)
    for word in ("王敏", "requester@example.com", "A 座 12-047", '"requester"'):
        assert word not in past, word
    for ticket in tickets:
        now = Ticket.objects.get(pk=ticket.pk)
        assert (now.requester, now.contact_name, now.contact_phone, now.device_hostname) == (person, name, "", "")
        assert CANARY in now.description, "texts are the business of retention"
        assert now.events.latest("sequence").data["scope"] == "person"
        assert "王敏" not in json.dumps(list(now.history.values()), ensure_ascii=False, default=str)
    assert PersonErasure.objects.get().done_at is not None
    assert audit.verify() == []
    shown = as_user(cast.agent).get(f"/desk/tickets/{tickets[0].number}/").content.decode()
    assert "王敏" not in shown and name in shown
    assert name in admin.get("/admin/tickets/personerasure/").content.decode()


def test_figures_by_department_and_category_stay(cast: Cast) -> None:
    full_ticket(cast)
    full_ticket(cast)

    def figures() -> list[Any]:
        return list(
            Ticket.objects.order_by("category", "requester__department").values_list(
                "category", "requester__department", "contact_department", "priority", "closure"
            )
        )

    before = figures()
    erase(cast.requester, cast.admin)
    follow_erasures(at=timezone.now())
    assert figures() == before
    retention.RetentionPolicy.objects.create(keep_days=1, erases_texts=True)
    retention.run_due(at=timezone.now() + timedelta(days=2))
    assert figures() == before


def test_names_in_the_administrations_log_go_too(cast: Cast, as_user: AsUser) -> None:
    person = cast.leaver
    LogEntry.objects.log_actions(cast.admin.pk, [person], 2, "x", single_object=True)
    erase(person, cast.admin)
    assert list(LogEntry.objects.values_list("object_repr", flat=True)) == [f"former-{person.pk}"]


def test_open_tickets_stand_against_it(cast: Cast, as_user: AsUser) -> None:
    ticket = make_ticket(cast.requester)
    assert refusal(cast.requester, cast.admin) == "open_tickets"
    page = as_user(cast.admin).get(address(cast.requester)).content.decode()
    assert (
        f"still has open tickets: {ticket.number}" in page and "<form method" not in page.partition("content-main")[2]
    )
    reported = make_ticket(cast.colleague, actor=cast.requester)
    run(ticket, "withdraw", cast.requester, reason="x")
    assert refusal(cast.requester, cast.admin) == "open_tickets"
    run(reported, "withdraw", cast.colleague, reason="x")
    assert erase(cast.requester, cast.admin).person == cast.requester


def test_a_legal_hold_stands_against_it(cast: Cast) -> None:
    ticket = full_ticket(cast)
    hold_person(person_id=cast.requester.pk, reason="仲裁", actor=cast.admin, at=timezone.now())
    assert refusal(cast.requester, cast.admin) == "held"
    lift_person_hold(person_id=cast.requester.pk, reason="结案", actor=cast.admin, at=timezone.now())
    hold_ticket(ticket_id=ticket.pk, reason="仲裁", actor=cast.admin, at=timezone.now())
    assert refusal(cast.requester, cast.admin) == "held"


def test_people_of_the_desk_only_once_they_cannot_sign_in(cast: Cast) -> None:
    assert refusal(cast.agent2, cast.admin) == "still_active"
    ticket = bring_to(make_ticket(cast.requester), "closed", cast.agent)
    deactivate_person(person=cast.agent, actor=cast.admin, at=timezone.now())
    erase(cast.agent, cast.admin)
    cast.agent.refresh_from_db()
    assert not cast.agent.teams.exists()
    ticket.refresh_from_db()
    assert ticket.assignee.get_full_name() == f"former-{cast.agent.pk}"
    assert audit.verify() == []


def test_nobody_does_it_to_themselves_or_without_the_right_or_twice(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        erase(cast.admin, cast.admin)
    with pytest.raises(NotAllowed):
        erase(cast.requester, cast.lead)
    with pytest.raises(InvalidInput):
        erase(cast.requester, cast.admin, typed="")
    erase(cast.leaver, cast.admin)
    assert refusal(cast.leaver, cast.admin) == "already_anonymised"
    with pytest.raises(Conflict):
        hold_person(person_id=cast.leaver.pk, reason="x", actor=cast.admin, at=timezone.now())


def test_who_was_anonymised_gets_no_name_and_no_sign_in_again(cast: Cast, as_user: AsUser) -> None:
    erase(cast.leaver, cast.admin)
    cast.leaver.refresh_from_db()
    with pytest.raises(Conflict):
        reactivate_person(person=cast.leaver, actor=cast.admin, at=timezone.now())
    admin = as_user(cast.admin)
    page = admin.get(f"/admin/accounts/user/{cast.leaver.pk}/change/").content.decode()
    assert "former-" in page and 'name="full_name"' not in page and "Anonymise</a>" not in page
    admin.post(f"/admin/accounts/user/{cast.leaver.pk}/change/", {"full_name": "丁宁", "username": "leaver"})
    admin.post(f"/admin/accounts/user/{cast.leaver.pk}/reactivate/")
    cast.leaver.refresh_from_db()
    assert (cast.leaver.full_name, cast.leaver.is_active) == (f"former-{cast.leaver.pk}", False)


def test_what_others_asked_for_keeps_its_people(cast: Cast) -> None:
    ticket = full_ticket(cast)  # the colleague reads along
    reply(other := make_ticket(cast.requester2), cast.requester2, "谢谢")
    run(other, "withdraw", cast.requester2, reason="x")
    erase(cast.requester2, cast.admin)
    follow_erasures(at=timezone.now())
    ticket.refresh_from_db()
    assert (ticket.contact_name, ticket.contact_phone, ticket.watcher_rows.count()) == ("王敏", PHONE, 1)


def test_who_reported_for_somebody_else_stays_who_they_are(cast: Cast) -> None:
    ticket = make_ticket(cast.requester, actor=cast.colleague)
    reply(ticket, cast.colleague, "我来补充")
    run(ticket, "withdraw", cast.agent, reason="不需要了")
    erase(cast.requester, cast.admin)
    follow_erasures(at=timezone.now())
    ticket.refresh_from_db()
    assert (ticket.reported_by, ticket.messages.get().author) == (cast.colleague, cast.colleague)
    assert {row.history_user for row in ticket.history.exclude(history_user=None)} == {cast.colleague, cast.agent}


def test_tickets_follow_in_batches_and_those_left_come_later(cast: Cast) -> None:
    for _ in range(3):
        run(make_ticket(cast.requester), "withdraw", cast.requester, reason="x")
    erasure = erase(cast.requester, cast.admin)
    assert follow_erasures(at=timezone.now(), limit=2) == 2
    erasure.refresh_from_db()
    assert erasure.done_at is None
    assert retention.run_due(at=timezone.now()) == {"people": 1}
    erasure.refresh_from_db()
    assert erasure.done_at is not None
    assert follow_erasures(at=timezone.now()) == 0


@pytest.mark.parametrize("path", ["/admin/tickets/personerasure/person/{}/", "/admin/tickets/legalhold/person/{}/"])
def test_the_pages_are_for_administrators_and_real_people(cast: Cast, as_user: AsUser, path: str) -> None:
    assert as_user(cast.lead).get(path.format(cast.requester.pk)).status_code == 404
    for key in ("777777", "x", "9" * 40):
        assert as_user(cast.admin).get(path.format(key)).status_code == 404


def test_equipment_comes_back_first_and_what_was_said_about_it_goes(cast: Cast) -> None:
    asset = act(make_asset(cast.agent, tag="PC-1"), "hand_out", cast.agent, person=cast.requester)
    answer(asset, cast.agent, signed_name="王敏")
    assert refusal(cast.requester, cast.admin) == "holds_assets"
    act(asset, "take_back", cast.agent, hours=3)
    answer(asset, cast.requester, hours=4, words="充电器也还了")
    erase(cast.requester, cast.admin)
    assert set(CustodyAct.objects.values_list("signed_name", "answer")) == {("", "")}
