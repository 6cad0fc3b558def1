"""A hand-over from the first line to the top: asked, accepted, sent back, climbed on, and always with a named person."""

from __future__ import annotations

import json
import threading
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, close_old_connections, connection, transaction
from django.test.utils import CaptureQueriesContext

from escalation import drawing
from escalation.models import BusinessCalendar, Escalation, EscalationLevel, EscalationPath, Package
from escalation.services import alarms, automatic, handovers
from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed, NotVisible
from helpdesk.common.models import OutboxMessage
from helpdesk.periodic import sweep
from tests.cast import Cast
from tests.escalation.conftest import MONDAY, GivePolicy
from tests.escalation.test_calendars import make_calendar
from tests.factories import TeamFactory, UserFactory, agent_in, bring_to, make_ticket, reply, resolution, run
from tickets.dossier import dossier
from tickets.handover import PARTS
from tickets.models import MajorIncident, Ticket, TicketTask, WaitingReason
from tickets.services import audit, tasks
from tickets.services.erasing.tickets import erase_ticket

pytestmark = pytest.mark.django_db

ROUND_THE_CLOCK = {"hours": [["00:00-24:00"]] * 7, "country": "", "name_zh": "全天"}
PACKAGE = {name: f"说明 {name}" for name in PARTS}


def at(minutes: float = 0) -> datetime:
    return MONDAY + timedelta(minutes=minutes)


def told(topic: str) -> list[str]:
    rows = OutboxMessage.objects.filter(topic=topic, channel="email").order_by("id")
    return list(rows.values_list("recipient__username", flat=True))


def escalate(ticket: Ticket, actor: User | None, minutes: float = 0, **data: Any) -> Escalation:
    given = {"reason_code": "beyond_competence", **PACKAGE, **data}
    run(ticket, "escalate", actor, at=at(minutes), **given)
    return Escalation.objects.filter(ticket=ticket).latest("id")


@pytest.fixture
def all_day() -> BusinessCalendar:
    return make_calendar(**ROUND_THE_CLOCK)


@pytest.fixture
def path(cast: Cast, all_day: BusinessCalendar) -> EscalationPath:
    """L2: agent2, then the lead, 15 minutes each. L3: the admin's colleague "boss", an hour, nobody behind."""
    boss = agent_in(cast.applications, username="boss", full_name="王总", is_lead=True)
    path = EscalationPath.objects.create(name_zh="默认", name_en="Default")
    level = {"path": path, "calendar": all_day}
    EscalationLevel.objects.create(
        number=1,
        team=cast.applications,
        responsible=cast.agent2,
        deputy=cast.lead,
        acceptance_minutes=15,
        actions=["offer"],
        **level,
    )
    EscalationLevel.objects.create(
        number=2, team=cast.applications, responsible=boss, acceptance_minutes=60, actions=["offer"], **level
    )
    return path


@pytest.fixture
def ticket(cast: Cast, path: EscalationPath) -> Ticket:
    ticket = bring_to(make_ticket(cast.requester, at=at()), "in_progress", cast.agent, at=at())
    OutboxMessage.objects.all().delete()
    return ticket


