"""Promises: the first one from the target, a new one by agreement, and what passes (M3.3.3-2)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from escalation.models import Clock
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed, NotVisible
from tests.escalation.conftest import MONDAY
from tests.factories import bring_to, classification, make_ticket, resolution, run
from tests.promises.conftest import DAY, HOUR, propose
from tickets.models import PromisedTime, Ticket, TimeProposal
from tickets.models.asking import Asking
from tickets.promise_ledger import ledger_of
from tickets.services import audit
from tickets.services.agreements.asking import Answer
from tickets.services.agreements.promises import accept_counter, answer_proposal, cancel_proposal
from tickets.services.timers import run_due

pytestmark = pytest.mark.django_db


def answer(row, actor, *, yes=True, counter_at=None, at=None, via=Asking.Via.PORTAL, words=""):
    said = Answer(actor, via, at or timezone.now(), words)
    return answer_proposal(proposal_id=row.pk, is_accepted=yes, counter_at=counter_at, answer=said)


def clock_facts(ticket):
    return list(Clock.objects.filter(ticket=ticket).order_by("pk").values())


def codes(ticket):
    return list(ticket.events.order_by("sequence").values_list("code", flat=True))


# --- The first promise ----------------------------------------------------------------------------------------------


def test_accepting_promises_the_target_once(cast, give_policy):
    give_policy()
    ticket = make_ticket(cast.requester, at=MONDAY)
    run(ticket, "classify", cast.agent, at=MONDAY, **classification())
    assert not ticket.promises.exists()
    run(ticket, "accept", cast.agent, at=MONDAY + HOUR)
    target = Clock.objects.get(ticket=ticket, target="resolution").due_at
    (promise,) = ticket.promises.all()
    assert (promise.promised_at, promise.origin, promise.made_by) == (target, "first", None)
    assert (ticket.promised_at, ticket.promise_state) == (target, "agreed")
    assert codes(ticket) == ["submitted", "classify", "accept", "promise_made"]
    run(ticket, "assign", cast.lead, at=MONDAY + 2 * HOUR, assignee=cast.lead)
    assert ticket.promises.count() == 1
    assert audit.verify() == []


def test_a_target_that_comes_later_is_promised_then(cast, give_policy):
    give_policy(rule={"priority": "P2"})
    ticket = make_ticket(cast.requester, at=MONDAY)
    run(ticket, "accept", cast.agent, at=MONDAY)
    assert ticket.promised_at is None
    run(ticket, "classify", cast.agent, at=MONDAY + HOUR, **classification())
    assert ticket.promised_at == Clock.objects.get(ticket=ticket, target="resolution").due_at


def test_a_first_promise_leaves_what_is_proposed_already(cast, give_policy):
    give_policy(rule={"priority": "P2"})
    at = timezone.now()
    ticket = make_ticket(cast.requester, at=at)
    run(ticket, "accept", cast.agent, at=at)
    row = propose(ticket, cast.agent, at=at, proposed_at=at + 9 * DAY)
    run(ticket, "classify", cast.agent, at=at, **classification())
    assert (ticket.promised_at is None, ticket.promise_state) == (False, "proposed")
    answer(row, cast.requester, at=at + HOUR)
    ticket.refresh_from_db()
    assert [promise.origin for promise in ticket.promises.all()] == ["first", "agreed"]
    assert (ticket.promised_at, ticket.promise_state) == (at + 9 * DAY, "agreed")


def test_no_promise_without_a_target_or_after_it(cast, give_policy):
    ticket = bring_to(make_ticket(cast.requester, at=MONDAY), "in_progress", cast.agent, at=MONDAY)
    assert ticket.promised_at is None
    give_policy()
    late = make_ticket(cast.requester, at=MONDAY)
    run(late, "classify", cast.agent, at=MONDAY + 5 * DAY, **classification())
    run(late, "accept", cast.agent, at=MONDAY + 5 * DAY)
    assert late.promised_at is None


def test_promises_and_targets_never_move_each_other(cast, give_policy):
    give_policy()
    at = timezone.now()
    ticket = bring_to(make_ticket(cast.requester, at=at), "in_progress", cast.agent, at=at)
    before, promised = clock_facts(ticket), ticket.promised_at
    row = propose(ticket, cast.agent, at=at, proposed_at=at + 9 * DAY)
    answer(row, cast.requester, at=at + timedelta(minutes=1))
    assert clock_facts(ticket) == before
    ticket.refresh_from_db()
    changed = {**classification(), "urgency": "annoying", "reason": "没那么急"}
    run(ticket, "classify", cast.agent, at=at + timedelta(minutes=2), **changed)
    assert ticket.promised_at == at + 9 * DAY
    assert ticket.promises.first().promised_at == promised


# --- A new time -------------------------------------------------------------------------------------------------------


def test_an_accepted_time_is_a_promise_beside_the_first(cast, give_policy):
    give_policy()
    at = timezone.now()
    ticket = bring_to(make_ticket(cast.requester, at=at), "in_progress", cast.agent, at=at)
    first = ticket.promised_at
    row = propose(ticket, cast.agent, proposed_at=at + 9 * DAY)
    assert (row.promised_at, ticket.promised_at, ticket.promise_state) == (first, first, "proposed")
    answer(row, cast.requester)
    ticket.refresh_from_db()
    assert (ticket.promised_at, ticket.promise_state) == (at + 9 * DAY, "agreed")
    assert [promise.origin for promise in ticket.promises.all()] == ["first", "agreed"]
    assert codes(ticket)[-2:] == ["new_time_proposed", "new_time_answered"]
    assert audit.verify() == []


def test_a_counter_proposal_is_taken_or_asked_about_anew(cast, ticket):
    row = propose(ticket, cast.agent)
    wished = timezone.now() + 2 * HOUR
    answer(row, cast.requester, yes=False, counter_at=wished, words="我下午要用")
    ticket.refresh_from_db()
    assert (ticket.promised_at, ticket.promise_state) == (None, "declined")
    assert ledger_of(ticket, cast.agent, timezone.now()).counter == row
    promise = accept_counter(proposal_id=row.pk, actor=cast.agent, at=timezone.now())
    ticket.refresh_from_db()
    assert (promise.origin, promise.made_by, ticket.promised_at) == ("counter", cast.agent, wished)
    with pytest.raises(Conflict) as refused:
        accept_counter(proposal_id=row.pk, actor=cast.agent, at=timezone.now())
    assert refused.value.code == "not_declined"
    second = propose(ticket, cast.agent)
    answer(second, cast.requester, yes=False, words="太晚了")
    with pytest.raises(Conflict):
        accept_counter(proposal_id=second.pk, actor=cast.agent, at=timezone.now())
    assert propose(ticket, cast.agent).is_open
    assert audit.verify() == []


def test_a_counter_proposal_that_has_passed_is_not_promised(cast, ticket):
    row = propose(ticket, cast.agent)
    answer(row, cast.requester, yes=False, counter_at=timezone.now() + HOUR)
    with pytest.raises(Conflict) as refused:
        accept_counter(proposal_id=row.pk, actor=cast.agent, at=timezone.now() + 2 * HOUR)
    assert refused.value.code == "too_late"


def test_silence_leaves_the_old_promise(cast, give_policy):
    give_policy()
    at = timezone.now()
    ticket = bring_to(make_ticket(cast.requester, at=at), "in_progress", cast.agent, at=at)
    first = ticket.promised_at
    row = propose(ticket, cast.agent, proposed_at=at + 3 * DAY, answer_by_at=at + HOUR)
    with pytest.raises(Conflict) as refused:
        answer(row, cast.requester, at=at + HOUR)
    assert refused.value.code == "too_late"
    run_due(at=at + HOUR)
    row.refresh_from_db()
    ticket.refresh_from_db()
    assert (row.state, ticket.promised_at, ticket.promise_state) == ("lapsed", first, "agreed")
    assert codes(ticket)[-1] == "new_time_lapsed"
    assert audit.verify() == []


def test_only_one_time_is_proposed_at_once_and_it_can_be_taken_back(cast, ticket):
    row = propose(ticket, cast.agent)
    with pytest.raises(Conflict) as refused:
        propose(ticket, cast.agent)
    assert refused.value.code == "already_asked"
    cancel_proposal(proposal_id=row.pk, actor=cast.agent, at=timezone.now())
    ticket.refresh_from_db()
    assert ticket.promise_state == ""
    with pytest.raises(Conflict) as refused:
        answer(row, cast.requester)
    assert refused.value.code == "already_answered"


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"proposed_at": -HOUR}, {"proposed_at"}),
        ({"proposed_at": 400 * DAY}, {"proposed_at"}),
        ({"words": " "}, {"words"}),
        ({"reason_code": "mood"}, {"reason_code"}),
        ({"answer_by_at": -HOUR}, {"answer_by_at"}),
        ({"answer_by_at": 5 * HOUR}, {"answer_by_at"}),
        ({"proposed_at": -HOUR, "words": "", "reason_code": ""}, {"proposed_at", "words", "reason_code"}),
    ],
)
def test_bad_proposals_are_refused_in_words(cast, ticket, changes, fields):
    now = timezone.now()
    given = {name: now + value if isinstance(value, timedelta) else value for name, value in changes.items()}
    with pytest.raises(InvalidInput) as refused:
        propose(ticket, cast.agent, at=now, **given)
    assert refused.value.fields.keys() == fields
    assert all(str(text).endswith((".", "。")) for texts in refused.value.fields.values() for text in texts)
    assert not TimeProposal.objects.exists()


def test_a_refusal_needs_a_time_or_a_word(cast, ticket):
    row = propose(ticket, cast.agent)
    for counter_at in (None, timezone.now() - HOUR):
        with pytest.raises(InvalidInput) as refused:
            answer(row, cast.requester, yes=False, counter_at=counter_at)
        assert refused.value.fields.keys() == {"counter_at"}
    row.refresh_from_db()
    assert row.is_open


def test_who_may_ask_and_who_may_answer(cast, ticket):
    run(ticket, "assign", cast.lead, team=cast.first_line)
    for person, error in ((cast.requester, NotAllowed), (cast.agent2, NotAllowed), (cast.colleague, NotVisible)):
        with pytest.raises(error):
            propose(ticket, person)
    row = propose(ticket, cast.lead)
    ticket.watcher_rows.create(user=cast.colleague)
    for person, via, error in (
        (cast.colleague, "portal", NotAllowed),
        (cast.requester2, "portal", NotVisible),
        (cast.agent, "portal", NotAllowed),
        (cast.agent2, "spoken", NotAllowed),
        (cast.requester, "spoken", NotAllowed),
    ):
        with pytest.raises(error):
            answer(row, person, via=Asking.Via(via), words="可以")
    with pytest.raises(InvalidInput):
        answer(row, cast.lead, via=Asking.Via.SPOKEN)
    row = answer(row, cast.lead, via=Asking.Via.SPOKEN, words="电话里说可以")
    assert (row.answered_by, row.recorded_by, row.via) == (cast.requester, cast.lead, "spoken")
    assert audit.verify() == []


# --- What passes ------------------------------------------------------------------------------------------------------


def agreed(ticket, cast, at, promised_at) -> PromisedTime:
    row = propose(ticket, cast.agent, at=at, proposed_at=promised_at)
    answer(row, cast.requester, at=at)
    ticket.refresh_from_db()
    return ticket.promises.last()


def test_a_passed_promise_is_told_once(cast, ticket):
    at = timezone.now()
    agreed(ticket, cast, at, at + HOUR)
    run_due(at=at + HOUR - timedelta(seconds=1))
    assert "promise_passed" not in codes(ticket)
    for minutes in (60, 61, 600):
        run_due(at=at + timedelta(minutes=minutes))
    assert codes(ticket).count("promise_passed") == 1
    ticket.refresh_from_db()
    assert ticket.agreed_due_at is None
    assert audit.verify() == []


def test_a_promise_that_was_replaced_does_not_pass(cast, ticket):
    at = timezone.now()
    agreed(ticket, cast, at, at + HOUR)
    agreed(ticket, cast, at, at + DAY)
    run_due(at=at + 2 * HOUR)
    assert "promise_passed" not in codes(ticket)
    run_due(at=at + DAY)
    assert codes(ticket).count("promise_passed") == 1


def test_solving_ends_what_is_asked_and_rejecting_watches_the_promise_again(cast, ticket):
    at = timezone.now()
    agreed(ticket, cast, at, at + HOUR)
    row = propose(ticket, cast.agent, at=at)
    run(ticket, "resolve", cast.agent, at=at, **resolution())
    row.refresh_from_db()
    assert (row.state, ticket.promise_state, ticket.agreed_due_at) == ("cancelled", "agreed", None)
    run(ticket, "reject", cast.requester, at=at + timedelta(minutes=1), reason="还是白屏")
    assert ticket.agreed_due_at == at + HOUR
    run_due(at=at + HOUR)
    assert codes(ticket)[-1] == "promise_passed"
    assert audit.verify() == []


def test_withdrawing_ends_what_is_asked(cast, ticket):
    row = propose(ticket, cast.agent)
    run(ticket, "withdraw", cast.requester, reason="不需要了")
    row.refresh_from_db()
    assert (row.state, ticket.promise_state) == ("cancelled", "")


def test_the_first_and_the_last_promise_are_separate_figures(cast, ticket):
    at = timezone.now()

    def figures():
        ticket.refresh_from_db()
        ledger = ledger_of(ticket, cast.agent, at)
        return ledger.first_met, ledger.last_met

    assert figures() == (None, None)
    agreed(ticket, cast, at, at + HOUR)
    agreed(ticket, cast, at, at + DAY)
    assert figures() == (None, None)
    run(ticket, "resolve", cast.agent, at=at + 2 * HOUR, **resolution())
    assert figures() == (False, True)
    run(ticket, "reject", cast.requester, at=at + 3 * HOUR, reason="还是白屏")
    assert figures() == (None, None)
    run(ticket, "resolve", cast.agent, at=at + 2 * DAY, **resolution())
    assert figures() == (False, False)


def test_the_database_keeps_promises_as_they_were_made(cast, ticket):
    promise = agreed(ticket, cast, timezone.now(), timezone.now() + HOUR)
    for change in (
        lambda: PromisedTime.objects.filter(pk=promise.pk).update(promised_at=timezone.now() + DAY),
        lambda: PromisedTime.objects.filter(pk=promise.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_a_changed_proposal_shows_in_the_trail(cast, ticket):
    row = propose(ticket, cast.agent)
    answer(row, cast.requester, yes=False, counter_at=timezone.now() + HOUR)
    assert audit.verify() == []
    TimeProposal.objects.filter(pk=row.pk).update(counter_at=timezone.now() + 5 * HOUR)
    assert [(broken.table, broken.row) for broken in audit.verify()] == [("promise", row.pk)]


def test_one_promise_per_ticket_is_the_first(cast, ticket):
    assert Ticket.objects.get(pk=ticket.pk).promise_state == ""
    PromisedTime.objects.create(ticket=ticket, promised_at=timezone.now(), made_at=timezone.now(), origin="first")
    with pytest.raises(DatabaseError), transaction.atomic():
        PromisedTime.objects.create(ticket=ticket, promised_at=timezone.now(), made_at=timezone.now(), origin="first")
