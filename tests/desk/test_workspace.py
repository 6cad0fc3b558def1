"""The ticket workspace: who sees what, what can be done, and what it costs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.cast import Cast
from tests.factories import bring_to, make_ticket, reply, run
from tickets.models import Ticket, TicketSeen
from tickets.services.create import Request, follow_up
from tickets.services.edit import add_watcher
from tickets.services.presence import note_presence

AsUser = Callable[..., Client]


def path(ticket: Ticket, rest: str = "") -> str:
    return f"/desk/tickets/{ticket.number}/{rest}"


@pytest.mark.parametrize("status", ["new", "classified", "in_progress", "waiting", "resolved", "closed", "cancelled"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_state_renders_in_both_languages(cast: Cast, as_user: AsUser, status: str, language: str) -> None:
    ticket = bring_to(make_ticket(cast.requester), status, cast.agent)
    response = as_user(cast.agent, language).get(path(ticket))
    assert response.status_code == 200
    page = response.content.decode()
    assert ticket.subject in page
    assert f'lang="{"en" if language == "en" else "zh-Hans"}"' in page


@pytest.mark.parametrize(
    ("status", "label"),
    [
        ("new", "Acknowledge"),
        ("classified", "Acknowledge"),
        ("in_progress", "Propose solution"),
        ("waiting", "Continue work"),
        # The table's requester line doesn't apply to staff: they write down the user's word.
        ("resolved", "Record the user&#x27;s answer"),
        ("closed", "Archive"),
    ],
)
def test_there_is_one_next_step(cast: Cast, as_user: AsUser, status: str, label: str) -> None:
    ticket = bring_to(make_ticket(cast.requester), status, cast.agent)
    response = as_user(cast.agent).get(path(ticket))
    assert response.context["primary"].label == label.replace("&#x27;", "'")
    assert label in response.content.decode()


@pytest.mark.parametrize(
    ("status", "stage"),
    [
        ("new", 1),
        ("classified", 3),
        ("in_progress", 4),
        ("waiting", 4),
        ("resolved", 6),
        ("closed", 7),
        ("cancelled", 7),
    ],
)
def test_the_stage_strip_follows_the_status(cast: Cast, as_user: AsUser, status: str, stage: int) -> None:
    ticket = bring_to(make_ticket(cast.requester), status, cast.agent)
    assert f"Step {stage} of 7" in as_user(cast.agent).get(path(ticket)).content.decode()


def test_an_acknowledged_new_ticket_stands_at_the_second_stage(cast: Cast, as_user: AsUser) -> None:
    ticket = run(make_ticket(cast.requester), "accept", cast.agent)
    assert "Step 2 of 7: Acknowledged" in as_user(cast.agent).get(path(ticket)).content.decode()


def test_a_confidential_ticket_of_another_team_does_not_exist(cast: Cast, as_user: AsUser) -> None:
    ticket = make_ticket(cast.requester)
    Ticket.objects.filter(pk=ticket.pk).update(is_confidential=True, team=cast.applications)
    client = as_user(cast.agent)
    for rest in ("", "news/?after=1", "dossier/", "dossier.json", "details/", "people/", "do/accept/"):
        assert client.get(path(ticket, rest)).status_code == 404
    for rest in ("message/", "presence/", "draft/", "do/accept/", "people/remove/"):
        assert client.post(path(ticket, rest), {"body": "x", "mode": "note"}).status_code == 404


def test_another_teams_ticket_can_be_read_and_noted_only(cast: Cast, as_user: AsUser) -> None:
    ticket = run(
        bring_to(make_ticket(cast.requester), "classified", cast.lead), "assign", cast.lead, team=cast.applications
    )
    client = as_user(cast.agent)
    response = client.get(path(ticket))
    assert response.context["modes"] == ["note"]
    assert response.context["primary"] is None
    assert "belongs to the team Applications" in response.content.decode()
    assert client.post(path(ticket, "do/accept/"), {"version": ticket.version}).status_code == 403
    assert client.get(path(ticket, "do/assign/")).status_code == 403
    refused = client.post(
        path(ticket, "message/"), {"mode": "reply", "body": "Ich war hier", "version": ticket.version}
    )
    assert refused.status_code == 403
    assert "Ich war hier" in refused.content.decode()
    assert not ticket.messages.exists()


def test_administrators_look_but_do_not_write(cast: Cast, as_user: AsUser) -> None:
    ticket = make_ticket(cast.requester)
    response = as_user(cast.admin).get(path(ticket))
    assert response.context["modes"] == []
    assert "only support staff work on it" in response.content.decode()
    assert as_user(cast.admin).get("/desk/new/").status_code == 403


def test_an_archived_ticket_has_no_composer(cast: Cast, as_user: AsUser) -> None:
    ticket = bring_to(make_ticket(cast.requester), "closed", cast.agent)
    client = as_user(cast.agent)
    assert client.post(path(ticket, "do/archive/"), {"version": ticket.version}).status_code == 303
    response = client.get(path(ticket))
    page = response.content.decode()
    assert response.context["modes"] == []
    assert 'name="body"' not in page
    assert "archived and can&#x27;t be changed" in page
    assert "Create a follow-up" in page
    assert 'id="news"' not in page


def test_closed_tickets_do_not_poll_and_open_ones_do(cast: Cast, as_user: AsUser) -> None:
    client = as_user(cast.agent)
    assert 'id="news"' in client.get(path(make_ticket(cast.requester))).content.decode()
    closed = bring_to(make_ticket(cast.requester), "closed", cast.agent)
    assert 'id="news"' not in client.get(path(closed)).content.decode()


def test_notes_and_messages_can_not_be_confused(cast: Cast, as_user: AsUser) -> None:
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    reply(ticket, cast.agent, "CANARY-PUBLIC")
    reply(ticket, cast.agent, "CANARY-INTERNAL", kind="internal")
    client = as_user(cast.agent)
    everything = client.get(path(ticket)).content.decode()
    assert "bub note" in everything
    assert "Internal only" in everything
    with_user = client.get(path(ticket, "?tab=user")).content.decode()
    assert "CANARY-PUBLIC" in with_user
    assert "CANARY-INTERNAL" not in with_user
    internal = client.get(path(ticket, "?tab=internal")).content.decode()
    assert "CANARY-INTERNAL" in internal
    assert "CANARY-PUBLIC" not in internal
    assert "CANARY-INTERNAL" not in as_user(cast.requester).get(f"/tickets/{ticket.number}/").content.decode()


def test_the_timeline_tells_acts_in_sentences(cast: Cast, as_user: AsUser) -> None:
    ticket = bring_to(make_ticket(cast.requester), "waiting", cast.agent)
    run(ticket, "resume", cast.agent, reason="有回音了")
    run(ticket, "assign", cast.lead, assignee=cast.lead)
    add_watcher(ticket_id=ticket.pk, actor=cast.agent, person=cast.colleague, at=timezone.now())
    page = as_user(cast.agent).get(path(ticket, "?tab=system")).content.decode()
    for words in (
        "王敏 submitted the request (channel: Portal).",
        "李强 classified the ticket as “Finance system”, priority P2.",
        "李强 acknowledged the ticket.",
        "李强 set the ticket to “Waiting for user”; work goes on",
        "李强 continued work.",
        "有回音了",
        "赵磊 assigned the ticket to 赵磊.",
        "李强 let 周航 read along.",
    ):
        assert words in page, words


def test_a_long_timeline_folds_its_middle(cast: Cast, as_user: AsUser) -> None:
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    for index in range(205):
        reply(ticket, cast.agent if index % 2 else cast.requester, f"message number {index:03}")
    client = as_user(cast.agent)
    page = client.get(path(ticket)).content.decode()
    assert "message number 000" in page
    assert "message number 204" in page
    assert "message number 080" not in page
    assert "entries in between" in page
    assert "message number 080" in client.get(path(ticket, "?all=1")).content.decode()


def test_new_entries_are_marked_since_the_last_visit(cast: Cast, as_user: AsUser) -> None:
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    client = as_user(cast.agent)
    client.post(path(ticket, f"presence/?version={ticket.version}"), {"state": "viewing"})
    assert "New since your last visit" not in client.get(path(ticket)).content.decode()
    reply(ticket, cast.requester, "还是白的")
    assert "New since your last visit" in client.get(path(ticket)).content.decode()


def test_the_view_leads_to_the_tickets_before_and_behind(cast: Cast, as_user: AsUser) -> None:
    start = timezone.now() - timedelta(hours=1)
    tickets = [make_ticket(cast.requester, at=start + timedelta(minutes=index)) for index in range(3)]
    client = as_user(cast.agent)
    response = client.get(path(tickets[1], "?view=sort%3Doldest%26group%3Dnone"))
    assert response.context["previous_url"].startswith(path(tickets[0]))
    assert response.context["next_url"].startswith(path(tickets[2]))
    assert response.context["back_url"] == "/desk/?group=none&sort=oldest"
    assert "2 / 3" in response.content.decode()
    assert client.get(response.context["next_url"]).context["next_url"] == ""


def test_a_ticket_that_left_the_view_has_no_place_in_it(cast: Cast, as_user: AsUser) -> None:
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    make_ticket(cast.requester)
    response = as_user(cast.agent).get(path(ticket, "?view=status%3Dnew"))
    assert "Back to the list" in response.content.decode()
    assert "place" not in response.context


@pytest.mark.parametrize("view", ["%00", "status%3Dnonsense", "%F0%9F%98%80", "x" * 5000, "//evil.example"])
def test_a_bad_view_is_harmless(cast: Cast, as_user: AsUser, view: str) -> None:
    response = as_user(cast.agent).get(path(make_ticket(cast.requester), f"?view={view}"))
    assert response.status_code == 200
    assert response.context["back_url"].startswith("/desk/")


def test_follow_ups_are_linked_both_ways(cast: Cast, as_user: AsUser) -> None:
    old = bring_to(make_ticket(cast.requester), "closed", cast.agent)
    request = Request(subject="又白屏了", description="同样的问题。", kind=old.kind)
    new = follow_up(ticket_id=old.pk, request=request, actor=cast.agent, at=timezone.now(), channel="phone")
    client = as_user(cast.agent)
    assert new.number in client.get(path(old)).content.decode()
    assert f"Follow-up of {old.number}" in client.get(path(new)).content.decode()


def test_the_requesters_other_tickets_are_counted(cast: Cast, as_user: AsUser) -> None:
    ticket = make_ticket(cast.requester)
    make_ticket(cast.requester)
    bring_to(make_ticket(cast.requester), "closed", cast.agent)
    make_ticket(cast.requester2)
    response = as_user(cast.agent).get(path(ticket))
    assert response.context["others"] == {"open": 1, "recent": 2}
    assert len(as_user(cast.agent).get(response.context["others_open_url"]).context["page"].rows) == 2


@pytest.mark.parametrize("rest", ["", "?view=status%3Dopen", "?mode=solution"])
def test_the_workspace_costs_at_most_40_queries_however_long_it_is(cast: Cast, as_user: AsUser, rest: str) -> None:
    ticket = bring_to(make_ticket(cast.requester), "waiting", cast.agent)
    run(ticket, "resume", cast.agent)
    run(ticket, "assign", cast.lead, assignee=cast.lead, team=cast.first_line)
    add_watcher(ticket_id=ticket.pk, actor=cast.agent, person=cast.colleague, at=timezone.now())
    note_presence(ticket_id=ticket.pk, user=cast.lead, is_replying=True, at=timezone.now())
    client = as_user(cast.agent)
    client.get(path(ticket, rest))
    costs = []
    for count in (5, 60):
        for index in range(count):
            reply(ticket, cast.agent, f"Zeile {index}", kind="internal" if index % 2 else "public")
        with CaptureQueriesContext(connection) as queries:
            client.get(path(ticket, rest))
        costs.append(len(queries))
    assert costs[0] == costs[1]
    assert costs[1] <= 40, costs


# --- Presence and news ------------------------------------------------------------------------------------------


def test_others_are_named_and_oneself_is_not(cast: Cast, as_user: AsUser) -> None:
    ticket = make_ticket(cast.requester)
    as_user(cast.lead).post(path(ticket, "presence/"), {"state": "replying"})
    page = as_user(cast.agent).post(path(ticket, "presence/"), {"state": "viewing"}).content.decode()
    assert "赵磊 is replying" in page
    assert "李强" not in page
    assert "李强 is looking" in as_user(cast.lead).get(path(ticket)).content.decode()


def test_reading_is_remembered_up_to_what_was_shown(cast: Cast, as_user: AsUser) -> None:
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    client = as_user(cast.agent)
    client.get(path(ticket))
    assert not TicketSeen.objects.filter(user=cast.agent).exists()
    client.post(path(ticket, "presence/?version=2"), {"state": "viewing"})
    client.post(path(ticket, "presence/?version=99999999999999"), {"state": "viewing"})
    assert TicketSeen.objects.get(user=cast.agent).version == 2
    client.post(path(ticket, "presence/?version=500"), {"state": "viewing"})
    assert TicketSeen.objects.get(user=cast.agent).version == ticket.version


def test_nothing_new_is_204_and_news_bring_the_next_question(cast: Cast, as_user: AsUser) -> None:
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    client = as_user(cast.agent)
    version = ticket.version
    assert client.get(path(ticket, f"news/?after={version}")).status_code == 204
    reply(ticket, cast.requester, "还有一张截图")
    page = client.get(path(ticket, f"news/?after={version}")).content.decode()
    assert "还有一张截图" in page
    assert f"after={ticket.version}" in page
    assert 'id="reply-version" hx-swap-oob="true"' in page
    assert "moved on" not in page
    run(ticket, "wait", cast.lead, waiting_reason=_reason(), next_action_at=timezone.now() + timedelta(days=1))
    assert "moved on" in client.get(path(ticket, f"news/?after={version}")).content.decode()


@pytest.mark.parametrize("after", ["", "0", "-1", "x", "9" * 30, "%00"])
def test_bad_versions_are_no_news(cast: Cast, as_user: AsUser, after: str) -> None:
    assert as_user(cast.agent).get(path(make_ticket(cast.requester), f"news/?after={after}")).status_code == 204


def _reason() -> object:
    from tickets.models import WaitingReason

    return WaitingReason.objects.get(code="vendor")
