"""Where people and categories belong decides what is promised: a change there reaches the open tickets (M1.2-2)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from escalation.models import SlaRule
from escalation.services import alarms
from helpdesk.accounts.models import RequesterGroup, User
from helpdesk.accounts.services.departments import save_department
from helpdesk.accounts.services.groups import save_group, set_groups
from helpdesk.accounts.services.people import save_person
from helpdesk.accounts.services.teams import set_retired
from tests.administration.test_people import person_data
from tests.cast import Cast
from tests.escalation.conftest import MONDAY, GivePolicy
from tests.factories import DepartmentFactory, RequesterGroupFactory, make_ticket
from tickets.models import Category, Ticket
from tickets.services.catalogue import save_category

pytestmark = pytest.mark.django_db


@pytest.fixture
def board(cast: Cast) -> RequesterGroup:
    """The requester and an agent are on the board."""
    group = RequesterGroup(name_zh="管理层", name_en="Board")
    return save_group(group=group, members=[cast.requester, cast.agent], actor=cast.admin)


def promised_to(ticket: Ticket) -> str:
    """The policy by which the ticket's solution is judged, after the sweep has had its turn."""
    alarms.judge_stale(at=MONDAY, may_go_on=lambda: True)
    clock = ticket.clocks.select_related("version__policy").get(target="resolution")
    return clock.version.policy.name_en if clock.version is not None else "no target"


@pytest.fixture
def promises(give_policy: GivePolicy, board: RequesterGroup) -> None:
    give_policy("Board", rule={"position": 1, "requester_group": board})
    give_policy("Everybody", rule={"position": 2})


def test_a_rule_holds_for_the_members_of_its_group(cast: Cast, promises: None) -> None:
    assert promised_to(make_ticket(cast.requester, at=MONDAY)) == "Board"
    assert promised_to(make_ticket(cast.requester, actor=cast.lead, channel="phone", at=MONDAY)) == "Board"
    assert promised_to(make_ticket(cast.requester2, at=MONDAY)) == "Everybody"
    assert promised_to(make_ticket(cast.requester2, actor=cast.agent, channel="phone", at=MONDAY)) == "Everybody"


def test_who_joins_or_leaves_takes_their_open_tickets_along(cast: Cast, promises: None, board: RequesterGroup) -> None:
    mine, other = make_ticket(cast.requester, at=MONDAY), make_ticket(cast.requester2, at=MONDAY)
    save_group(group=board, members=[cast.requester2], actor=cast.admin)
    assert (promised_to(mine), promised_to(other)) == ("Everybody", "Board")
    set_groups(person=cast.requester, groups=[board], actor=cast.admin)
    set_groups(person=cast.requester2, groups=[], actor=cast.admin)
    assert (promised_to(mine), promised_to(other)) == ("Board", "Everybody")


def test_a_change_that_no_rule_asks_about_judges_nothing_anew(cast: Cast, give_policy: GivePolicy) -> None:
    give_policy("Everybody")
    ticket = make_ticket(cast.requester, at=MONDAY)
    set_groups(person=cast.requester, groups=[RequesterGroupFactory()], actor=cast.admin)
    assert alarms.judge_stale(at=MONDAY, may_go_on=lambda: True) == 0
    assert promised_to(ticket) == "Everybody"


@pytest.mark.parametrize("how", ["the person moves", "the department moves"])
def test_departments(cast: Cast, give_policy: GivePolicy, how: str) -> None:
    office = DepartmentFactory()
    give_policy("Office", rule={"position": 1, "department": office})
    give_policy("Everybody", rule={"position": 2})
    ticket = make_ticket(cast.requester, at=MONDAY)
    assert promised_to(ticket) == "Everybody"
    if how == "the person moves":
        cast.requester.department = office
        save_person(person=cast.requester, changed=["department"], actor=cast.admin, at=MONDAY)
    else:
        cast.finance.parent = office
        save_department(department=cast.finance, actor=cast.admin)
    assert promised_to(ticket) == "Office"


def test_a_category_that_moves(cast: Cast, give_policy: GivePolicy) -> None:
    below = Category.objects.get(code="network_vpn")
    target = Category.objects.get(code="consulting")
    give_policy("Consulting", rule={"position": 1, "category": target})
    give_policy("Everybody", rule={"position": 2})
    ticket = make_ticket(cast.requester, category=below, at=MONDAY)
    assert promised_to(ticket) == "Everybody"
    branch = Category.objects.get(code="network")
    branch.parent = target
    save_category(category=branch, actor=cast.admin)
    assert promised_to(ticket) == "Consulting"


