"""Drafts held against past tickets: what is counted, how a try lives, and what the form says."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from escalation import whatif
from escalation.calendars import working_time
from escalation.history import steps_of, steps_of_many
from escalation.keeping import Standing, Step
from escalation.models import BusinessCalendar, Clock, SlaPolicy, SlaPolicyVersion, SlaRule, WhatIfRun
from escalation.ruler import Ruler
from escalation.services import alarms
from escalation.services import whatif as services
from escalation.services.policies import Terms, publish, save_rule
from escalation.snapshot import state_of
from escalation.tasks import try_drafts
from escalation.whatif import Trial, percentile, rounded
from helpdesk.common.errors import DomainError, InvalidInput
from tests.cast import Cast, assemble
from tests.escalation.conftest import MONDAY, PAUSES, TARGETS, GivePolicy
from tests.escalation.test_calendars import make_calendar
from tests.factories import bring_to, classification, make_ticket, resolution, run
from tests.notifications.processes import PATIENCE, ROOT, database_url
from tickets.lifecycle import Command, Status
from tickets.models import Category, Ticket, WaitingReason
from tickets.services.conversation import post_message
from tickets.services.engine import allowed_rules, run_command
from tickets.services.timers import run_due
from tickets.targets import State, Target

# Without whole hours: nothing is used up exactly when somebody acts.
ODD_TARGETS = {"receipt": 31, "response": 67, "update": 127, "resolution": 487, "confirmation": 2407}


def at(hours: float = 0) -> datetime:
    return MONDAY + timedelta(hours=hours)


def side(targets: dict[str, int], calendar: BusinessCalendar, pauses: dict[str, list[str]] | None = None) -> Any:
    return whatif.Terms(
        targets={Target(target): timedelta(minutes=minutes) for target, minutes in targets.items()},
        pauses={Target(target): frozenset(reasons) for target, reasons in (pauses or {}).items()},
        ruler=Ruler(working_time(calendar)),
    )


def forever() -> bool:
    return True


def work(hours: float = 500, may_go_on: Callable[[], bool] = forever) -> bool:
    return services.run_waiting(clock=lambda: at(hours), may_go_on=may_go_on)


class TestCounting:
    @pytest.fixture
    def calendar(self, db: None) -> BusinessCalendar:
        return make_calendar()

    @given(
        start=st.datetimes(datetime(2019, 1, 1), datetime(2027, 12, 31)),
        length=st.timedeltas(timedelta(0), timedelta(days=90)),
    )
    @settings(max_examples=60, deadline=None)
    def test_the_ruler_reads_what_the_calendar_counts(self, start: datetime, length: timedelta) -> None:
        arithmetic = working_time_of_no_database()
        begins = start.replace(tzinfo=UTC)
        read = Ruler(arithmetic).between(begins, begins + length)
        assert timedelta(microseconds=read) == arithmetic.between(begins, begins + length)

    def test_a_ruler_answers_alike_wherever_it_was_asked_before(self) -> None:
        arithmetic = working_time_of_no_database()
        ruler = Ruler(arithmetic)
        for year in (2026, 2019, 2030, 2024):
            begins, ends = datetime(year, 3, 1, 5, tzinfo=UTC), datetime(year, 4, 2, 6, tzinfo=UTC)
            assert timedelta(microseconds=ruler.between(begins, ends)) == arithmetic.between(begins, ends)
        assert ruler.between(at(5), at(2)) == 0

    def test_outcomes_of_known_clocks(self, calendar: BusinessCalendar) -> None:
        steps = [
            Step(at(0), Standing(Status.NEW)),
            Step(at(1), Standing(Status.IN_PROGRESS, is_accepted=True)),
            Step(at(2), Standing(Status.WAITING, is_accepted=True, waiting_reason="user")),
            Step(at(7), Standing(Status.IN_PROGRESS, is_accepted=True)),
        ]
        trial = Trial(
            side({"response": 59, "resolution": 181}, calendar, {"resolution": ["user"]}),
            side({"response": 60, "resolution": 179}, calendar, {"resolution": ["user"]}),
            at=at(8),
        )
        trial.take(7, "P2", steps)
        draft, in_force = trial.tallies
        assert draft.outcomes == {"response": {"P2": {"missed": 1}}, "resolution": {"P2": {"on_track": 1}}}
        assert in_force.outcomes == {"response": {"P2": {"met": 1}}, "resolution": {"P2": {"late": 1}}}
        assert (draft.breached, in_force.breached) == (1, 1)
        assert dict(draft.used["response"]) == {60: 1}
        assert [(one.ticket_id, one.target, one.over) for one in trial.worst] == [(7, "response", 60_000_000)]

    def test_without_the_pause_the_same_ticket_is_late(self, calendar: BusinessCalendar) -> None:
        steps = [
            Step(at(0), Standing(Status.WAITING, waiting_reason="user")),
            Step(at(7), Standing(Status.IN_PROGRESS)),
            Step(at(7.5), Standing(Status.RESOLVED)),
        ]
        trial = Trial(
            side({"resolution": 60}, calendar), side({"resolution": 60}, calendar, {"resolution": ["user"]}), at(9)
        )
        trial.take(1, "", steps)
        assert [tally.breached for tally in trial.tallies] == [1, 0]

    def test_used_up_exactly_at_closing_time_and_ended_in_the_night_is_missed(self, calendar: BusinessCalendar) -> None:
        for ended, expected in ((8, "met"), (9, "missed")):
            trial = Trial(side({"resolution": 8 * 60}, calendar), None, at(20))
            trial.take(1, "P1", [Step(at(0), Standing(Status.NEW)), Step(at(ended), Standing(Status.RESOLVED))])
            assert trial.tallies[0].outcomes == {"resolution": {"P1": {expected: 1}}}

    def test_an_update_that_came_late_once_is_missed(self, calendar: BusinessCalendar) -> None:
        told = Standing(Status.IN_PROGRESS, is_accepted=True, is_answered=True, is_told=True)
        steps = [Step(at(hours), told) for hours in (0, 3, 4)]
        steps.append(Step(at(5), Standing(Status.RESOLVED, is_accepted=True, is_answered=True)))
        trial = Trial(side({"update": 120}, calendar), None, at(9))
        trial.take(1, "P3", steps)
        assert trial.tallies[0].outcomes == {"update": {"P3": {"missed": 1}}}
        assert dict(trial.tallies[0].used["update"]) == {180: 1, 60: 2}

    def test_lengths_keep_three_digits_and_percentiles_are_ranks(self) -> None:
        assert [rounded(minutes) for minutes in (0, 7, 999, 1234, 98765)] == [0, 7, 999, 1230, 98700]
        assert (percentile({10: 5, 20: 4, 30: 1}, 50), percentile({10: 5, 20: 4, 30: 1}, 90)) == (10, 20)
        assert percentile({}, 50) is None

    def test_what_was_counted_survives_being_stored(self, calendar: BusinessCalendar) -> None:
        whole, halves = (Trial(side(TARGETS, calendar), side(TARGETS, calendar), at(30)) for _ in range(2))
        stories = [[Step(at(n / 10), Standing(Status.NEW)), Step(at(n), Standing(Status.RESOLVED))] for n in range(80)]
        for number, story in enumerate(stories):
            whole.take(number, "P1", story)
            halves.take(number, "P1", story)
            if number == 40:
                told = halves.as_json()
                halves = Trial(side(TARGETS, calendar), side(TARGETS, calendar), at(30))
                halves.go_on_from(told)
        assert halves.as_json() == whole.as_json()
        assert len(whole.worst) == whatif.WORST_KEPT


def working_time_of_no_database() -> Any:
    from bench.working_time import _calendar

    return _calendar()


ACTORS = ("requester", "agent", "lead")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["go on", "go on", "go on", *Command, "message", "note", "time passes"]),
        st.sampled_from(ACTORS),
        st.integers(min_value=0, max_value=30),
    ),
    max_size=20,
)


class AgreesWithTheClocks(TestCase):
    """A try of the version in force tells of every ticket what its stored clocks say."""

    @settings(max_examples=40, deadline=None)
    @given(STEPS)
    def test_whatever_happened(self, steps: list[tuple[str, str, int]]) -> None:
        cast = assemble()
        calendar = make_calendar()
        policy = SlaPolicy(name_zh="标准")
        publish(policy=policy, terms=Terms(calendar, ODD_TARGETS, PAUSES), actor=cast.admin, at=at())
        save_rule(rule=SlaRule(policy=policy), actor=cast.admin)
        now = at()
        ticket = make_ticket(cast.requester, at=now)
        for step, name, hours in steps:
            now += timedelta(hours=hours)
            self.take(step, ticket, getattr(cast, name), cast, now, hours)
        alarms.sound_due(at=now)
        trial = Trial(side(ODD_TARGETS, calendar, PAUSES), None, now)
        trial.take(ticket.pk, "", steps_of(ticket))
        counted = {target: next(iter(by[""])) for target, by in trial.tallies[0].outcomes.items()}
        assert counted == {clock.target: self.stored(clock, now) for clock in Clock.objects.filter(ticket=ticket)}
        assert [steps for _pk, steps in steps_of_many([ticket.pk], until=now)] == [steps_of(ticket)]

    @staticmethod
    def stored(clock: Clock, now: datetime) -> str:
        state = state_of(clock, now)
        if state == State.LATE:
            return "late"
        if state == State.MISSED or clock.firings.filter(percent=100).exists():
            return "missed"
        return "met" if state == State.MET else "on_track"

    def take(self, step: str, ticket: Ticket, actor: Any, cast: Cast, now: datetime, number: int) -> None:
        if step == "go on":
            allowed = [rule.command for rule in allowed_rules(Ticket.objects.get(pk=ticket.pk), actor, now)]
            step = allowed[number % len(allowed)] if allowed else "time passes"
        try:
            if step == "time passes":
                run_due(at=now)
            elif step in ("message", "note"):
                kind = "public" if step == "message" else "internal"
                post_message(ticket_id=ticket.pk, actor=actor, body="你好", kind=kind, at=now)
            else:
                data = {
                    **classification(),
                    **resolution(),
                    "reason": "因为",
                    "assignee": cast.agent,
                    "waiting_reason": WaitingReason.objects.get(code=("user", "vendor", "parts")[number % 3]),
                    "next_action_at": now + timedelta(hours=5),
                }
                run_command(ticket_id=ticket.pk, command=step, actor=actor, version=None, at=now, data=data)
        except DomainError:
            pass


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    sent: list[str] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, **options: sent.append(name))
    return sent


@pytest.fixture
def version(give_policy: GivePolicy) -> SlaPolicyVersion:
    return give_policy(targets={"resolution": 480}, pauses={})


def make_past(cast: Cast, hours: tuple[float, ...]) -> list[Ticket]:
    """Tickets that were solved so many hours after Monday 10:00."""
    tickets = []
    for number in hours:
        ticket = make_ticket(cast.requester, at=at())
        bring_to(ticket, "in_progress", cast.agent, at=at(0.1))
        tickets.append(run(ticket, "resolve", cast.agent, at=at(number), **resolution()))
    return tickets


def ask(version: SlaPolicyVersion, cast: Cast, minutes: int = 120, **facts: Any) -> WhatIfRun:
    terms = Terms(version.calendar, {"resolution": minutes})
    told = {"scope": "rules", "wanted": 1000, "actor": cast.admin, "at": at(400), **facts}
    return services.request_run(policy=version.policy, terms=terms, **told)


def breached(run: WhatIfRun) -> tuple[int, int, int]:
    run.refresh_from_db()
    result = run.result
    return result["tickets"], result["draft"]["breached"], result["in_force"]["breached"]


@pytest.mark.django_db
class TestRuns:
    def test_a_draft_is_tried_beside_the_version_in_force_and_changes_nothing(
        self, cast: Cast, version: SlaPolicyVersion
    ) -> None:
        tickets = make_past(cast, (1, 3, 7, 30))
        before = list(Clock.objects.order_by("pk").values())
        run = ask(version, cast)
        assert work() is False
        assert breached(run) == (4, 3, 1)
        assert (run.state, run.done, run.total) == ("done", 4, 4)
        assert [row[2] for row in run.result["worst"]] == [ticket.pk for ticket in tickets[:0:-1]]
        assert list(Clock.objects.order_by("pk").values()) == before
        assert version.policy.versions.count() == 1

    def test_the_last_tickets_count_and_nothing_that_came_after(self, cast: Cast, version: SlaPolicyVersion) -> None:
        make_past(cast, (30, 30, 1, 3))
        run = ask(version, cast, wanted=2, scope="all")
        make_past(cast, (30,))
        work()
        assert breached(run) == (2, 1, 0)

    def test_only_tickets_that_the_rules_take(self, cast: Cast, give_policy: GivePolicy) -> None:
        branch = Category.objects.get(code="business_apps")
        version = give_policy("业务", rule={"category": branch, "position": 1}, targets={"resolution": 480})
        give_policy("其他", rule={"position": 2})
        make_past(cast, (3, 30))
        make_ticket(cast.requester, at=at())
        for scope, expected in (("rules", 2), ("all", 3)):
            run = ask(version, cast, scope=scope)
            work()
            assert breached(run)[0] == expected

    def test_a_try_goes_on_where_it_was_left(
        self, cast: Cast, version: SlaPolicyVersion, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_past(cast, (1, 3, 7, 30, 3))
        whole = ask(version, cast)
        work()
        monkeypatch.setattr(services, "SLICE", 2)
        parts = ask(version, cast)
        seen = []
        while work(may_go_on=lambda: False):
            parts.refresh_from_db()
            seen.append((parts.state, parts.done, parts.result["tickets"]))
        assert seen == [("running", 2, 2), ("running", 4, 4)]
        whole.refresh_from_db()
        parts.refresh_from_db()
        assert (parts.state, parts.turn) == ("done", 3)
        assert parts.result == whole.result

    def test_two_workers_never_work_on_one_try(
        self, cast: Cast, version: SlaPolicyVersion, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_past(cast, (1, 3, 7))
        monkeypatch.setattr(services, "SLICE", 1)
        run = ask(version, cast)
        others = []

        def meanwhile() -> bool:
            others.append(services._claim(at(500)))
            return True

        work(500, may_go_on=meanwhile)
        assert others == [None, None, None]
        assert breached(run) == (3, 2, 0)

    def test_who_lost_the_lease_saves_nothing_more(
        self, cast: Cast, version: SlaPolicyVersion, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_past(cast, (1, 3, 7))
        monkeypatch.setattr(services, "SLICE", 1)
        run = ask(version, cast)

        def slept_too_long() -> bool:
            if run.turn == 0:
                run.turn = 1
                assert services.run_waiting(clock=lambda: at(501), may_go_on=forever) is False, "the other one ends it"
            return True

        work(500, may_go_on=slept_too_long)
        assert breached(run) == (3, 2, 0)
        assert (run.state, run.turn) == ("done", 2)

    def test_a_cancelled_try_stops_with_the_next_slice(
        self, cast: Cast, version: SlaPolicyVersion, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_past(cast, (1, 3, 7))
        monkeypatch.setattr(services, "SLICE", 1)
        run = ask(version, cast)
        work(may_go_on=lambda: services.cancel_run(run=run, at=at(500)))
        assert breached(run)[0] == 1
        assert run.state == "cancelled"
        assert services.cancel_run(run=run, at=at(500)) is False

    def test_what_cannot_be_counted_fails_and_keeps_no_other_waiting(
        self, cast: Cast, version: SlaPolicyVersion, give_policy: GivePolicy, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_past(cast, (1,))
        broken = ask(version, cast)
        WhatIfRun.objects.filter(pk=broken.pk).update(terms={"targets": {"resolution": "much"}})
        other = ask(give_policy("其他", rule={"position": 5, "priority": "P1"}), cast, scope="all")
        work()
        broken.refresh_from_db()
        other.refresh_from_db()
        assert (broken.state, other.state) == ("failed", "done")

    def test_a_try_that_kills_its_workers_is_given_up(self, cast: Cast, version: SlaPolicyVersion) -> None:
        make_past(cast, (1,))
        run = ask(version, cast)
        for turn in range(services.MOST_ATTEMPTS):
            assert services._claim(at(500 + turn)) is not None
        assert services._claim(at(600)) is None
        run.refresh_from_db()
        assert run.state == "failed"

    @pytest.mark.parametrize(
        ("facts", "field"),
        [
            ({"wanted": 0}, "try_count"),
            ({"wanted": 100_001}, "try_count"),
            ({"scope": "some"}, "try_scope"),
            ({"minutes": 0}, "resolution"),
        ],
    )
    def test_what_cannot_be_is_refused(
        self, cast: Cast, version: SlaPolicyVersion, facts: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(InvalidInput) as refusal:
            ask(version, cast, **facts)
        assert list(refusal.value.fields) == [field]
        assert not WhatIfRun.objects.exists()

    def test_one_at_a_time_and_old_ones_are_forgotten(self, cast: Cast, version: SlaPolicyVersion) -> None:
        for _number in range(services.KEPT + 3):
            last = ask(version, cast)
            with pytest.raises(InvalidInput):
                ask(version, cast)
            work()
        assert version.policy.tries.count() <= services.KEPT + 1
        assert version.policy.tries.filter(pk=last.pk).exists()

    def test_without_a_rule_only_all_tickets_can_be_tried(self, cast: Cast, calendar: BusinessCalendar) -> None:
        policy = SlaPolicy(name_zh="新")
        version = publish(policy=policy, terms=Terms(calendar, {"resolution": 60}), actor=cast.admin, at=at())
        with pytest.raises(InvalidInput) as refusal:
            ask(version, cast)
        assert list(refusal.value.fields) == ["try_scope"]
        run = ask(version, cast, scope="all")
        work()
        run.refresh_from_db()
        assert (run.state, run.result["tickets"]) == ("done", 0)

    def test_the_queries_do_not_grow_with_the_tickets(
        self, cast: Cast, version: SlaPolicyVersion, django_assert_max_num_queries: Any
    ) -> None:
        make_past(cast, (1, 3, 7, 9, 11, 13, 15, 17, 19, 21))
        ask(version, cast)
        with django_assert_max_num_queries(12):
            work()


@pytest.mark.django_db(transaction=True)
class TestWorkers:
    def test_asking_rings_and_the_task_does_it(self, cast: Cast, version: SlaPolicyVersion, rung: list[str]) -> None:
        make_past(cast, (1, 3))
        rung.clear()
        run = ask(version, cast)
        assert rung == [try_drafts.name]
        try_drafts()
        assert breached(run) == (2, 1, 0)

    def test_an_absent_broker_costs_nothing(
        self, cast: Cast, version: SlaPolicyVersion, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(name: str, **options: Any) -> None:
            raise ConnectionError("nobody there")

        monkeypatch.setattr(current_app, "send_task", fail)
        assert ask(version, cast).state == "waiting"

    def test_a_killed_worker_is_followed_by_one_that_ends_with_the_same_result(
        self, cast: Cast, version: SlaPolicyVersion, rung: list[str], tmp_path: Path
    ) -> None:
        make_past(cast, (1, 3, 7, 30, 3, 12))
        whole = ask(version, cast)
        work()
        run = ask(version, cast)
        worker = subprocess.Popen(
            [sys.executable, "-c", HANGING_WORKER, at(500).isoformat()],
            cwd=ROOT,
            env=environment(tmp_path),
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "in the middle\n"
        finally:
            worker.kill()
        worker.wait(PATIENCE)
        run.refresh_from_db()
        assert (run.state, run.done) == ("running", 4)
        assert work(500) is False, "its lease still holds"
        run.refresh_from_db()
        assert run.state == "running"
        work(501)
        run.refresh_from_db()
        whole.refresh_from_db()
        assert (run.state, run.done, run.turn) == ("done", 6, 2)
        assert run.result == whole.result


# Two slices of two tickets, then it hangs until it is killed.
HANGING_WORKER = """
import sys, time
from datetime import datetime
import django
django.setup()
from escalation.services import whatif
whatif.SLICE = 2
slices = []
def may_go_on():
    slices.append(1)
    if len(slices) == 2:
        print("in the middle", flush=True)
        time.sleep(120)
    return True
