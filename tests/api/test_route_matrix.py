"""Who may do what on which address: every route of the API × every role × objects of every kind.

The routes come from the URL configuration; one that has no line in the table fails the run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from tests.api.client import refusal
from tests.factories import UserFactory, make_ticket, reply, run
from tests.incidents.acts import declared, link
from tickets.models import MajorIncident, Ticket
from tickets.services.files import store_upload

pytestmark = pytest.mark.django_db

PEOPLE = ("stranger", "requester", "requester2", "colleague", "watcher", "agent", "agent2", "lead", "liaison", "admin")
DESK = ("agent", "agent2", "lead", "liaison", "admin")
# Tickets: of the requester in nobody's team; of the requester in the first line's; of requester2; confidential
# with the first line; closed and archived; and one that never was.
OBJECTS = ("own", "team", "foreign", "confidential", "archived", "missing")


def visible(kind: str) -> set[str]:
    """Who may know of this ticket: the hand-written expectation."""
    return {
        "own": {"requester", "watcher", *DESK},
        "team": {"requester", *DESK},
        "foreign": {"requester2", *DESK},
        # The first line (agent, lead) and who is on it; not the rest of the desk, and not the administrator.
        "confidential": {"requester", "agent", "lead"},
        "archived": {"requester", *DESK},
        "missing": set(),
    }[kind]


def everybody(status: int) -> dict[str, int]:
    return dict.fromkeys(PEOPLE[1:], status)


def desk(status: int) -> dict[str, int]:
    return {person: status if person in DESK else 403 for person in PEOPLE[1:]}


CUSTODY = {"passed_to": "x", "passed_at": "2026-11-28T09:00:00+08:00", "purpose": "x"}
NEW = {"subject": "白屏", "description": "整个页面都是白的。"}

# Escalations and tasks that never were; tests/api/test_escalations.py has those that are.
OF_AN_ESCALATION = (
    ("<int:escalation_id>/", "GET", None),
    ("<int:escalation_id>/accept/", "POST", {}),
    ("<int:escalation_id>/return/", "POST", {"reason": "x"}),
    ("<int:escalation_id>/package/", "POST", {}),
)


def administrators(status: int) -> dict[str, int]:
    return {person: status if person == "admin" else 403 for person in PEOPLE[1:]}


# A webhook that never was; tests/api/test_webhooks.py has those that are.
OF_A_WEBHOOK = (
    ("<int:webhook_id>/", "GET", None),
    ("<int:webhook_id>/", "PATCH", {}),
    ("<int:webhook_id>/", "DELETE", None),
    ("<int:webhook_id>/rotate/", "POST", {}),
    ("<int:webhook_id>/test/", "POST", {}),
    ("<int:webhook_id>/deliveries/", "GET", None),
    ("<int:webhook_id>/deliveries/<uuid:event_id>/replay/", "POST", {}),
)

# Routes without an object: (route, method) -> (body, status by person).
PLAIN = {
    ("tickets/", "GET"): (None, everybody(200)),
    ("tickets/", "POST"): (NEW, everybody(201)),
    ("attachments/", "POST"): ({}, everybody(415)),
    ("categories/", "GET"): (None, everybody(200)),
    ("teams/", "GET"): (None, desk(200)),
    ("users/", "GET"): (None, desk(200)),
    ("policies/", "GET"): (None, desk(200)),
    ("paths/", "GET"): (None, desk(200)),
    ("escalations/", "GET"): (None, desk(200)),
    **{(f"escalations/{route}", method): (body, desk(404)) for route, method, body in OF_AN_ESCALATION},
    ("tasks/<int:task_id>/end/", "POST"): ({"state": "done", "result": "x"}, desk(404)),
    # Consents, sessions and steps that never were; tests/agreements has those that are.
    ("consents/<int:consent_id>/answer/", "POST"): ({"allowed": []}, everybody(404)),
    ("consents/<int:consent_id>/withdraw/", "POST"): ({}, everybody(404)),
    ("consents/<int:consent_id>/remind/", "POST"): ({}, everybody(404)),
    ("consents/<int:consent_id>/cancel/", "POST"): ({}, everybody(404)),
    ("remote-sessions/<int:session_id>/end/", "POST"): ({"done": "x"}, everybody(404)),
    ("steps/<int:step_id>/end/", "POST"): ({"finding": "solved"}, desk(404)),
    # Steps and evidence that never were; tests/secrecy/test_api.py has those that are.
    ("security-steps/<int:step_id>/end/", "POST"): ({"state": "done"}, desk(404)),
    ("evidence/<int:evidence_id>/custody/", "GET"): (None, desk(404)),
    ("evidence/<int:evidence_id>/custody/", "POST"): (CUSTODY, desk(404)),
    ("evidence/<int:evidence_id>/check/", "POST"): ({}, desk(404)),
    ("users/me/", "GET"): (None, everybody(200)),
    # Assets, licences and stocktakes that never were; tests/assets/test_api.py has those that are.
    ("asset-types/", "GET"): (None, desk(200)),
    ("assets/", "GET"): (None, everybody(200)),
    ("assets/", "POST"): ({"tag": "P C", "type": "laptop"}, desk(400)),
    ("assets/<tag:tag>/", "GET"): (None, everybody(404)),
    ("assets/<tag:tag>/", "PATCH"): ({"name": "x"}, everybody(404)),
    ("assets/<tag:tag>/transitions/", "GET"): (None, desk(404)),
    ("assets/<tag:tag>/transitions/", "POST"): ({"command": "retire", "reason": "x"}, desk(404)),
    ("assets/<tag:tag>/custody/", "GET"): (None, everybody(404)),
    ("assets/<tag:tag>/events/", "GET"): (None, desk(404)),
    ("assets/<tag:tag>/relations/", "GET"): (None, desk(404)),
    ("assets/<tag:tag>/relations/", "POST"): ({"kind": "part_of", "other": "PC-2"}, desk(404)),
    ("custody/<int:act_id>/answer/", "POST"): ({"answer": "accepted"}, everybody(404)),
    ("custody/<int:act_id>/cancel/", "POST"): ({}, desk(404)),
    ("asset-relations/<int:relation_id>/end/", "POST"): ({}, desk(404)),
    ("licences/", "GET"): (None, desk(200)),
    ("licences/", "POST"): (
        {"seats": 1},
        {person: 400 if person in ("lead", "admin") else 403 for person in PEOPLE[1:]},
    ),
    ("licences/<int:licence_id>/", "GET"): (None, desk(404)),
    ("licences/<int:licence_id>/", "PATCH"): ({"seats": 2}, desk(404)),
    ("licences/<int:licence_id>/events/", "GET"): (None, desk(404)),
    ("licences/<int:licence_id>/seats/", "GET"): (None, desk(404)),
    ("licences/<int:licence_id>/seats/", "POST"): ({"person": "requester"}, desk(404)),
    ("licence-seats/mine/", "GET"): (None, everybody(200)),
    ("licence-seats/<int:seat_id>/free/", "POST"): ({}, desk(404)),
    ("stocktakes/", "GET"): (None, desk(200)),
    ("stocktakes/", "POST"): ({"name": "x", "location": "nowhere"}, desk(400)),
    ("stocktakes/<int:stocktake_id>/", "GET"): (None, desk(404)),
    ("stocktakes/<int:stocktake_id>/items/", "GET"): (None, desk(404)),
    ("stocktakes/<int:stocktake_id>/items/", "POST"): ({"code": "PC-1"}, desk(404)),
    ("stocktakes/<int:stocktake_id>/items/<int:item_id>/uncount/", "POST"): ({}, desk(404)),
    ("stocktakes/<int:stocktake_id>/end/", "POST"): ({}, desk(404)),
    # Vendor cases that never were; tests/vendors/test_api.py has those that are.
    ("vendors/", "GET"): (None, desk(200)),
    ("vendor-cases/<int:case_id>/", "GET"): (None, desk(404)),
    ("vendor-cases/<int:case_id>/", "PATCH"): ({"reference": "x"}, desk(404)),
    ("vendor-cases/<int:case_id>/chase/", "POST"): ({"next_chase_at": "2199-03-02T09:30:00+08:00"}, desk(404)),
    ("vendor-cases/<int:case_id>/messages/", "GET"): (None, desk(404)),
    ("vendor-cases/<int:case_id>/messages/", "POST"): ({"way": "mail", "body": "x"}, desk(404)),
    ("vendor-cases/<int:case_id>/promise/", "POST"): ({"promised_at": "2026-03-02T09:30:00+08:00"}, desk(404)),
    ("vendor-cases/<int:case_id>/close/", "POST"): ({"outcome": "solved", "words": "x"}, desk(404)),
    ("users/me/notifications/", "GET"): (None, everybody(200)),
    ("users/me/notifications/", "PATCH"): ({"digest_hour": 9}, everybody(200)),
    # Mails that never were; tests/mailroom/test_api.py has those that are.
    ("mails/", "GET"): (None, desk(200)),
    ("mails/<uuid:uuid>/", "GET"): (None, desk(404)),
    ("mails/<uuid:uuid>/accept/", "POST"): ({}, desk(404)),
    ("mails/<uuid:uuid>/add/", "POST"): ({"ticket": "1"}, desk(404)),
    ("mails/<uuid:uuid>/discard/", "POST"): ({}, desk(404)),
    ("webhooks/", "GET"): (None, administrators(200)),
    ("webhooks/", "POST"): ({}, administrators(400)),
    **{(f"webhooks/{route}", method): (body, administrators(404)) for route, method, body in OF_A_WEBHOOK},
    ("legal-holds/", "GET"): (None, desk(200)),
    ("suggestions/", "GET"): (None, everybody(200)),
    ("suggestions/solved/", "POST"): ({"article": 777777}, everybody(400)),
    ("retention-policies/", "GET"): (None, desk(200)),
    # People who never were; tests/archive/test_api.py has those that are.
    ("users/<str:username>/hold/", "POST"): ({"reason": "x"}, administrators(404)),
    ("users/<str:username>/hold/", "DELETE"): ({"reason": "x"}, administrators(404)),
    # Articles that never were; tests/knowledge/test_api.py has those that are.
    ("articles/", "GET"): (None, everybody(200)),
    ("articles/", "POST"): ({}, desk(400)),
    ("articles/<int:article_id>/", "GET"): (None, everybody(404)),
    ("articles/<int:article_id>/", "PATCH"): ({"version": 1}, everybody(404)),
    ("articles/<int:article_id>/transitions/", "POST"): ({"command": "send", "version": 1}, desk(404)),
    ("articles/<int:article_id>/versions/", "GET"): (None, desk(404)),
    ("articles/<int:article_id>/feedback/", "GET"): (None, everybody(404)),
    ("articles/<int:article_id>/feedback/", "POST"): ({"is_helpful": True}, everybody(404)),
    ("articles/<int:article_id>/files/", "GET"): (None, everybody(404)),
    ("articles/<int:article_id>/files/", "POST"): ({}, everybody(404)),
    ("articles/<int:article_id>/files/<uuid:uuid>/", "GET"): (None, everybody(404)),
    ("articles/<int:article_id>/files/<uuid:uuid>/", "DELETE"): (None, everybody(404)),
    ("articles/<int:article_id>/files/<uuid:uuid>/withdraw/", "POST"): ({}, desk(404)),
    ("articles/topics/", "GET"): (None, everybody(200)),
    ("articles/import/", "POST"): ({}, administrators(415)),
    ("articles/export/", "GET"): (None, administrators(200)),
    ("users/<str:username>/anonymise/", "POST"): ({"typed": "x"}, administrators(404)),
    ("search/", "GET"): (None, everybody(200)),
    # Imports that never were; tests/assets/test_import_api.py has those that are.
    ("assets/imports/", "GET"): (None, desk(200)),
    ("assets/imports/", "POST"): ({}, desk(415)),
    ("assets/imports/<int:import_id>/", "GET"): (None, desk(404)),
    ("assets/imports/<int:import_id>/write/", "POST"): ({}, desk(404)),
    ("assets/export/", "GET"): (None, desk(200)),
    ("reports/conformance/", "GET"): (
        None,
        {person: 200 if person in ("lead", "admin") else 403 for person in PEOPLE[1:]},
    ),
}

WORKERS = {"own": {"agent", "agent2", "lead", "liaison"}, "foreign": {"agent", "agent2", "lead", "liaison"}}
WORKERS |= {"team": {"agent", "lead"}, "confidential": {"agent", "lead"}, "archived": set(), "missing": set()}
SIDE = {"own": "requester", "team": "requester", "foreign": "requester2", "confidential": "requester"}


def edit(kind: str, person: str) -> int:
    if kind == "archived":
        return 409
    return 200 if person in WORKERS[kind] or person == SIDE[kind] else 403


def reply_publicly(kind: str, person: str) -> int:
    if kind == "archived":
        return 409
    is_on_side = person not in DESK
    return 201 if person in WORKERS[kind] or is_on_side else 403


def write_note(kind: str, person: str) -> int:
    if kind == "archived":
        return 409
    return 201 if person in DESK and person != "admin" else 403


def withdraw(kind: str, person: str) -> int:
    if kind == "archived":
        # Who acts for nobody on it is told that first.
        return 409 if person in ("requester", "agent", "agent2", "lead", "liaison") else 403
    return 200 if person in WORKERS[kind] or person == SIDE[kind] else 403


def add_reader(kind: str, person: str) -> int:
    if person in ("requester2", "watcher"):
        return 400  # the reader works in another department, where they can look up nobody
    if kind == "archived":
        return 409
    return 201 if person in WORKERS[kind] or person == SIDE[kind] else 403


def escalate_with_gaps(kind: str, person: str) -> int:
    if person not in DESK or person == "admin" and kind != "archived":
        return 403
    if kind == "archived":
        return 403 if person == "admin" else 409
    return 400 if person in WORKERS[kind] else 403


def read_survey(kind: str, person: str) -> int:
    return 200 if person in DESK or person in ("requester", SIDE.get(kind)) else 403


def rate(kind: str, person: str) -> int:
    """None of these tickets was closed after a solution, so nobody is asked."""
    return 409 if person == SIDE.get(kind, "requester") else 403


def name_nobody(kind: str, person: str) -> int:
    """Name no readers, and give no reason."""
    if person not in DESK:
        return 403
    if kind == "archived":
        return 409
    if person not in WORKERS[kind]:
        return 403
    return 200 if kind == "confidential" else 400


def read_log(kind: str, person: str) -> int:
    return 200 if person == "lead" else 403


def draft_from_nothing(kind: str, person: str) -> int:
    """None of these tickets has a solution; the archived one has its workers still."""
    if person not in DESK:
        return 403
    workers = WORKERS[kind] or {"agent", "agent2", "lead", "liaison"}
    return 409 if person in workers else 403


def say_nothing(kind: str, person: str) -> int:
    return 400 if person in DESK else 403


def lift_no_hold(kind: str, person: str) -> int:
    return 409 if person == "admin" else 403


NO_VENDOR = {"vendor": 777777, "subject": "x", "question": "x", "next_chase_at": "2199-03-02T09:30:00+08:00"}
# Routes with a ticket: (route, method) -> variants of (body, status for who may see it).
OF_A_TICKET = {
    ("tickets/<number:number>/", "GET"): [(None, lambda kind, person: 200)],
    ("tickets/<number:number>/", "PATCH"): [({"version": "now", "subject": "新标题"}, edit)],
    ("tickets/<number:number>/transitions/", "GET"): [(None, lambda kind, person: 200)],
    ("tickets/<number:number>/transitions/", "POST"): [
        ({"command": "withdraw", "version": "now", "reason": "不需要了"}, withdraw)
    ],
    ("tickets/<number:number>/messages/", "GET"): [(None, lambda kind, person: 200)],
    ("tickets/<number:number>/messages/", "POST"): [
        ({"body": "x", "kind": "public"}, reply_publicly),
        ({"body": "x", "kind": "internal"}, write_note),
    ],
    ("tickets/<number:number>/attachments/", "GET"): [(None, lambda kind, person: 200)],
    ("tickets/<number:number>/events/", "GET"): [(None, lambda kind, person: 200)],
    ("tickets/<number:number>/watchers/", "GET"): [(None, lambda kind, person: 200)],
    ("tickets/<number:number>/escalations/", "GET"): [(None, lambda kind, person: 200 if person in DESK else 403)],
    ("tickets/<number:number>/escalations/", "POST"): [({"version": "now"}, escalate_with_gaps)],
    ("tickets/<number:number>/tasks/", "GET"): [(None, lambda kind, person: 200 if person in DESK else 403)],
    ("tickets/<number:number>/tasks/", "POST"): [({"team": 777777, "words": "x"}, say_nothing)],
    ("tickets/<number:number>/consents/", "GET"): [(None, lambda kind, person: 200)],
    ("tickets/<number:number>/consents/", "POST"): [({}, say_nothing)],
    ("tickets/<number:number>/remote-sessions/", "GET"): [(None, lambda kind, person: 200)],
    ("tickets/<number:number>/remote-sessions/", "POST"): [({}, say_nothing)],
    ("tickets/<number:number>/closing/", "GET"): [(None, lambda kind, person: 200 if person in DESK else 403)],
    ("tickets/<number:number>/steps/", "GET"): [(None, lambda kind, person: 200 if person in DESK else 403)],
    ("tickets/<number:number>/steps/", "POST"): [({}, say_nothing)],
    ("tickets/<number:number>/step-templates/", "GET"): [(None, lambda kind, person: 200 if person in DESK else 403)],
    ("tickets/<number:number>/step-templates/", "POST"): [({"template": 777777}, say_nothing)],
    ("tickets/<number:number>/hold/", "POST"): [({"reason": " "}, say_nothing)],
    ("tickets/<number:number>/hold/", "DELETE"): [({"reason": "x"}, lift_no_hold)],
    ("tickets/<number:number>/vendor-cases/", "GET"): [(None, lambda kind, person: 200 if person in DESK else 403)],
    ("tickets/<number:number>/vendor-cases/", "POST"): [(NO_VENDOR, say_nothing)],
    ("tickets/<number:number>/assets/", "GET"): [(None, lambda kind, person: 200)],
    ("tickets/<number:number>/assets/", "POST"): [({"asset": "PC-NOWHERE"}, lambda kind, person: 400)],
    ("tickets/<number:number>/assets/<str:tag>/", "DELETE"): [(None, lambda kind, person: 404)],
    ("tickets/<number:number>/suggestions/", "GET"): [(None, lambda kind, person: 200 if person in DESK else 403)],
    ("tickets/<number:number>/sources/", "GET"): [(None, lambda kind, person: 200 if person in DESK else 403)],
    ("tickets/<number:number>/sources/", "POST"): [({"ticket": "777777"}, say_nothing)],
    ("tickets/<number:number>/article/", "POST"): [({}, draft_from_nothing)],
    ("tickets/<number:number>/calls/", "GET"): [(None, lambda kind, person: 200 if person in DESK else 403)],
    ("tickets/<number:number>/clocks/", "GET"): [(None, lambda kind, person: 200 if person in DESK else 403)],
    ("tickets/<number:number>/conformance/", "GET"): [(None, lambda kind, person: 200 if person in DESK else 403)],
    ("tickets/<number:number>/survey/", "GET"): [(None, read_survey)],
    ("tickets/<number:number>/survey/", "POST"): [({"rating": 5}, rate)],
    ("tickets/<number:number>/confidentiality/", "GET"): [(None, lambda kind, person: 200 if person in DESK else 403)],
    ("tickets/<number:number>/confidentiality/", "PUT"): [({}, name_nobody)],
    ("tickets/<number:number>/confidentiality/", "DELETE"): [({"reason": " "}, say_nothing)],
    ("tickets/<number:number>/reads/", "GET"): [(None, read_log)],
    ("tickets/<number:number>/security/", "GET"): [(None, lambda kind, person: 404 if person in DESK else 403)],
    ("tickets/<number:number>/security/", "POST"): [({"suspicion": " "}, say_nothing)],
    ("tickets/<number:number>/evidence/", "GET"): [(None, lambda kind, person: 200 if person in DESK else 403)],
    ("tickets/<number:number>/evidence/", "POST"): [({}, say_nothing)],
    ("tickets/<number:number>/dossier/", "GET"): [(None, lambda kind, person: 200 if person in DESK else 403)],
    ("tickets/<number:number>/watchers/", "POST"): [({"username": "reader"}, add_reader)],
    ("tickets/<number:number>/watchers/<str:username>/", "DELETE"): [(None, lambda kind, person: 404)],
    # Agreements that never were; tests/promises/test_api.py has those that are.
    **{
        (f"tickets/<number:number>/{name}/", method): [({} if method == "POST" else None, status)]
        for name in ("promises", "windows", "action-requests")
        for method, status in (("GET", lambda kind, person: 200), ("POST", say_nothing))
    },
    **{
        (f"tickets/<number:number>/{name}/<int:pk>/answer/", "POST"): [(body, lambda kind, person: 404)]
        for name, body in (
            ("promises", {"accept": True}),
            ("windows", {"accept": True}),
            ("action-requests", {"is_done": True}),
        )
    },
    **{
        (f"tickets/<number:number>/{act}/", "POST"): [({}, lambda kind, person: 404 if person in DESK else 403)]
        for act in (
            "promises/<int:pk>/accept-counter",
            "promises/<int:pk>/cancel",
            "windows/<int:pk>/cancel",
            "action-requests/<int:pk>/cancel",
        )
    },
}
# Files by their own id: who may open them.
FILES = {
    "request": {"requester", *DESK},
    "reply": {"requester", *DESK},
    "note": set(DESK),
    "foreign": {"requester2", *DESK},
    "confidential": {"requester", "agent", "lead"},
    "unsent": {"requester"},
}
OF_A_FILE = {("attachments/<uuid:uuid>/", "GET")}
# Who may open which ticket in an emergency; everybody else learns nothing of it.
BREAKING = {("tickets/<number:number>/break-glass/", "POST")}
# Routes of an incident of the first line's ticket: (route, method) -> (body, status by person of the desk). Agents of
# other teams may read; nobody else knows of it.
READ = dict.fromkeys(DESK, 200)
RUN = {"agent": True, "agent2": False, "lead": True, "liaison": False, "admin": False}


def run_it(status: int) -> dict[str, int]:
    return {person: status if may else 403 for person, may in RUN.items()}


TOLD = {"text_zh": "正在处理", "text_en": "We are at it", "audiences": ["leads"]}
LEARNT = {"happened": "停了", "course": "九点起", "cause": "内存", "went_well": "通知快"}
OF_INCIDENTS = {
    ("incidents/", "GET"): (None, READ),
    ("incidents/", "POST"): ({"ticket": "team", "commander": "agent", "reason": "x", "title_en": "x"}, run_it(409)),
    ("incidents/<number:number>/", "GET"): (None, READ),
    ("incidents/<number:number>/", "PATCH"): ({"version": "now", "severity": 3}, run_it(200)),
    ("incidents/<number:number>/updates/", "GET"): (None, READ),
    ("incidents/<number:number>/updates/", "POST"): (TOLD, run_it(201)),
    ("incidents/<number:number>/links/", "GET"): (None, READ),
    ("incidents/<number:number>/links/", "POST"): ({"tickets": ["linked"]}, run_it(201)),
    ("incidents/<number:number>/links/<number:ticket>/", "DELETE"): (None, run_it(204)),
    ("incidents/<number:number>/resolve/", "POST"): ({"version": "now", "tickets": []}, run_it(409)),
    ("incidents/<number:number>/review/", "GET"): (None, dict.fromkeys(DESK, 404)),
    ("incidents/<number:number>/review/", "POST"): ({"version": "now", **LEARNT}, run_it(409)),
}
NEVER_WAS = re.compile("<int:[a-z_]+>")
NEVER_WAS_UUID = re.compile("<uuid:[a-z_]+>")
NEVER_WAS_TAG = "<tag:tag>"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def routes(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, type]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        elif hasattr(pattern.callback, "view_class"):
            yield route, pattern.callback.view_class


def api_routes() -> list[tuple[str, type]]:
    return [
        (route.removeprefix("api/v1/"), view)
        for route, view in routes(get_resolver().url_patterns)
        if "api/v1/" in route
    ]


def test_every_route_and_method_has_its_line_in_the_table():
    found = {(route, method) for route, view in api_routes() for method in METHODS if hasattr(view, method.lower())}
    assert found == PLAIN.keys() | OF_A_TICKET.keys() | OF_A_FILE | BREAKING | OF_INCIDENTS.keys()


@pytest.fixture
def people(cast, api):
    callers = {name: api(person) for name, person in cast.everybody().items() if name != "leaver"}
    cast.watcher = UserFactory(username="watcher")
    UserFactory(username="reader", department=cast.finance)
    return callers | {"watcher": api(cast.watcher), "stranger": api(None)}


@pytest.fixture
def shelf(cast, people):
    """One ticket of each kind, by name."""
    tickets = {kind: make_ticket(cast.requester) for kind in ("own", "team", "confidential", "archived")}
    tickets["foreign"] = make_ticket(cast.requester2)
    tickets["own"].watcher_rows.create(user=cast.watcher)
    run(tickets["team"], "assign", cast.lead, team=cast.first_line)
    run(tickets["confidential"], "assign", cast.lead, team=cast.first_line)
    Ticket.objects.filter(pk=tickets["confidential"].pk).update(is_confidential=True)
    run(tickets["archived"], "withdraw", cast.requester, reason="不需要了")
    run(tickets["archived"], "archive", cast.lead)
    return tickets


@pytest.mark.parametrize(("route", "method"), list(PLAIN))
def test_plain_routes(people, route, method):
    body, expected = PLAIN[route, method]
    for person, caller in people.items():
        path = (
            NEVER_WAS_UUID.sub(str(UUID(int=7)), NEVER_WAS.sub("7", route))
            .replace("<str:username>", "nobody")
            .replace(NEVER_WAS_TAG, "PC-7")
        )
        response = caller(method, path, body)
        assert response.status_code == {"stranger": 401, **expected}[person], (person, response.content)


@pytest.mark.parametrize(("route", "method"), list(OF_A_TICKET))
def test_routes_of_a_ticket(people, shelf, route, method):
    for kind in OBJECTS:
        check_route(people, shelf, route, method, kind)


def check_route(people, shelf, route, method, kind):
    ticket = shelf.get(kind)
    path = (
        route.replace("<number:number>", ticket.number if ticket else "777777")
        .replace("<str:username>", "nobody")
        .replace(NEVER_WAS_TAG, "PC-7")
    )
    path = NEVER_WAS.sub("7", path)
    for body, status_for in OF_A_TICKET[route, method]:
        for person in PEOPLE:
            sent = dict(body) if body else None
            if sent and sent.get("version") == "now":
                sent["version"] = Ticket.objects.get(pk=ticket.pk).version if ticket else 1
            if sent and "subject" in sent:
                sent["subject"] += person
            response = people[person](method, path, sent)
            if person == "stranger":
                assert response.status_code == 401
            elif person not in visible(kind):
                assert refusal(response) == (404, "not_found", {}), (person, response.content)
            else:
                assert response.status_code == status_for(kind, person), (person, sent, response.content)
            if sent and sent.get("command") == "withdraw" and response.status_code == 200:
                reset_withdrawn(shelf, kind)


def reset_withdrawn(shelf, kind):
    """Another ticket in the withdrawn one's place would have another number, so the status goes back behind the back."""
    Ticket.objects.filter(pk=shelf[kind].pk).update(status="new", closed_at=None, closure="")