class TestOffering:
    def test_the_next_level_is_asked_and_the_holder_stays_owner(self, cast: Cast, ticket: Ticket) -> None:
        escalation = escalate(ticket, cast.agent)
        assert (escalation.state, escalation.offered_to, escalation.accept_by_at) == ("offered", cast.agent2, at(15))
        assert (ticket.escalation_level, ticket.offered_to, ticket.assignee) == (1, cast.agent2, cast.agent)
        assert escalation.package.parts["asked"] == "说明 asked"
        assert escalation.package.is_complete
        assert told("escalation_offered") == ["agent2"]
        codes = list(ticket.events.order_by("sequence").values_list("code", flat=True))
        assert codes[-2:] == ["escalate", "handover_offered"]
        assert audit.verify() == []

    @pytest.mark.parametrize("gap", PARTS)
    def test_without_a_part_of_the_package_nothing_happens(self, cast: Cast, ticket: Ticket, gap: str) -> None:
        with pytest.raises(InvalidInput) as caught:
            escalate(ticket, cast.agent, **{gap: "  "})
        assert list(caught.value.fields) == [gap]
        assert not Escalation.objects.exists()

    def test_only_a_lead_sends_an_incomplete_package_of_an_urgent_ticket(self, cast: Cast, ticket: Ticket) -> None:
        gaps = {"asked": "", "access": ""}
        with pytest.raises(NotAllowed):
            escalate(ticket, cast.agent, is_forced=True, **gaps)
        assert ticket.priority == "P2"
        escalation = escalate(ticket, cast.lead, is_forced=True, **gaps)
        assert escalation.package.missing == ("asked", "access")

    def test_a_ticket_under_way_is_not_handed_on_twice(self, cast: Cast, ticket: Ticket) -> None:
        escalate(ticket, cast.agent)
        with pytest.raises(Conflict) as caught:
            escalate(ticket, cast.agent)
        assert caught.value.code == "already_escalated"

    def test_a_level_can_be_chosen_and_one_that_is_none_is_refused(self, cast: Cast, ticket: Ticket) -> None:
        with pytest.raises(InvalidInput):
            escalate(ticket, cast.agent, to_level=7)
        assert escalate(ticket, cast.agent, to_level=2).offered_to.username == "boss"

    def test_the_package_is_never_changed(self, cast: Cast, ticket: Ticket) -> None:
        package = escalate(ticket, cast.agent).package
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            Package.objects.filter(pk=package.pk).update(parts={"problem": "别的"})
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            Package.objects.filter(pk=package.pk).update(parts={}, facts={})
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            Package.objects.filter(pk=package.pk)._raw_delete("default")

    def test_a_level_does_what_its_path_says(self, cast: Cast, ticket: Ticket, path: EscalationPath) -> None:
        """Wide impact: the priority goes up, the team is told, and the responsible person commands an incident (M3.4-4)."""
        path.levels.filter(number=1).update(actions=["notify", "offer", "raise_priority", "declare_incident"])
        escalate(ticket, cast.agent, reason_code="major_impact")
        assert ticket.priority == "P1"
        incident = MajorIncident.objects.get()
        assert (incident.ticket, incident.commander, incident.declared_by) == (ticket, cast.agent2, None)
        assert set(told("escalation_told")) == {
            person.username
            for person in User.objects.filter(memberships__team=cast.applications)
            if person != cast.agent2
        }
        assert audit.verify() == []
        escalate_again = Escalation.objects.get()
        handovers.send_back(escalation_id=escalate_again.pk, reason="再看看", actor=cast.agent2, at=at(1))
        assert escalate(ticket, cast.agent, 2, reason_code="major_impact").state == "offered", (
            "declared once, handed on twice"
        )
        assert MajorIncident.objects.count() == 1

    def test_where_no_path_fits_the_teams_lead_is_asked(self, cast: Cast) -> None:
        ticket = bring_to(make_ticket(cast.requester, at=at()), "in_progress", cast.agent, at=at())
        escalation = escalate(ticket, cast.agent)
        assert (escalation.level, escalation.offered_to) == (None, cast.lead)
        assert escalation.accept_by_at == at(60)

    def test_confidential_tickets_open_to_whoever_is_asked(self, cast: Cast, ticket: Ticket) -> None:
        Ticket.objects.filter(pk=ticket.pk).update(is_confidential=True, team=cast.first_line)
        assert not Ticket.objects.visible_to(cast.agent2).filter(pk=ticket.pk).exists()
        escalate(ticket, cast.agent)
        assert Ticket.objects.visible_to(cast.agent2).filter(pk=ticket.pk).exists()