whatif.run_waiting(clock=lambda: datetime.fromisoformat(sys.argv[1]), may_go_on=may_go_on)
"""


def environment(folder: Path) -> dict[str, str]:
    import os

    return {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ},
        "DJANGO_SETTINGS_MODULE": "helpdesk.settings",
        "DATABASE_URL": database_url(),
        "DATA_DIR": str(folder),
        "SECRET_KEY": "kV9w2qLrT7xYb4NcZ8mHs3JdF6gPa1EuXo5iRtWyQeBnMkCvDz",
        "LOG_LEVEL": "ERROR",
    }


@pytest.mark.django_db
class TestPages:
    @pytest.fixture
    def browser(self, client: Client, cast: Cast) -> Client:
        client.force_login(cast.admin)
        return client

    def answers(self, version: SlaPolicyVersion, **more: Any) -> dict[str, Any]:
        told = {"name_zh": "标准", "name_en": "标准", "calendar": version.calendar.pk, "thresholds": "50, 100"}
        return {**told, "resolution": "2h", "try_count": "1000", "try_scope": "rules", "_try": "Try", **more}

    def post(self, browser: Client, version: SlaPolicyVersion, **more: Any) -> Any:
        address = reverse("admin:escalation_slapolicy_change", args=[version.policy_id])
        return browser.post(address, self.answers(version, **more), HTTP_ACCEPT_LANGUAGE="en")

    def test_the_draft_is_tried_and_not_saved(self, browser: Client, cast: Cast, version: SlaPolicyVersion) -> None:
        make_past(cast, (1, 3, 30))
        begun = self.post(browser, version)
        made = WhatIfRun.objects.get()
        address = reverse("admin:escalation_slapolicy_try", args=[version.policy_id, made.pk])
        assert (begun.status_code, begun.url) == (302, address)
        assert version.policy.versions.count() == 1
        waiting = browser.get(address, HTTP_ACCEPT_LANGUAGE="en").content.decode()
        assert "It waits for a worker" in waiting
        assert 'http-equiv="refresh"' in waiting
        work()
        page = browser.get(address, HTTP_ACCEPT_LANGUAGE="en").content.decode()
        assert "With this draft 2 of 3 tickets would have missed at least one time." in page
        assert "With version 1 it is 1." in page
        assert "“Solution”: 2h instead of 8h." in page
        assert 'http-equiv="refresh"' not in page
        assert Ticket.objects.order_by("-pk")[0].number in page
        listed = browser.get(reverse("admin:escalation_slapolicy_change", args=[version.policy_id]))
        assert address in listed.content.decode()

    @pytest.mark.parametrize(
        ("answers", "sentence"),
        [
            ({"try_count": "0"}, "Choose between 1 and 100,000 tickets."),
            ({"try_count": "many"}, "Choose between 1 and 100,000 tickets."),
            ({"try_count": "100001"}, "Choose between 1 and 100,000 tickets."),
            ({"try_scope": ""}, "Choose which tickets to try it on."),
            ({"resolution": "0m"}, "at least one minute"),
            ({"resolution": ""}, "at least one time"),
        ],
    )
    def test_what_cannot_be_tried_comes_back_with_a_sentence_and_saves_nothing(
        self, browser: Client, version: SlaPolicyVersion, answers: dict[str, Any], sentence: str
    ) -> None:
        page = self.post(browser, version, **answers)
        assert page.status_code == 200
        assert sentence in page.content.decode()
        assert version.policy.versions.count() == 1
        assert not WhatIfRun.objects.exists()

    def test_a_second_try_has_to_wait_and_saves_nothing(self, browser: Client, version: SlaPolicyVersion) -> None:
        self.post(browser, version)
        page = self.post(browser, version)
        assert "still running" in page.content.decode()
        assert (version.policy.versions.count(), WhatIfRun.objects.count()) == (1, 1)

    def test_cancelling(self, browser: Client, version: SlaPolicyVersion) -> None:
        self.post(browser, version)
        made = WhatIfRun.objects.get()
        address = reverse("admin:escalation_slapolicy_try_cancel", args=[version.policy_id, made.pk])
        assert browser.get(address).status_code == 405
        page = browser.post(address, follow=True, HTTP_ACCEPT_LANGUAGE="en").content.decode()
        assert "Cancelled after 0 of 0 tickets" in page
        assert "ended already" in browser.post(address, follow=True, HTTP_ACCEPT_LANGUAGE="en").content.decode()

    def test_confidential_tickets_are_counted_and_not_named(
        self, browser: Client, cast: Cast, version: SlaPolicyVersion
    ) -> None:
        (secret,) = make_past(cast, (30,))
        Ticket.objects.filter(pk=secret.pk).update(is_confidential=True)
        self.post(browser, version)
        work()
        made = WhatIfRun.objects.get()
        page = browser.get(reverse("admin:escalation_slapolicy_try", args=[version.policy_id, made.pk]))
        assert breached(made) == (1, 1, 1)
        assert secret.number not in page.content.decode()

    def test_others_find_nothing(self, client: Client, cast: Cast, version: SlaPolicyVersion) -> None:
        made = ask(version, cast)
        addresses = [
            reverse(f"admin:escalation_slapolicy_{name}", args=[version.policy_id, made.pk])
            for name in ("try", "try_cancel")
        ]
        for person in (cast.requester, cast.agent, cast.lead):
            client.force_login(person)
            for address in addresses:
                assert client.get(address).status_code == 404
                assert client.post(address).status_code == 404
        client.force_login(cast.admin)
        assert client.get(reverse("admin:escalation_slapolicy_try", args=["999", made.pk])).status_code == 404
        assert client.get(reverse("admin:escalation_slapolicy_try", args=["x", made.pk])).status_code == 404
        made.refresh_from_db()
        assert made.state == "waiting"