@pytest.mark.parametrize("kind", OBJECTS)
def test_opening_a_ticket_in_an_emergency(people, shelf, kind):
    number = shelf[kind].number if kind in shelf else "777777"
    for person in PEOPLE:
        response = people[person].post(f"tickets/{number}/break-glass/", {"reason": "处理人失联"})
        if person == "stranger":
            assert response.status_code == 401
        elif person == "admin" and kind == "confidential":
            assert response.status_code == 201
        elif person in ("admin", "lead"):
            assert refusal(response) == (404, "not_found", {}), person
        else:
            assert response.status_code == 403, person


@pytest.mark.parametrize(("route", "method"), list(OF_INCIDENTS))
def test_routes_of_an_incident(cast, people, shelf, route, method):
    incident = declared(shelf["team"], cast.agent)
    linked = run(make_ticket(cast.requester), "assign", cast.lead, team=cast.first_line)
    link(incident, cast.agent, linked)
    body, expected = OF_INCIDENTS[route, method]
    for person in PEOPLE:
        path = route.replace("<number:number>", incident.number).replace("<number:ticket>", linked.number)
        sent = dict(body) if body else None
        if sent and "version" in sent:
            sent["version"] = MajorIncident.objects.get().version
        if sent and "ticket" in sent:
            sent["ticket"] = shelf["team"].number
        if sent and sent.get("tickets"):
            sent["tickets"] = [linked.number]
        response = people[person](method, path, sent)
        status = 401 if person == "stranger" else expected.get(person, 403)
        assert response.status_code == status, (person, response.content)
        if method == "DELETE" and status == 204:
            link(incident, cast.agent, linked)
    for path in ("incidents/MI-777/", "incidents/MI-777/links/"):
        assert refusal(people["agent"].get(path)) == (404, "not_found", {})


