"""A confidential ticket shows nowhere to those outside: every route of the site, every mail, every count (M1.2-4, I1, I7)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.core import mail as outgoing
from django.test import Client
from django.utils import timezone

from helpdesk.accounts.models import User
from helpdesk.api.tokens import create_token
from helpdesk.common.models import OutboxMessage
from helpdesk.routes import Route, all_routes
from tests.cast import Cast
from tests.factories import make_ticket, reply, run
from tests.net_server import WebServer
from tests.notifications.acts import deliver, deliver_parcels_now, make_channel, make_hook
from tests.notifications.test_chat import TEAMS
from tests.secrecy.acts import confide, finish, worked_on
from tests.secrecy.world import CANARY, World, build
from tickets.models import Ticket
from tickets.search import search_tickets
from tickets.views.desk.rail import view_counts

pytestmark = pytest.mark.django_db

ARGUMENT = re.compile(r"<(?:(\w+):)?(\w+)>")
# What the walk asks lists for: a word that the canaries begin with, so that the page can echo it without giving one away.
SEARCHES = ("", "?q=canary", "?q=canary&status=", "?tab=all", "?show=all")
COMMANDS = ("classify", "assign", "resolve", "confirm", "withdraw", "escalate")
MOST_ROWS = 6  # of one model of the administration


def fillings(route: Route, world: World) -> Iterator[str]:
    """Paths of a route, with every argument that could lead to the secret ticket."""
    names = ARGUMENT.findall(route.pattern)
    for values in product(*(candidates(kind, name, route, world) for kind, name in names)):
        path, given = route.pattern, iter(values)
        path = ARGUMENT.sub(lambda _found: next(given), path)  # noqa: B023 used at once
        yield path


def candidates(kind: str, name: str, route: Route, world: World) -> list[str]:
    if kind == "number":
        wanted = world.incident.number if "incident" in route.pattern else world.secret.number
        return sorted({wanted, world.secret.number, world.ordinary.number, world.incident.number})
    if kind == "command":
        return list(COMMANDS)
    if kind == "uuid":
        return [str(found) for found in (*world.files, world.mail.uuid, UUID(int=7))]
    if name == "object_id":
        return rows_of(route)
    if kind == "str":
        return ["consent", "solution", "requester"]
    ids = world.ids.get(name, [])
    return [str(found) for found in {*ids, 1, 2}]


def rows_of(route: Route) -> list[str]:
    """The newest rows of the model whose administration this is."""
    _empty, _admin, app, model, *_rest = route.pattern.split("/")
    try:
        found = apps.get_model(app, model)._default_manager.order_by("-pk")
    except LookupError:
        return ["1"]
    return [str(pk) for pk in found.values_list("pk", flat=True)[:MOST_ROWS]]


def admin_history(route: Route) -> list[str]:
    """Past versions of rows: the route is a regular expression there."""
    prefix = route.pattern.split("^")[0]
    app, model = prefix.split("/")[2:4]
    kept = apps.get_model(app, f"historical{model}")._default_manager.order_by("-history_id")[:MOST_ROWS]
    return [f"{prefix}{row.id if hasattr(row, 'id') else row.pk}/history/{row.history_id}/" for row in kept]


def paths(world: World, *, with_admin: bool) -> list[str]:
    found: list[str] = []
    for route in all_routes():
        is_admin = route.pattern.startswith("/admin/")
        if "GET" not in route.methods or (is_admin and not with_admin) or "logout" in route.pattern:
            continue
        if "simple_history" in route.name:
            found += admin_history(route)
        elif "^" in route.pattern or "$" in route.pattern:
            continue
        else:
            found += fillings(route, world)
    return [path + query for path in found for query in (SEARCHES if is_list(path) else ("",))]


def is_list(path: str) -> bool:
    last = path.rstrip("/").rpartition("/")[2]
    lists = {
        "desk",
        "tickets",
        "mail",
        "incidents",
        "changes",
        "people",
        "callers",
        "mails",
        "escalations",
        "wallboard",
        "vendor-cases",
        "search",
        "palette",
    }
    return last in {*lists, "ticketevent", "outboxmessage", "auditanchor", "user", "card", "notifications"}


def content(response: Any) -> str:
    body = b"".join(response.streaming_content) if response.streaming else response.content
    headers = " ".join(f"{name}: {value}" for name, value in response.items())
    return body.decode(errors="replace") + headers


def walk(client: Client, wanted: list[str], who: str) -> None:
    for path in wanted:
        response = client.get(path)
        # The workers' signs of life are missing in a test.
        assert response.status_code < 500 or path == "/readyz", (who, path, response.status_code)
        assert CANARY not in content(response), (who, path)


@pytest.fixture
def world(cast: Cast) -> World:
    return build(cast)


@pytest.mark.parametrize(
    "name", ["colleague", "requester2", "agent2", "liaison", "lead", "other_lead", "admin", "anonymous"]
)
def test_no_page_shows_it_to_an_outsider(cast: Cast, world: World, name: str) -> None:
    client = Client(HTTP_ACCEPT_LANGUAGE="en", raise_request_exception=False)
    person = {person.username: person for person in world.outsiders(cast)}.get(name)
    if person is not None:
        client.force_login(person)
    wanted = [path for path in paths(world, with_admin=name == "admin") if not path.startswith("/api/v1/")]
    assert len(wanted) > 150
    walk(client, wanted, name)


@pytest.mark.parametrize("name", ["colleague", "agent2", "other_lead", "admin"])
def test_no_answer_of_the_api_shows_it_to_an_outsider(cast: Cast, world: World, name: str) -> None:
    person = {person.username: person for person in world.outsiders(cast)}[name]
    _row, token = create_token(owner=person, name="walk", scope="read", at=timezone.now())
    client = Client(headers={"Authorization": f"Token {token}"}, raise_request_exception=False)
    wanted = [path for path in paths(world, with_admin=False) if path.startswith("/api/v1/")]
    lists = ["/api/v1/tickets/?q=canary", "/api/v1/tickets/?requester=requester", "/api/v1/mails/?outcome=held"]
    assert len(wanted) > 40
    walk(client, [*wanted, *lists], name)


def test_the_walk_would_find_it(cast: Cast, world: World) -> None:
    """The same walk finds the words as one who needs to know, so it looks where they are."""
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(cast.agent)
    found = {
        path
        for path in paths(world, with_admin=False)
        if not path.startswith("/api/") and CANARY in content(client.get(path))
    }
    for path in ("/desk/", f"/desk/tickets/{world.secret.number}/", f"/desk/mail/{world.mail.uuid}/"):
        assert path in found
    for path in (f"/desk/tickets/{world.secret.number}/security/", f"/desk/incidents/{world.incident.number}/"):
        assert path in found


def test_no_count_moves_for_an_outsider(cast: Cast) -> None:
    people = [cast.agent2, cast.lead, cast.admin, cast.liaison]
    worked_on(cast)
    before = {person.pk: view_counts(person) for person in people}
    secret = worked_on(cast, subject=f"{CANARY}-COUNTED")
    run(secret, "escalate", cast.agent, reason_code="beyond_competence", is_forced=False, **package())
    Ticket.objects.filter(pk=secret.pk).update(
        is_confidential=True, is_named_only=True, offered_to=None, next_due_at=timezone.now() - timedelta(hours=1)
    )
    assert {person.pk: view_counts(User.objects.get(pk=person.pk)) for person in people} == before
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(cast.lead)
    assert CANARY not in client.get("/desk/wallboard/").content.decode()


def package() -> dict[str, str]:
    return dict.fromkeys(("summary", "scope", "attempts", "current_state", "asked", "access"), "x")


def test_search_finds_it_for_nobody_outside_by_any_part_of_a_word(cast: Cast, world: World) -> None:
    for person in world.outsiders(cast):
        visible = Ticket.objects.visible_to(User.objects.get(pk=person.pk))
        for text in ("canary", "canary-conf", "canary-conf-subject", "c", world.secret.number, "conf-h"):
            assert world.secret not in search_tickets(visible, text, person), (person, text)


def test_other_tickets_of_the_requester_are_counted_without_it(cast: Cast, world: World) -> None:
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(cast.agent2)
    other = make_ticket(cast.requester)
    page = client.get(f"/desk/tickets/{other.number}/").content.decode()
    shown = Ticket.objects.visible_to(cast.agent2).filter(requester=cast.requester, closed_at=None).count() - 1
    assert f">{shown} open</a>" in page


def test_nothing_about_it_leaves_the_house(
    cast: Cast, world: World, settings: Any, server: WebServer, mailoutbox: list
) -> None:
    make_hook(cast.admin, server.url)
    channel = make_channel(cast.admin, TEAMS.format(port=server.port), team=cast.applications)
    finish(world.secret, cast.agent)
    reply(world.secret, cast.requester, f"{CANARY}-LATER")
    reply(world.secret, cast.agent, f"{CANARY}-LATER")
    run(world.secret, "assign", cast.agent, assignee=world.officer)
    for hours in (0, 12, 36):
        deliver(after=timedelta(hours=hours))
        deliver_parcels_now(after=timedelta(hours=hours))
    insiders = {person.email for person in (cast.requester, cast.agent, world.officer)}
    for message in outgoing.outbox:
        if message.to[0] not in insiders:
            assert CANARY not in message.subject + message.body + str(message.alternatives), message.to
    assert [asked for asked in server.asked if CANARY.encode() in asked.body] == []
    assert channel.pk
    assert not OutboxMessage.objects.exclude(destination="").filter(subject_id=world.secret.pk).exists()
    assert len(mailoutbox) == len(outgoing.outbox)


def test_a_confidential_ticket_of_the_own_team_stays_out_of_other_teams_lists(cast: Cast) -> None:
    secret = confide(worked_on(cast, subject=f"{CANARY}-OWN"), cast.agent)
    for person, sees in ((cast.lead, True), (cast.agent2, False), (cast.admin, False)):
        client = Client(HTTP_ACCEPT_LANGUAGE="en")
        client.force_login(person)
        assert (CANARY in client.get("/desk/?q=canary&status=").content.decode()) == sees
        assert (client.get(f"/desk/tickets/{secret.number}/").status_code == 200) == sees
