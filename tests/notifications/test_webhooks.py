"""What webhooks are told: signed, in order, once, and nothing that isn't meant for them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed, NotVisible
from notifications.models import Delivery, WebhookEndpoint
from notifications.services.destinations import replay, rotate_secret, save_webhook, send_test, set_retired
from notifications.services.operate import pause
from tests.factories import make_ticket, reply, run
from tests.net_server import Asked, answer
from tests.notifications.acts import deliver_parcels_now, make_hook, parcels
from tickets.models import Ticket

pytestmark = pytest.mark.django_db
NOTE, REASON = "CANARY-INTERNAL-5b1d", "CANARY-REASON-77aa"


def body_of(asked: Asked) -> dict[str, Any]:
    return dict(json.loads(asked.body))


def codes_of(server: Any) -> list[str]:
    return [body_of(asked)["type"] for asked in server.asked]


def test_each_act_is_told_in_order_with_its_place_in_the_ticket(cast, server):
    hook = make_hook(cast.admin, server.url)
    ticket = make_ticket(cast.requester)
    run(ticket, "assign", cast.lead, team=cast.first_line)
    run(ticket, "accept", cast.agent)
    deliver_parcels_now()
    assert codes_of(server) == ["ticket.submitted", "ticket.assign", "ticket.accept"]
    told = [body_of(asked)["data"] for asked in server.asked]
    assert [data["sequence"] for data in told] == [1, 2, 3]
    assert [(data["from_status"], data["status"]) for data in told][0] == (None, "new")
    assert told[1]["status"] == told[2]["from_status"]
    assert {data["number"] for data in told} == {ticket.number}
    assert told[2]["actor"] == "agent"
    assert told[2]["ticket"]["subject"] == ticket.subject
    rows = parcels()
    assert [row.state for row in rows] == ["sent"] * 3
    assert [asked.headers["webhook-id"] for asked in server.asked] == [str(row.uuid) for row in rows]
    assert [asked.headers["x-event-id"] for asked in server.asked] == [str(row.uuid) for row in rows]
    assert [row.destination for row in rows] == [f"webhook/{hook.pk}"] * 3
    deliver_parcels_now()
    assert len(server.asked) == 3


def test_the_receiver_can_verify_who_speaks(cast, server):
    endpoint = WebhookEndpoint(name="A", url=server.url)
    secret = save_webhook(endpoint=endpoint, actor=cast.admin, at=timezone.now())
    make_ticket(cast.requester)
    deliver_parcels_now()
    (asked,) = server.asked
    assert Webhook(secret).verify(asked.body, asked.headers) == body_of(asked)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(asked.body + b" ", asked.headers)


def test_both_keys_sign_for_a_day_after_a_change(cast, server):
    endpoint = WebhookEndpoint(name="A", url=server.url)
    at = timezone.now()
    old = save_webhook(endpoint=endpoint, actor=cast.admin, at=at)
    new = rotate_secret(endpoint=endpoint, actor=cast.admin, at=at)
    assert old != new
    for hours, valid in ((0, (old, new)), (25, (new,))):
        server.asked.clear()
        make_ticket(cast.requester)
        deliver_parcels_now(after=timedelta(hours=hours))
        (asked,) = server.asked
        signatures = asked.headers["webhook-signature"].split()
        moment = datetime.fromtimestamp(int(asked.headers["webhook-timestamp"]), UTC)
        expected = [Webhook(key).sign(asked.headers["webhook-id"], moment, asked.body.decode()) for key in valid]
        assert sorted(signatures) == sorted(expected)


def test_keys_and_addresses_of_bots_lie_sealed_in_the_database_and_in_dumps(cast, server, capsys):
    endpoint = WebhookEndpoint(name="A", url=server.url)
    secret = save_webhook(endpoint=endpoint, actor=cast.admin, at=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM notifications_webhookendpoint")
        (stored,) = cursor.fetchone()
    assert secret not in stored
    assert stored.startswith("sealed:")
    call_command("dumpdata", "notifications")
    dumped = capsys.readouterr().out
    assert endpoint.url in dumped
    assert secret not in dumped
    assert WebhookEndpoint.objects.get().secret == secret


def test_another_installations_key_opens_nothing(cast, server, settings):
    make_hook(cast.admin, server.url)
    settings.SECRET_KEY = "another"
    make_ticket(cast.requester)
    deliver_parcels_now()
    assert server.asked == []
    assert parcels()[0].last_error == "the key can't be read; give the webhook a new one"


@pytest.mark.django_db(transaction=True)
def test_what_is_internal_is_told_only_where_that_is_marked(cast, make_server):
    closed, open_ = make_server(), make_server()
    make_hook(cast.admin, closed.url)
    ticket = make_ticket(cast.requester)
    run(ticket, "assign", cast.lead, team=cast.first_line, reason=REASON)
    reply(ticket, cast.agent, NOTE, kind="internal")
    reply(ticket, cast.agent, "看看这里", kind="public")
    deliver_parcels_now()
    told = b"".join(asked.body for asked in closed.asked).decode()
    assert NOTE not in told
    assert REASON not in told
    assert codes_of(closed)[-2:] == ["ticket.noted", "ticket.replied"]
    assert body_of(closed.asked[-1])["data"]["message"] == {"kind": "public", "body": "看看这里"}

    make_hook(cast.admin, open_.url, includes_internal=True)
    run(ticket, "assign", cast.lead, team=cast.first_line, assignee=cast.agent, reason=REASON)
    reply(ticket, cast.agent, NOTE, kind="internal")
    deliver_parcels_now()
    told = b"".join(asked.body for asked in open_.asked).decode()
    assert NOTE in told
    assert REASON in told


@pytest.mark.django_db(transaction=True)
def test_confidential_tickets_are_told_only_where_that_is_marked(cast, make_server):
    closed, open_ = make_server(), make_server()
    make_hook(cast.admin, closed.url)
    make_hook(cast.admin, open_.url, includes_confidential=True)
    ticket = make_ticket(cast.requester)
    run(ticket, "assign", cast.lead, team=cast.first_line)
    # Marked while messages wait: it is asked again when they are sent (F3).
    Ticket.objects.filter(pk=ticket.pk).update(is_confidential=True)
    deliver_parcels_now()
    assert closed.asked == []
    assert {(row.state, row.last_error) for row in parcels(destination__endswith=first_id(closed))} == {
        ("skipped", "confidential")
    }
    assert len(open_.asked) == 2
    before = len(parcels())
    reply(ticket, cast.agent, "x", kind="public")
    assert [row.destination for row in parcels()[before:]] == [
        f"webhook/{WebhookEndpoint.objects.get(url=open_.url).pk}"
    ]


def first_id(server: Any) -> str:
    return f"/{WebhookEndpoint.objects.get(url=server.url).pk}"


def test_acts_and_teams_are_chosen(cast, server):
    make_hook(cast.admin, server.url, codes=["accept"], team=cast.first_line)
    ours, theirs = make_ticket(cast.requester), make_ticket(cast.requester)
    run(ours, "assign", cast.lead, team=cast.first_line)
    run(theirs, "assign", cast.lead, team=cast.applications)
    run(ours, "accept", cast.agent)
    run(theirs, "accept", cast.agent2)
    deliver_parcels_now()
    assert [(told["type"], told["data"]["number"]) for told in map(body_of, server.asked)] == [
        ("ticket.accept", ours.number)
    ]


def test_an_act_that_is_rolled_back_tells_nobody(cast, server):
    make_hook(cast.admin, server.url)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        make_ticket(cast.requester)
        raise ZeroDivisionError
    assert parcels() == []


def test_acts_cost_one_small_read_without_destinations_and_one_insert_with(cast, server):
    def statements() -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            make_ticket(cast.requester)
        return [
            query["sql"] for query in queries if "notifications_webhook" in query["sql"] or "webhook/" in query["sql"]
        ]

    assert [sql.split()[0].lstrip("(") for sql in statements()] == ["SELECT"]
    make_hook(cast.admin, server.url)
    assert [sql.split()[0].lstrip("(") for sql in statements()] == ["SELECT", "INSERT"]


def test_a_failed_message_is_tried_again_for_a_day_and_ends_dead(cast, server):
    server.reply = answer("500 Internal Server Error", b"no")
    make_hook(cast.admin, server.url)
    make_ticket(cast.requester)
    at = timezone.now()
    ends = at + timedelta(hours=24)
    tried = []
    while parcels()[0].state != "dead":
        deliver_parcels_now(at)
        tried.append(at)
        at += timedelta(minutes=5)
        assert at < ends + timedelta(minutes=20)
    row = parcels()[0]
    assert (row.state, row.next_attempt_at) == ("dead", None)
    assert 8 <= len(server.asked) <= 14
    assert row.give_up_at is not None
    assert Delivery.objects.count() == len(server.asked)
    log = Delivery.objects.order_by("pk").first()
    assert log is not None
    assert (log.status, log.answer, log.attempt) == (500, "no", 1)
    before = len(server.asked)
    deliver_parcels_now(at, after=timedelta(days=3))
    assert len(server.asked) == before


def test_a_later_message_of_a_ticket_waits_for_the_earlier_one(cast, server):
    make_hook(cast.admin, server.url)
    server.reply = answer("500 Internal Server Error")
    ticket = make_ticket(cast.requester)
    deliver_parcels_now()
    server.reply = answer()
    reply(ticket, cast.requester, "还没好")
    other = make_ticket(cast.requester2)
    deliver_parcels_now()
    told = [(told["type"], told["data"]["number"]) for told in map(body_of, server.asked)]
    assert told[1:] == [("ticket.submitted", other.number)]
    deliver_parcels_now(after=timedelta(minutes=1))
    told = [(told["type"], told["data"]["number"]) for told in map(body_of, server.asked)]
    assert told[2:] == [("ticket.submitted", ticket.number), ("ticket.replied", ticket.number)]


def test_an_address_that_is_gone_for_good_is_not_tried_again(cast, server):
    server.reply = answer("410 Gone")
    make_hook(cast.admin, server.url)
    make_ticket(cast.requester)
    deliver_parcels_now()
    assert [row.state for row in parcels()] == ["dead"]


def test_a_redirect_is_a_failure(cast, make_server):
    inner = make_server()
    server = make_server(answer("307 Temporary Redirect", Location=inner.url))
    make_hook(cast.admin, server.url)
    make_ticket(cast.requester)
    deliver_parcels_now()
    assert (inner.asked, parcels()[0].last_error) == ([], "307")


def test_an_address_that_became_private_is_refused_when_sent(cast, server, settings):
    make_hook(cast.admin, server.url)
    settings.EGRESS_ALLOW = []
    make_ticket(cast.requester)
    deliver_parcels_now()
    assert server.connections == 0
    assert parcels()[0].last_error.startswith("port: ")


@pytest.mark.parametrize("url", ["http://169.254.169.254/", "http://localhost/", "ftp://93.184.216.34/", "x", ""])
def test_a_bad_address_is_refused_when_saved(cast, url):
    with pytest.raises(InvalidInput) as refused:
        make_hook(cast.admin, url, name="A")
    assert set(refused.value.fields) == {"url"}
    assert not WebhookEndpoint.objects.exists()


def test_names_and_acts_are_checked(cast, server):
    make_hook(cast.admin, server.url, name="A")
    for fields, wrong in (({"name": " "}, "name"), ({"name": "A"}, "name"), ({"name": "B", "codes": ["x"]}, "codes")):
        with pytest.raises(InvalidInput) as refused:
            make_hook(cast.admin, server.url, **fields)
        assert set(refused.value.fields) == {wrong}


@pytest.mark.parametrize("person", ["requester", "agent", "lead", "liaison"])
def test_only_administrators_set_destinations(cast, server, person):
    hook = make_hook(cast.admin, server.url)
    actor, at = getattr(cast, person), timezone.now()
    with pytest.raises(NotAllowed):
        make_hook(actor, server.url, name="B")
    for act in (
        lambda: rotate_secret(endpoint=hook, actor=actor, at=at),
        lambda: set_retired(destination=hook, is_retired=True, actor=actor, at=at),
        lambda: send_test(destination=hook, actor=actor, at=at),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_a_test_goes_out_at_once_even_where_the_circuit_is_open(cast, server):
    hook = make_hook(cast.admin, server.url)
    WebhookEndpoint.objects.update(failures=9, blocked_until=timezone.now() + timedelta(hours=1))
    event_id = send_test(destination=hook, actor=cast.admin, at=timezone.now())
    deliver_parcels_now()
    (asked,) = server.asked
    assert (body_of(asked)["type"], asked.headers["webhook-id"]) == ("test", str(event_id))
    assert Delivery.objects.get().status == 200


def test_a_test_that_fails_is_not_repeated(cast, server):
    hook = make_hook(cast.admin, server.url)
    server.reply = answer("500 Internal Server Error")
    send_test(destination=hook, actor=cast.admin, at=timezone.now())
    deliver_parcels_now(after=timedelta(seconds=1))
    assert parcels()[0].state == "dead"


@pytest.mark.django_db(transaction=True)
def test_a_message_can_be_sent_again_under_its_id(cast, make_server):
    server, other = make_server(), make_server()
    hook, foreign = make_hook(cast.admin, server.url), make_hook(cast.admin, other.url)
    make_ticket(cast.requester)
    row = parcels(destination=hook.key)[0]
    with pytest.raises(Conflict):
        replay(destination=hook, event_id=row.uuid, actor=cast.admin, at=timezone.now())
    deliver_parcels_now()
    replay(destination=hook, event_id=row.uuid, actor=cast.admin, at=timezone.now())
    with pytest.raises(NotVisible):
        replay(destination=foreign, event_id=row.uuid, actor=cast.admin, at=timezone.now())
    deliver_parcels_now()
    assert [asked.headers["webhook-id"] for asked in server.asked] == [str(row.uuid)] * 2


def test_a_retired_webhook_is_told_nothing_more(cast, server):
    hook = make_hook(cast.admin, server.url)
    make_ticket(cast.requester)
    set_retired(destination=hook, is_retired=True, actor=cast.admin, at=timezone.now())
    make_ticket(cast.requester)
    deliver_parcels_now()
    assert (server.asked, [row.last_error for row in parcels()]) == ([], ["destination_retired"])


def test_messages_for_a_deleted_webhook_are_dropped(cast, server):
    hook = make_hook(cast.admin, server.url)
    make_ticket(cast.requester)
    hook.delete()
    deliver_parcels_now()
    assert [(row.state, row.last_error) for row in parcels()] == [("skipped", "destination_gone")]


def test_nothing_leaves_while_delivery_is_paused(cast, server):
    make_hook(cast.admin, server.url)
    make_ticket(cast.requester)
    pause(at=timezone.now())
    assert deliver_parcels_now().counts == {}
    assert server.asked == []


def test_history_keeps_what_was_set_and_no_key(cast, server):
    hook = make_hook(cast.admin, server.url)
    rotate_secret(endpoint=hook, actor=cast.admin, at=timezone.now())
    server.reply = answer("500 Internal Server Error")
    make_ticket(cast.requester)
    deliver_parcels_now()
    rows = list(hook.history.all())
    assert [row.history_user for row in rows] == [cast.admin] * 2, "the circuit leaves no lines"
    assert not hasattr(rows[0], "secret")
    assert WebhookEndpoint.objects.get().failures == 1


def test_the_description_stays_here(cast, server):
    make_hook(cast.admin, server.url)
    ticket = make_ticket(cast.requester)
    deliver_parcels_now()
    assert ticket.description not in server.asked[0].body.decode()
