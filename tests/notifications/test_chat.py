"""Chat channels: one sentence and a link, through the guarded client, to people who may read it."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import Any

import pytest
from apprise.plugins.dingtalk import NotifyDingTalk
from apprise.plugins.feishu import NotifyFeishu
from apprise.plugins.slack import NotifySlack
from apprise.plugins.wecombot import NotifyWeComBot
from django.db import connection
from django.utils import timezone

from helpdesk.common import net
from helpdesk.common.errors import InvalidInput, NotAllowed
from notifications import chat_programs
from notifications.models import ChatChannel, Delivery
from notifications.services.destinations import send_test
from tests.factories import bring_to, make_ticket, reply, run
from tests.net_server import WebServer, answer, make_certificate, reset
from tests.notifications.acts import deliver_parcels_now, make_channel, parcels
from tickets.models import Ticket

pytestmark = pytest.mark.django_db

ADDRESSES = {
    "wecom": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7abc-4bc4-97a0-0ec2abcdefab",
    "dingtalk": "https://oapi.dingtalk.com/robot/send?access_token=abcdef0123456789abcdef",
    "feishu": "https://open.feishu.cn/open-apis/bot/v2/hook/aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
    "lark": "https://open.larksuite.com/open-apis/bot/v2/hook/aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
    "slack": "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
}
DINGTALK = "dingtalk://abcdef0123456789abcdef"
TEAMS = "workflows://127.0.0.1:{port}/643e69f83c8944/KODuebWbDGYFr0z0eu"


@pytest.fixture
def sent_here(server: WebServer, monkeypatch: pytest.MonkeyPatch) -> WebServer:
    """The programs' own hosts stand on this machine."""
    here = f"http://127.0.0.1:{server.port}"
    monkeypatch.setattr(NotifyDingTalk, "notify_url", here + "/dingtalk?access_token={token}")
    monkeypatch.setattr(NotifyFeishu, "notify_url", here + "/feishu/{token}/")
    monkeypatch.setattr(NotifyWeComBot, "notify_url", here + "/wecom?key={key}")
    monkeypatch.setattr(NotifySlack, "webhook_url", here + "/slack")
    return server


def text_of(server: WebServer) -> str:
    """All that the last message said, whatever the program's form."""

    def texts(value: Any) -> list[str]:
        if isinstance(value, dict):
            return [text for item in value.values() for text in texts(item)]
        if isinstance(value, list):
            return [text for item in value for text in texts(item)]
        return [value] if isinstance(value, str) else []

    return "\n".join(texts(json.loads(server.asked[-1].body)))


@pytest.mark.parametrize("program", ["wecom", "dingtalk", "feishu", "slack"])
def test_each_program_gets_the_sentence_and_the_link(cast, sent_here, settings, program):
    channel = make_channel(cast.admin, ADDRESSES[program], team=cast.first_line)
    assert channel.service == program
    sent_here.reply = answer(body=b"ok" if program == "slack" else b'{"errcode": 0, "code": 0}')
    ticket = make_ticket(cast.requester, subject="打印机卡纸")
    run(ticket, "assign", cast.lead, team=cast.first_line)
    deliver_parcels_now()
    assert [row.state for row in parcels()] == ["sent"]
    text = text_of(sent_here)
    assert f"Ticket {ticket.number} “打印机卡纸”: Assign." in text
    assert f"{settings.SITE_URL}/desk/tickets/{ticket.number}/" in text.replace("\\", "")
    assert ticket.description not in text
    assert len(sent_here.asked) == 1


def test_teams_is_written_to_on_its_own_host(cast, make_server, tmp_path, monkeypatch):
    certificate = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    net._tls_context.cache_clear()
    server = make_server(answer("202 Accepted"), certificate=certificate)
    make_channel(cast.admin, TEAMS.format(port=server.port), team=cast.first_line)
    ticket = make_ticket(cast.requester)
    run(ticket, "assign", cast.lead, team=cast.first_line)
    deliver_parcels_now()
    net._tls_context.cache_clear()
    assert [row.state for row in parcels()] == ["sent"]
    assert server.asked[0].line.startswith("POST /workflows/643e69f83c8944/triggers/manual/paths/invoke?")
    assert ticket.number in text_of(server)


