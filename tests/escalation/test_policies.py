"""Service level policies: versions that stay, rules that fit, previews, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from escalation.configuration import in_force
from escalation.keeping import ESCALATING
from escalation.models import BusinessCalendar, SlaPolicy, SlaPolicyVersion, SlaRule
from escalation.selectors import promises
from escalation.services.policies import Terms, publish, retire_policy, save_rule
from helpdesk.common.errors import InvalidInput
from tests.cast import Cast
from tests.escalation.test_calendars import make_calendar
from tests.factories import make_ticket
from tickets.models import Category

pytestmark = pytest.mark.django_db

AT = datetime(2026, 9, 7, 2, 0, tzinfo=UTC)
EIGHT_HOURS = {"response": 30, "resolution": 8 * 60}


@pytest.fixture
def calendar() -> BusinessCalendar:
    return make_calendar()


def make_policy(cast: Cast, calendar: BusinessCalendar, name: str = "标准", **terms: Any) -> SlaPolicy:
    policy = SlaPolicy(name_zh=name, name_en=name)
    publish(policy=policy, terms=Terms(calendar, **{"targets": EIGHT_HOURS, **terms}), actor=cast.admin, at=AT)
    return policy


def test_a_change_makes_a_version_and_the_old_one_stays(cast: Cast, calendar: BusinessCalendar) -> None:
    policy = make_policy(cast, calendar)
    first = policy.current
    again = publish(policy=policy, terms=Terms(calendar, dict(EIGHT_HOURS)), actor=cast.admin, at=AT)
    assert again == first, "nothing new is no version"
    second = publish(policy=policy, terms=Terms(calendar, {"resolution": 60}), actor=cast.admin, at=AT, reason="faster")
    assert (second.number, second.targets, second.reason) == (2, {"resolution": 60}, "faster")
    assert policy.current == second
    assert policy.versions.get(number=1).targets == EIGHT_HOURS


def test_the_database_itself_keeps_versions_as_they_were(cast: Cast, calendar: BusinessCalendar) -> None:
    version = make_policy(cast, calendar).current
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        SlaPolicyVersion.objects.filter(pk=version.pk).update(targets={"resolution": 1})
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        SlaPolicyVersion.objects.filter(pk=version.pk).delete()
    version.refresh_from_db()
    assert version.targets == EIGHT_HOURS


def test_the_first_fitting_rule_gives_the_policy(cast: Cast, calendar: BusinessCalendar) -> None:
    systems, everything = make_policy(cast, calendar, "业务"), make_policy(cast, calendar, "其他")
    save_rule(
        rule=SlaRule(position=1, category=Category.objects.get(code="business_apps"), policy=systems), actor=cast.admin
    )
    save_rule(rule=SlaRule(position=2, channel="phone", policy=None), actor=cast.admin)
    save_rule(rule=SlaRule(position=3, policy=everything), actor=cast.admin)
    below = make_ticket(cast.requester, category=Category.objects.get(code="business_finance"))
    assert in_force().version_for(below) == systems.current
    assert in_force().version_for(make_ticket(cast.requester)) == everything.current
    assert in_force().version_for(make_ticket(cast.requester, actor=cast.agent, channel="phone")) is None, (
        "no target on purpose"
    )


def test_without_a_fitting_rule_there_is_no_target_and_no_error(cast: Cast, calendar: BusinessCalendar) -> None:
    assert in_force().version_for(make_ticket(cast.requester)) is None
    save_rule(rule=SlaRule(priority="P1", policy=make_policy(cast, calendar)), actor=cast.admin)
    assert in_force().version_for(make_ticket(cast.requester)) is None


def test_a_rule_holds_for_everybody_below_its_department(cast: Cast, calendar: BusinessCalendar) -> None:
    policy = make_policy(cast, calendar)
    save_rule(rule=SlaRule(department=cast.finance, policy=policy), actor=cast.admin)
    team = type(cast.finance).objects.create(name_zh="出纳", parent=cast.finance)
    cast.requester.department = team
    cast.requester.save()
    assert in_force().version_for(make_ticket(cast.requester)) == policy.current
    assert in_force().version_for(make_ticket(cast.requester2)) is None


def test_due_times_follow_the_calendar(cast: Cast, calendar: BusinessCalendar) -> None:
    version = make_policy(cast, calendar).current
    assert version is not None
    friday = datetime(2026, 10, 9, 9, 0, tzinfo=UTC)
    assert {promise.target.value: promise.due_at for promise in promises(version, friday)} == {
        "response": datetime(2026, 10, 9, 9, 30, tzinfo=UTC),
        "resolution": datetime(2026, 10, 10, 8, 0, tzinfo=UTC),
    }


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"targets": {"resolution": 0}}, "resolution"),
        ({"targets": {"resolution": 10**6}}, "resolution"),
        ({"targets": {}}, "targets"),
        ({"targets": {"sleep": 5}}, "sleep"),
        ({"thresholds": [90, 150]}, "thresholds"),
        ({"thresholds": [0, 100]}, "thresholds"),
        ({"thresholds": list(range(10, 100, 10))}, "thresholds"),
    ],
)
def test_terms_that_cannot_be_are_refused(
    cast: Cast, calendar: BusinessCalendar, terms: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        make_policy(cast, calendar, **terms)
    assert list(refusal.value.fields) == [field]
    assert not SlaPolicy.objects.exists()


def test_a_retired_calendar_and_a_policy_in_use(cast: Cast, calendar: BusinessCalendar) -> None:
    policy = make_policy(cast, calendar)
    save_rule(rule=SlaRule(policy=policy), actor=cast.admin)
    with pytest.raises(InvalidInput):
        retire_policy(policy=policy, is_retired=True, actor=cast.admin)
    calendar.is_retired = True
    with pytest.raises(InvalidInput) as refusal:
        publish(policy=policy, terms=Terms(calendar, {"resolution": 5}), actor=cast.admin, at=AT)
    assert list(refusal.value.fields) == ["calendar"]


def test_a_rule_that_takes_everything_before_another_is_refused(cast: Cast, calendar: BusinessCalendar) -> None:
    policy = make_policy(cast, calendar)
    save_rule(rule=SlaRule(position=5, priority="P1", policy=policy), actor=cast.admin)
    for rule in (SlaRule(position=1, policy=policy), SlaRule(position=9, priority="P1", channel="phone", policy=None)):
        with pytest.raises(InvalidInput) as refusal:
            save_rule(rule=rule, actor=cast.admin)
        assert list(refusal.value.fields) == ["position"]
    assert SlaRule.objects.count() == 1


class TestAdministration:
    @pytest.fixture
    def browser(self, client: Client, cast: Cast) -> Client:
        client.force_login(cast.admin)
        return client

    def post(self, browser: Client, address: str, **answers: Any) -> Any:
        return browser.post(address, answers, HTTP_ACCEPT_LANGUAGE="en")

    def test_a_policy_is_made_previewed_and_changed(self, browser: Client, calendar: BusinessCalendar) -> None:
        told = {"name_zh": "标准", "name_en": "Standard", "calendar": calendar.pk, "thresholds": "50 100"}
        made = self.post(
            browser,
            reverse("admin:escalation_slapolicy_add"),
            **told,
            response="30m",
            resolution="8h",
            pause_resolution=["user"],
        )
        assert made.status_code == 302
        policy = SlaPolicy.objects.get()
        assert policy.current is not None
        assert (policy.current.targets, policy.current.thresholds) == (EIGHT_HOURS, [50, 100])
        assert policy.current.pauses == {"resolution": ["user"]}
        address = reverse("admin:escalation_slapolicy_change", args=[policy.pk])
        page = browser.get(address, HTTP_ACCEPT_LANGUAGE="en").content.decode()
        assert 'value="30m"' in page
        assert page.count("<time") > 6, "due times for sample moments"
        changed = self.post(browser, address, **told, resolution="2h 30m", history_change_reason="faster")
        assert changed.status_code == 302
        assert (policy.current.number, policy.current.targets) == (2, {"resolution": 150})

    def test_a_new_policy_escalates_what_is_missed(self, browser: Client, calendar: BusinessCalendar) -> None:
        add = reverse("admin:escalation_slapolicy_add")
        page = browser.get(add, HTTP_ACCEPT_LANGUAGE="en").content.decode()
        offered = {target: f'name="escalate_{target}" value="100"' in page for target in ESCALATING}
        assert offered == {"receipt": False, "response": True, "update": False, "resolution": True}
        told = {"name_zh": "标准", "calendar": calendar.pk, "thresholds": "100", "resolution": "8h"}
        made = self.post(browser, add, **told, escalate_response="100", escalate_resolution="100")
        assert made.status_code == 302
        policy = SlaPolicy.objects.get()
        assert policy.current is not None
        assert policy.current.escalate_at == {"resolution": 100}, "what nobody touched goes with its target"
        address = reverse("admin:escalation_slapolicy_change", args=[policy.pk])
        assert "escalates <time" in browser.get(address, HTTP_ACCEPT_LANGUAGE="en").content.decode()
        self.post(browser, address, **told, update="1h", escalate_update="300")
        assert policy.current.escalate_at == {"update": 300}
        self.post(browser, address, **told, escalate_update="300")
        assert policy.current.escalate_at == {}

    def test_versions_say_what_they_changed(self, browser: Client, cast: Cast, calendar: BusinessCalendar) -> None:
        policy = make_policy(cast, calendar)
        other = make_calendar(name_zh="柏林", name_en="Berlin")
        terms = [
            Terms(calendar, {"resolution": 45, "update": 60}, {"resolution": ["user", "vendor"]}, [100]),
            Terms(other, {"resolution": 45}, {"resolution": ["vendor"]}, [50, 100], {"resolution": 120}),
            Terms(other, {"resolution": 45}, {"resolution": ["vendor"]}, [50, 100], {"resolution": 150}),
            Terms(other, {"resolution": 45}, {"resolution": ["vendor"]}, [50, 100]),
        ]
        for each in terms:
            publish(policy=policy, terms=each, actor=cast.admin, at=AT)
        page = browser.get(
            reverse("admin:escalation_slapolicy_change", args=[policy.pk]), HTTP_ACCEPT_LANGUAGE="en"
        ).content.decode()
        for sentence in (
            "The first version.",
            "“First response” is no longer promised; it was 30m.",
            "“Progress update” is new: 1h.",
            "“Solution”: 45m instead of 8h.",
            "“Solution” now also stands still while waiting for:",
            "“Solution” no longer stands still while waiting for:",
            "Tells at per cent: 100; before: 50, 75, 90, 100.",
            "Calendar: Berlin instead of China office.",
            "“Solution” now escalates at 120 per cent.",
            "“Solution” escalates at 150 per cent instead of 120.",
            "“Solution” no longer escalates; it did at 150 per cent.",
        ):
            assert sentence in page, sentence

    @pytest.mark.parametrize(
        ("answers", "sentence"),
        [
            ({"resolution": "8h", "escalate_resolution": "0"}, "between 1 and 1000 per cent"),
            ({"resolution": "8h", "escalate_resolution": "1001"}, "between 1 and 1000 per cent"),
            ({"resolution": "8h", "escalate_resolution": "soon"}, "Give a whole number of per cent"),
            ({"resolution": "8h", "escalate_receipt": "100"}, "no such target that could be used up"),
            ({"resolution": "soon"}, "Write working time like"),
            ({"resolution": "0m"}, "at least one minute"),
            ({}, "at least one time"),
            ({"resolution": "8h", "thresholds": "90, 150"}, "needs 100 itself"),
            ({"resolution": "8h", "thresholds": "many"}, "Give per cents"),
            ({"resolution": "8h", "calendar": "999"}, "valid choice"),
        ],
    )
    def test_bad_answers_come_back_with_a_sentence(
        self, browser: Client, calendar: BusinessCalendar, answers: dict[str, Any], sentence: str
    ) -> None:
        told = {"name_zh": "标准", "calendar": calendar.pk, "thresholds": "50, 100", **answers}
        page = self.post(browser, reverse("admin:escalation_slapolicy_add"), **told)
        assert page.status_code == 200
        assert sentence in page.content.decode()
        assert not SlaPolicy.objects.exists()

    def test_a_rule_nobody_reaches_is_refused_in_words(
        self, browser: Client, cast: Cast, calendar: BusinessCalendar
    ) -> None:
        policy = make_policy(cast, calendar)
        add = reverse("admin:escalation_slarule_add")
        assert self.post(browser, add, position="1", policy=policy.pk).status_code == 302
        page = self.post(browser, add, position="2", priority="P1", policy=policy.pk)
        assert page.status_code == 200
        assert "would never be reached" in page.content.decode()
        listed = browser.get(reverse("admin:escalation_slarule_changelist"), HTTP_ACCEPT_LANGUAGE="en")
        assert "All tickets → 标准" in listed.content.decode()

    def test_the_pages_cost_the_same_however_many_versions(
        self, browser: Client, cast: Cast, calendar: BusinessCalendar, django_assert_max_num_queries: Any
    ) -> None:
        policy = make_policy(cast, calendar)
        for minutes in range(1, 15):
            publish(policy=policy, terms=Terms(calendar, {"resolution": minutes}), actor=cast.admin, at=timezone.now())
        with django_assert_max_num_queries(20):
            assert browser.get(reverse("admin:escalation_slapolicy_change", args=[policy.pk])).status_code == 200