class TestAnswering:
    def test_accepting_moves_ticket_and_team_and_tells_everybody(self, cast: Cast, ticket: Ticket) -> None:
        escalation = escalate(ticket, cast.agent)
        handovers.accept(escalation_id=escalation.pk, actor=cast.agent2, at=at(5))
        ticket.refresh_from_db()
        assert (ticket.assignee, ticket.team, ticket.offered_to) == (cast.agent2, cast.applications, None)
        assert ticket.escalation_level == 1
        assert told("escalation_accepted") == ["agent"]
        assert told("passed_on") == ["requester"]
        public = ticket.events.visible_to(cast.requester).order_by("sequence").values_list("code", flat=True)
        assert list(public)[-2:] == ["escalate", "handover_accepted"]

    def test_taking_over_a_classified_ticket_is_acknowledging_it(self, cast: Cast, path: EscalationPath) -> None:
        ticket = bring_to(make_ticket(cast.requester, at=at()), "classified", cast.agent, at=at())
        escalation = escalate(ticket, cast.agent)
        handovers.accept(escalation_id=escalation.pk, actor=cast.agent2, at=at(5))
        ticket.refresh_from_db()
        assert (ticket.status, ticket.accepted_by, ticket.accepted_at) == ("in_progress", cast.agent2, at(5))

    def test_sending_back_needs_a_reason_and_leaves_the_owner(self, cast: Cast, ticket: Ticket) -> None:
        escalation = escalate(ticket, cast.agent)
        with pytest.raises(InvalidInput):
            handovers.send_back(escalation_id=escalation.pk, reason=" ", actor=cast.agent2, at=at(5))
        handovers.send_back(escalation_id=escalation.pk, reason="请先附上日志", actor=cast.agent2, at=at(6))
        ticket.refresh_from_db()
        assert (ticket.assignee, ticket.escalation_level, ticket.offered_to) == (cast.agent, 0, None)
        assert told("escalation_returned") == ["agent"]
        assert escalate(ticket, cast.agent, 7).state == "offered", "it can be handed on again"

    def test_strangers_cannot_answer(self, cast: Cast, ticket: Ticket) -> None:
        escalation = escalate(ticket, cast.agent)
        with pytest.raises(NotAllowed):
            handovers.accept(escalation_id=escalation.pk, actor=cast.agent, at=at(1))
        with pytest.raises(NotVisible):
            handovers.accept(escalation_id=escalation.pk, actor=cast.requester, at=at(1))

    def test_an_answer_comes_once(self, cast: Cast, ticket: Ticket) -> None:
        escalation = escalate(ticket, cast.agent)
        handovers.accept(escalation_id=escalation.pk, actor=cast.agent2, at=at(5))
        for answer in (
            lambda: handovers.accept(escalation_id=escalation.pk, actor=cast.lead, at=at(6)),
            lambda: handovers.send_back(escalation_id=escalation.pk, reason="晚了", actor=cast.lead, at=at(6)),
        ):
            with pytest.raises(Conflict) as caught:
                answer()
            assert caught.value.code == "not_offered"

    def test_a_ticket_solved_meanwhile_waits_for_nobody(self, cast: Cast, ticket: Ticket) -> None:
        escalation = escalate(ticket, cast.agent)
        run(ticket, "resolve", cast.agent, at=at(5), **resolution())
        escalation.refresh_from_db()
        assert (escalation.state, ticket.offered_to) == ("ended", None)
        assert automatic.climb_due(at=at(600)) == {}


