"""Why something was done is read, found and mailed by the same people, wherever they look."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from helpdesk.accounts.models import User
from tests.cast import Cast
from tests.factories import bring_to, make_ticket, run
from tests.secrecy.acts import confide
from tickets.models import Ticket, WaitingReason
from tickets.services.edit import add_watcher

WORD = "wiretapping"


@pytest.fixture
def ticket(cast: Cast) -> Ticket:
    """An agent is the requester, a colleague who isn't of the desk reads along."""
    made = make_ticket(cast.agent, description="White page")
    add_watcher(ticket_id=made.pk, actor=cast.agent, person=cast.colleague, at=timezone.now())
    return made


def found_by(person: User, api: Any, as_user: Any) -> set[str]:
    """Where this person meets the word: searching, on the portal's page, in the trail."""
    number = Ticket.objects.get().number
    page = as_user(person).get(f"/tickets/{number}/").content.decode()
    events = api(person).get(f"tickets/{number}/events/").json()["results"]
    found = api(person).get(f"search/?q={WORD}").json()["groups"]
    places = {
        "search": any(group["count"] for group in found),
        "list": bool(api(person).get(f"tickets/?q={WORD}").json()["results"]),
        "portal": WORD in page,
        "trail": any(WORD in row["reason"] for row in events),
    }
    return {place for place, is_there in places.items() if is_there}


EVERYWHERE = {"search", "list", "portal", "trail"}


@pytest.mark.parametrize("act", ["assign", "confide", "classify", "wait"])
def test_reasons_of_the_desk_stay_with_the_desk(cast: Cast, ticket: Ticket, act: str, api: Any, as_user: Any) -> None:
    """Also those of somebody who works on their own ticket."""
    bring_to(ticket, "in_progress", cast.agent)
    if act == "assign":
        run(ticket, "assign", cast.agent, assignee=cast.agent, reason=f"For {WORD}")
    elif act == "confide":
        confide(ticket, cast.agent, reason=f"For {WORD}")
    elif act == "classify":
        kind = {"category": ticket.category, "impact": "person", "urgency": "annoying"}
        run(ticket, "classify", cast.agent, **kind, reason=f"For {WORD}")
    else:
        waits = WaitingReason.objects.get(code="vendor")
        until = timezone.now() + timedelta(days=2)
        run(ticket, "wait", cast.agent, waiting_reason=waits, next_action_at=until, reason=f"For {WORD}")
    assert found_by(cast.colleague, api, as_user) == set()
    assert found_by(cast.agent, api, as_user) == {"search", "list", "trail"}


@pytest.mark.parametrize("who", ["agent", "lead"])
def test_why_it_ends_is_for_all_who_may_read_the_ticket(
    cast: Cast, ticket: Ticket, who: str, api: Any, as_user: Any
) -> None:
    run(ticket, "withdraw", getattr(cast, who), reason=f"For {WORD}")
    assert found_by(cast.colleague, api, as_user) == EVERYWHERE
    assert found_by(cast.agent, api, as_user) == EVERYWHERE
