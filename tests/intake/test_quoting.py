"""New text and quoted history: the mail programs of our users, texts of our own, and the corpus."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.intake import corpus
from tickets.intake.markup import text_of_html
from tickets.intake.quoting import split
from tickets.intake.quoting_words import MOBILE
from tickets.intake.reading import read, tidy

MARKER = "—— 请在此线上方回复 / Reply above this line ——"
NEW = "您好，重启之后还是连不上三楼的打印机。\n\n错误代码是 0x00000709，麻烦再看一下，谢谢！"
OLD = "张三，您好：\n我们已经更换了打印服务器的驱动程序，请重新连接后再试。\nIT 服务台"

HISTORY = {
    "qq": '------------------ 原始邮件 ------------------\n发件人: "IT 服务台" <it@example.com>;\n'
    '发送时间: 2026年11月20日(星期五) 上午10:12\n收件人: "张三"<zhangsan@example.com>;\n主题: 打印机\n\n' + OLD,
    "qq, spaces of HTML": "------------------&nbsp;原始邮件&nbsp;------------------\n"
    '发件人:&nbsp;&nbsp;&nbsp;"IT 服务台";\n发送时间:&nbsp;2026年11月20日\n收件人:&nbsp;"张三";\n\n' + OLD,
    "qq on a telephone": '---原始邮件---\n发件人: "IT 服务台"<it@example.com>\n发送时间: 2026年11月20日 10:12\n' + OLD,
    "163": '在 2026-11-20 10:12:13，"IT 服务台" <it@example.com> 写道：\n\n' + OLD,
    "163, quoted": '在 2026-11-20 10:12:13，"IT 服务台" <it@example.com> 写道：\n\n> ' + OLD.replace("\n", "\n> "),
    "126 in English": 'At 2026-11-20 10:12:13, "IT 服务台" <it@example.com> wrote:\n\n>' + OLD.replace("\n", "\n>"),
    "163, table": "---- 回复的原邮件 ----\n| 发件人 | IT 服务台<it@example.com> |\n| 日期 | 2026年11月20日 |\n\n" + OLD,
    "foxmail": "_____________________________\n \n发件人： IT 服务台\n发送时间： 2026-11-20 10:12\n收件人： 张三\n"
    "主题： Re: 打印机\n" + OLD,
    "outlook": "发件人: IT 服务台 <it@example.com>\n发送时间: 2026年11月20日 10:12\n"
    "收件人: 张三 <zhangsan@example.com>\n抄送: 李四 <lisi@example.com>\n主题: 答复: 打印机\n\n" + OLD,
    "outlook, many recipients": "发件人: IT 服务台 <it@example.com>\n发送时间: 2026年11月20日 10:12\n"
    "收件人: 张三 <zhangsan@example.com>;\n李四 <lisi@example.com>;\n王五 <wangwu@example.com>\n主题: 打印机\n\n" + OLD,
    "outlook on one line": "发件人: IT 服务台 发送时间: 2026年11月20日 10:12 收件人: 张三 主题: 打印机\n" + OLD,
    "outlook in English": "From: IT Desk <it@example.com>\nSent: Friday, November 20, 2026 10:12 AM\n"
    "To: San Zhang <zhangsan@example.com>\nSubject: RE: Printer\n\n" + OLD,
    "apple mail": "在 2026年11月20日，上午10:12，IT 服务台 <it@example.com> 写道：\n\n" + OLD,
    "apple mail, quoted": "> 在 2026年11月20日，上午10:12，IT 服务台 <it@example.com> 写道：\n> \n> 请重新连接。",
    "apple mail, wrapped": "在 2026年11月20日，上午10:12，IT 服务台\n<it@example.com> 写道：\n\n> 请重新连接。",
    "apple mail, wrapped in its date": "在 2026年11月20日，\n上午10:12，IT 服务台 <it@example.com> 写道：\n\n> 请重新连接。",
    "gmail": "IT 服务台 <it@example.com> 于2026年11月20日周五 10:12写道：\n\n> 请重新连接。",
    "gmail, wrapped": "IT 服务台 <it@example.com> 于2026年11月20日周五\n10:12写道：\n\n> 请重新连接。",
    "gmail in English": "On Fri, Nov 20, 2026 at 10:12 AM IT Desk\n<it@example.com> wrote:\n\n> Please try again.",
    "wecom": '------------------ Original ------------------\nFrom: "IT 服务台"<it@example.com>;\n'
    'Date: Fri, Nov 20, 2026 10:12 AM\nTo: "张三"<zhangsan@example.com>;\nSubject: Re: 打印机\n\n' + OLD,
    "dingtalk": "------------------------------------------------------------------\n发件人：IT 服务台<it@example.com>\n"
    "日　期：2026年11月20日 10:12:13\n收件人：张三<zhangsan@example.com>\n主　题：Re: 打印机\n\n" + OLD,
    "outlook, traditional": "寄件者: IT 服務台 <it@example.com>\n寄件日期: 2026年11月20日 上午 10:12\n"
    "收件者: 張三 <zhangsan@example.com>\n主旨: 印表機\n\n" + OLD,
    "gmail, traditional": "IT 服務台 <it@example.com> 於 2026年11月20日 週五 上午10:12寫道：\n\n> 請重新連接。",
    "forwarded from apple mail": "开始转发的邮件：\n\n发件人: IT 服务台 <it@example.com>\n主题: 打印机\n\n" + OLD,
}
MOBILE_LINES = [
    "发自我的iPhone",
    "发自我的手机",
    "来自 QQ 邮箱手机版",
    "发自网易邮箱大师",
    "从我的 iPhone 发送",
    "获取 Outlook for iOS<https://aka.ms/o0ukef>",
    "Sent from my iPhone",
    "Sent from Outlook Mobile<https://example.com>",
]


@pytest.mark.parametrize("history", HISTORY.values(), ids=HISTORY.keys())
@pytest.mark.parametrize("between", ["\n", "\n\n", "\r\n\r\n\r\n"])
def test_the_history_of_each_mail_program_is_cut(history: str, between: str) -> None:
    found = split(NEW + between + history)
    assert found.new == NEW
    assert found.rest.split() == history.split()


@pytest.mark.parametrize("line", MOBILE_LINES)
@pytest.mark.parametrize("history", ["", HISTORY["qq"], HISTORY["gmail"], HISTORY["outlook"]])
def test_what_a_telephone_adds_is_no_new_text(line: str, history: str) -> None:
    assert split(f"{NEW}\n\n{line}\n\n{history}").new == NEW


@pytest.mark.parametrize(
    "line",
    [
        "从我的电脑登录不了",
        "来自手机端的登录请求被拒绝",
        "Sent from my account to all colleagues",
        "发件人：财务部",
        "发件人：财务部\n时间：昨天下午\n主题：工资表\n这封邮件打不开",
        "在 2026-11-20 10:12 系统提示我写道：",
        "On 20 November at 10:12 the monitor wrote:\nDisk full on srv-01",
        "From: srv-01\nTo: srv-02\nnothing gets through",
        "报错如下：\n> connection refused\n> exit 1",
        "the mail of boss@example.com at 10:15 on 2026-01-01 wrote:\nchange it",
        "-----\n第二个问题：显示器不亮",
        "收到一封可疑邮件，内容如下：\n\n发件人: 银行 <bank@example.net>\n发送时间: 2026-11-20\n主题: 立即验证",
    ],
)
def test_text_that_only_resembles_history_is_kept(line: str) -> None:
    assert split(f"{NEW}\n\n{line}").new == f"{NEW}\n\n{line}"


@pytest.mark.parametrize("before", ["", "> ", ">> > ", "   "])
@pytest.mark.parametrize(
    "attribution", ["", "在 2026-11-20 10:12:13，IT <it@example.com> 写道：\n\n", "张三 2026-11-20 写道：\n"]
)
def test_everything_from_our_marker_is_old(before: str, attribution: str) -> None:
    found = split(f"{NEW}\n\n{attribution}{before}{MARKER}\n{OLD}", marker=MARKER)
    assert found.new == NEW
    assert MARKER in found.rest
    assert OLD in found.rest


def test_answers_between_quoted_lines_stay_with_what_they_answer() -> None:
    answers = "见下：\n\n> 型号是什么？\n\nM404\n\n> 几楼？\n三楼"
    found = split(answers + "\n\n> 谢谢\n\n-- \n张三\n内线 8021")
    assert found.new == answers
    assert found.rest == "> 谢谢\n\n-- \n张三\n内线 8021"


def test_an_answer_below_the_quoted_mail_stands_alone() -> None:
    assert split(f"{HISTORY['gmail']}\n\n{NEW}").new == NEW


@pytest.mark.parametrize("history", [*HISTORY.values(), "> 只有引用", "-- \n张三", "发自我的iPhone", MARKER])
def test_where_nothing_new_is_left_all_is_new(history: str) -> None:
    found = split(history, marker=MARKER)
    assert (found.new, found.rest) == (history.strip(), "")


def test_a_telephone_line_above_a_forwarded_mail_is_not_all_that_is_kept() -> None:
    text = "发自我的iPhone\n\n" + HISTORY["forwarded from apple mail"]
    assert split(text).new == text


@given(st.text())
def test_any_text_gives_a_result(text: str) -> None:
    for marker in ("", text[:5]):
        assert split(text, marker=marker).new or not text.strip()


PIECES = [
    *HISTORY.values(),
    *MOBILE_LINES,
    NEW,
    MARKER,
    "--",
    "-- ",
    "> a",
    ">",
    "",
    "On 2026 10:12 x wrote:",
    "-----",
    "a:",
]


@given(st.lists(st.sampled_from(PIECES)))
def test_no_line_gets_lost(pieces: list[str]) -> None:
    text = "\n".join(pieces)
    found = split(text, marker=MARKER)
    kept = {line.strip() for line in (found.new + "\n" + found.rest).split("\n")}
    assert {line.strip() for line in text.split("\n")} - {""} <= kept
    assert bool(found.new) == bool(text.strip())


@given(st.lists(st.text(st.characters(exclude_characters=">＞:：-@\n\r", exclude_categories=["C"]), max_size=60)))
def test_text_without_quote_signs_is_all_new(lines: list[str]) -> None:
    text = "\n".join(line for line in lines if not MOBILE.match(line.strip().lower()))
    assert split(text).new == text.strip()


@pytest.mark.parametrize(
    "line",
    [
        ">",
        ">\n",
        "On ",
        "On \n",
        "On 2026 10:12:\n",
        "From: a\n",
        "To: a,\n",
        "--\n",
        "<@",
        "发件人: ",
        "\n",
        "写道：\n",
    ],
)
def test_a_million_signs_of_anything_get_an_answer(line: str) -> None:
    text = line * (1_000_000 // len(line))
    found = split(text, marker=MARKER)
    assert found.new or found.rest or not text.strip()


# --- the corpus ---------------------------------------------------------------------------------------------------


def _text(row: dict[str, Any]) -> str:
    """The text as the desk reads it: of a whole mail, of a page, or as it is."""
    if row["path"].endswith(".eml"):
        return read(corpus.raw(row)).text
    text = corpus.text(row["path"])
    return tidy(text_of_html(text)) if row["path"].endswith(".html") else text


def _even(text: str) -> str:
    return " ".join(text.split())


def _expected(row: dict[str, Any]) -> str | None:
    expect = row["expect"]
    return corpus.text(expect["reply_file"]) if "reply_file" in expect else expect.get("reply_is")


def _is_exact(row: dict[str, Any], new: str) -> bool:
    whole = _expected(row)
    expect = row["expect"]
    return (
        (whole is None or _even(new) == _even(whole))
        and all(_even(part) in _even(new) for part in expect.get("reply_has", []))
        and all(_even(part) not in _even(new) for part in expect.get("reply_not", []))
        and _even(new).startswith(_even(expect.get("reply_starts", "")))
    )


def _loses(row: dict[str, Any], new: str) -> bool:
    """Whether a word of the expected text is missing; a telephone's own line is not what somebody wrote."""
    expect = row["expect"]
    parts = [_expected(row) or "", expect.get("reply_starts", ""), *expect.get("reply_has", [])]
    lines = [line for part in parts for line in part.splitlines() if not MOBILE.match(line.strip().lower())]
    words = _even(new).split()
    return any(word not in words and word not in new for line in lines for word in line.split())


def _read(*strengths: str) -> list[tuple[dict[str, Any], str]]:
    rows = [row for strength in strengths for row in corpus.cases("quote-strip", "signature", strength=strength)]
    return [(row, split(_text(row)).new) for row in rows]


def test_the_corpus_is_split_well_and_nothing_new_is_lost() -> None:
    results = _read("must", "policy")
    if not results:
        pytest.skip(corpus.ABSENT)
    assert [row["id"] for row, new in results if _loses(row, new)] == []
    exact = sum(_is_exact(row, new) for row, new in results)
    assert exact / len(results) >= 0.6, f"{exact} of {len(results)}"
