"""Major incidents through the API: one way in for each change, and nothing told to whom it doesn't concern."""

from __future__ import annotations

import pytest
from django.utils import timezone

from tests.api.client import refusal
from tests.api.conftest import api
from tests.factories import make_ticket, resolution, run
from tests.incidents.acts import EN, ZH, declared, link, work
from tickets.models import IncidentReview, IncidentUpdate, MajorIncident, Ticket
from tickets.services.incident_endings import resolve

__all__ = ["api"]
pytestmark = pytest.mark.django_db


def test_the_whole_way(cast, api, parent):
    caller = api(cast.agent)
    body = {
        "ticket": parent.number,
        "commander": "agent",
        "communication_lead": "lead",
        "reason": "全公司无法登录",
        "title_zh": "财务系统无法登录",
        "severity": 1,
        "update_every_minutes": 15,
    }
    answer = caller.post("incidents/", body)
    assert answer.status_code == 201, answer.content
    incident = answer.json()
    assert (incident["number"], incident["ticket"], incident["state"]) == ("MI-001", parent.number, "open")
    assert incident["communication_lead"] == {"username": "lead", "name": "赵磊"}
    again = caller.post("incidents/", body)
    assert refusal(again)[:2] == (409, "already_declared")
    assert again.json()["number"] == "MI-001"

    child = make_ticket(cast.requester2)
    linked = caller.post("incidents/MI-001/links/", {"tickets": [child.number]})
    assert linked.json()["linked_tickets"] == 1
    told = caller.post(
        "incidents/MI-001/updates/", {"text_zh": ZH, "text_en": EN, "audiences": ["banner", "requesters"]}
    )
    assert told.json()["audiences"] == ["banner", "requesters"]
    run(parent, "resolve", cast.agent, **resolution())
    version = caller.get("incidents/MI-001/").json()["version"]
    assert refusal(caller.post("incidents/MI-001/resolve/", {"version": 1, "tickets": []}))[:2] == (
        409,
        "stale_version",
    )
    done = caller.post("incidents/MI-001/resolve/", {"version": version, "tickets": [child.number]})
    assert (done.status_code, done.json()["state"]) == (200, "resolved")
    work()
    (row,) = caller.get("incidents/MI-001/links/").json()["results"]
    assert (row["ticket"], row["status"], row["ending"]) == (child.number, "resolved", "resolved")
    assert [one["number"] for one in caller.get("incidents/?state=resolved").json()["results"]] == ["MI-001"]
    assert caller.get("incidents/?state=open").json()["results"] == []


