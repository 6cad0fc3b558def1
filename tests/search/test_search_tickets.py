"""Searching tickets through the database's own index, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from helpdesk.accounts.models import User
from helpdesk.common.search import normalise
from tests.assets.acts import handed_out, make_asset
from tests.cast import Cast, assemble
from tests.factories import bring_to, make_ticket, reply, resolution, run
from tickets.models import Ticket, TicketSearch
from tickets.search import search_tickets
from tickets.services.asset_links import link_asset, unlink_asset
from tickets.services.edit import edit_ticket
from tickets.services.indexing import index_anew

pytestmark = pytest.mark.django_db

CORPUS = [
    "从中央到地方的保障房建设都要用这个系统",
    "保障房系统无法登录，提示密码错误",
    "中央空调控制电脑开不了机",
    "打印机卡纸，五楼的也卡",
    "会议室投影仪没有信号",
    "无线网络每隔十分钟断一次",
    "地方分公司的网络很慢，中午尤其慢",
    "ＶＰＮ 连接失败，错误代码 ８０９",
    "VPN drops every ten minutes in the Shenzhen office",
    "Printer 5F-PR-02 reports a paper jam, the printing queue is stuck",
    "Server srv-042 at 10.200.203.204 does not answer",
    "Outlook客户端搜索不到上个月的邮件",
    "升级后outlook打不开，提示 profile_error",
    "Cannot compile the C# project after the update",
    "申请开通财务system的只读权限",
    "第3章的图表无法显示，第13章正常",
]


@pytest.fixture
def cast() -> Cast:
    return assemble()


def found(text: str, viewer: User) -> set[str]:
    return set(search_tickets(Ticket.objects.visible_to(viewer), text, viewer).values_list("description", flat=True))


def chinese_parts() -> list[str]:
    """Every run of one to four Chinese characters that stands in the corpus, and some that don't."""
    parts = {"系中", "障建", "空", "央调机", "龘", "房系"}
    for text in CORPUS:
        for start in range(len(text)):
            parts.update(text[start : start + size] for size in range(1, 5))
    return sorted(part for part in parts if part and all("\u4e00" <= char <= "\u9fff" for char in part))


def test_chinese_is_found_exactly_where_it_stands(cast: Cast) -> None:
    """Recall and precision 1.0 against a plain substring search."""
    for text in CORPUS:
        make_ticket(cast.requester, subject="-", description=text, contact_name="x")
    parts = chinese_parts()
    assert len(parts) > 300
    for part in parts:
        assert found(part, cast.agent) == {text for text in CORPUS if part in normalise(text)}, part


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("vpn", {7, 8}),
        ("ｖｐｎ", {7, 8}),
        ("809", {7}),
        ("print", {9}),
        ("printing queue", {9}),
        ("queue printer", {9}),
        ("rint", set()),
        ("5F-PR-02", {9}),
        ("5f-pr-03", set()),
        ("10.200.203.204", {10}),
        ("200.203", {10}),
        ("10.200.204", set()),
        ("srv-042", {10}),
        ("srv 042", {10}),
        ("outlook", {11, 12}),
        ("outlook客户", {11}),
        ("升级后outlook", {12}),
        ("profile_error", {12}),
        ("error", {12}),
        ("file_err", set()),
        ("c#", {13}),
        ("财务system的", {14}),
        ("第3章", {15}),
        ("3章", {15}),
        ("网络 慢", {6}),
        ("网络，中午", {6}),
        ("中", {0, 2, 6}),
        ("保障房 系统", {0, 1}),
        ("'; DROP TABLE tickets_ticket; --", set()),
        ('"', set()),
        ("((((*", set()),
        ("&|!<->", set()),
        ("%_", set()),
        ("\\", set()),
    ],
)
def test_words_and_mixtures(cast: Cast, query: str, rows: set[int]) -> None:
    for text in CORPUS:
        make_ticket(cast.requester, subject="-", description=text, contact_name="x")
    assert {CORPUS.index(text) for text in found(query, cast.agent)} == rows


def test_blank_query_finds_everything(cast: Cast) -> None:
    make_ticket(cast.requester)
    assert len(found("   ", cast.agent)) == 1


def test_hundred_kilobytes_of_query_are_answered(cast: Cast) -> None:
    make_ticket(cast.requester)
    assert found("中央 a" * 25_000, cast.agent) == set()


def test_newest_comes_first_unless_ordered(cast: Cast) -> None:
    now = timezone.now()
    tickets = [make_ticket(cast.requester, at=now - timedelta(hours=hours)) for hours in (3, 1, 2)]
    everything = Ticket.objects.visible_to(cast.agent)
    assert list(search_tickets(everything, "白屏", cast.agent)) == [tickets[1], tickets[2], tickets[0]]
    assert list(search_tickets(everything.order_by("pk"), "白屏", cast.agent)) == tickets


