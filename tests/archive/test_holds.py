"""Legal holds: set and lifted by administrators, seen by the desk, written into the trail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from helpdesk.common.errors import Conflict
from tests.api.test_races import all_at_once
from tests.archive.conftest import full_ticket
from tests.cast import Cast
from tests.factories import make_ticket
from tickets.models import LegalHold, Ticket
from tickets.services import audit
from tickets.services.erasing.holds import hold_ticket
from tickets.services.erasing.tickets import erase_ticket

AsUser = Callable[..., Client]


def test_an_administrator_holds_an_archived_ticket_and_lifts_it(cast: Cast, as_user: AsUser) -> None:
    ticket = full_ticket(cast)
    admin, address = as_user(cast.admin), f"/desk/tickets/{ticket.number}/hold/"
    assert address in admin.get(f"/desk/tickets/{ticket.number}/").content.decode()
    empty = admin.post(address, {"act": "set", "reason": "  "})
    assert empty.status_code == 422
    assert admin.post(address, {"act": "set", "reason": "劳动仲裁 2026-17"}).status_code == 303
    page = as_user(cast.agent).get(f"/desk/tickets/{ticket.number}/").content.decode()
    assert "Under a legal hold by 管理员" in page and "劳动仲裁 2026-17" in page
    assert "管理员 set a legal hold." in page
    with pytest.raises(Conflict) as caught:
        erase_ticket(ticket_id=ticket.pk, with_texts=True, at=timezone.now())
    assert caught.value.code == "held"
    again = admin.post(address, {"act": "set", "reason": "x"})
    assert again.status_code == 409
    assert "Lift the legal hold" in admin.get(address).content.decode()
    assert admin.post(address, {"act": "lift", "reason": "已结案"}).status_code == 303
    hold = LegalHold.objects.get()
    assert (hold.set_by, hold.lifted_by, hold.lift_reason) == (cast.admin, cast.admin, "已结案")
    assert hold.history.count() == 2
    assert list(ticket.events.order_by("-sequence").values_list("code", flat=True)[:2]) == ["hold_lifted", "hold_set"]
    assert audit.verify() == []
    rows = admin.get("/admin/tickets/legalhold/").content.decode()
    assert ticket.number in rows and "劳动仲裁 2026-17" in rows


def test_the_dialog_is_a_fragment_for_htmx(cast: Cast, as_user: AsUser) -> None:
    ticket = make_ticket(cast.requester)
    page = as_user(cast.admin).get(f"/desk/tickets/{ticket.number}/hold/", HTTP_HX_REQUEST="true").content.decode()
    assert page.lstrip().startswith("<div") and "Set a legal hold" in page


def test_others_may_not_and_strangers_learn_nothing(cast: Cast, as_user: AsUser) -> None:
    ticket = make_ticket(cast.requester)
    address = f"/desk/tickets/{ticket.number}/hold/"
    for person, status in ((cast.agent, 403), (cast.lead, 403), (cast.requester, 404)):
        assert as_user(person).post(address, {"act": "set", "reason": "x"}).status_code == status
    assert address not in as_user(cast.lead).get(f"/desk/tickets/{ticket.number}/").content.decode()
    Ticket.objects.filter(pk=ticket.pk).update(is_confidential=True)
    assert as_user(cast.admin).get(address).status_code == 404
    assert not LegalHold.objects.exists()


def test_requesters_do_not_see_holds(cast: Cast, as_user: AsUser) -> None:
    ticket = make_ticket(cast.requester)
    hold_ticket(ticket_id=ticket.pk, reason="CANARY-HOLD", actor=cast.admin, at=timezone.now())
    page = as_user(cast.requester).get(f"/tickets/{ticket.number}/").content.decode()
    assert "CANARY-HOLD" not in page and "legal hold" not in page.lower()
    events = as_user(cast.requester).get(f"/api/v1/tickets/{ticket.number}/events/").content.decode()
    assert "hold" not in events


def test_a_person_is_held_on_their_page(cast: Cast, as_user: AsUser) -> None:
    ticket = full_ticket(cast)
    admin, address = as_user(cast.admin), f"/admin/tickets/legalhold/person/{cast.requester.pk}/"
    assert admin.post(address, {"act": "set", "reason": ""}).status_code == 422
    assert admin.post(address, {"act": "set", "reason": "调查"}).status_code == 302
    assert "调查" in admin.get(address).content.decode()
    refused = admin.post(address, {"act": "set", "reason": "再来"})
    assert refused.status_code == 422 and "under a legal hold already" in refused.content.decode()
    assert "Under a legal hold." in as_user(cast.agent).get(f"/desk/tickets/{ticket.number}/").content.decode()
    assert admin.post(address, {"act": "lift", "reason": "结束"}).status_code == 302
    assert not LegalHold.objects.in_force().exists()
    history = list(LegalHold.history.order_by("history_id").values_list("history_user__username", "lift_reason"))
    assert history == [("admin", ""), ("admin", "结束")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres_only
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one writer in at a time")
def test_of_two_holds_at_once_one_stands(cast: Cast) -> None:
    ticket = make_ticket(cast.requester)

    def act() -> str:
        try:
            hold_ticket(ticket_id=ticket.pk, reason="x", actor=cast.admin, at=timezone.now())
        except Conflict as error:
            return error.code
        return "held"

    assert Counter(all_at_once([act] * 4)) == {"held": 1, "already_held": 3}