def test_a_repeated_key_posts_once(cast, api, parent):
    declared(parent, cast.agent)
    caller = api(cast.agent)
    body = {"text_zh": ZH, "text_en": EN, "audiences": ["requesters"]}
    first = caller.post("incidents/MI-001/updates/", body, Idempotency_Key="k")
    second = caller.post("incidents/MI-001/updates/", body, Idempotency_Key="k")
    assert (first.content, second["Idempotency-Replayed"]) == (second.content, "true")
    assert IncidentUpdate.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"commander": "requester"}, "commander"),
        ({"commander": "nobody"}, "commander"),
        ({"service": "nothing"}, "service"),
        ({"severity": 4}, "severity"),
        ({"severity": "1"}, "severity"),
        ({"update_every_minutes": 20000}, "update_every_minutes"),
        ({"ticket": "777777"}, "ticket"),
        ({"title_en": ""}, "title_zh"),
        ({"expected_by_at": "2020-01-01T00:00:00Z"}, "expected_by_at"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_bad_input_is_named(cast, api, parent, body, field):
    good = {"ticket": parent.number, "commander": "agent", "reason": "x", "title_en": "Down"}
    good["communication_lead"] = "agent"
    status, code, fields = refusal(api(cast.agent).post("incidents/", {**good, **body}))
    assert (status, code, list(fields)) == (400, "invalid", [field])
    assert not MajorIncident.objects.exists()


def test_a_missing_language_is_named(cast, api, parent):
    declared(parent, cast.agent)
    caller = api(cast.agent)
    body = {"text_zh": ZH, "audiences": ["banner"]}
    assert list(refusal(caller.post("incidents/MI-001/updates/", body))[2]) == ["text_en"]
    assert caller.post("incidents/MI-001/updates/", {**body, "is_forced": True}).status_code == 201
    assert list(refusal(caller.post("incidents/MI-001/updates/", {**body, "audiences": []}))[2]) == [
        "text_en",
        "audiences",
    ]


def test_changes_need_the_version_seen(cast, api, parent):
    declared(parent, cast.agent)
    caller = api(cast.agent)
    changed = caller.patch("incidents/MI-001/", {"version": 1, "commander": "lead", "severity": 3})
    assert (changed.json()["commander"]["username"], changed.json()["version"]) == ("lead", 2)
    stale = caller.patch("incidents/MI-001/", {"version": 1, "severity": 1})
    assert refusal(stale)[:2] == (409, "stale_version")
    assert stale.json()["version"] == 2


def test_confidential_tickets_are_neither_listed_nor_counted(cast, api, parent):
    incident = declared(parent, cast.lead)
    hidden, seen = make_ticket(cast.requester, subject="CANARY"), make_ticket(cast.requester2)
    link(incident, cast.lead, hidden, seen)
    Ticket.objects.filter(pk=hidden.pk).update(is_confidential=True, team=cast.first_line)
    assert api(cast.agent).get("incidents/MI-001/").json()["linked_tickets"] == 2
    other = api(cast.agent2)
    assert other.get("incidents/MI-001/").json()["linked_tickets"] == 1
    assert [row["ticket"] for row in other.get("incidents/MI-001/links/").json()["results"]] == [seen.number]
    assert refusal(other.post("incidents/MI-001/links/", {"tickets": [hidden.number]}))[0] == 400
    Ticket.objects.filter(pk=parent.pk).update(is_confidential=True, team=cast.first_line)
    assert other.get("incidents/MI-001/").json()["ticket"] is None


def test_lists_cost_the_same_however_many(cast, api, parent, django_assert_max_num_queries):
    caller = api(cast.agent)
    declared(parent, cast.agent)
    caller.get("incidents/")
    with django_assert_max_num_queries(8) as few:
        caller.get("incidents/")
    for _ in range(5):
        link(declared(make_ticket(cast.requester), cast.agent), cast.agent, make_ticket(cast.requester2))
    with django_assert_max_num_queries(8) as many:
        assert len(caller.get("incidents/").json()["results"]) == 6
    assert len(few) == len(many)


REVIEW = {"happened": "停了两小时", "course": "九点起", "cause": "证书过期", "went_well": "通知快"}
ACTION = {"what": "加监控", "owner": "lead", "due_on": "2026-12-24"}


@pytest.fixture
def resolved(cast, parent):
    """An incident that waits for its review."""
    incident = declared(parent, cast.agent)
    run(parent, "resolve", cast.agent, **resolution())
    resolve(incident_id=incident.pk, covered=[], actor=cast.agent, version=None, at=timezone.now())
    incident.refresh_from_db()
    return incident


class TestReview:
    PATH = "incidents/MI-001/review/"

    def test_it_is_written_once_and_read_by_the_desk(self, cast, api, resolved):
        caller = api(cast.agent)
        assert refusal(caller.get(self.PATH)) == (404, "not_found", {})
        body = {**REVIEW, "version": resolved.version, "actions": [ACTION, {**ACTION, "due_on": "2026-12-01"}]}
        answer = caller.post(self.PATH, body, Idempotency_Key="k")
        assert answer.status_code == 201, answer.content
        kept = answer.json()
        assert {name: kept[name] for name in REVIEW} == REVIEW
        assert [action["due_on"] for action in kept["actions"]] == ["2026-12-01", "2026-12-24"]
        assert kept["actions"][0]["owner"] == {"username": "lead", "name": "赵磊"}
        assert kept["author"]["username"] == "agent"
        assert caller.post(self.PATH, body, Idempotency_Key="k").json() == kept
        assert IncidentReview.objects.count() == 1
        incident = caller.get("incidents/MI-001/").json()
        assert (incident["state"], incident["version"]) == ("reviewed", resolved.version + 1)
        again = caller.post(self.PATH, {**body, "version": incident["version"]})
        assert refusal(again)[:2] == (409, "already_reviewed")
        assert api(cast.agent2).get(self.PATH).json() == kept
        assert refusal(api(cast.requester).get(self.PATH))[0] == 403
        event = Ticket.objects.get(pk=resolved.ticket_id).events.get(code="incident_reviewed")
        assert event.channel == "api"

    def test_it_needs_no_actions(self, cast, api, resolved):
        answer = api(cast.agent).post(self.PATH, {**REVIEW, "version": resolved.version})
        assert (answer.status_code, answer.json()["actions"]) == (201, [])

    def test_only_who_runs_the_incident_writes_it(self, cast, api, resolved):
        Ticket.objects.filter(pk=resolved.ticket_id).update(team=cast.first_line)
        refused = api(cast.agent2).post(self.PATH, {**REVIEW, "version": resolved.version})
        assert refusal(refused)[:2] == (403, "not_allowed")
        assert not IncidentReview.objects.exists()

    def test_what_cannot_be_yet_is_refused(self, cast, api, parent):
        incident = declared(parent, cast.agent)
        caller, body = api(cast.agent), {**REVIEW, "version": incident.version}
        assert refusal(caller.post(self.PATH, body))[:2] == (409, "still_open")
        child = make_ticket(cast.requester2)
        link(incident, cast.agent, child)
        run(parent, "resolve", cast.agent, **resolution())
        resolve(incident_id=incident.pk, covered=[child.pk], actor=cast.agent, version=None, at=timezone.now())
        stale = caller.post(self.PATH, body)
        assert refusal(stale)[:2] == (409, "stale_version")
        now = {**body, "version": stale.json()["version"]}
        assert refusal(caller.post(self.PATH, now))[:2] == (409, "still_resolving")
        work()
        assert caller.post(self.PATH, now).status_code == 201

    @pytest.mark.parametrize(
        ("body", "fields"),
        [
            ({"happened": "", "cause": "  "}, ["happened", "cause"]),
            ({"went_well": 5}, ["went_well"]),
            ({"version": "1"}, ["version"]),
            ({"colour": "red"}, ["colour"]),
            ({"actions": "none"}, ["actions"]),
            ({"actions": [ACTION] * 21}, ["actions"]),
            ({"actions": [ACTION, {"what": "x"}]}, ["actions.1.owner", "actions.1.due_on"]),
            ({"actions": [{**ACTION, "colour": "red"}]}, ["actions.0.colour"]),
            ({"actions": [{**ACTION, "owner": "nobody"}]}, ["actions.0.owner"]),
            ({"actions": [{**ACTION, "owner": "requester"}]}, ["actions.0.owner"]),
            ({"actions": [{**ACTION, "due_on": "2026-02-30"}]}, ["actions.0.due_on"]),
            ({"actions": [{**ACTION, "due_on": "1999-12-31"}]}, ["actions.0.due_on"]),
            ({"actions": [{**ACTION, "due_on": 20261224}]}, ["actions.0.due_on"]),
            ({"actions": [{**ACTION, "what": " "}]}, ["actions.0.what"]),
            ({"actions": [{**ACTION, "what": "x" * 501}]}, ["actions.0.what"]),
        ],
    )
    def test_bad_input_is_named(self, cast, api, resolved, body, fields):
        given = {**REVIEW, "version": resolved.version, **body}
        status, code, named = refusal(api(cast.agent).post(self.PATH, given))
        assert (status, code, list(named)) == (400, "invalid", fields)
        assert not IncidentReview.objects.exists()
