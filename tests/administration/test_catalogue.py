"""The catalogue: a true tree, something of each kind on offer, codes for ever, a matrix without gaps (H3)."""

from __future__ import annotations

import pytest
from django.test import Client

from helpdesk.common.errors import InvalidInput
from tests.cast import Cast
from tests.factories import bring_to, make_ticket
from tickets.models import Category, Outcome, PriorityCell, RequestKind, WaitingReason
from tickets.services import catalogue
from tickets.services.effects import priority_for


def category_data(category: Category | None = None, **changes: object) -> dict[str, object]:
    fields = ("name_zh", "name_en", "code", "hint_zh", "hint_en", "icon")
    data: dict[str, object] = {name: getattr(category, name, "") for name in fields}
    data |= {"parent": getattr(category, "parent_id", "") or "", "team": getattr(category, "team_id", "") or ""}
    data |= {"position": getattr(category, "position", 100)}
    return data | changes


def change(client: Client, category: Category, **changes: object):
    return client.post(f"/admin/tickets/category/{category.pk}/change/", category_data(category, **changes))


def node(code: str) -> Category:
    return Category.objects.get(code=code)


def form_errors(response) -> dict[str, list[str]]:
    assert response.status_code == 200
    return dict(response.context["adminform"].form.errors)


# --- The tree ---------------------------------------------------------------------------------------------------------


def test_new_category_gets_its_path(admin_client: Client, cast: Cast) -> None:
    above = node("network_vpn")
    data = category_data(name_zh="客户端", name_en="Client", code="vpn_client", parent=above.pk)
    assert admin_client.post("/admin/tickets/category/add/", data).status_code == 302
    row = node("vpn_client")
    assert row.path == f"{above.path}{row.pk:06d}/"
    assert row.history.latest().history_user == cast.admin


def test_moved_branch_takes_its_paths_along(admin_client: Client) -> None:
    branch, target = node("network"), node("consulting")
    assert change(admin_client, branch, parent=target.pk).status_code == 302
    for code in ("network", "network_vpn", "network_wifi"):
        row = node(code)
        expected = f"{target.path}{branch.pk:06d}/" + ("" if code == "network" else f"{row.pk:06d}/")
        assert row.path == expected
    assert node("software_os").path.startswith(node("software").path)


@pytest.mark.parametrize("below", ["network", "network_vpn"])
def test_category_cannot_stand_below_itself(admin_client: Client, below: str) -> None:
    response = change(admin_client, node("network"), parent=node(below).pk)
    assert "parent" in form_errors(response)
    assert node("network").parent is None


def test_tree_has_at_most_four_levels(admin_client: Client) -> None:
    parent = node("network_vpn")
    for level in (3, 4):
        parent = Category(code=f"level_{level}", name_zh=f"第{level}层", parent=parent)
        catalogue.save_category(category=parent, actor=None)
    data = category_data(name_zh="第五层", code="level_5", parent=parent.pk)
    assert "parent" in form_errors(admin_client.post("/admin/tickets/category/add/", data))
    with pytest.raises(InvalidInput):
        catalogue.save_category(category=Category(code="level_5", name_zh="五", parent=parent), actor=None)
    assert "parent" in form_errors(change(admin_client, node("network"), parent=node("software_os").pk))


def test_code_never_changes(admin_client: Client) -> None:
    change(admin_client, node("network"), code="renamed")
    assert not Category.objects.filter(code="renamed").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("code", "With Space"),
        ("code", "network"),
        ("code", ""),
        ("name_zh", ""),
        ("name_zh", "a\x00b"),
        ("position", "-1"),
        ("parent", "999999"),
        ("team", "x"),
        ("icon", "<svg>"),
    ],
)
def test_bad_values_name_the_field(admin_client: Client, name: str, value: str) -> None:
    data = {**category_data(name_zh="新", code="brand_new"), name: value}
    assert name in form_errors(admin_client.post("/admin/tickets/category/add/", data))


def test_tree_page_says_where_tickets_land(admin_client: Client, cast: Cast) -> None:
    change(admin_client, node("network"), team=cast.applications.pk)
    rows = {line.row.code: line for line in admin_client.get("/admin/tickets/category/").context["rows"]}
    assert rows["network_vpn"].team == cast.applications
    assert rows["network_vpn"].team_from.code == "network"
    assert rows["printing"].team is None
    assert rows["network_vpn"].level == 2


def test_retired_team_gets_no_new_tickets(admin_client: Client, cast: Cast) -> None:
    change(admin_client, node("network"), team=cast.applications.pk)
    admin_client.post(f"/admin/accounts/team/{cast.applications.pk}/retire/")
    rows = {line.row.code: line for line in admin_client.get("/admin/tickets/category/").context["rows"]}
    assert rows["network_vpn"].team is None