class TestClimbing:
    def test_nobody_answers_and_it_ends_with_the_last_responsible_person(self, cast: Cast, ticket: Ticket) -> None:
        escalate(ticket, cast.agent)
        asked = []
        for minutes in (14, 15, 29, 30, 89, 90, 200):
            automatic.climb_due(at=at(minutes))
            ticket.refresh_from_db()
            asked.append((minutes, ticket.offered_to.username, ticket.escalation_level))
        assert asked == [
            (14, "agent2", 1),
            (15, "lead", 1),
            (29, "lead", 1),
            (30, "boss", 2),
            (89, "boss", 2),
            (90, "boss", 2),
            (200, "boss", 2),
        ]
        assert Counter(told("escalation_offered")) == {"agent2": 1, "lead": 1, "boss": 1}
        assert told("escalation_left") == ["boss"]
        assert Counter(told("escalation_climbed")) == {"agent": 1, "lead": 1}
        first, second = Escalation.objects.order_by("id")
        assert (first.state, second.state, second.previous) == ("climbed", "offered", first)
        assert second.package == first.package
        assert audit.verify() == []
        boss = User.objects.get(username="boss")
        handovers.accept(escalation_id=second.pk, actor=boss, at=at(300))
        ticket.refresh_from_db()
        assert ticket.assignee == boss

    def test_when_everybody_on_the_path_has_left_whoever_leads_has_it(
        self, cast: Cast, ticket: Ticket, path: EscalationPath
    ) -> None:
        path.levels.filter(number=2).update(actions=["notify"])
        escalate(ticket, cast.agent, to_level=2)
        User.objects.filter(username="boss").update(is_active=False)
        assert automatic.climb_due(at=at(60)) == {"left": 1}
        ticket.refresh_from_db()
        assert ticket.offered_to == cast.lead
        assert told("escalation_left") == ["lead"]

    def test_who_is_absent_is_asked_through_the_substitute(self, cast: Cast, ticket: Ticket) -> None:
        substitute = agent_in(cast.applications, username="stand_in")
        cast.agent2.absences.create(starts_at=at(-60), ends_at=at(600), substitute=substitute)
        escalation = escalate(ticket, cast.agent)
        assert (escalation.offered_to, escalation.stands_for) == (substitute, cast.agent2)

    def test_a_level_that_has_taken_over_has_its_own_time(
        self, cast: Cast, ticket: Ticket, path: EscalationPath
    ) -> None:
        """It pauses while the ticket waits; when it is over, the next level is asked (M3.4-6)."""
        path.levels.filter(number=1).update(handling_minutes=60)
        escalation = escalate(ticket, cast.agent)
        handovers.accept(escalation_id=escalation.pk, actor=cast.agent2, at=at(10))
        escalation.refresh_from_db()
        assert escalation.handle_by_at == at(70)
        waits = WaitingReason.objects.get(code="user")
        run(ticket, "wait", cast.agent2, at=at(30), waiting_reason=waits, next_action_at=at(9999))
        assert automatic.climb_due(at=at(200)) == {}
        run(ticket, "resume", cast.agent2, at=at(200))
        assert automatic.climb_due(at=at(239)) == {}
        assert automatic.climb_due(at=at(240)) == {"asked_above": 1}
        ticket.refresh_from_db()
        assert (ticket.escalation_level, ticket.offered_to.username) == (2, "boss")
        assert ticket.assignee == cast.agent2, "until somebody above accepts it"

    def test_solved_in_its_time_a_level_asks_nobody(self, cast: Cast, ticket: Ticket, path: EscalationPath) -> None:
        path.levels.filter(number=1).update(handling_minutes=60)
        escalation = escalate(ticket, cast.agent)
        handovers.accept(escalation_id=escalation.pk, actor=cast.agent2, at=at(10))
        run(ticket, "resolve", cast.agent2, at=at(40), **resolution())
        assert automatic.climb_due(at=at(500)) == {}
        run(ticket, "reject", cast.requester, at=at(500), reason="还是不行")
        assert automatic.climb_due(at=at(529)) == {}
        assert automatic.climb_due(at=at(530)) == {"asked_above": 1}

    def test_a_return_from_above_goes_down_to_where_it_was_accepted(self, cast: Cast, ticket: Ticket) -> None:
        escalate(ticket, cast.agent)
        automatic.climb_due(at=at(15))
        automatic.climb_due(at=at(30))
        last = Escalation.objects.latest("id")
        handovers.send_back(escalation_id=last.pk, reason="不是我们的", actor=last.offered_to, at=at(40))
        ticket.refresh_from_db()
        assert (ticket.escalation_level, ticket.assignee) == (0, cast.agent)

    def test_at_the_top_nobody_is_above(self, cast: Cast, ticket: Ticket) -> None:
        escalation = escalate(ticket, cast.agent, to_level=2)
        handovers.accept(escalation_id=escalation.pk, actor=escalation.offered_to, at=at(1))
        ticket.refresh_from_db()
        with pytest.raises(Conflict) as caught:
            escalate(ticket, cast.lead, 2)
        assert caught.value.code == "top_reached"


class TestDrawing:
    """The way up as the workspace draws it."""

    def teams(self, ticket: Ticket, minutes: float) -> list[str]:
        way = drawing.way_of(Ticket.objects.get(pk=ticket.pk), at=at(minutes))
        return [f"{stop.label} {stop.team.name_en if stop.team else '?'} {stop.state}" for stop in way]

    def test_the_first_line_keeps_its_team_wherever_the_ticket_goes(self, cast: Cast, ticket: Ticket) -> None:
        assert self.teams(ticket, 0)[0] == "L1 First line current"
        escalation = escalate(ticket, cast.agent)
        assert self.teams(ticket, 1)[:2] == ["L1 First line done", "L2 Applications current"]
        handovers.accept(escalation_id=escalation.pk, actor=cast.agent2, at=at(5))
        network = TeamFactory(name_en="Network")
        run(ticket, "assign", cast.lead, at=at(6), team=network, reason="x")
        assert self.teams(ticket, 7)[:2] == ["L1 First line done", "L2 Applications current"]
        escalate(ticket, cast.lead, 8)
        assert self.teams(ticket, 9) == ["L1 First line done", "L2 Applications done", "L3 Applications current"]

    def test_it_costs_no_query_more(self, cast: Cast, ticket: Ticket) -> None:
        escalation = escalate(ticket, cast.agent)
        handovers.accept(escalation_id=escalation.pk, actor=cast.agent2, at=at(5))
        costs = []
        for team in (cast.first_line, None):
            Escalation.objects.update(from_team=team)
            with CaptureQueriesContext(connection) as queries:
                self.teams(ticket, 6)
            costs.append(len(queries))
        assert costs[0] == costs[1]

    def test_a_level_that_nobody_answered_came_from_the_same_team(self, cast: Cast, ticket: Ticket) -> None:
        escalate(ticket, cast.agent)
        automatic.climb_due(at=at(15))
        automatic.climb_due(at=at(30))
        assert list(Escalation.objects.values_list("from_team__name_en", flat=True)) == ["First line"] * 2