# --- The administration ---------------------------------------------------------------------------------------------


@pytest.fixture
def page(client: Client, cast: Cast) -> Callable[..., str]:
    """Send a form of the administration as its administrator; the page that answers."""
    client.force_login(cast.admin)

    def send(name: str, *args: int, data: dict[str, object] | None = None) -> str:
        response = client.post(reverse(f"admin:{name}", args=args), data or {}, follow=True)
        assert response.status_code == 200
        return response.content.decode()

    return send


def test_a_group_is_kept_with_who_changed_its_members_and_why(cast: Cast, page: Callable[..., str]) -> None:
    page(
        "accounts_requestergroup_add",
        data={
            "name_zh": "管理层",
            "name_en": "Board",
            "members": [cast.requester.pk, cast.requester2.pk],
            "history_change_reason": "new board",
        },
    )
    group = RequesterGroup.objects.get()
    assert set(group.members.all()) == {cast.requester, cast.requester2}
    page("accounts_requestergroup_change", group.pk, data={"name_zh": "管理层", "members": [cast.requester2.pk]})
    assert set(group.members.all()) == {cast.requester2}
    last, *_between, first = group.history.all()
    assert [row.user_id for row in last.members.all()] == [cast.requester2.pk]
    assert (first.history_user, first.history_change_reason) == (cast.admin, "new board")


@pytest.mark.parametrize("value", ["x", "999999", "9" * 30])
def test_members_that_cannot_be_are_refused_and_nothing_is_lost(
    cast: Cast, page: Callable[..., str], board: RequesterGroup, value: str
) -> None:
    html = page("accounts_requestergroup_change", board.pk, data={"name_zh": "新名字", "members": [value]})
    assert "新名字" in html
    board.refresh_from_db()
    assert (board.name_zh, board.members.count()) == ("管理层", 2)
    html = page("accounts_user_change", cast.requester.pk, data=person_data(cast.requester, requester_groups=[value]))
    assert "errornote" in html
    assert set(cast.requester.requester_groups.all()) == {board}


def test_two_groups_of_one_name_are_refused(page: Callable[..., str], board: RequesterGroup) -> None:
    page("accounts_requestergroup_add", data={"name_zh": board.name_zh})
    assert RequesterGroup.objects.count() == 1


def test_a_persons_page_puts_them_into_groups(cast: Cast, page: Callable[..., str], board: RequesterGroup) -> None:
    staff = RequesterGroupFactory()
    page("accounts_user_change", cast.requester.pk, data=person_data(cast.requester, requester_groups=[staff.pk]))
    assert set(cast.requester.requester_groups.all()) == {staff}
    assert set(board.members.all()) == {cast.agent}


def test_a_group_that_rules_ask_for_is_retired_instead_of_deleted(
    cast: Cast, page: Callable[..., str], promises: None, board: RequesterGroup, client: Client
) -> None:
    response = client.post(reverse("admin:accounts_requestergroup_delete", args=[board.pk]), {"post": "yes"})
    assert response.status_code == 409
    set_retired(unit=board, is_retired=True, actor=cast.admin)
    assert promised_to(make_ticket(cast.requester, at=MONDAY)) == "Board", "what was promised stays"
    assert "Board" in page_of(client, "admin:escalation_health")


def page_of(client: Client, name: str) -> str:
    return client.get(reverse(name)).content.decode()


def test_the_rule_form_takes_a_group_and_says_it(cast: Cast, page: Callable[..., str], board: RequesterGroup) -> None:
    html = page("escalation_slarule_add", data={"position": 5, "requester_group": board.pk})
    assert SlaRule.objects.get().requester_group == board
    assert "管理层" in html or "Board" in html


def test_people_are_found_by_their_group(cast: Cast, board: RequesterGroup, client: Client) -> None:
    client.force_login(cast.admin)
    response = client.get(reverse("admin:accounts_user_changelist"), {"requester_groups__id__exact": board.pk})
    assert {person.pk for person in response.context["cl"].result_list} == {cast.requester.pk, cast.agent.pk}
    assert User.objects.count() > 2