def test_category_in_use_is_retired_instead_of_deleted(admin_client: Client, cast: Cast) -> None:
    bring_to(make_ticket(cast.requester), "classified", cast.agent)
    used = node("business_finance")
    page = admin_client.post(f"/admin/tickets/category/{used.pk}/delete/", {"post": "yes"})
    assert page.status_code == 409
    assert [usage.count for usage in page.context["usage"]] == [1]
    admin_client.post(page.context["retire_url"])
    used.refresh_from_db()
    assert used.is_retired


def test_branch_is_not_deleted_from_above(admin_client: Client) -> None:
    page = admin_client.post(f"/admin/tickets/category/{node('network').pk}/delete/", {"post": "yes"})
    assert page.status_code == 409
    assert Category.objects.filter(code="network_vpn").exists()


def test_unused_category_may_be_deleted(admin_client: Client) -> None:
    assert (
        admin_client.post(f"/admin/tickets/category/{node('consulting').pk}/delete/", {"post": "yes"}).status_code
        == 302
    )
    assert not Category.objects.filter(code="consulting").exists()


def test_branch_is_retired_as_a_whole_and_restored_from_above(admin_client: Client) -> None:
    admin_client.post(f"/admin/tickets/category/{node('network').pk}/retire/")
    assert {code: node(code).is_retired for code in ("network", "network_vpn", "email")} == {
        "network": True, "network_vpn": True, "email": False,
    }  # fmt: skip
    admin_client.post(f"/admin/tickets/category/{node('network_vpn').pk}/restore/")
    assert node("network_vpn").is_retired
    for code in ("network", "network_vpn"):
        admin_client.post(f"/admin/tickets/category/{node(code).pk}/restore/")
    assert not node("network_vpn").is_retired


def test_form_does_not_retire_above_a_living_branch(admin_client: Client) -> None:
    response = change(admin_client, node("network"), is_retired="on")
    assert not node("network").is_retired
    assert response.status_code in {200, 400, 409}


def test_last_category_stays(admin_client: Client) -> None:
    for row in Category.objects.filter(parent=None).exclude(code="email"):
        admin_client.post(f"/admin/tickets/category/{row.pk}/retire/")
    admin_client.post(f"/admin/tickets/category/{node('email').pk}/retire/")
    assert not node("email").is_retired


# --- Kinds, waiting reasons, outcomes ---------------------------------------------------------------------------------


def retire(client: Client, model: str, code: str) -> str:
    page = client.post(f"/admin/tickets/{model}/{code}/retire/", follow=True)
    return " ".join(str(message) for message in page.context["messages"])


def test_last_outcome_that_solves_stays(admin_client: Client) -> None:
    for code in Outcome.objects.filter(is_workaround=False).exclude(code="solved").values_list("code", flat=True):
        retire(admin_client, "outcome", code)
    assert not Outcome.objects.filter(is_workaround=False, is_retired=False).exclude(code="solved").exists()
    assert retire(admin_client, "outcome", "solved")
    assert not Outcome.objects.get(code="solved").is_retired


def test_last_workaround_stays_also_by_the_form_and_by_deleting(admin_client: Client) -> None:
    path = "/admin/tickets/outcome/workaround/"
    data = {
        "name_zh": "提供替代办法",
        "name_en": "Workaround",
        "position": 20,
        "is_workaround": "on",
        "is_retired": "on",
    }
    assert form_errors(admin_client.post(f"{path}change/", data))
    del data["is_retired"], data["is_workaround"]
    assert form_errors(admin_client.post(f"{path}change/", data))
    assert admin_client.post(f"{path}delete/", {"post": "yes"}).status_code == 409
    row = Outcome.objects.get(code="workaround")
    assert row.is_workaround
    assert not row.is_retired


def test_last_request_kind_stays(admin_client: Client) -> None:
    for code in RequestKind.objects.values_list("code", flat=True):
        retire(admin_client, "requestkind", code)
    assert RequestKind.objects.filter(is_retired=False).count() == 1


def test_reason_to_wait_for_the_user_stays(admin_client: Client) -> None:
    for code in WaitingReason.objects.values_list("code", flat=True):
        retire(admin_client, "waitingreason", code)
    assert list(WaitingReason.objects.filter(is_retired=False).values_list("waits_for", flat=True)) == ["user"]


def test_entry_in_use_is_not_deleted_and_unused_is(admin_client: Client, cast: Cast) -> None:
    make_ticket(cast.requester)
    assert admin_client.post("/admin/tickets/requestkind/incident/delete/", {"post": "yes"}).status_code == 409
    assert admin_client.post("/admin/tickets/requestkind/security/delete/", {"post": "yes"}).status_code == 302
    assert not RequestKind.objects.filter(code="security").exists()