def test_certificates_cannot_be_waved_through(cast, make_server, tmp_path):
    server = make_server(certificate=make_certificate(tmp_path))
    make_channel(cast.admin, TEAMS.format(port=server.port) + "/?verify=no", team=cast.first_line)
    run(make_ticket(cast.requester), "assign", cast.lead, team=cast.first_line)
    deliver_parcels_now()
    assert parcels()[0].last_error.startswith("tls: ")
    assert server.asked == []


@pytest.mark.parametrize(
    "address",
    [
        "mailto://user:secret@example.com",
        "json://127.0.0.1/",
        "https://example.com/hook",
        "file:///etc/passwd",
        "dingtalk://",
        "workflows://10.0.0.1/abc/def",
        "workflows://127.0.0.1:22/abc/def",
        "workflows://localhost/abc/def",
        "",
    ],
)
def test_other_addresses_are_refused(cast, address):
    with pytest.raises(InvalidInput) as refused:
        make_channel(cast.admin, address, name="A", team=cast.first_line)
    assert set(refused.value.fields) == {"address"}
    assert not ChatChannel.objects.exists()


def test_a_template_from_elsewhere_is_not_fetched(cast, make_server):
    inner, server = make_server(), make_server()
    address = TEAMS.format(port=server.port) + f"/?template={inner.url}"
    channel = make_channel(cast.admin, address, team=cast.first_line)
    assert "template" not in channel.url
    run(make_ticket(cast.requester), "assign", cast.lead, team=cast.first_line)
    deliver_parcels_now()
    assert inner.connections == 0
    assert server.connections == 1


def test_every_plugin_goes_out_by_the_guarded_client():
    for address in (*ADDRESSES.values(), TEAMS.format(port=443)):
        chat_programs.read_address(address)
        plugin = chat_programs._plugin(address)
        assert type(plugin).send.__globals__["requests"] is chat_programs._GUARDED
        # What it uses of the library is what is offered.
        source = set(_names_used(type(plugin).send.__globals__["__file__"]))
        assert source <= {"post", "get", "request", "codes", "RequestException"}, address


def _names_used(path: str) -> list[str]:
    import ast
    from pathlib import Path

    tree = ast.parse(Path(path).read_text(encoding="utf-8"))
    return [
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "requests"
    ]


def test_a_refusal_inside_a_success_is_a_failure(cast, sent_here):
    sent_here.reply = answer(body=b'{"errcode": 45009, "errmsg": "api freq out of limit"}')
    make_channel(cast.admin, ADDRESSES["wecom"], team=cast.first_line)
    run(make_ticket(cast.requester), "assign", cast.lead, team=cast.first_line)
    deliver_parcels_now()
    assert [(row.state, row.last_error) for row in parcels()] == [("pending", "errcode 45009")]
    assert ChatChannel.objects.get().failures == 1


def test_what_no_database_can_store_is_not_taken_over(cast, sent_here):
    sent_here.reply = answer(body=b'{"errcode": "\\u0000\\ud800 no"}')
    make_channel(cast.admin, DINGTALK, team=cast.first_line)
    run(make_ticket(cast.requester), "assign", cast.lead, team=cast.first_line)
    deliver_parcels_now()
    assert [(row.state, row.last_error) for row in parcels()] == [("pending", "errcode \ufffd\ufffd no")]
    sent_here.reply = answer("500 Error", b"\x00\xff")
    deliver_parcels_now(after=timedelta(hours=1))
    assert Delivery.objects.order_by("-pk")[0].answer == "\ufffd\ufffd"


def test_what_may_have_been_seen_is_repeated_once_at_most(cast, sent_here):
    sent_here.reply = reset
    make_channel(cast.admin, DINGTALK, team=cast.first_line)
    run(make_ticket(cast.requester), "assign", cast.lead, team=cast.first_line)
    deliver_parcels_now()
    assert [(row.state, row.doubts) for row in parcels()] == [("uncertain", 1)]
    deliver_parcels_now(after=timedelta(hours=1))
    deliver_parcels_now(after=timedelta(hours=2))
    assert [(row.state, row.next_attempt_at) for row in parcels()] == [("uncertain", None)]
    assert len(sent_here.asked) == 2


