"""Escalation paths: which one a ticket goes up, who is asked until when, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from escalation.actions import Action
from escalation.models import Absence, BusinessCalendar, EscalationLevel, EscalationPath
from escalation.paths import levels_of, path_for, people_of, steps
from escalation.policy_rules import Sort
from escalation.services.paths import refuse_bad_levels, retire_path, save_path
from escalation.turns import Turn
from helpdesk.accounts.models import User
from helpdesk.accounts.services.people import deactivate_person
from helpdesk.common.errors import Conflict, InvalidInput
from tests.cast import Cast
from tests.escalation.conftest import MONDAY
from tests.factories import make_ticket
from tickets.handover import Reason
from tickets.models import Category

pytestmark = pytest.mark.django_db

MakeLevel = Callable[..., EscalationLevel]
MakePath = Callable[..., EscalationPath]
WEEK = timedelta(days=7)


def node(code: str) -> Category:
    return Category.objects.get(code=code)


# --- Which path -------------------------------------------------------------------------------------------------


def test_the_first_fitting_path_counts(cast: Cast, make_path: MakePath) -> None:
    urgent = make_path(position=1, priority="P1")
    finance = make_path(position=2, category=node("business_apps"), trigger=Reason.OVERDUE)
    usual = make_path(position=3)
    ticket = make_ticket(cast.requester, category=node("business_finance"))
    assert path_for(ticket, Reason.OVERDUE) == finance, "with everything below the category"
    assert path_for(ticket, Reason.SILENCE) == usual
    assert path_for(make_ticket(cast.requester), Reason.OVERDUE) == usual
    ticket.priority = "P1"
    assert path_for(ticket, Reason.OVERDUE) == urgent


def test_retired_paths_are_not_taken(cast: Cast, make_path: MakePath) -> None:
    path = make_path()
    ticket = make_ticket(cast.requester)
    assert path_for(ticket, Reason.OVERDUE) == path
    retire_path(path=path, is_retired=True, actor=cast.admin, at=MONDAY)
    assert path_for(ticket, Reason.OVERDUE) is None
    retire_path(path=path, is_retired=False, actor=cast.admin, at=MONDAY)
    assert path_for(ticket, Reason.OVERDUE) == path


def test_finding_a_path_costs_two_queries_however_many_there_are(
    cast: Cast, make_path: MakePath, django_assert_max_num_queries: Any
) -> None:
    for position, trigger in enumerate(Reason):
        make_path(position=position, priority="P2", trigger=trigger)
    make_path()
    ticket = make_ticket(cast.requester, category=node("business_finance"))
    ticket.refresh_from_db()
    with django_assert_max_num_queries(2):
        assert path_for(ticket, Reason.OVERDUE) is not None


def test_a_rule_for_policies_knows_no_reason() -> None:
    assert Sort().takes(Sort(trigger="overdue"))
    assert not Sort(trigger="overdue").takes(Sort())


# --- Who is asked -----------------------------------------------------------------------------------------------


def test_people_of_a_level_with_absences(cast: Cast, make_path: MakePath, away: Callable[..., Absence]) -> None:
    first = levels_of(make_path())[0]
    assert people_of(first, MONDAY) == [Turn(cast.agent2), Turn(cast.lead, is_deputy=True)]
    away(cast.agent2, cast.liaison, MONDAY, MONDAY + WEEK)
    assert people_of(first, MONDAY)[0] == Turn(cast.liaison, cast.agent2)
    assert people_of(first, MONDAY + WEEK)[0] == Turn(cast.agent2), "back at the last instant"
    away(cast.liaison, cast.agent, MONDAY, MONDAY + WEEK / 2)
    assert people_of(first, MONDAY)[0] == Turn(cast.agent, cast.agent2)
    assert people_of(first, MONDAY + WEEK / 2)[0] == Turn(cast.liaison, cast.agent2)


def test_people_who_left_or_lost_the_role_are_skipped(cast: Cast, make_path: MakePath) -> None:
    path = make_path()
    User.objects.filter(pk=cast.agent2.pk).update(is_active=False)
    assert people_of(levels_of(path)[0], MONDAY) == [Turn(cast.lead, is_deputy=True)]
    User.objects.filter(pk=cast.lead.pk).update(is_agent=False, is_lead=False)
    assert people_of(levels_of(path)[0], MONDAY) == []


def test_asking_for_people_costs_one_query(
    cast: Cast, make_path: MakePath, away: Callable[..., Absence], django_assert_num_queries: Any
) -> None:
    first = levels_of(make_path())[0]
    away(cast.agent2, cast.liaison, MONDAY, MONDAY + WEEK)
    with django_assert_num_queries(1):
        people_of(first, MONDAY)


def test_steps_go_from_one_to_the_next_in_working_time(cast: Cast, make_path: MakePath) -> None:
    friday = datetime(2026, 9, 11, 9, 0, tzinfo=UTC)  # five o'clock in Shanghai, one hour before closing
    found = steps(levels_of(make_path()), friday)
    assert [(step.level.label, step.turn.person.username, step.accept_by - friday) for step in found] == [
        ("L2", "agent2", timedelta(minutes=30)),
        ("L2", "lead", timedelta(minutes=60)),
        ("L3", "lead", timedelta(days=2, hours=16, minutes=30)),
        ("L3", "liaison", timedelta(days=2, hours=17)),
    ]
    assert [step.asked_at for step in found[1:]] == [step.accept_by for step in found[:-1]]


def test_steps_follow_who_comes_back_meanwhile(cast: Cast, make_path: MakePath, away: Callable[..., Absence]) -> None:
    levels = levels_of(make_path())
    away(cast.agent2, cast.agent, MONDAY, MONDAY + timedelta(minutes=10))
    away(cast.lead, cast.agent, MONDAY - WEEK, MONDAY + WEEK)
    asked = [(step.level.number, step.turn.person.username) for step in steps(levels, MONDAY)]
    assert asked == [(1, "agent"), (1, "agent2"), (2, "agent"), (2, "liaison")]


def test_levels_without_anybody_are_passed_over(cast: Cast, make_path: MakePath) -> None:
    path = make_path()
    User.objects.filter(pk__in=[cast.agent2.pk]).update(is_active=False)
    EscalationLevel.objects.filter(number=1).update(deputy=None)
    found = steps(levels_of(path), MONDAY)
    assert [(step.level.number, step.asked_at) for step in found][0] == (2, MONDAY)


# --- What is refused --------------------------------------------------------------------------------------------


def refusal(levels: list[EscalationLevel]) -> dict[str, list[Any]]:
    with pytest.raises(InvalidInput) as caught:
        refuse_bad_levels(levels, at=MONDAY)
    return caught.value.fields


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"acceptance_minutes": 0}, "acceptance_minutes"),
        ({"acceptance_minutes": 30 * 24 * 60 + 1}, "acceptance_minutes"),
        ({"actions": []}, "actions"),
        ({"actions": [Action.RAISE_PRIORITY]}, "actions"),
        ({"actions": [Action.NOTIFY]}, "actions"),  # the last level has to offer
        ({"actions": ["sing"]}, "actions"),
        ({"number": 2}, "number"),
    ],
)
def test_levels_that_cannot_be_are_refused(cast: Cast, level: MakeLevel, change: dict[str, Any], field: str) -> None:
    only = level(1, cast.agent2, cast.lead)
    for name, value in change.items():
        setattr(only, name, value)
    assert list(refusal([only])) == [f"levels.0.{field}"]


def test_people_must_work_here_and_differ(cast: Cast, level: MakeLevel) -> None:
    assert list(refusal([level(1, cast.leaver, cast.lead)])) == ["levels.0.responsible"]
    assert list(refusal([level(1, cast.requester, cast.lead)])) == ["levels.0.responsible"]
    assert list(refusal([level(1, cast.agent2, cast.admin)])) == ["levels.0.deputy"]
    assert list(refusal([level(1, cast.agent2, cast.agent2)])) == ["levels.0.deputy"]


def test_a_path_that_goes_round_is_refused(cast: Cast, level: MakeLevel) -> None:
    levels = [level(1, cast.agent2), level(2, cast.lead), level(3, cast.agent2, cast.lead)]
    assert list(refusal(levels)) == ["levels.2.responsible"]
    levels[2].team = cast.first_line
    refuse_bad_levels(levels, at=MONDAY)


def test_gaps_no_levels_and_too_many(cast: Cast, level: MakeLevel) -> None:
    assert list(refusal([])) == ["levels"]
    assert list(refusal([level(1, cast.agent2), level(3, cast.lead)])) == ["levels.1.number"]
    assert "levels" in refusal([level(number, cast.agent2) for number in range(1, 22)])


def test_retired_teams_and_calendars_without_hours(cast: Cast, level: MakeLevel, calendar: BusinessCalendar) -> None:
    cast.applications.is_retired = True
    assert list(refusal([level(1, cast.agent2)])) == ["levels.0.team"]
    cast.applications.is_retired = False
    calendar.hours = [[]] * 7
    assert list(refusal([level(1, cast.agent2)])) == ["levels.0.calendar"]
    calendar.is_retired = True
    assert list(refusal([level(1, cast.agent2)])) == ["levels.0.calendar"]


def test_a_level_on_which_everybody_is_away_is_refused(
    cast: Cast, level: MakeLevel, away: Callable[..., Absence]
) -> None:
    away(cast.agent2, cast.liaison, MONDAY, MONDAY + WEEK)
    refuse_bad_levels([level(1, cast.agent2)], at=MONDAY)
    User.objects.filter(pk=cast.liaison.pk).update(is_active=False)
    assert list(refusal([level(1, cast.agent2)])) == ["levels.0.responsible"]
    refuse_bad_levels([level(1, cast.agent2, cast.lead)], at=MONDAY)


def test_paths_nobody_reaches_are_refused(make_path: MakePath) -> None:
    make_path(position=5, priority="P1")
    for facts in ({"position": 1}, {"position": 9, "priority": "P1", "trigger": "overdue"}):
        with pytest.raises(InvalidInput) as caught:
            make_path(**facts)
        assert list(caught.value.fields) == ["position"]
    assert EscalationPath.objects.count() == 1


def test_a_path_for_a_retired_category_is_refused(make_path: MakePath) -> None:
    category = node("business_finance")
    category.is_retired = True
    with pytest.raises(InvalidInput) as caught:
        make_path(category=category)
    assert list(caught.value.fields) == ["category"]


def test_a_path_comes_back_only_if_it_still_leads_somewhere(cast: Cast, make_path: MakePath) -> None:
    path = make_path()
    retire_path(path=path, is_retired=True, actor=cast.admin, at=MONDAY)
    make_path()
    with pytest.raises(InvalidInput):
        retire_path(path=path, is_retired=False, actor=cast.admin, at=MONDAY)


# --- Changing ---------------------------------------------------------------------------------------------------


def history(path: EscalationPath) -> QuerySet[Any]:
    return EscalationLevel.history.filter(path_id=path.pk)


def test_levels_change_places_come_and_go(cast: Cast, make_path: MakePath, level: MakeLevel) -> None:
    path = make_path()
    first, second = levels_of(path)
    first.number, second.number = 2, 1
    third = level(3, cast.agent)
    save_path(path=path, levels=[second, first, third], actor=cast.admin, at=MONDAY, reason="swap")
    assert [row.responsible.username for row in levels_of(path)] == ["lead", "agent2", "agent"]
    first.number, third.number = 1, 2
    save_path(path=path, levels=[first, third], actor=cast.admin, at=MONDAY)
    assert [(row.number, row.responsible.username) for row in levels_of(path)] == [(1, "agent2"), (2, "agent")]
    assert history(path).filter(history_type="-").count() == 1


def test_only_what_changed_gets_a_line_in_the_history(cast: Cast, make_path: MakePath) -> None:
    path = make_path()
    levels = levels_of(path)
    levels[1].acceptance_minutes = 45
    save_path(path=path, levels=levels, actor=cast.lead, at=MONDAY, reason="slower")
    newest = history(path).latest()
    assert history(path).count() == 3
    assert (newest.acceptance_minutes, newest.history_user, newest.history_change_reason) == (45, cast.lead, "slower")


def test_the_database_refuses_what_slips_by_the_service(cast: Cast, make_path: MakePath) -> None:
    make_path()
    levels = EscalationLevel.objects.filter(number=1)
    for change in (
        {"number": 2},
        {"number": 0},
        {"acceptance_minutes": 0},
        {"acceptance_minutes": 10**6},
        {"deputy": cast.agent2},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            levels.update(**change)
    for change in ({"trigger": "boredom"}, {"priority": "P9"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            EscalationPath.objects.update(**change)


def test_nobody_leaves_while_a_path_asks_them(cast: Cast, make_path: MakePath) -> None:
    path = make_path()
    for person in (cast.agent2, cast.liaison):
        with pytest.raises(Conflict) as caught:
            deactivate_person(person=person, actor=cast.admin, at=MONDAY)
        assert caught.value.extra["url"] == f"/admin/escalation/escalationpath/{path.pk}/change/"
    retire_path(path=path, is_retired=True, actor=cast.admin, at=MONDAY)
    deactivate_person(person=cast.agent2, actor=cast.admin, at=MONDAY)
