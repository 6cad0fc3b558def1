"""Every status × every command × every party through the API, against the lifecycle table itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.api.client import refusal
from tests.factories import UserFactory, agent_in, bring_to, make_ticket, resolution, run
from tickets.lifecycle import RULES, Command, Facts, Party, Refusal, Status, find_rule

pytestmark = pytest.mark.django_db

# Who calls, and in which capacity the table sees them. `agent` has accepted wherever somebody has.
CALLERS = {
    "requester": frozenset({Party.REQUESTER}),
    "agent": frozenset({Party.STAFF}),
    "agent_2nd": frozenset({Party.STAFF}),
    "watcher": frozenset(),
    "admin": frozenset(),
}


def value_of(field: str, cast) -> object:
    answers = {
        "category": "business_finance",
        "impact": "person",
        "urgency": "annoying",
        "kind": "request",
        "team": cast.first_line.pk,
        "assignee": "agent",
        "reason": "原因",
        "waiting_reason": "vendor",
        "next_action_at": (timezone.now() + timedelta(days=2)).isoformat(),
        "outcome": "solved",
        "reason_code": "beyond_competence",
    }
    return answers.get(field, "说明")


def facts(status: Status, caller: str) -> Facts:
    """What the guards will find on a ticket that `bring_to` brought to this status."""
    is_taken = status not in (Status.NEW, Status.CLASSIFIED, Status.CANCELLED)
    return Facts(
        is_accepted=is_taken,
        is_assigned=is_taken,
        is_assigned_to_actor=is_taken and caller == "agent",
        is_reopen_window_open=status == Status.CLOSED,
    )


@pytest.fixture
def people(cast, api):
    cast.agent_2nd = agent_in(cast.first_line, username="agent_2nd")
    cast.watcher = UserFactory(username="watcher")
    return {name: api(getattr(cast, name)) for name in CALLERS}


def ticket_in(status: str, cast):
    ticket = bring_to(make_ticket(cast.requester), status, cast.agent)
    ticket.watcher_rows.create(user=cast.watcher)
    return ticket


@pytest.mark.parametrize("status", list(Status))
def test_the_api_allows_exactly_what_the_table_allows(cast, people, status):
    spare: dict[str, object] = {}
    for command in Command:
        for caller, parties in CALLERS.items():
            ticket = spare.pop("ticket", None) or ticket_in(status, cast)
            try:
                rule = find_rule(status, command, parties, facts(status, caller)) if parties else None
                expected, code = (200, None) if rule else (403, "not_allowed")
            except Refusal as refused:
                rule = None
                expected, code = (403, "not_allowed") if refused.code == "wrong_party" else (409, refused.code)
            fields = rule.requires + rule.requires_one_of if rule else ("reason",)
            body = {name: value_of(name, cast) for name in fields}
            path = f"tickets/{ticket.number}/transitions/"
            response = people[caller].post(path, {"command": command, "version": ticket.version, **body})
            place = (status, command, caller, response.content)
            assert response.status_code == expected, place
            if expected == 200:
                answer = response.json()
                assert answer["status"] == rule.target, place
                # Going up is two acts: somebody escalates, and the next level is asked.
                acts = 2 if command == Command.ESCALATE else 1
                assert answer["version"] == ticket.version + acts, place
            else:
                assert refusal(response)[1] == code, place
                ticket.refresh_from_db()
                assert ticket.status == status, place
                spare["ticket"] = ticket


@pytest.mark.parametrize("status", list(Status))
def test_what_is_offered_is_what_the_table_allows(cast, people, status):
    ticket = ticket_in(status, cast)
    for caller, parties in CALLERS.items():
        expected = set()
        for command in Command:
            try:
                if parties and find_rule(status, command, parties, facts(status, caller)):
                    expected.add(command.value)
            except Refusal:
                continue
        offered = people[caller].get(f"tickets/{ticket.number}/transitions/").json()
        assert {row["command"] for row in offered["transitions"]} == expected, caller
        assert offered["version"] == ticket.version
        shown = people[caller].get(f"tickets/{ticket.number}/").json()["allowed_transitions"]
        listed = people[caller].get("tickets/").json()["results"][0]["allowed_transitions"]
        assert set(shown) == set(listed) == expected, caller


@pytest.mark.parametrize("status", [Status.NEW, Status.CLASSIFIED, Status.IN_PROGRESS, Status.WAITING, Status.RESOLVED])
def test_each_missing_answer_is_named(cast, people, status):
    ticket = ticket_in(status, cast)
    for rule in (rule for rule in RULES if rule.source == status and Party.STAFF in rule.who):
        for name in rule.requires:
            given = {field: value_of(field, cast) for field in rule.requires if field != name}
            body = {"command": rule.command, "version": ticket.version, **given}
            found = refusal(people["agent"].post(f"tickets/{ticket.number}/transitions/", body))
            assert (found[0], list(found[2])) == (400, [name]), (rule.command, name)
        if rule.requires_one_of:
            body = {"command": rule.command, "version": ticket.version}
            found = refusal(people["agent"].post(f"tickets/{ticket.number}/transitions/", body))
            assert found[0] == 400
            assert set(found[2]) <= set(rule.requires_one_of)
    ticket.refresh_from_db()
    assert ticket.status == status


def test_each_command_says_what_it_needs(cast, people):
    ticket = ticket_in("in_progress", cast)
    rows = people["agent"].get(f"tickets/{ticket.number}/transitions/").json()["transitions"]
    wait = next(row for row in rows if row["command"] == "wait")
    assert wait["to"] == "waiting"
    assert {field["name"]: field["required"] for field in wait["fields"]} == {
        "waiting_reason": True,
        "next_action_at": True,
        "reason": False,
    }
    reasons = next(field for field in wait["fields"] if field["name"] == "waiting_reason")["choices"]
    assert "vendor" in [choice["value"] for choice in reasons]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "command"),
        ({"command": "explode"}, "command"),
        ({"command": 3}, "command"),
        ({"command": "accept", "status": "closed"}, "status"),
        ({"command": "accept", "reason": "x"}, "reason"),
        ({"command": "accept", "version": None}, "version"),
        ({"command": "accept", "version": "3"}, "version"),
        ({"command": "assign", "team": "x"}, "team"),
        ({"command": "assign", "team": 999_999}, "team"),
        ({"command": "assign", "assignee": "nobody"}, "assignee"),
        ({"command": "assign", "assignee": "requester"}, "assignee"),
        ({"command": "assign", "assignee": ["agent"]}, "assignee"),
        ({"command": "wait", "waiting_reason": "boredom", "next_action_at": "2099-01-01T00:00:00Z"}, "waiting_reason"),
        ({"command": "wait", "waiting_reason": "user", "next_action_at": "tomorrow"}, "next_action_at"),
        ({"command": "wait", "waiting_reason": "user", "next_action_at": "2020-01-01T00:00:00Z"}, "next_action_at"),
        ({"command": "wait", "waiting_reason": "user", "next_action_at": "2190-01-01T00:00:00Z"}, "next_action_at"),
        ({"command": "withdraw", "reason": "x" * 2001}, "reason"),
        ({"command": "withdraw", "reason": "  "}, "reason"),
        ({"command": "withdraw", "reason": {"a": 1}}, "reason"),
    ],
)
def test_wrong_commands_are_refused_naming_the_field(cast, api, body, field):
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    run(ticket, "assign", cast.lead, assignee=cast.agent)
    body = {"version": ticket.version, **body}
    if body.get("command") == "accept":
        ticket = make_ticket(cast.requester)
        body["version"] = body["version"] if body["version"] in (None, "3") else ticket.version
    found = refusal(api(cast.agent).post(f"tickets/{ticket.number}/transitions/", body))
    assert (found[0], list(found[2])) == (400, [field])


def test_a_stale_command_is_refused_with_the_present_version(cast, api):
    ticket = bring_to(make_ticket(cast.requester), "classified", cast.agent)
    response = api(cast.agent).post(f"tickets/{ticket.number}/transitions/", {"command": "accept", "version": 1})
    assert refusal(response)[:2] == (409, "stale_version")
    assert response.json()["version"] == ticket.version


def test_a_refused_command_says_what_is_possible(cast, api):
    ticket = make_ticket(cast.requester)
    body = {"command": "confirm", "version": 1}
    response = api(cast.requester).post(f"tickets/{ticket.number}/transitions/", body)
    assert refusal(response)[:2] == (409, "not_possible_in_status")
    assert (response.json()["status"], response.json()["allowed"]) == ("new", ["withdraw"])


def test_the_whole_job_through_the_api(cast, api):
    requester, agent = api(cast.requester), api(cast.agent)
    ticket = requester.post("tickets/", {"subject": "白屏", "description": "打不开"}).json()

    def give(caller, command, **data):
        nonlocal ticket
        body = {"command": command, "version": ticket["version"], **data}
        response = caller.post(f"tickets/{ticket['number']}/transitions/", body)
        assert response.status_code == 200, response.content
        ticket = response.json()

    give(agent, "classify", category="business_finance", impact="department", urgency="blocked")
    give(agent, "accept")
    assert ticket["assignee"] == {"username": "agent", "name": "李强"}
    answers = {name: value for name, value in resolution().items() if name != "outcome"}
    give(agent, "resolve", outcome="solved", **answers)
    assert ticket["resolved_at"]
    give(requester, "reject", reason="还是不行")
    give(agent, "resolve", outcome="workaround", **answers)
    give(requester, "confirm")
    assert (ticket["status"], ticket["allowed_transitions"]) == ("closed", ["reopen"])
    give(agent, "archive")
    assert ticket["archived_at"]
    assert ticket["allowed_transitions"] == []