def test_the_channel_has_its_own_language(cast, sent_here):
    make_channel(cast.admin, DINGTALK, team=cast.first_line, language="zh-hans")
    send_test(destination=ChatChannel.objects.get(), actor=cast.admin, at=timezone.now())
    deliver_parcels_now()
    assert "测试" in text_of(sent_here)
    assert Delivery.objects.get().status == 200


def test_a_team_hears_of_its_tickets_only_and_of_nothing_confidential(cast, sent_here):
    make_channel(cast.admin, DINGTALK, team=cast.first_line)
    theirs, secret = make_ticket(cast.requester), make_ticket(cast.requester)
    run(theirs, "assign", cast.lead, team=cast.applications)
    run(secret, "assign", cast.lead, team=cast.first_line)
    Ticket.objects.filter(pk=secret.pk).update(is_confidential=True)
    reply(secret, cast.requester, "x")
    deliver_parcels_now()
    assert sent_here.asked == []
    assert [(row.topic, row.state, row.last_error) for row in parcels()] == [("assign", "skipped", "confidential")]


def test_a_person_hears_of_what_is_given_to_them_but_not_of_their_own_acts(cast, sent_here):
    make_channel(cast.admin, DINGTALK, person=cast.agent)
    ticket = make_ticket(cast.requester)
    run(ticket, "assign", cast.lead, team=cast.first_line, assignee=cast.agent)
    run(ticket, "accept", cast.agent)
    reply(ticket, cast.agent, "在看", kind="public")
    reply(ticket, cast.requester, "还没好")
    deliver_parcels_now()
    assert [row.topic for row in parcels(state="sent")] == ["assign", "replied"]
    assert "/desk/" in text_of(sent_here)


def test_a_requester_hears_of_public_acts_only_with_a_link_to_the_portal(cast, sent_here):
    make_channel(cast.admin, DINGTALK, person=cast.requester)
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    reply(ticket, cast.agent, "CANARY-INTERNAL", kind="internal")
    deliver_parcels_now()
    assert "noted" not in {row.topic for row in parcels(state="sent")}
    assert {row.last_error for row in parcels(state="skipped")} <= {"not_visible"}
    reply(ticket, cast.agent, "看看这里", kind="public")
    deliver_parcels_now()
    assert parcels()[-1].state == "sent"
    assert f"/tickets/{ticket.number}/" in text_of(sent_here)
    assert "/desk/" not in text_of(sent_here)
    assert "看看" not in text_of(sent_here)


def test_who_left_hears_nothing(cast, sent_here):
    make_channel(cast.admin, DINGTALK, person=cast.agent)
    ticket = make_ticket(cast.requester)
    run(ticket, "assign", cast.lead, team=cast.first_line, assignee=cast.agent)
    cast.agent.is_active = False
    cast.agent.save()
    deliver_parcels_now()
    assert [row.last_error for row in parcels()] == ["recipient_inactive"]


def test_a_channel_is_of_a_team_or_a_person(cast):
    for fields in ({}, {"team": cast.first_line, "person": cast.agent}):
        with pytest.raises(InvalidInput) as refused:
            make_channel(cast.admin, DINGTALK, **fields)
        assert set(refused.value.fields) == {"team"}


def test_only_administrators_enter_addresses(cast):
    for person in (cast.requester, cast.agent, cast.lead):
        with pytest.raises(NotAllowed):
            make_channel(person, DINGTALK, team=cast.first_line)


def test_the_address_lies_sealed_and_stays_out_of_the_log(cast, caplog):
    channel = make_channel(cast.admin, DINGTALK, name="A", team=cast.first_line)
    with connection.cursor() as cursor:
        cursor.execute("SELECT url FROM notifications_chatchannel")
        (stored,) = cursor.fetchone()
    assert "abcdef" not in stored
    assert not hasattr(channel.history.get(), "url")
    logging.getLogger("apprise").disabled = False  # as setting up logging does after the import
    with pytest.raises(InvalidInput):
        make_channel(cast.admin, "dingtalk://CANARY_KEY/", name="B", team=cast.first_line)
    assert "CANARY_KEY" not in caplog.text