@pytest.mark.parametrize("query", ["{number}", "#{number}", " {number} "])
def test_number_finds_its_ticket(cast: Cast, query: str) -> None:
    ticket = make_ticket(cast.requester)
    make_ticket(cast.requester)
    text = query.format(number=ticket.number)
    assert list(search_tickets(Ticket.objects.visible_to(cast.agent), text, cast.agent)) == [ticket]


def test_device_error_and_contact_are_found(cast: Cast) -> None:
    make_ticket(
        cast.requester,
        device_hostname="PC-20417",
        device_ip="10.12.4.17",
        error_message="ledgerCfg is not defined",
        steps="打开首页",
    )
    for query in ("pc-20417", "10.12.4.17", "ledgercfg", "首页", "王敏"):
        assert len(found(query, cast.agent)) == 1, query


def test_internal_notes_are_found_by_the_desk_only(cast: Cast) -> None:
    ticket = make_ticket(cast.requester)
    reply(ticket, cast.agent, "怀疑网关 CANARY-INTERNAL-1", kind="internal")
    reply(ticket, cast.agent, "请重启路由器")
    for query in ("CANARY-INTERNAL-1", "CANARY", "网关", "网"):
        assert found(query, cast.agent), query
        assert not found(query, cast.requester), query
    assert found("路由器", cast.requester) and found("路由器", cast.agent)


def test_words_may_stand_in_request_and_note(cast: Cast) -> None:
    ticket = make_ticket(cast.requester)
    reply(ticket, cast.agent, "怀疑网关", kind="internal")
    assert found("白屏 网关", cast.agent)
    assert not found("白屏 网关", cast.requester)


def test_tickets_of_others_stay_hidden(cast: Cast) -> None:
    make_ticket(cast.requester2, description="CANARY-B-1 declaration")
    assert not found("CANARY-B", cast.requester)
    assert found("CANARY-B", cast.requester2)


def test_confidential_tickets_stay_hidden_from_other_teams(cast: Cast) -> None:
    ticket = make_ticket(cast.requester, description="CANARY-CONF-1")
    Ticket.objects.filter(pk=ticket.pk).update(is_confidential=True, team=cast.applications)
    for viewer in (cast.agent, cast.lead, cast.admin):
        assert not found("CANARY-CONF", viewer)
    assert found("CANARY-CONF", cast.agent2)


def test_solution_is_found_but_not_how_it_was_tested_by_requesters(cast: Cast) -> None:
    ticket = bring_to(make_ticket(cast.requester), "resolved", cast.agent)
    assert found("重建缓存", cast.requester)
    assert not found("测试账号", cast.requester)
    assert found("测试账号", cast.agent)
    assert ticket.status == "resolved"


def test_reasons_of_the_desk_are_internal(cast: Cast) -> None:
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    run(ticket, "assign", cast.lead, assignee=cast.lead, reason="转给组长处理")
    assert found("组长处理", cast.agent)
    assert not found("组长处理", cast.requester)
    run(ticket, "withdraw", cast.requester, reason="已经自己好了")
    assert found("自己好了", cast.requester)


def test_corrected_request_is_found_by_its_new_words_only(cast: Cast) -> None:
    ticket = make_ticket(cast.requester, description="旧的描述")
    reply(ticket, cast.agent, "一条消息")
    edit_ticket(
        ticket_id=ticket.pk,
        actor=cast.agent,
        version=ticket.version,
        changes={"description": "新的说明"},
        at=timezone.now(),
    )
    assert not found("旧的描述", cast.agent)
    assert found("新的说明", cast.agent) and found("一条消息", cast.requester)


def test_a_second_solution_takes_the_place_of_the_first(cast: Cast) -> None:
    ticket = bring_to(make_ticket(cast.requester), "resolved", cast.agent)
    run(ticket, "reject", cast.requester, reason="还没好")
    second = {"cause": "网卡驱动", "solution": "换了网线", "advice": "不要再拔", "verification": "拨号正常"}
    run(ticket, "resolve", cast.agent, **{**resolution(), **second})
    for words in ("重建缓存", "前端缓存", "重启浏览器", "测试账号"):
        assert not found(words, cast.agent), words
    for words in ("换了网线", "网卡驱动", "不要再拔", "还没好", "白屏"):
        assert found(words, cast.requester), words
    assert found("拨号正常", cast.agent) and not found("拨号正常", cast.requester)


