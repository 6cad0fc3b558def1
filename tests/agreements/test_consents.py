"""Consent before touching data or work (M3.3.2-2): who may ask, who may answer, and what holds when."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from helpdesk import periodic
from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, DomainError, InvalidInput, NotAllowed, NotVisible
from helpdesk.common.models import OutboxMessage
from tests.agreements.acts import allow, ask, broken, connect, finish, log, plan, withdraw
from tests.api.test_races import all_at_once
from tests.cast import Cast
from tests.factories import resolution, run
from tickets.models import Consent, ConsentItem, DiagnosisStep, RemoteSession, Ticket
from tickets.services import audit
from tickets.services.agreements.consents import cancel_consent, remind_consent
from tickets.services.agreements.sessions import end_session

pytestmark = pytest.mark.django_db


def told(topic: str) -> list[str]:
    rows = OutboxMessage.objects.filter(topic=topic, channel="email")
    return sorted(rows.values_list("recipient__username", flat=True))


def codes(ticket: Ticket) -> list[str]:
    return list(ticket.events.order_by("sequence").values_list("code", flat=True))


def test_each_item_is_allowed_or_refused_by_itself(cast: Cast, ticket: Ticket) -> None:
    asked = ask(ticket, cast.agent, "view_screen", "read_data")
    ticket.refresh_from_db()
    assert (ticket.open_questions, ticket.open_matters, told("consent_asked")) == (1, 1, ["requester"])
    consent = allow(asked, "view_screen")
    assert consent.allowed == ["view_screen"]
    assert consent.is_in_force(timezone.now()) and not consent.is_in_force(timezone.now() + timedelta(minutes=31))
    ticket.refresh_from_db()
    assert (ticket.open_questions, ticket.open_matters) == (0, 0)
    event = ticket.events.get(code="consent_answered")
    assert (event.data["allowed"], event.data["refused"], event.is_public) == (["view_screen"], ["read_data"], True)
    assert (told("consent_answered"), told("consent_recorded")) == (["agent"], ["requester"])
    assert audit.verify() == [] and broken() == {}


def test_nobody_but_the_requester_answers(cast: Cast, ticket: Ticket) -> None:
    asked = ask(ticket, cast.agent)
    for person, refusal in ((cast.colleague, NotVisible), (cast.agent, NotAllowed), (cast.lead, NotAllowed)):
        with pytest.raises(refusal):
            allow(asked, "view_screen", actor=person)
    with pytest.raises(NotAllowed):
        allow(asked, "view_screen", via="spoken", words="我说可以")
    assert Consent.objects.get().is_open


def test_an_answer_is_the_last_word(cast: Cast, ticket: Ticket) -> None:
    asked = ask(ticket, cast.agent, "view_screen", "control")
    allow(asked)
    assert Consent.objects.get().is_refused
    for again in ((), ("view_screen",)):
        with pytest.raises(Conflict) as caught:
            allow(asked, *again)
        assert caught.value.code == "already_answered"
    with pytest.raises(Conflict):
        cancel_consent(consent_id=asked.pk, actor=cast.agent, at=timezone.now())


def test_what_was_not_asked_cannot_be_allowed(cast: Cast, ticket: Ticket) -> None:
    with pytest.raises(InvalidInput):
        allow(ask(ticket, cast.agent, "view_screen"), "change_data")


def test_silence_is_a_refusal_that_the_sweep_writes_down_once(cast: Cast, ticket: Ticket) -> None:
    asked = ask(ticket, cast.agent)
    late = asked.answer_by_at + timedelta(minutes=1)
    with pytest.raises(Conflict) as caught:
        allow(asked, "view_screen", at=late)
    assert caught.value.code == "too_late"
    for _round in range(2):
        periodic.sweep(at=late)
    asked.refresh_from_db()
    assert (asked.state, codes(ticket).count("consent_lapsed"), told("consent_lapsed")) == ("lapsed", 1, ["agent"])
    ticket.refresh_from_db()
    assert (ticket.open_questions, ticket.open_matters, ticket.agreed_due_at) == (0, 0, None)
    assert audit.verify() == []


def remind(consent: Consent, actor: User, after: timedelta) -> Consent:
    return remind_consent(consent_id=consent.pk, actor=actor, at=consent.asked_at + after)


def test_the_requester_is_reminded_an_hour_apart_and_three_times_at_most(cast: Cast, ticket: Ticket) -> None:
    asked, hour = ask(ticket, cast.agent), timedelta(hours=1)
    with pytest.raises(Conflict) as caught:
        remind(asked, cast.agent, hour - timedelta(seconds=1))
    assert (caught.value.code, told("consent_reminder")) == ("too_soon", [])
    for count in (1, 2, 3):
        assert remind(asked, cast.agent, count * hour).reminders_sent == count
    assert told("consent_reminder") == ["requester"] * 3
    with pytest.raises(Conflict) as caught:
        remind(asked, cast.agent, 5 * hour)
    assert caught.value.code == "too_many"
    event = ticket.events.filter(code="consent_reminded").first()
    assert (event.actor, event.is_public, event.data["consent"]) == (cast.agent, True, asked.pk)
    assert audit.verify() == [] and broken() == {}


def test_only_an_open_question_is_reminded_of_by_those_who_work_on_it(cast: Cast, ticket: Ticket) -> None:
    asked = ask(ticket, cast.agent, "view_screen")
    for person, refusal in ((cast.colleague, NotVisible), (cast.requester, NotAllowed), (cast.admin, NotAllowed)):
        with pytest.raises(refusal):
            remind(asked, person, timedelta(hours=2))
    with pytest.raises(Conflict) as caught:
        remind(asked, cast.agent, asked.answer_by_at - asked.asked_at)
    assert caught.value.code == "too_late"
    allow(asked, "view_screen")
    with pytest.raises(Conflict) as caught:
        remind(asked, cast.agent, timedelta(hours=2))
    assert (caught.value.code, told("consent_reminder")) == ("already_answered", [])


def test_a_spoken_answer_is_written_down_and_the_requester_may_object(cast: Cast, ticket: Ticket) -> None:
    asked = ask(ticket, cast.agent, "control")
    with pytest.raises(InvalidInput):
        allow(asked, "control", actor=cast.agent, via="spoken")
    consent = allow(asked, "control", actor=cast.agent, via="spoken", words="电话里说可以")
    assert (consent.answered_by, consent.recorded_by) == (cast.requester, cast.agent)
    assert told("consent_recorded") == ["requester"]
    assert withdraw(consent, cast.requester, via="link").is_objection
    assert told("consent_withdrawn") == ["agent"]
    with pytest.raises(Conflict):
        connect(ticket, cast.agent, "control")


def test_taking_it_back_ends_the_session_at_once(cast: Cast, ticket: Ticket) -> None:
    consent = allow(ask(ticket, cast.agent), "view_screen")
    session = connect(ticket, cast.agent)
    for person in (cast.agent, cast.lead):
        with pytest.raises(NotAllowed):
            withdraw(consent, person)
    withdraw(consent, cast.requester)
    session.refresh_from_db()
    assert session.ended_at is not None and session.ended_by is None
    with pytest.raises(Conflict):
        withdraw(consent, cast.requester)
    with pytest.raises(Conflict) as caught:
        connect(ticket, cast.agent)
    assert caught.value.code == "no_consent"
    end_session(session_id=session.pk, done="看了报错", recording="", actor=cast.agent, at=timezone.now())
    assert audit.verify() == [] and broken() == {}


def test_a_session_ends_by_itself_when_the_consent_runs_out(cast: Cast, ticket: Ticket) -> None:
    consent = allow(ask(ticket, cast.agent, valid_for=timedelta(minutes=10)), "view_screen")
    session = connect(ticket, cast.agent)
    with pytest.raises(Conflict) as caught:
        run(ticket, "resolve", cast.agent, **resolution())
    assert caught.value.code == "open_matters"
    assert [item["kind"] for item in caught.value.extra["missing"]] == ["session"]
    periodic.sweep(at=timezone.now() + timedelta(minutes=15))
    session.refresh_from_db()
    assert (session.ended_at, session.ended_by) == (consent.valid_until_at, None)
    assert codes(ticket)[-1] == "session_ended"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"valid_for": timedelta(days=8)}, "valid_for"),
        ({"valid_for": timedelta(0)}, "valid_for"),
        ({"answer_by_at": timezone.now() - timedelta(hours=1)}, "answer_by_at"),
        ({"answer_by_at": timezone.now() + timedelta(days=60)}, "answer_by_at"),
        ({"items": ()}, "items"),
        ({"items": ("everything",)}, "items"),
        ({"purpose": " "}, "purpose"),
        ({"changes": ""}, "changes"),
        ({"items": ("read_data",), "data_named": ""}, "data_named"),
        ({"items": ("change_data",), "backup": "not_needed"}, "backup"),
        ({"backup": "declined"}, "backup_words"),
    ],
)
def test_what_can_not_be_asked_is_refused_in_words(cast: Cast, ticket: Ticket, fields: dict, wrong: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        ask(ticket, cast.agent, **fields)
    assert list(caught.value.fields) == [wrong]
    assert not Consent.objects.exists()


def test_only_who_works_on_the_ticket_asks(cast: Cast, ticket: Ticket) -> None:
    for person in (cast.agent2, cast.requester, cast.admin):
        with pytest.raises(NotAllowed):
            ask(ticket, person)


def test_withdrawing_the_request_ends_what_is_still_open(cast: Cast, ticket: Ticket) -> None:
    allow(ask(ticket, cast.agent), "view_screen")
    connect(ticket, cast.agent)
    asked = ask(ticket, cast.agent, "control")
    run(ticket, "withdraw", cast.requester, reason="不需要了")
    asked.refresh_from_db()
    assert (asked.state, RemoteSession.objects.get().ended_at is not None) == ("cancelled", True)
    assert (ticket.open_questions, ticket.open_matters, ticket.agreed_due_at) == (0, 0, None)


class TestSteps:
    def test_a_step_that_touches_something_waits_for_consent(self, cast: Cast, ticket: Ticket) -> None:
        step = plan(ticket, cast.agent, "change_data", "control")
        with pytest.raises(Conflict) as caught:
            finish(step, cast.agent)
        assert (caught.value.code, caught.value.extra["missing"]) == ("no_consent", ["control", "change_data"])
        first = allow(ask(ticket, cast.agent, "change_data"), "change_data")
        with pytest.raises(Conflict) as caught:
            finish(step, cast.agent)
        assert caught.value.extra["missing"] == ["control"]
        second = allow(ask(ticket, cast.agent, "control"), "control")
        finish(step, cast.agent)
        step.refresh_from_db()
        assert set(step.consents.all()) == {first, second}
        assert ticket.events.get(code="step_done").data["consents"] == [first.pk, second.pk]
        with pytest.raises(Conflict) as caught:
            finish(step, cast.agent)
        assert caught.value.code == "step_ended"

    def test_a_consent_that_ran_out_or_was_taken_back_covers_nothing(self, cast: Cast, ticket: Ticket) -> None:
        step = plan(ticket, cast.agent, "control")
        consent = allow(ask(ticket, cast.agent, "control"), "control")
        with pytest.raises(Conflict):
            finish(step, cast.agent, at=timezone.now() + timedelta(minutes=31))
        withdraw(consent, cast.requester)
        with pytest.raises(Conflict):
            finish(step, cast.agent)
        with pytest.raises(Conflict):
            log(ticket, cast.agent, "control")
        assert DiagnosisStep.objects.filter(state="done").count() == 0

    def test_the_ticket_is_not_solved_past_a_planned_step_that_touches_something(
        self, cast: Cast, ticket: Ticket
    ) -> None:
        plan(ticket, cast.agent)
        step = plan(ticket, cast.agent, "interrupt_work")
        with pytest.raises(Conflict) as caught:
            run(ticket, "resolve", cast.agent, **resolution())
        assert [(item["kind"], item["id"]) for item in caught.value.extra["missing"]] == [("step", step.pk)]
        allow(ask(ticket, cast.agent, "interrupt_work"), "interrupt_work")
        finish(step, cast.agent)
        assert run(ticket, "resolve", cast.agent, **resolution()).status == "resolved"

    def test_a_question_without_an_answer_keeps_the_ticket_open(self, cast: Cast, ticket: Ticket) -> None:
        asked = ask(ticket, cast.agent)
        with pytest.raises(Conflict):
            run(ticket, "resolve", cast.agent, **resolution())
        cancel_consent(consent_id=asked.pk, actor=cast.agent, at=timezone.now())
        assert run(ticket, "resolve", cast.agent, **resolution()).status == "resolved"


def test_changing_an_answered_row_behind_the_trail_is_noticed(cast: Cast, ticket: Ticket) -> None:
    consent = allow(ask(ticket, cast.agent, "view_screen", "control"), "view_screen")
    assert audit.verify() == []
    ConsentItem.objects.filter(consent=consent, code="control").update(is_allowed=True)
    assert [(broken.table, broken.row) for broken in audit.verify()] == [("consent", consent.pk)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres_only
@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite lets one writer in at a time; races are tested on PostgreSQL"
)
def test_of_many_answers_at_once_one_counts(cast: Cast, ticket: Ticket) -> None:
    asked = ask(ticket, cast.agent, "view_screen", "control")

    def answer(*items: str):
        def act() -> str:
            try:
                return "|".join(allow(asked, *items).allowed)
            except DomainError as error:
                return error.code

        return act

    said = Counter(all_at_once([answer("view_screen"), answer("control"), answer()] * 3))
    assert said["already_answered"] == 8
    assert codes(ticket).count("consent_answered") == 1
    assert audit.verify() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres_only
@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite lets one writer in at a time; races are tested on PostgreSQL"
)
def test_of_many_reminders_at_once_one_is_sent(cast: Cast, ticket: Ticket) -> None:
    asked = ask(ticket, cast.agent)

    def act() -> str:
        try:
            remind(asked, cast.agent, timedelta(hours=2))
        except DomainError as error:
            return error.code
        return "sent"

    assert Counter(all_at_once([act] * 4)) == {"sent": 1, "too_soon": 3}
    assert told("consent_reminder") == ["requester"]
