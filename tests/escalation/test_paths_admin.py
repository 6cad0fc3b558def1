"""Paths and absences in the administration: made, changed, drawn, refused in words, retired."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from escalation.models import Absence, BusinessCalendar, EscalationLevel, EscalationPath
from escalation.paths import levels_of
from helpdesk.accounts.models import User
from tests.cast import Cast
from tests.escalation.conftest import MONDAY
from tickets.models import Category

pytestmark = pytest.mark.django_db

ADD = "admin:escalation_escalationpath_add"
MakePath = Callable[..., EscalationPath]


@pytest.fixture
def browser(client: Client, cast: Cast) -> Client:
    client.force_login(cast.admin)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


@pytest.fixture
def row(cast: Cast, calendar: BusinessCalendar) -> Callable[..., dict[str, Any]]:
    """`row(place, …)`: the fields of one level as the form sends them."""

    def make(place: int, responsible: User | None = None, **told: Any) -> dict[str, Any]:
        facts = {
            "number": place + 1,
            "team": cast.applications.pk,
            "responsible": responsible.pk if responsible else "",
            "deputy": "",
            "acceptance_minutes": "30m",
            "calendar": calendar.pk,
            "actions": ["notify", "offer"],
            **told,
        }
        return {f"levels-{place}-{name}": value for name, value in facts.items()}

    return make


def form(count: int, *, initial: int = 0, **told: Any) -> dict[str, Any]:
    told = {"name_zh": "升级路径", "name_en": "Path", "position": "10", **told}
    return {**told, "levels-TOTAL_FORMS": count, "levels-INITIAL_FORMS": initial}


def page_of(browser: Client, path: EscalationPath) -> str:
    return reverse("admin:escalation_escalationpath_change", args=[path.pk])


def test_a_path_is_made_with_its_levels_and_empty_rows_are_ignored(
    browser: Client, cast: Cast, row: Callable[..., Any]
) -> None:
    untouched = {"levels-2-number": 3, "levels-2-acceptance_minutes": "30m", "levels-2-actions": ["notify", "offer"]}
    sent = {
        **form(3, priority="P1", history_change_reason="new desk"),
        **row(0, cast.agent2, deputy=cast.lead.pk, acceptance_minutes="15m"),
        **row(1, cast.lead, acceptance_minutes="2h"),
        **untouched,
    }
    assert browser.post(reverse(ADD), sent).status_code == 302
    path = EscalationPath.objects.get()
    assert [(step.number, step.responsible, step.deputy, step.acceptance_minutes) for step in levels_of(path)] == [
        (1, cast.agent2, cast.lead, 15),
        (2, cast.lead, None, 120),
    ]
    line = path.history.get()
    assert (line.history_user, line.history_change_reason) == (cast.admin, "new desk")
    listed = browser.get(reverse("admin:escalation_escalationpath_changelist")).content.decode()
    assert "L2 Applications (韩雪) → L3 Applications (赵磊)" in listed


def test_levels_are_reordered_added_and_taken_out(
    browser: Client, cast: Cast, make_path: MakePath, row: Callable[..., Any]
) -> None:
    path = make_path()
    first, second = levels_of(path)
    sent = {
        **form(3, initial=2),
        **row(0, cast.agent2, number=2, id=first.pk, path=path.pk),
        **row(1, cast.lead, number=1, id=second.pk, path=path.pk),
        **row(2, cast.agent, number=3),
    }
    assert browser.post(page_of(browser, path), sent).status_code == 302
    assert [step.responsible.username for step in levels_of(path)] == ["lead", "agent2", "agent"]
    sent = {
        **form(2, initial=2),
        **row(0, cast.lead, number=1, id=second.pk, path=path.pk, DELETE="on"),
        **row(1, cast.agent2, number=1, id=first.pk, path=path.pk),
    }
    page = browser.post(page_of(browser, path), sent).content.decode()
    assert "Somebody changed the levels in the meantime." in page, "there are three rows"
    third = levels_of(path)[2]
    sent |= {**form(3, initial=3), **row(2, cast.agent, number=2, id=third.pk, path=path.pk)}
    assert browser.post(page_of(browser, path), sent).status_code == 302
    assert [step.responsible.username for step in levels_of(path)] == ["agent2", "agent"]


@time_machine.travel(MONDAY, tick=False)
def test_the_way_of_a_sample_ticket_is_drawn(browser: Client, cast: Cast, make_path: MakePath) -> None:
    path = make_path()
    Absence.objects.create(
        person=cast.agent2, substitute=cast.agent, starts_at=MONDAY, ends_at=MONDAY + timedelta(days=2)
    )
    page = browser.get(page_of(browser, path)).content.decode()
    assert "Goes up now (today 10:00)" in page
    assert "may accept until today 10:30" in page
    assert "stands in for 韩雪" in page
    assert "Goes up Fri 11 Sep, 17:00" in page
    assert "may accept until Mon 14 Sep, 10:00" in page, "over the weekend"
    assert page.count("<ol>") == 2
    assert "Ask them to take the ticket over" in page


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"acceptance_minutes": "0m"}, "at least one minute"),
        ({"acceptance_minutes": "soon"}, "Write working time like"),
        ({"acceptance_minutes": "900h"}, "at most 30 days"),
        ({"number": 4}, "without a gap"),
        ({"number": "-1"}, "greater than or equal to"),
        ({"number": "99999999"}, "without a gap"),
        ({"actions": ["notify"]}, "The last level has to ask"),
        ({"actions": []}, "This field is required."),
        ({"actions": ["sing"]}, "not one of the available choices"),
        ({"calendar": "9999"}, "valid choice"),
        ({"responsible": "99999999999999999999"}, "valid choice"),
        ({"deputy": "x"}, "valid choice"),
    ],
)
def test_bad_levels_come_back_with_a_sentence(
    browser: Client, cast: Cast, row: Callable[..., Any], told: dict[str, Any], sentence: str
) -> None:
    row_told = {f"levels-0-{name}": value for name, value in told.items()}
    page = browser.post(reverse(ADD), {**form(1), **row(0, cast.agent2), **row_told})
    assert page.status_code == 200
    assert sentence in page.content.decode()
    assert 'value="升级路径"' in page.content.decode(), "what was typed stays"
    assert not EscalationPath.objects.exists()


def test_people_who_cannot_be_asked_are_named(browser: Client, cast: Cast, row: Callable[..., Any]) -> None:
    page = browser.post(reverse(ADD), {**form(1), **row(0, cast.requester, deputy=cast.leaver.pk)}).content.decode()
    assert "王敏 doesn&#x27;t work on tickets" in page
    assert "丁宁 doesn&#x27;t work on tickets" in page
    page = browser.post(reverse(ADD), {**form(2), **row(0, cast.agent2), **row(1, cast.agent2)}).content.decode()
    assert "the path would go round" in page
    page = browser.post(reverse(ADD), form(0)).content.decode()
    assert "A path needs at least one level." in page
    assert not EscalationPath.objects.exists()


def test_bad_places_come_back_with_a_sentence(
    browser: Client, cast: Cast, make_path: MakePath, row: Callable[..., Any]
) -> None:
    make_path(position=1)
    page = browser.post(reverse(ADD), {**form(1, priority="P1"), **row(0, cast.agent2)})
    assert "would never be reached" in page.content.decode()
    category = Category.objects.get(code="business_finance")
    Category.objects.filter(pk=category.pk).update(is_retired=True)
    page = browser.post(reverse(ADD), {**form(1, position="0", category=category.pk), **row(0, cast.agent2)})
    assert "no longer used" in page.content.decode()
    assert EscalationPath.objects.count() == 1


def test_a_path_is_retired_and_offered_again(browser: Client, make_path: MakePath) -> None:
    path = make_path()
    assert browser.get(reverse("admin:escalation_escalationpath_delete", args=[path.pk])).status_code == 409
    for act, is_retired in (("retire", True), ("restore", False)):
        browser.post(reverse(f"admin:escalation_escalationpath_{act}", args=[path.pk]))
        path.refresh_from_db()
        assert path.is_retired is is_retired
    assert EscalationLevel.objects.count() == 2


def test_the_pages_cost_the_same_however_many_levels(
    browser: Client,
    cast: Cast,
    make_path: MakePath,
    level: Callable[..., EscalationLevel],
    django_assert_max_num_queries: Any,
) -> None:
    people = (cast.agent2, cast.lead, cast.liaison, cast.agent)
    path = make_path([level(number, person) for number, person in enumerate(people, 1)])
    with django_assert_max_num_queries(45):
        assert browser.get(page_of(browser, path)).status_code == 200
    with django_assert_max_num_queries(12):
        assert browser.get(reverse("admin:escalation_escalationpath_changelist")).status_code == 200


def test_forms_offer_only_people_who_work_on_tickets(browser: Client, cast: Cast) -> None:
    def offered(model: str, field: str) -> set[str]:
        told = {"app_label": "escalation", "model_name": model, "field_name": field, "term": ""}
        return {item["text"] for item in browser.get(reverse("admin:autocomplete"), told).json()["results"]}

    agents = {"李强", "韩雪", "赵磊", "马骏"}
    assert offered("escalationlevel", "responsible") == offered("absence", "substitute") == agents


@time_machine.travel(MONDAY, tick=False)
def test_an_absence_is_entered_changed_and_refused(browser: Client, cast: Cast) -> None:
    add = reverse("admin:escalation_absence_add")
    told = {
        "person": cast.agent.pk,
        "substitute": cast.agent2.pk,
        "starts_at_0": "2026-09-08",
        "starts_at_1": "09:00",
        "ends_at_0": "2026-09-09",
        "ends_at_1": "18:00",
    }
    assert browser.post(add, told).status_code == 302
    absence = Absence.objects.get()
    assert absence.history.get().history_user == cast.admin
    page = browser.post(add, told).content.decode()
    assert "is marked as away in this time already" in page
    page = browser.post(add, {**told, "ends_at_0": "2026-09-07"}).content.decode()
    assert "The end has to come after the beginning." in page
    page = browser.post(add, {**told, "person": cast.agent2.pk}).content.decode()
    assert "has to be somebody else" in page
    change = reverse("admin:escalation_absence_change", args=[absence.pk])
    assert browser.post(change, {**told, "note": "on leave"}).status_code == 302
    assert Absence.objects.get().note == "on leave"