def test_code_is_for_ever(admin_client: Client) -> None:
    data = {"code": "other", "name_zh": "故障", "name_en": "Incident", "position": 10}
    assert admin_client.post("/admin/tickets/requestkind/incident/change/", data).status_code == 302
    assert not RequestKind.objects.filter(code="other").exists()


@pytest.mark.parametrize(
    ("name", "value"), [("code", "Bad Code"), ("code", "incident"), ("name_zh", ""), ("position", "x")]
)
def test_bad_entries_name_the_field(admin_client: Client, name: str, value: str) -> None:
    data = {"code": "fresh", "name_zh": "新", "name_en": "New", "position": 5, name: value}
    assert name in form_errors(admin_client.post("/admin/tickets/requestkind/add/", data))


def test_changes_keep_actor_and_reason(admin_client: Client, cast: Cast) -> None:
    data = {"name_zh": "事件", "name_en": "Incident", "position": 10, "history_change_reason": "按新规范"}
    admin_client.post("/admin/tickets/requestkind/incident/change/", data)
    row = RequestKind.history.filter(code="incident").latest()
    assert (row.name_zh, row.history_change_reason, row.history_user) == ("事件", "按新规范", cast.admin)


# --- The priority matrix ----------------------------------------------------------------------------------------------


def matrix(**changes: str) -> dict[str, str]:
    cells = {f"{cell.impact}__{cell.urgency}": cell.priority for cell in PriorityCell.objects.all()}
    return cells | changes


MATRIX = "/admin/tickets/prioritycell/"


def test_matrix_is_saved_as_a_whole_with_history_of_what_changed(admin_client: Client, cast: Cast) -> None:
    data = matrix(person__blocked="P2", history_change_reason="客服部要求")
    assert admin_client.post(MATRIX, data).status_code == 302
    assert priority_for("person", "blocked") == "P2"
    rows = PriorityCell.history.filter(history_type="~")
    assert [(row.impact, row.priority, row.history_user, row.history_change_reason) for row in rows] == [
        ("person", "P2", cast.admin, "客服部要求")
    ]


@pytest.mark.parametrize("value", ["", "P5", "p1"])
def test_matrix_with_a_bad_cell_changes_nothing(admin_client: Client, value: str) -> None:
    response = admin_client.post(MATRIX, matrix(person__blocked=value, group__blocked="P1"))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["person__blocked"]
    assert priority_for("group", "blocked") == "P3"


def test_matrix_without_a_cell_changes_nothing(admin_client: Client) -> None:
    data = matrix(group__blocked="P1")
    del data["organisation__stopped"]
    response = admin_client.post(MATRIX, data)
    assert response.status_code == 422
    assert "organisation__stopped" in response.context["form"].errors
    assert priority_for("group", "blocked") == "P3"


def test_service_names_each_missing_cell(db: None) -> None:
    with pytest.raises(InvalidInput) as refusal:
        catalogue.set_matrix(cells={("person", "annoying"): "P4"}, actor=None)
    assert len(refusal.value.fields) == 15


def test_odd_matrix_is_saved_with_a_question(admin_client: Client) -> None:
    page = admin_client.post(MATRIX, matrix(organisation__stopped="P4"), follow=True)
    assert priority_for("organisation", "stopped") == "P4"
    assert len(page.context["messages"]) == 2


def test_matrix_has_nothing_to_add_or_delete(admin_client: Client) -> None:
    cell = PriorityCell.objects.first()
    assert admin_client.get(f"{MATRIX}add/").status_code == 403
    assert admin_client.post(f"{MATRIX}{cell.pk}/delete/", {"post": "yes"}).status_code == 403
    assert admin_client.get(f"{MATRIX}{cell.pk}/change/").status_code == 302
    assert PriorityCell.objects.count() == 16


# --- Missing translations ---------------------------------------------------------------------------------------------


def test_report_lists_what_exists_in_one_language_only(admin_client: Client, cast: Cast) -> None:
    Category.objects.filter(code="email").update(name_en="")
    Category.objects.filter(code="printing").update(hint_en="")
    Category.objects.filter(code="assets").update(name_en="", is_retired=True)
    cast.sales.name_en = ""
    cast.sales.save()
    rows = admin_client.get("/admin/missing-translations/").context["rows"]
    assert {row.present for row in rows} == {"电子邮件", "卡纸、驱动、加碳粉", "销售部"}
    assert all(admin_client.get(row.url).status_code == 200 for row in rows)
