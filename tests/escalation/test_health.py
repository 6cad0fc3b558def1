"""The page of holes: each hole is named with the place where it is mended, and a sound set-up has none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import translation

from escalation.health import problems
from escalation.models import Absence, BusinessCalendar, EscalationLevel, EscalationPath, SlaPolicy, SlaRule
from escalation.services.policies import save_rule
from helpdesk.accounts.models import Team, TeamMembership, User
from tests.cast import Cast
from tests.escalation.conftest import MONDAY
from tests.escalation.test_policies import make_policy
from tickets.models import Category

pytestmark = pytest.mark.django_db

MakePath = Callable[..., EscalationPath]
HEALTH = "admin:escalation_health"


@pytest.fixture
def sound(cast: Cast, calendar: BusinessCalendar, make_path: MakePath) -> EscalationPath:
    """A set-up without holes: one path and one policy for everything, and teams with people."""
    cast.applications.lead = cast.agent2
    cast.applications.save()
    Category.objects.filter(parent=None).update(team=cast.first_line)
    save_rule(rule=SlaRule(policy=make_policy(cast, calendar)), actor=cast.admin)
    return make_path()


def found(at: datetime = MONDAY) -> list[str]:
    with translation.override("en"):
        return [problem.text for problem in problems(at)]


def test_a_sound_set_up_has_no_holes(sound: EscalationPath) -> None:
    assert found() == []


def test_a_new_installation_says_what_is_to_be_done_without_a_flood(cast: Cast) -> None:
    texts = found()
    assert "There is no escalation path: nothing that is late reaches anybody." in texts
    assert "No rule gives all urgent tickets (P1) a policy." in texts
    assert len([text for text in texts if "land with no team" in text]) == Category.objects.filter(parent=None).count()


def test_categories_without_path_are_named_once_per_branch(sound: EscalationPath) -> None:
    sound.category = Category.objects.get(code="business_apps")
    sound.save()
    texts = found()
    tops = Category.objects.filter(parent=None).exclude(code="business_apps").count()
    assert len([text for text in texts if text.startswith("Tickets of “")]) == tops
    assert "Tickets that nobody has classified yet have no escalation path." in texts
    assert not any(sound.category.name_en in text for text in texts)


def test_paths_for_some_priorities_or_reasons_leave_holes(sound: EscalationPath) -> None:
    sound.priority = "P1"
    sound.save()
    assert any("priority High, Medium, Low" in text for text in found())
    sound.priority, sound.trigger = "", "overdue"
    sound.save()
    tops = Category.objects.filter(parent=None).count()
    partly = [text for text in found() if text.endswith("have an escalation path for some reasons only.")]
    assert len(partly) == tops + 1, "and those that nobody has classified yet"


def test_a_category_below_a_retired_one_is_named_itself(sound: EscalationPath) -> None:
    sound.category = Category.objects.get(code="business_apps")
    sound.save()
    Category.objects.filter(code="network").update(is_retired=True)
    below = Category.objects.filter(parent__code="network")
    assert below
    texts = found()
    assert all(f"Tickets of “{category.name_en}” have no escalation path." in texts for category in below)


def test_a_path_of_a_branch_covers_what_is_below(sound: EscalationPath, make_path: MakePath) -> None:
    EscalationPath.objects.filter(pk=sound.pk).update(is_retired=True)
    for position, category in enumerate(Category.objects.filter(parent=None)):
        make_path(position=position, category=category)
    assert found() == ["Tickets that nobody has classified yet have no escalation path."]


def test_paths_without_effect(cast: Cast, sound: EscalationPath, make_path: MakePath) -> None:
    category = Category.objects.get(code="business_finance")
    make_path(position=1, category=category, name_en="Finance")
    Category.objects.filter(pk=category.pk).update(is_retired=True)
    EscalationPath.objects.create(name_zh="空", name_en="Empty", position=200)
    texts = found()
    assert any(text.startswith("“Finance” is for “") for text in texts)
    assert "“Empty” has no levels." in texts
    assert "“Empty” is never reached: “Path” stands before it and takes all of its tickets." in texts
    assert len(texts) == 3


def test_people_on_levels(cast: Cast, sound: EscalationPath) -> None:
    User.objects.filter(pk=cast.agent2.pk).update(is_active=False)
    EscalationLevel.objects.filter(number=2).update(deputy=None)
    texts = found()
    assert "L2 of “Path” asks 韩雪, who doesn't work on tickets any more." in texts
    assert "L3 of “Path” has no deputy." in texts
    assert "“Applications” has no lead." in texts, "who left leads no team"
    assert len(texts) == 3


def test_people_away_without_substitute(cast: Cast, sound: EscalationPath, away: Callable[..., Absence]) -> None:
    away(cast.agent2, cast.agent, MONDAY, MONDAY + timedelta(days=3))
    assert found() == []
    User.objects.filter(pk=cast.agent.pk).update(is_active=False)
    [text] = found()
    assert text.startswith("L2 of “Path” asks 韩雪, who is away until ")
    assert text.endswith("and 李强 can't stand in.")
    assert found(MONDAY + timedelta(days=3)) == [], "back again"


def test_categories_without_team(cast: Cast, sound: EscalationPath) -> None:
    Category.objects.filter(code="network").update(team=None)
    assert len(found()) == 1
    Category.objects.filter(code="network_vpn").update(team=cast.applications)
    assert [text for text in found() if "land with no team" in text][0].startswith("New tickets of “")
    TeamMembership.objects.filter(team=cast.first_line).delete()
    Team.objects.filter(pk=cast.applications.pk).update(is_retired=True)
    assert len([text for text in found() if "land with no team" in text]) == 1


def test_teams_without_lead_or_people(cast: Cast, sound: EscalationPath) -> None:
    Team.objects.create(name_zh="空组", name_en="Empty team")
    assert found() == ["“Empty team” has no lead.", "Nobody works in “Empty team”."]
    User.objects.filter(teams=cast.applications).exclude(pk=cast.agent2.pk).update(is_active=False)
    assert "Nobody works in “Applications”." not in found()
    TeamMembership.objects.filter(user=cast.agent2).delete()
    assert "Nobody works in “Applications”." in found()


def test_urgent_tickets_without_a_target(cast: Cast, sound: EscalationPath, calendar: BusinessCalendar) -> None:
    fast = make_policy(cast, calendar, "Fast", targets={"response": 15})
    SlaRule.objects.all().delete()
    save_rule(rule=SlaRule(position=1, priority="P1", channel="phone", policy=None), actor=cast.admin)
    save_rule(rule=SlaRule(position=2, priority="P1", policy=fast), actor=cast.admin)
    save_rule(rule=SlaRule(position=3, policy=None), actor=cast.admin)
    assert found() == [
        "The rule “Urgent · Phone → no target” gives urgent tickets (P1) no target.",
        "“Fast” holds for urgent tickets (P1) and has no target for the solution.",
    ]


def test_urgent_tickets_of_some_categories(cast: Cast, sound: EscalationPath) -> None:
    category = Category.objects.get(code="business_apps")
    SlaRule.objects.update(category=category)
    tops = Category.objects.filter(parent=None).count()
    assert len(found()) == tops - 1
    assert all(text.startswith("No rule gives urgent tickets (P1) of “") for text in found())


def test_next_years_make_up_days(sound: EscalationPath) -> None:
    autumn = datetime(2035, 10, 2, tzinfo=UTC)
    assert found(autumn) == ["“China office” doesn't know the make-up working days of 2036 yet. Import the notice."]
    assert found(datetime(2035, 9, 2, tzinfo=UTC)) == []


def test_what_is_retired_and_still_used(cast: Cast, sound: EscalationPath, calendar: BusinessCalendar) -> None:
    SlaPolicy.objects.update(is_retired=True)
    BusinessCalendar.objects.update(is_retired=True)
    Team.objects.filter(pk=cast.applications.pk).update(is_retired=True)
    texts = found()
    assert "“标准” is retired, and rules still give it." in texts
    assert "“标准” counts by “China office”, which is retired." in texts
    assert "L2 of “Path” counts by “China office”, which is retired." in texts
    assert "L2 of “Path” belongs to “Applications”, which is retired." in texts


def test_it_asks_few_questions_however_large_the_set_up(
    cast: Cast,
    sound: EscalationPath,
    make_path: MakePath,
    calendar: BusinessCalendar,
    django_assert_max_num_queries: Any,
) -> None:
    for position, category in enumerate(Category.objects.all()):
        if category.parent_id is not None:
            make_path(position=position, category=category, priority="P1")
            policy = make_policy(cast, calendar, category.code)
            save_rule(
                rule=SlaRule(position=position, category=category, priority="P2", policy=policy), actor=cast.admin
            )
    with django_assert_max_num_queries(10):
        assert found() == []


# --- The page ---------------------------------------------------------------------------------------------------


@pytest.fixture
def browser(client: Client, cast: Cast) -> Client:
    client.force_login(cast.admin)
    return client


@time_machine.travel(MONDAY, tick=False)
@pytest.mark.parametrize(("language", "nothing"), [("en", "Nothing is missing."), ("zh-hans", "没有缺口")])
def test_the_page_and_its_number_on_the_start_page(
    browser: Client, cast: Cast, sound: EscalationPath, language: str, nothing: str
) -> None:
    cast.admin.language = language
    cast.admin.save()
    assert nothing in browser.get(reverse(HEALTH)).content.decode()
    EscalationLevel.objects.update(deputy=None)
    page = browser.get(reverse(HEALTH)).content.decode()
    assert page.count(reverse("admin:escalation_escalationpath_change", args=[sound.pk])) == 2
    assert nothing not in page
    entries = [entry for group in browser.get("/admin/").context["groups"] for entry in group["entries"]]
    assert [entry["count"] for entry in entries if entry["url"] == reverse(HEALTH)] == [2]


@time_machine.travel(MONDAY, tick=False)
def test_every_link_leads_to_a_page(browser: Client, cast: Cast) -> None:
    Team.objects.create(name_zh="空组")
    for problem in problems(MONDAY):
        assert browser.get(problem.url).status_code == 200, problem
