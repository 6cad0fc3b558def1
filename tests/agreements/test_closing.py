"""Closing with evidence (M3.3.4-1, M3.5): who tested, what keeps a ticket open, and workarounds that are looked at again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from helpdesk import periodic
from helpdesk.common.errors import Conflict, InvalidInput
from helpdesk.invariants import check_all
from tests.agreements.acts import ask
from tests.api.conftest import api
from tests.cast import Cast
from tests.factories import resolution, run
from tickets.matters import BLOCKING
from tickets.models import Outcome, Ticket, WorkaroundReview
from tickets.services import audit
from tickets.services.create import Request, follow_up
from tickets.services.tasks import add_task
from tickets.views.desk.matters import PAGES

__all__ = ["api"]
pytestmark = pytest.mark.django_db
AsUser = Callable[..., Client]


def workaround(**more: object) -> dict[str, object]:
    return {**resolution(), "outcome": Outcome.objects.get(code="workaround"), **more}


def test_who_tested_and_when_is_the_actor_now_unless_they_say_otherwise(cast: Cast, ticket: Ticket) -> None:
    at = timezone.now()
    run(ticket, "resolve", cast.agent, at=at, **resolution())
    assert (ticket.tested_by, ticket.tested_at) == ("李强", at)
    run(ticket, "reject", cast.requester, reason="还不行")
    earlier = timezone.now() - timedelta(hours=1)
    run(ticket, "resolve", cast.agent, **resolution(), tested_by="王敏本人", tested_at=earlier)
    assert (ticket.tested_by, ticket.tested_at) == ("王敏本人", earlier)


def test_a_test_is_not_in_the_future(cast: Cast, ticket: Ticket) -> None:
    with pytest.raises(InvalidInput) as caught:
        run(ticket, "resolve", cast.agent, **resolution(), tested_at=timezone.now() + timedelta(hours=1))
    assert list(caught.value.fields) == ["tested_at"]


def test_the_gate_names_everything_with_a_link(cast: Cast, as_user: AsUser, api, ticket: Ticket) -> None:
    task = add_task(ticket_id=ticket.pk, team=cast.applications, words="查日志", actor=cast.agent, at=timezone.now())
    asked = ask(ticket, cast.agent)
    page = as_user(cast.agent).get(f"/desk/tickets/{ticket.number}/?tab=diagnosis").content.decode()
    for link in (f"/desk/tasks/{task.pk}/end/", f"/desk/consents/{asked.pk}/spoken/"):
        assert link in page
    missing = api(cast.agent).get(f"/api/v1/tickets/{ticket.number}/closing/").json()["missing"]
    assert [(item["kind"], item["id"]) for item in missing] == [("task", task.pk), ("consent", asked.pk)]


def test_everything_that_can_be_missing_has_a_page(cast: Cast) -> None:
    assert set(PAGES) == {kind.code for kind in BLOCKING}


def test_a_workaround_is_looked_at_again_in_a_follow_up(cast: Cast, as_user: AsUser, ticket: Ticket) -> None:
    review_at = timezone.now() + timedelta(days=60)
    run(ticket, "resolve", cast.agent, **workaround(workaround_owner=cast.agent2, review_at=review_at))
    run(ticket, "confirm", cast.requester)
    assert ticket.closure == "workaround_accepted"
    for day in (20, 61, 62):
        periodic.sweep(at=timezone.now() + timedelta(days=day))
    ticket.refresh_from_db()
    child = ticket.follow_ups.get()
    assert (child.requester, child.assignee, ticket.is_archived) == (cast.agent2, cast.agent2, True)
    assert ticket.solution in child.description
    assert child.events.first().data["follow_up_of"] == ticket.pk
    page = as_user(cast.agent).get(f"/desk/tickets/{ticket.number}/").content.decode()
    assert f"#{child.number}" in page
    assert audit.verify() == []
    assert not any(
        rows for name, rows in check_all(at=timezone.now() + timedelta(days=62)).items() if "matters" in name
    )


def test_a_workaround_without_a_day_is_looked_at_after_the_usual_time(cast: Cast, ticket: Ticket) -> None:
    run(ticket, "resolve", cast.agent, **workaround())
    review = WorkaroundReview.objects.get()
    assert (review.owner, review.review_at) == (cast.agent, ticket.resolved_at + timedelta(days=30))


def test_a_rejected_workaround_is_not_looked_at(cast: Cast, ticket: Ticket) -> None:
    run(ticket, "resolve", cast.agent, **workaround())
    run(ticket, "reject", cast.requester, reason="不接受")
    periodic.sweep(at=timezone.now() + timedelta(days=31))
    assert not ticket.follow_ups.exists()


@pytest.mark.parametrize("days", [-1, 400])
def test_a_review_lies_within_the_next_year(cast: Cast, ticket: Ticket, days: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        run(ticket, "resolve", cast.agent, **workaround(review_at=timezone.now() + timedelta(days=days)))
    assert list(caught.value.fields) == ["review_at"]


def test_an_owner_works_on_tickets(cast: Cast, ticket: Ticket) -> None:
    with pytest.raises(InvalidInput) as caught:
        run(ticket, "resolve", cast.agent, **workaround(workaround_owner=cast.requester))
    assert list(caught.value.fields) == ["workaround_owner"]


def test_where_the_owner_has_left_the_lead_gets_it(cast: Cast, ticket: Ticket) -> None:
    run(ticket, "resolve", cast.agent, **workaround(workaround_owner=cast.agent2))
    run(ticket, "confirm", cast.requester)
    cast.agent2.is_active = False
    cast.agent2.save()
    periodic.sweep(at=timezone.now() + timedelta(days=31))
    assert ticket.follow_ups.get().assignee == cast.lead


def test_a_reopened_ticket_waits_for_what_followed_it_up(cast: Cast, ticket: Ticket) -> None:
    run(ticket, "resolve", cast.agent, **resolution())
    run(ticket, "confirm", cast.requester)
    request = Request(subject="又来了", description="同样的问题", kind=ticket.kind)
    child = follow_up(ticket_id=ticket.pk, request=request, actor=cast.requester, at=timezone.now(), channel="portal")
    run(ticket, "reopen", cast.requester, reason="还是白屏")
    with pytest.raises(Conflict) as caught:
        run(ticket, "resolve", cast.agent, **resolution())
    assert (caught.value.code, child.number in str(caught.value)) == ("open_matters", True)
    run(child, "withdraw", cast.requester, reason="合并处理")
    assert run(ticket, "resolve", cast.agent, **resolution()).status == "resolved"


def test_an_unconfirmed_closing_is_shown_as_such(cast: Cast, as_user: AsUser, ticket: Ticket) -> None:
    run(ticket, "resolve", cast.agent, **resolution())
    periodic.sweep(at=timezone.now() + timedelta(days=30))
    ticket.refresh_from_db()
    assert ticket.closure == "unconfirmed"
    assert "Not confirmed" in as_user(cast.agent).get(f"/desk/tickets/{ticket.number}/").content.decode()
