"""Two answers at once, with real threads and connections: one decision, and the other is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from helpdesk.common.errors import DomainError
from tests.api.test_races import all_at_once
from tests.factories import bring_to, make_ticket
from tests.promises.conftest import DAY, HOUR, ask_action, propose, window
from tickets.models import PromisedTime, Ticket, TimeProposal
from tickets.models.asking import Asking
from tickets.services import audit
from tickets.services.agreements.actions import answer_action
from tickets.services.agreements.asking import Answer
from tickets.services.agreements.promises import accept_counter, answer_proposal
from tickets.services.agreements.windows import answer_window
from tickets.services.timers import run_due

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.postgres_only,
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="SQLite lets one writer in at a time; races are tested on PostgreSQL"
    ),
]


def told(act: Callable[[], Any]) -> Callable[[], str]:
    def run() -> str:
        try:
            act()
        except DomainError as error:
            return error.code
        return "done"

    return run


@pytest.fixture
def work(cast: Any) -> Ticket:
    return bring_to(make_ticket(cast.requester), "in_progress", cast.agent)


def mine(cast: Any) -> Answer:
    return Answer(cast.requester, Asking.Via.PORTAL, timezone.now(), "x")


def spoken(cast: Any) -> Answer:
    return Answer(cast.agent, Asking.Via.SPOKEN, timezone.now(), "x")


def test_of_two_answers_to_a_proposed_time_one_decides(cast: Any, work: Ticket) -> None:
    row = propose(work, cast.agent)
    acts = [
        told(lambda: answer_proposal(proposal_id=row.pk, is_accepted=True, answer=mine(cast))),
        told(lambda: answer_proposal(proposal_id=row.pk, is_accepted=False, answer=spoken(cast))),
    ]
    assert Counter(all_at_once(acts * 3)) == {"done": 1, "already_answered": 5}
    work.refresh_from_db()
    row.refresh_from_db()
    assert PromisedTime.objects.count() == (1 if row.is_accepted else 0)
    assert work.promise_state == ("agreed" if row.is_accepted else "declined")
    assert audit.verify() == []


def test_of_two_answers_to_windows_and_requests_one_decides(cast: Any, work: Ticket) -> None:
    first = window(work, cast.agent)
    acts = [
        told(partial(answer_window, window_id=first.pk, is_accepted=yes, answer=mine(cast))) for yes in (True, False)
    ]
    assert Counter(all_at_once(acts)) == {"done": 1, "already_answered": 1}
    second = ask_action(work, cast.agent)
    acts = [
        told(lambda: answer_action(request_id=second.pk, is_done=False, answer=mine(cast))),
        told(lambda: answer_action(request_id=second.pk, is_done=True, done=[1, 2], answer=spoken(cast))),
    ]
    assert Counter(all_at_once(acts)) == {"done": 1, "already_answered": 1}
    assert audit.verify() == []


def test_two_people_ask_at_once_and_one_question_stands(cast: Any, work: Ticket) -> None:
    acts = [told(lambda: propose(Ticket.objects.get(pk=work.pk), cast.agent))] * 4
    assert Counter(all_at_once(acts)) == {"done": 1, "already_asked": 3}
    assert TimeProposal.objects.count() == 1


def test_a_suggestion_is_accepted_once(cast: Any, work: Ticket) -> None:
    row = propose(work, cast.agent)
    answer = Answer(cast.requester, Asking.Via.PORTAL, timezone.now())
    answer_proposal(proposal_id=row.pk, is_accepted=False, counter_at=timezone.now() + HOUR, answer=answer)
    acts = [told(lambda: accept_counter(proposal_id=row.pk, actor=cast.agent, at=timezone.now()))] * 4
    assert Counter(all_at_once(acts)) == {"done": 1, "not_declined": 3}
    assert PromisedTime.objects.count() == 1


def test_many_sweeps_tell_of_a_passed_promise_once(cast: Any, work: Ticket) -> None:
    at = timezone.now()
    row = propose(work, cast.agent, at=at, proposed_at=at + HOUR)
    answer_proposal(proposal_id=row.pk, is_accepted=True, answer=Answer(cast.requester, Asking.Via.PORTAL, at))
    all_at_once([lambda: run_due(at=at + DAY)] * 6)
    assert work.events.filter(code="promise_passed").count() == 1
    assert audit.verify() == []
