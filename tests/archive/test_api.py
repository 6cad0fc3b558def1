"""Legal holds, retention policies and making a person nameless, over the API."""

from __future__ import annotations

import pytest
from django.utils import timezone

from tests.api.client import refusal
from tests.api.conftest import api
from tests.archive.conftest import full_ticket
from tests.cast import Cast
from tests.factories import make_ticket
from tickets.models import Category, RetentionPolicy
from tickets.services import audit
from tickets.services.erasing.holds import hold_ticket

__all__ = ["api"]
pytestmark = pytest.mark.django_db


def test_a_ticket_is_kept_and_released(cast: Cast, api) -> None:
    ticket = full_ticket(cast)
    admin, address = api(cast.admin), f"tickets/{ticket.number}/hold/"
    kept = admin.post(address, {"reason": "劳动仲裁 2026-17"}, Idempotency_Key="k1")
    assert kept.status_code == 201
    assert (kept.json()["ticket"], kept.json()["set_by"]["username"]) == (ticket.number, "admin")
    assert admin.post(address, {"reason": "劳动仲裁 2026-17"}, Idempotency_Key="k1").json() == kept.json()
    assert refusal(admin.post(address, {"reason": "x"}))[:2] == (409, "already_held")
    shown = api(cast.agent).get("legal-holds/").json()["results"]
    assert [(row["ticket"], row["lifted_at"]) for row in shown] == [(ticket.number, None)]
    lifted = admin("DELETE", address, {"reason": "已结案"}).json()
    assert (lifted["id"], lifted["lift_reason"], lifted["lifted_by"]["username"]) == (
        kept.json()["id"],
        "已结案",
        "admin",
    )
    assert refusal(admin("DELETE", address, {"reason": "x"}))[:2] == (409, "not_held")
    codes = [event["code"] for event in admin.get(f"tickets/{ticket.number}/events/").json()["results"]]
    assert codes[-2:] == ["hold_set", "hold_lifted"]
    assert audit.verify() == []


def test_a_person_is_kept_then_made_nameless(cast: Cast, api) -> None:
    ticket = full_ticket(cast)
    admin, address = api(cast.admin), "users/requester"
    assert admin.post(f"{address}/hold/", {"reason": "仲裁"}).json()["person"]["username"] == "requester"
    assert api(cast.lead).get("legal-holds/").json()["results"] == []
    assert len(admin.get("legal-holds/").json()["results"]) == 1
    assert refusal(admin.post(f"{address}/anonymise/", {"typed": "requester"}))[:2] == (409, "held")
    assert admin("DELETE", f"{address}/hold/", {"reason": "已结案"}).status_code == 200
    assert set(refusal(admin.post(f"{address}/anonymise/", {"typed": "somebody"}))[2]) == {"typed"}
    erased = admin.post(f"{address}/anonymise/", {"typed": "requester"})
    assert erased.status_code == 201
    assert erased.json()["done_at"] is not None
    cast.requester.refresh_from_db()
    assert cast.requester.username.startswith("former-")
    assert "CANARY" in admin.get(f"tickets/{ticket.number}/").content.decode(), "texts stay until retention"
    assert refusal(admin.post(f"{address}/anonymise/", {"typed": "requester"}))[0] == 404
    former = f"users/{cast.requester.username}/anonymise/"
    assert refusal(admin.post(former, {"typed": cast.requester.username}))[:2] == (409, "already_anonymised")
    assert audit.verify() == []


def test_an_open_ticket_stands_against_it(cast: Cast, api) -> None:
    ticket = make_ticket(cast.requester)
    answer = api(cast.admin).post("users/requester/anonymise/", {"typed": "requester"})
    assert refusal(answer)[:2] == (409, "open_tickets")
    assert ticket.number in answer.json()["detail"]


def test_a_hold_on_a_confidential_ticket_is_told_to_nobody_outside(cast: Cast, api) -> None:
    ticket = full_ticket(cast)
    hold_ticket(ticket_id=ticket.pk, reason="CANARY-HOLD", actor=cast.admin, at=timezone.now())
    type(ticket).objects.filter(pk=ticket.pk).update(is_confidential=True)
    for person in (cast.agent2, cast.admin):
        assert api(person).get("legal-holds/").json()["results"] == []
    assert api(cast.requester).get("legal-holds/").status_code == 403


def test_policies_are_listed(cast: Cast, api) -> None:
    category = Category.objects.order_by("pk").first()
    RetentionPolicy.objects.create(keep_days=None)
    RetentionPolicy.objects.create(category=category, keep_days=365, erases_texts=True)
    rows = api(cast.agent).get("retention-policies/").json()["results"]
    assert [(row["category"], row["keep_days"], row["erases_texts"]) for row in rows] == [
        (None, None, False),
        (category.pk, 365, True),
    ]
