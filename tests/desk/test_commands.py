"""Commands through the desk's pages: the whole way, and every refusal with what was typed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.cast import Cast
from tests.factories import bring_to, make_ticket, reply, run
from tickets.models import Draft, Ticket
from tickets.services.edit import add_watcher

AsUser = Callable[..., Client]
SOLUTION = {
    "outcome": "solved",
    "cause": "缓存不一致",
    "solution": "清理缓存",
    "advice": "请重启浏览器",
    "verification": "测试账号登录正常",
}


def path(ticket: Ticket, command: str) -> str:
    return f"/desk/tickets/{ticket.number}/do/{command}/"


def do(client: Client, ticket: Ticket, command: str, **data: str) -> None:
    """Carry out a command through its page and bring the ticket up to date."""
    response = client.post(path(ticket, command), {**data, "version": ticket.version})
    assert response.status_code == 303, response.content.decode()[:3000]
    ticket.refresh_from_db()


def test_the_whole_way_by_pages(cast: Cast, as_user: AsUser) -> None:
    ticket = make_ticket(cast.requester)
    client = as_user(cast.agent)
    later = timezone.localtime(timezone.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    do(client, ticket, "accept")
    do(client, ticket, "classify", category="business_finance", impact="department", urgency="blocked")
    assert (ticket.status, ticket.priority) == ("classified", "P2")
    do(client, ticket, "start")
    do(client, ticket, "assign", assignee="lead", reason="更熟悉")
    do(client, ticket, "wait", waiting_reason="vendor", next_action_at=later)
    assert ticket.status == "waiting"
    do(client, ticket, "resume")
    do(client, ticket, "resolve", **SOLUTION)
    do(client, ticket, "reject", reason="用户说还不行")
    do(client, ticket, "resolve", **SOLUTION)
    do(client, ticket, "confirm", reason="电话里说好了")
    assert ticket.closure == "confirmed"
    do(client, ticket, "reopen", reason="又坏了")
    do(client, ticket, "withdraw", reason="换了电脑")
    do(client, ticket, "archive")
    assert ticket.is_archived


def test_every_allowed_command_has_a_page(cast: Cast, as_user: AsUser) -> None:
    client = as_user(cast.lead)
    for status in ("new", "classified", "in_progress", "waiting", "resolved", "closed", "cancelled"):
        ticket = bring_to(make_ticket(cast.requester), status, cast.agent)
        page = client.get(f"/desk/tickets/{ticket.number}/")
        for action in page.context["by_command"].values():
            response = client.get(path(ticket, action.command))
            assert response.status_code == 200, (status, action.command)


def test_a_dialog_is_the_part_of_its_page(cast: Cast, as_user: AsUser) -> None:
    ticket = make_ticket(cast.requester)
    client = as_user(cast.agent)
    part = client.get(path(ticket, "classify"), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "data-dialog-content" in part
    assert "<html" in client.get(path(ticket, "classify")).content.decode()


@pytest.mark.parametrize("place", ["", "composer"])
def test_a_missing_answer_keeps_the_others(cast: Cast, as_user: AsUser, place: str) -> None:
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    data = {**SOLUTION, "cause": "", "version": ticket.version, "in": place}
    response = as_user(cast.agent).post(path(ticket, "resolve"), data)
    page = response.content.decode()
    assert response.status_code == 422
    assert "Say what the cause was." in page
    assert "清理缓存" in page


@pytest.mark.parametrize("place", ["", "composer"])
def test_a_stale_page_gets_what_is_new_and_keeps_the_words(cast: Cast, as_user: AsUser, place: str) -> None:
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    seen = ticket.version
    reply(ticket, cast.lead, "等一下，不是缓存", kind="internal")
    client = as_user(cast.agent)
    response = client.post(path(ticket, "resolve"), {**SOLUTION, "version": seen, "in": place})
    page = response.content.decode()
    assert response.status_code == 409
    assert "等一下，不是缓存" in page
    assert "清理缓存" in page
    assert client.post(path(ticket, "resolve"), {**SOLUTION, "version": ticket.version}).status_code == 303


def test_a_command_that_became_impossible_shows_what_had_been_typed(cast: Cast, as_user: AsUser) -> None:
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    seen = ticket.version
    run(ticket, "withdraw", cast.requester, reason="不用了")
    response = as_user(cast.agent).post(path(ticket, "resolve"), {**SOLUTION, "version": seen})
    page = response.content.decode()
    assert response.status_code == 409
    assert "清理缓存" in page
    assert "不用了" in page or "withdrew the request" in page


def test_closing_waits_for_the_announced_days(cast: Cast, as_user: AsUser) -> None:
    ticket = bring_to(make_ticket(cast.requester), "resolved", cast.agent)
    client = as_user(cast.agent)
    assert client.get(path(ticket, "close")).status_code == 409
    Ticket.objects.filter(pk=ticket.pk).update(confirm_by_at=timezone.now() - timedelta(hours=1))
    do(client, ticket, "close")
    assert ticket.closure == "unconfirmed"


def test_staff_say_how_the_user_confirmed(cast: Cast, as_user: AsUser) -> None:
    ticket = bring_to(make_ticket(cast.requester), "resolved", cast.agent)
    client = as_user(cast.agent)
    page = client.get(path(ticket, "confirm")).content.decode()
    assert "How did the requester confirm?" in page
    assert "The user says it is not solved" in page
    assert client.post(path(ticket, "confirm"), {"version": ticket.version}).status_code == 422


def test_the_solutions_draft_ends_with_the_solution(cast: Cast, as_user: AsUser) -> None:
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    client = as_user(cast.agent)
    client.post(f"/desk/tickets/{ticket.number}/draft/", {"mode": "solution", "cause": "缓存"})
    assert Draft.objects.exists()
    do(client, ticket, "resolve", **SOLUTION)
    assert not Draft.objects.exists()


def test_an_unknown_command_is_no_page(cast: Cast, as_user: AsUser) -> None:
    ticket = make_ticket(cast.requester)
    assert as_user(cast.agent).get(path(ticket, "explode")).status_code == 404
    assert as_user(cast.agent).get("/desk/tickets/99999999/").status_code == 404


def test_a_get_changes_nothing(cast: Cast, as_user: AsUser) -> None:
    ticket = make_ticket(cast.requester)
    client = as_user(cast.agent)
    for rest in ("", "do/accept/", "details/", "people/", "dossier/", "news/?after=1"):
        client.get(f"/desk/tickets/{ticket.number}/{rest}")
    assert client.get(f"/desk/tickets/{ticket.number}/message/").status_code == 405
    ticket.refresh_from_db()
    assert (ticket.version, ticket.accepted_at) == (1, None)


def test_handing_a_confidential_ticket_away_leads_back_to_the_list(cast: Cast, as_user: AsUser) -> None:
    ticket = run(make_ticket(cast.requester), "assign", cast.lead, team=cast.first_line)
    Ticket.objects.filter(pk=ticket.pk).update(is_confidential=True)
    data = {"team": cast.applications.pk, "version": ticket.version}
    response = as_user(cast.agent).post(path(ticket, "assign"), data)
    assert (response.status_code, response["Location"]) == (303, "/desk/")


# --- Details and readers ----------------------------------------------------------------------------------------


def test_one_part_of_the_details_is_corrected_and_the_rest_kept(cast: Cast, as_user: AsUser) -> None:
    ticket = make_ticket(cast.requester)
    url = f"/desk/tickets/{ticket.number}/details/?part=contact"
    client = as_user(cast.agent)
    page = client.get(url).content.decode()
    assert 'name="contact_phone"' in page
    assert 'name="subject"' not in page
    data = {"contact_name": "王敏", "contact_phone": "7000", "subject": "hacked", "version": ticket.version}
    assert client.post(url, data).status_code == 303
    subject = ticket.subject
    ticket.refresh_from_db()
    assert (ticket.contact_phone, ticket.subject) == ("7000", subject)


@pytest.mark.parametrize(
    "data",
    [
        {"subject": ""},
        {"subject": "x" * 201},
        {"description": "\x00"},
        {"device_ip": "999.1.1.1"},
        {"occurred_at": "2999-01-01T00:00"},
        {"occurred_at": "0001-01-01T00:00"},
        {"needed_by_at": "9999-12-31T23:59"},
    ],
)
def test_bad_details_name_their_field_and_are_kept(cast: Cast, as_user: AsUser, data: dict[str, str]) -> None:
    ticket = make_ticket(cast.requester)
    good = {"subject": "白屏", "description": "全白", "contact_name": "王敏", "version": ticket.version}
    response = as_user(cast.agent).post(f"/desk/tickets/{ticket.number}/details/", {**good, **data})
    assert response.status_code == 422
    assert f"#details-{next(iter(data))}" in response.content.decode()


def test_details_of_another_version_are_a_conflict(cast: Cast, as_user: AsUser) -> None:
    ticket = make_ticket(cast.requester)
    data = {"contact_name": "王敏", "contact_phone": "7000", "version": ticket.version}
    run(ticket, "accept", cast.lead)
    response = as_user(cast.agent).post(f"/desk/tickets/{ticket.number}/details/?part=contact", data)
    assert response.status_code == 409
    assert "7000" in response.content.decode()
    assert "acknowledged the ticket" in response.content.decode()


def test_readers_are_added_and_removed(cast: Cast, as_user: AsUser) -> None:
    ticket = make_ticket(cast.requester)
    client = as_user(cast.agent)
    url = f"/desk/tickets/{ticket.number}/people/"
    assert client.post(url, {"person": "colleague"}).status_code == 303
    assert as_user(cast.colleague).get(f"/tickets/{ticket.number}/").status_code == 200
    assert "周航" in client.get(url).content.decode()
    assert client.post(f"{url}remove/", {"person": "colleague"}).status_code == 303
    assert as_user(cast.colleague).get(f"/tickets/{ticket.number}/").status_code == 404
    assert client.post(url, {"person": "nobody"}).status_code == 422


def test_other_teams_do_not_choose_the_readers(cast: Cast, as_user: AsUser) -> None:
    ticket = run(make_ticket(cast.requester), "assign", cast.lead, team=cast.applications)
    assert (
        as_user(cast.agent).post(f"/desk/tickets/{ticket.number}/people/", {"person": "colleague"}).status_code == 403
    )


# --- Dossier ----------------------------------------------------------------------------------------------------


def test_the_dossier_holds_everything(cast: Cast, as_user: AsUser) -> None:
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    reply(ticket, cast.agent, "请稍候")
    reply(ticket, cast.agent, "CANARY-INTERNAL", kind="internal")
    add_watcher(ticket_id=ticket.pk, actor=cast.agent, person=cast.colleague, at=timezone.now())
    run(ticket, "resolve", cast.agent, **_resolution())
    client = as_user(cast.agent)
    response = client.get(f"/desk/tickets/{ticket.number}/dossier.json")
    assert response["Content-Disposition"] == f'attachment; filename="ticket-{ticket.number}.json"'
    data = response.json()
    assert data["ticket"]["number"] == ticket.number
    assert [message["text"] for message in data["messages"]] == ["请稍候", "CANARY-INTERNAL"]
    events = data["events"]
    assert [event["facts"]["sequence"] for event in events] == list(range(1, len(events) + 1))
    assert all(after["previous_hash"] == before["hash"] for before, after in zip(events, events[1:], strict=False))
    assert data["ticket"]["watchers"][0]["username"] == "colleague"
    assert data["history"][-1]["changes"]["solution"][1] == "重建缓存并刷新"
    page = client.get(f"/desk/tickets/{ticket.number}/dossier/").content.decode()
    assert "CANARY-INTERNAL" in page
    assert events[-1]["hash"] in page
    assert "accepted at" in page and "accepted_at" not in page, "the history names fields in words"


def test_requesters_get_no_dossier(cast: Cast, as_user: AsUser) -> None:
    ticket = make_ticket(cast.requester)
    for rest in ("dossier/", "dossier.json"):
        assert as_user(cast.requester).get(f"/desk/tickets/{ticket.number}/{rest}").status_code == 404


def _resolution() -> dict[str, object]:
    from tests.factories import resolution

    return resolution()