@pytest.fixture
def files(cast, settings, tmp_path):
    """One file of each kind, by name."""
    settings.FILES_DIR = tmp_path

    def upload(person):
        content = SimpleUploadedFile("a.txt", b"CANARY")
        return str(store_upload(upload=content, actor=person, at=timezone.now()).uuid)

    uuids = {"unsent": upload(cast.requester)}
    uuids |= {kind: upload(cast.requester) for kind in ("request", "reply", "confidential")}
    uuids |= {"foreign": upload(cast.requester2), "note": upload(cast.agent)}
    ticket = make_ticket(cast.requester, attachments=[uuids["request"]])
    reply(ticket, cast.requester, attachments=[uuids["reply"]])
    reply(ticket, cast.agent, kind="internal", attachments=[uuids["note"]])
    make_ticket(cast.requester2, attachments=[uuids["foreign"]])
    hidden = make_ticket(cast.requester, attachments=[uuids["confidential"]])
    Ticket.objects.filter(pk=hidden.pk).update(is_confidential=True, team=cast.first_line)
    return uuids


@pytest.mark.parametrize("kind", list(FILES))
def test_files_open_for_who_may_read_where_they_stand(people, files, kind):
    for person in PEOPLE[1:]:
        response = people[person].get(f"attachments/{files[kind]}/", Accept="text/plain")
        if person not in FILES[kind]:
            assert refusal(response) == (404, "not_found", {}), person
            continue
        assert response.status_code == 200, person
        assert response["Content-Disposition"] == 'attachment; filename="a.txt"'
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in response["Content-Security-Policy"]
        assert b"".join(response.streaming_content) == b"CANARY"
    assert people["stranger"].get(f"attachments/{files[kind]}/").status_code == 401


def test_lists_and_searches_hold_exactly_what_may_be_seen(people, shelf):
    for person in PEOPLE[1:]:
        expected = {ticket.number for kind, ticket in shelf.items() if person in visible(kind)}
        found = people[person].get("tickets/").json()["results"]
        assert {ticket["number"] for ticket in found} == expected, person
        for ticket in shelf.values():
            counted = people[person].get(f"tickets/?q={ticket.number}").json()["results"]
            assert [row["number"] for row in counted] == ([ticket.number] if ticket.number in expected else []), person