class TestByTheClock:
    @pytest.fixture
    def overdue(self, cast: Cast, give_policy: GivePolicy, path: EscalationPath) -> Ticket:
        give_policy(targets={"resolution": 60}, pauses={}, thresholds=[100], escalate_at={"resolution": 100})
        ticket = bring_to(make_ticket(cast.requester, at=at()), "in_progress", cast.agent, at=at())
        reply(ticket, cast.agent, "已重启服务，仍然报错", at=at(10))
        OutboxMessage.objects.all().delete()
        return ticket

    def test_a_missed_target_sends_the_ticket_up_with_what_it_knows(self, cast: Cast, overdue: Ticket) -> None:
        alarms.sound_due(at=at(60))
        escalation = Escalation.objects.get()
        assert (escalation.reason, escalation.offered_to, escalation.offered_by) == ("overdue", cast.agent2, None)
        assert "已重启服务" in escalation.package.parts["attempts"]
        assert escalation.package.missing == ("current_state", "asked", "access")
        assert told("package_incomplete") == ["agent"]
        alarms.sound_due(at=at(61))
        assert Escalation.objects.count() == 1

    def test_the_holder_completes_the_package_and_the_old_one_stays(self, cast: Cast, overdue: Ticket) -> None:
        alarms.sound_due(at=at(60))
        escalation = Escalation.objects.get()
        with pytest.raises(InvalidInput) as caught:
            handovers.complete(escalation_id=escalation.pk, parts={}, files=[], actor=cast.agent, at=at(61))
        assert set(caught.value.fields) == set(PARTS)
        handovers.complete(escalation_id=escalation.pk, parts=PACKAGE, files=[], actor=cast.agent, at=at(62))
        escalation.refresh_from_db()
        assert escalation.package.is_complete
        assert Package.objects.count() == 2
        assert told("package_completed") == ["agent2"]

    def test_a_part_of_the_target_and_silence_have_their_own_reasons(
        self, cast: Cast, give_policy: GivePolicy, path: EscalationPath
    ) -> None:
        give_policy(
            targets={"resolution": 160, "update": 30},
            pauses={},
            thresholds=[100],
            escalate_at={"resolution": 75, "update": 300},
        )
        early = bring_to(make_ticket(cast.requester, at=at()), "in_progress", cast.agent, at=at())
        reply(early, cast.agent, at=at(85))
        silent = bring_to(make_ticket(cast.requester, at=at(60)), "in_progress", cast.agent, at=at(60))
        alarms.sound_due(at=at(120))
        alarms.sound_due(at=at(150))
        reasons = {row.ticket: row.reason for row in Escalation.objects.select_related("ticket")}
        assert reasons == {early: "threshold", silent: "silence"}

    def test_the_third_reopening_sends_it_up(self, cast: Cast, ticket: Ticket) -> None:
        for round_number in range(3):
            run(ticket, "resolve", cast.agent, at=at(round_number * 10 + 1), **resolution())
            run(ticket, "reject", cast.requester, at=at(round_number * 10 + 2), reason="还是不行")
        assert Escalation.objects.get().reason == "reopened"
        assert audit.verify() == []

    def test_left_alone_for_a_day_it_climbs_to_the_top_in_one_late_sweep(self, cast: Cast, overdue: Ticket) -> None:
        """Nobody swept for a day: the next sweeps catch up, and nobody is told anything twice."""
        for _turn in range(5):
            sweep(at=at(24 * 60))
        overdue.refresh_from_db()
        assert overdue.offered_to == cast.agent2, "each person has their time from when they were asked"
        assert told("escalation_offered") == ["agent2"]


