"""People, teams and departments: nobody is deleted, the last administrator stays, leaving needs clean hands."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from knox.models import get_token_model

from helpdesk.accounts.models import Department, Team, TeamMembership, User
from helpdesk.accounts.services.people import deactivate_person
from helpdesk.common.errors import Conflict, NotAllowed
from tests.assets import acts
from tests.cast import Cast
from tests.factories import DepartmentFactory, UserFactory, bring_to, make_ticket


def person_data(person: User | None = None, **changes: object) -> dict[str, object]:
    """What the person form sends."""
    fields = ("full_name", "username", "email", "phone", "location", "language", "timezone")
    data = {name: getattr(person, name, "") or "" for name in fields}
    data |= {
        "department": getattr(person, "department_id", "") or "",
        "manager": getattr(person, "manager_id", "") or "",
    }
    for flag in ("is_agent", "is_lead", "is_liaison", "is_admin"):
        if getattr(person, flag, False):
            data[flag] = "on"
    data["requester_groups"] = [group.pk for group in person.requester_groups.all()] if person else []
    memberships = list(person.memberships.all()) if person else []
    data |= {
        "memberships-TOTAL_FORMS": len(memberships),
        "memberships-INITIAL_FORMS": len(memberships),
        "memberships-MIN_NUM_FORMS": 0,
        "memberships-MAX_NUM_FORMS": 1000,
    }
    for n, row in enumerate(memberships):
        data |= {
            f"memberships-{n}-id": row.pk,
            f"memberships-{n}-user": row.user_id,
            f"memberships-{n}-team": row.team_id,
        }
    data |= changes
    return {name: value for name, value in data.items() if value is not None}


def change(client: Client, person: User, **changes: object):
    return client.post(f"/admin/accounts/user/{person.pk}/change/", person_data(person, **changes))


def errors_of(response) -> str:
    assert response.status_code == 200
    form = response.context["adminform"].form
    inline = [formset.formset.non_form_errors() for formset in response.context["inline_admin_formsets"]]
    return f"{form.errors.as_json()} {inline} {[f.formset.errors for f in response.context['inline_admin_formsets']]}"


def test_administrator_adds_a_person(admin_client: Client, cast: Cast) -> None:
    data = person_data(full_name="新人", username="newcomer", email="new@example.com", department=cast.finance.pk)
    assert admin_client.post("/admin/accounts/user/add/", data).status_code == 302
    person = User.objects.get(username="newcomer")
    assert not person.has_usable_password()
    assert person.history.latest().history_user == cast.admin


def test_reason_and_actor_are_kept(admin_client: Client, cast: Cast) -> None:
    change(admin_client, cast.requester, phone="7000", history_change_reason="搬到新办公室")
    row = cast.requester.history.latest()
    assert (row.history_change_reason, row.history_user, row.phone) == ("搬到新办公室", cast.admin, "7000")
    page = admin_client.get(f"/admin/accounts/user/{cast.requester.pk}/history/").content.decode()
    assert "搬到新办公室" in page


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("username", "AGENT"),
        ("email", "Agent@Example.com"),
        ("username", ""),
        ("full_name", ""),
        ("timezone", "Mars/Olympus"),
        ("email", "no address"),
        ("full_name", "a\x00b"),
    ],
)
def test_bad_values_name_the_field(admin_client: Client, cast: Cast, name: str, value: str) -> None:
    assert f'"{name}"' in errors_of(change(admin_client, cast.requester, **{name: value}))


def test_lead_is_also_an_agent(admin_client: Client, cast: Cast) -> None:
    assert "__all__" in errors_of(change(admin_client, cast.requester, is_lead="on"))


def test_only_agents_work_in_teams(admin_client: Client, cast: Cast) -> None:
    member = {"memberships-TOTAL_FORMS": 1, "memberships-0-id": "", "memberships-0-team": cast.first_line.pk}
    response = change(admin_client, cast.requester, **member, **{"memberships-0-user": cast.requester.pk})
    errors_of(response)
    assert not cast.requester.memberships.exists()


def test_nobody_is_their_own_manager(admin_client: Client, cast: Cast) -> None:
    assert '"manager"' in errors_of(change(admin_client, cast.requester, manager=cast.requester.pk))
    cast.colleague.manager = cast.requester
    cast.colleague.save()
    assert '"manager"' in errors_of(change(admin_client, cast.requester, manager=cast.colleague.pk))


def test_people_cannot_be_deleted(admin_client: Client, cast: Cast) -> None:
    path = f"/admin/accounts/user/{cast.requester.pk}/delete/"
    assert admin_client.get(path).status_code == 403
    assert admin_client.post(path, {"post": "yes"}).status_code == 403
    admin_client.post(
        "/admin/accounts/user/", {"action": "delete_selected", "_selected_action": [cast.requester.pk], "post": "yes"}
    )
    assert User.objects.filter(pk=cast.requester.pk).exists()


# --- The last administrator -------------------------------------------------------------------------------------------


def test_last_administrator_keeps_the_role(admin_client: Client, cast: Cast) -> None:
    errors_of(change(admin_client, cast.admin, is_admin=None))
    cast.admin.refresh_from_db()
    assert cast.admin.is_admin


def test_one_of_two_administrators_may_step_down(admin_client: Client, cast: Cast) -> None:
    UserFactory(is_admin=True)
    assert change(admin_client, cast.admin, is_admin=None).status_code == 302
    cast.admin.refresh_from_db()
    assert not cast.admin.is_admin


def test_deactivated_administrator_does_not_count(admin_client: Client, cast: Cast) -> None:
    UserFactory(is_admin=True, is_active=False)
    errors_of(change(admin_client, cast.admin, is_admin=None))
    cast.admin.refresh_from_db()
    assert cast.admin.is_admin


def test_nobody_deactivates_themselves_or_the_last_administrator(cast: Cast) -> None:
    other = UserFactory(is_admin=True, is_active=False)
    at = timezone.now()
    with pytest.raises(NotAllowed):
        deactivate_person(person=cast.admin, actor=cast.admin, at=at)
    with pytest.raises(Conflict):
        deactivate_person(person=cast.admin, actor=other, at=at)
    cast.admin.refresh_from_db()
    assert cast.admin.is_active


# --- Leaving ----------------------------------------------------------------------------------------------------------


def deactivate(client: Client, person: User):
    return client.post(f"/admin/accounts/user/{person.pk}/deactivate/", follow=True)


def test_deactivating_ends_sessions_and_tokens(admin_client: Client, cast: Cast) -> None:
    there = Client()
    there.force_login(cast.requester)
    get_token_model().objects.create(user=cast.requester, name="probe", expiry=None)
    deactivate(admin_client, cast.requester)
    cast.requester.refresh_from_db()
    assert not cast.requester.is_active
    assert there.get("/profile/").status_code == 302
    assert not get_token_model().objects.filter(user=cast.requester).exists()
    assert cast.requester.history.latest().history_user == cast.admin


def test_open_tickets_must_be_handed_over_first(admin_client: Client, cast: Cast) -> None:
    for _ in range(2):
        bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    cast.admin.language = "en"
    cast.admin.save()
    page = deactivate(admin_client, cast.agent)
    text = " ".join(str(message) for message in page.context["messages"])
    assert "2 open tickets" in text
    assert "?assignee=agent" in text
    cast.agent.refresh_from_db()
    assert cast.agent.is_active


def test_agent_role_stays_while_tickets_are_open(admin_client: Client, cast: Cast) -> None:
    bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    errors_of(change(admin_client, cast.agent, is_agent=None, **{"memberships-0-DELETE": "on"}))
    cast.agent.refresh_from_db()
    assert cast.agent.is_agent


def test_closed_tickets_do_not_hold_anybody(admin_client: Client, cast: Cast) -> None:
    bring_to(make_ticket(cast.requester), "closed", cast.agent)
    deactivate(admin_client, cast.agent)
    cast.agent.refresh_from_db()
    assert not cast.agent.is_active


def test_action_on_the_list_deactivates_and_reports_each_refusal(admin_client: Client, cast: Cast) -> None:
    bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    data = {"action": "deactivate", "_selected_action": [cast.agent.pk, cast.colleague.pk, cast.admin.pk]}
    page = admin_client.post("/admin/accounts/user/", data, follow=True)
    assert len(page.context["messages"]) == 3
    active = dict(User.objects.values_list("username", "is_active"))
    assert (active["agent"], active["colleague"], active["admin"]) == (True, False, True)


def test_acts_need_a_post(admin_client: Client, cast: Cast) -> None:
    for act in ("deactivate", "reactivate", "send-link"):
        assert admin_client.get(f"/admin/accounts/user/{cast.requester.pk}/{act}/").status_code == 405
        assert admin_client.post(f"/admin/accounts/user/999999/{act}/").status_code == 404


def test_changed_role_asks_to_sign_in_again(admin_client: Client, cast: Cast) -> None:
    there = Client()
    there.force_login(cast.colleague)
    assert change(admin_client, cast.colleague, phone="1").status_code == 302
    assert there.get("/profile/").status_code == 200
    assert change(admin_client, cast.colleague, is_agent="on").status_code == 302
    assert there.get("/profile/").status_code == 302


def test_administrator_sets_a_password(admin_client: Client, cast: Cast) -> None:
    there = Client()
    there.force_login(cast.requester)
    path = f"/admin/accounts/user/{cast.requester.pk}/password/"
    assert admin_client.post(path, {"new_password1": "short", "new_password2": "short"}).status_code == 422
    new = {"new_password1": "several good words", "new_password2": "several good words"}
    assert admin_client.post(path, new).status_code == 302
    cast.requester.refresh_from_db()
    assert cast.requester.check_password("several good words")
    assert there.get("/profile/").status_code == 302


def test_search_finds_by_name_user_name_mail_and_phone(admin_client: Client, cast: Cast) -> None:
    cast.requester2.phone = "90210"
    cast.requester2.save()
    for word in ("Tom", "requester2", "requester2@example.com", "90210"):
        rows = admin_client.get("/admin/accounts/user/", {"q": word}).context["cl"].result_list
        assert [row.username for row in rows] == ["requester2"], word


@pytest.mark.parametrize(("role", "expected"), [("lead", {"lead"}), ("liaison", {"liaison"}), ("admin", {"admin"})])
def test_list_is_filtered_by_role(admin_client: Client, cast: Cast, role: str, expected: set[str]) -> None:
    rows = admin_client.get("/admin/accounts/user/", {"role": role}).context["cl"].result_list
    assert {row.username for row in rows} == expected


def test_list_needs_the_same_queries_for_many_people(
    admin_client: Client, cast: Cast, django_assert_max_num_queries
) -> None:
    for _ in range(20):
        UserFactory(department=cast.finance)
    with django_assert_max_num_queries(14):
        admin_client.get("/admin/accounts/user/")


def test_forms_offer_only_people_who_may_sign_in(admin_client: Client, cast: Cast) -> None:
    query = {"term": "", "app_label": "accounts", "model_name": "user", "field_name": "manager"}
    names = {item["text"] for item in admin_client.get("/admin/autocomplete/", query).json()["results"]}
    assert "王敏" in names
    assert "丁宁" not in names


# --- Teams and departments --------------------------------------------------------------------------------------------


def team_data(team: Team, **changes: object) -> dict[str, object]:
    data = {
        "name_zh": team.name_zh,
        "name_en": team.name_en,
        "support_level": team.support_level,
        "lead": team.lead_id or "",
    }
    data |= {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
    return data | changes


def test_team_in_use_is_retired_instead_of_deleted(admin_client: Client, cast: Cast) -> None:
    page = admin_client.post(f"/admin/accounts/team/{cast.applications.pk}/delete/", {"post": "yes"})
    assert page.status_code == 409
    assert {usage.count for usage in page.context["usage"]} == {2}
    admin_client.post(page.context["retire_url"])
    cast.applications.refresh_from_db()
    assert cast.applications.is_retired
    assert cast.applications.history.latest().history_user == cast.admin


def test_last_team_stays(admin_client: Client, cast: Cast) -> None:
    admin_client.post(f"/admin/accounts/team/{cast.applications.pk}/retire/")
    admin_client.post(f"/admin/accounts/team/{cast.first_line.pk}/retire/")
    assert list(Team.objects.filter(is_retired=False)) == [cast.first_line]


def test_team_is_led_by_an_agent(admin_client: Client, cast: Cast) -> None:
    response = admin_client.post(
        f"/admin/accounts/team/{cast.applications.pk}/change/", team_data(cast.applications, lead=cast.requester.pk)
    )
    assert "lead" in response.context["adminform"].form.errors


def test_team_takes_only_agents(admin_client: Client, cast: Cast) -> None:
    member = {
        "memberships-TOTAL_FORMS": 1,
        "memberships-0-user": cast.requester.pk,
        "memberships-0-team": cast.applications.pk,
    }
    response = admin_client.post(
        f"/admin/accounts/team/{cast.applications.pk}/change/", team_data(cast.applications, **member)
    )
    assert response.status_code == 200
    assert not TeamMembership.objects.filter(user=cast.requester).exists()


def test_department_cannot_stand_below_itself(admin_client: Client, cast: Cast) -> None:
    child = DepartmentFactory(parent=cast.finance)
    for parent in (cast.finance, child):
        data = {"name_zh": "财务部", "name_en": "Finance", "parent": parent.pk}
        response = admin_client.post(f"/admin/accounts/department/{cast.finance.pk}/change/", data)
        assert "parent" in response.context["adminform"].form.errors
    cast.finance.refresh_from_db()
    assert cast.finance.parent is None


def test_department_in_use_is_not_deleted(admin_client: Client, cast: Cast) -> None:
    assert (
        admin_client.post(f"/admin/accounts/department/{cast.finance.pk}/delete/", {"post": "yes"}).status_code == 409
    )
    unused = DepartmentFactory()
    assert admin_client.post(f"/admin/accounts/department/{unused.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Department.objects.filter(pk=unused.pk).exists()


def test_who_has_equipment_gives_it_back_before_leaving_but_not_before_giving_up_a_role(
    admin_client: Client, cast: Cast
) -> None:
    laptop = acts.handed_out(cast.lead, cast.agent, tag="PC-1")
    refused = admin_client.post(f"/admin/accounts/user/{cast.agent.pk}/deactivate/", follow=True).content.decode()
    assert "PC-1" in refused and 'href="/assets/?holder=agent"' in refused
    assert change(admin_client, cast.agent, is_agent=None, **{"memberships-0-DELETE": "on"}).status_code == 302
    acts.act(laptop, "report_lost", cast.lead, reason="在地铁上")
    admin_client.post(f"/admin/accounts/user/{cast.agent.pk}/deactivate/")
    cast.agent.refresh_from_db()
    assert (cast.agent.is_active, cast.agent.is_agent) == (False, False)


def test_two_administrators_cannot_remove_each_other_in_turn(cast: Cast) -> None:
    other = UserFactory(is_admin=True)
    at = timezone.now() + timedelta(seconds=1)
    deactivate_person(person=other, actor=cast.admin, at=at)
    with pytest.raises(Conflict):
        deactivate_person(person=cast.admin, actor=other, at=at)