@pytest.mark.parametrize("is_anew", [False, True])
def test_no_phrase_goes_from_one_text_into_the_next(cast: Cast, is_anew: bool) -> None:
    ticket = make_ticket(cast.requester, contact_name="丁某", description="042 是编号", error_message="end")
    reply(ticket, cast.agent, "first gateway")
    reply(ticket, cast.agent, "second 某 gateway")
    if is_anew:
        index_anew(ticket)
    for words in ('"某 042"', '"gateway second"', "gateway-second"):
        assert not found(words, cast.agent), words
    for words in ("某 042", '"丁某"', '"042 是编号"', '"second 某"'):
        assert found(words, cast.agent), words


def test_endless_conversation_keeps_request_and_newest_message_findable(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickets.services.indexing.LONGEST", 400)
    ticket = make_ticket(cast.requester, contact_name="x")
    for number in range(12):
        reply(ticket, cast.agent, f"第{number}条消息，内容是填充文字填充文字 word{number}word")
    assert found("白屏", cast.requester)
    assert found("word11word", cast.requester)
    assert len(TicketSearch.objects.get(pk=ticket.pk).public_tokens) <= 401


def test_a_corrected_long_ticket_keeps_its_newest_messages(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tickets.services.indexing.LONGEST", 800)
    ticket = make_ticket(cast.requester, contact_name="x")
    for number in range(40):
        reply(ticket, cast.agent, f"word{number}word some more words that fill it")
        newest = [f"word{earlier}word" for earlier in range(max(0, number - 4), number + 1)]
        assert all(found(word, cast.requester) for word in newest), number
    edit_ticket(
        ticket_id=ticket.pk,
        actor=cast.agent,
        version=ticket.version,
        changes={"subject": "一个新的标题", "steps": "步骤 " * 300},
        at=timezone.now(),
    )
    ticket.refresh_from_db()
    for word in ("新的标题", "word39word", "word38word"):
        assert found(word, cast.requester), word
    assert not found("word0word", cast.agent)
    reply(ticket, cast.agent, "word40word and a note " + "那么长 " * 500)
    for word in ("新的标题", "word40word"):
        assert found(word, cast.requester), word
    assert len(TicketSearch.objects.get(pk=ticket.pk).public_tokens) <= 800


def test_reasons_of_a_corrected_ticket_stay_where_they_were(cast: Cast) -> None:
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    run(ticket, "assign", cast.lead, assignee=cast.lead, reason="转给组长处理")
    ticket.refresh_from_db()
    edit_ticket(
        ticket_id=ticket.pk, actor=cast.lead, version=ticket.version, changes={"steps": "新步骤"}, at=timezone.now()
    )
    assert found("组长处理 新步骤", cast.lead) and not found("组长处理", cast.requester)


def test_a_ticket_is_found_by_the_assets_that_it_is_about(cast: Cast) -> None:
    first = handed_out(cast.agent, cast.requester, tag="PC-20417", hostname="WANGMIN-PC", serial="PF3K9X2")
    second = make_asset(cast.agent, tag="DOCK-7", hostname="DOCK-NAME", serial="SER1AL", ip="10.9.8.7")
    ticket = make_ticket(cast.requester, asset=first)
    make_ticket(cast.requester)
    link_asset(ticket_id=ticket.pk, asset=second, actor=cast.agent, at=timezone.now())
    desk_only = ("dock-name", "ser1al", "PF3K9X2", "device:dock-name", "device:ser1al", "device:10.9.8")
    for_all = ("pc-20417", "DOCK-7", "device:dock-7", "设备:pc-204", "device:wangmin")
    visible = {person: Ticket.objects.visible_to(person) for person in (cast.agent, cast.requester)}
    for text in (*desk_only, *for_all):
        assert list(search_tickets(visible[cast.agent], text, cast.agent)) == [ticket], text
        shown = search_tickets(visible[cast.requester], text, cast.requester).exists()
        assert shown == (text in for_all), text
    unlink_asset(ticket_id=ticket.pk, asset=second, actor=cast.agent, at=timezone.now())
    for text in (*desk_only[:2], *desk_only[3:], *for_all[1:3]):
        assert not search_tickets(visible[cast.agent], text, cast.agent).exists(), text
    assert search_tickets(visible[cast.agent], "pc-20417", cast.agent).exists()


def test_message_costs_one_query(cast: Cast) -> None:
    ticket = make_ticket(cast.requester)
    with CaptureQueriesContext(connection) as queries:
        reply(ticket, cast.agent, "只有一条查询")
    assert sum("tickets_ticketsearch" in query["sql"] for query in queries) == 1