class TestTeams:
    def test_each_team_gets_a_task_and_all_must_end_before_the_solution(self, cast: Cast, ticket: Ticket) -> None:
        with pytest.raises(InvalidInput):
            escalate(ticket, cast.agent, reason_code="multi_team")
        escalate(ticket, cast.agent, reason_code="multi_team", teams=[cast.first_line, cast.applications])
        first, second = TicketTask.objects.order_by("id")
        assert ticket.open_matters == 2
        with pytest.raises(Conflict) as caught:
            run(ticket, "resolve", cast.agent, at=at(5), **resolution())
        assert caught.value.code == "open_matters"
        tasks.end_task(task_id=first.pk, state=TicketTask.State.DONE, result="已检查", actor=cast.agent, at=at(6))
        with pytest.raises(Conflict):
            tasks.end_task(task_id=first.pk, state=TicketTask.State.DONE, result="再来", actor=cast.agent, at=at(7))
        tasks.end_task(task_id=second.pk, state=TicketTask.State.DROPPED, result="不需要", actor=cast.agent2, at=at(8))
        run(ticket, "resolve", cast.agent, at=at(9), **resolution())
        assert (ticket.status, ticket.open_matters) == ("resolved", 0)

    def test_a_task_belongs_to_its_team(self, cast: Cast, ticket: Ticket) -> None:
        task = tasks.add_task(ticket_id=ticket.pk, team=cast.applications, words="查日志", actor=cast.agent, at=at(1))
        outsider = agent_in(type(cast.first_line).objects.create(name_zh="别组"), username="outsider")
        with pytest.raises(NotAllowed):
            tasks.end_task(task_id=task.pk, state=TicketTask.State.DONE, result="好", actor=outsider, at=at(2))
        with pytest.raises(NotVisible):
            tasks.end_task(task_id=task.pk, state=TicketTask.State.DONE, result="好", actor=UserFactory(), at=at(2))


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_and_an_answer_at_once_leave_one_outcome(cast: Cast, path: EscalationPath) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    made = [bring_to(make_ticket(cast.requester, at=at()), "in_progress", cast.agent, at=at()) for _n in range(8)]
    offered = [escalate(ticket, cast.agent).pk for ticket in made]
    barrier = threading.Barrier(3)
    errors: list[Exception] = []

    def work(act: Any) -> None:
        try:
            barrier.wait()
            act()
        except Exception as error:
            errors.append(error)
        finally:
            close_old_connections()
            connection.close()

    def accept_all() -> None:
        for pk in offered:
            try:
                handovers.accept(escalation_id=pk, actor=cast.lead, at=at(15))
            except Conflict:
                pass

    acts = [accept_all, lambda: automatic.climb_due(at=at(15)), lambda: automatic.climb_due(at=at(15))]
    threads = [threading.Thread(target=work, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert Escalation.objects.count() == 8
    assert {row.state for row in Escalation.objects.all()} == {"accepted"}
    assert Ticket.objects.filter(assignee=cast.lead).count() == 8
    assert max(Counter(told("escalation_offered")).values()) <= 8
    assert audit.verify() == []


def test_erasing_texts_empties_packages_and_answers_and_nothing_else_of_them(cast: Cast, ticket: Ticket) -> None:
    made = escalate(ticket, cast.agent)
    handovers.send_back(escalation_id=made.pk, actor=made.offered_to, reason="CANARY 不属于我们", at=at(5))
    run(ticket, "withdraw", cast.requester, at=at(10), reason="好了")
    run(ticket, "archive", cast.lead, at=at(20))
    data = json.dumps(dossier(ticket, viewer=cast.agent, at=at(25)), default=str, ensure_ascii=False)
    assert "说明 summary" in data and "CANARY" in data
    before = Package.objects.values("made_at", "made_by", "facts").get()
    erase_ticket(ticket_id=ticket.pk, with_texts=True, at=at(30))
    package = Package.objects.get()
    assert package.parts == {}
    assert Package.objects.values("made_at", "made_by", "facts").get() == before
    assert Escalation.objects.get(pk=made.pk).answer == ""
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Package.objects.filter(pk=package.pk).update(parts={"problem": "nachträglich"})
    assert audit.verify() == []
