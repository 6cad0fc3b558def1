"""What a query means before any database is asked, and that nothing breaks it."""

from __future__ import annotations

import unicodedata
from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.common.highlight import SNIPPET, Segment, counts, hits, marked, snippet
from helpdesk.common.periods import read_period
from helpdesk.common.search import LONGEST_QUERY, MOST_TERMS, normalise
from helpdesk.common.search_query import MOST_FIELDS, parse

NAMES = {"status": "status", "状态": "status", "assignee": "assignee", "申请人": "requester"}
TODAY = date(2026, 11, 28)


def read(text: str) -> tuple[list[str], list[str], list[str]]:
    query = parse(text, NAMES)
    fields = [f"{'-' if field.is_excluded else ''}{field.name}:{'|'.join(field.values)}" for field in query.fields]
    return [" ".join(t.runs) for t in query.terms], [" ".join(t.runs) for t in query.without], fields


@pytest.mark.parametrize(
    ("text", "terms", "without", "fields"),
    [
        ("printer jam", ["printer", "jam"], [], []),
        (
            'status:open assignee:me 打印机 "VPN 断线" srv-042 10.2.0.4',
            ["打印机", "vpn 断线", "srv 042", "10 2 0 4"],
            [],
            ["status:open", "assignee:me"],
        ),
        ("状态：待处理", [], [], ["status:待处理"]),
        ('status:"in progress" -assignee:me', [], [], ["status:in progress", "-assignee:me"]),
        ("“VPN 断线” 「打印机 卡纸」", ["vpn 断线", "打印机 卡纸"], [], []),
        ('printer -toner -"paper jam"', ["printer"], ["toner", "paper jam"], []),
        ("unknown:word", ["unknown word"], [], []),
        ("https://example.test/a", ["https example test a"], [], []),
        ('5" disk "open', ["5", "disk", "open"], [], []),
        ("status: status:", ["status", "status"], [], []),
        ("re-install --force -", ["re install", "force"], [], []),
        ("ＳＴＡＴＵＳ：Open", [], [], ["status:open"]),
        ("？！…", [], [], []),
        # Commas and semicolons part words and fields from each other.
        ("打印机，状态：未关闭", ["打印机"], [], ["status:未关闭"]),
        ("状态：未关闭，打印机", ["打印机"], [], ["status:未关闭"]),
        ("打印机、状态：未关闭；申请人：王敏", ["打印机"], [], ["status:未关闭", "requester:王敏"]),
        ("printer, status:open, assignee:me; toner", ["printer", "toner"], [], ["status:open", "assignee:me"]),
        ("printer,status:open,assignee:me", ["printer"], [], ["status:open", "assignee:me"]),
        ("status:open;printer；jam", ["printer", "jam"], [], ["status:open"]),
        ("打印机，-墨，-状态：已关闭", ["打印机"], ["墨"], ["-status:已关闭"]),
        ("-toner,paper", ["paper"], ["toner"], []),
        # Directly behind a field's value, some of them join a further one to it.
        ("status:new,closed printer", ["printer"], [], ["status:new|closed"]),
        ("状态：新建、已关闭、 打印机", ["打印机"], [], ["status:新建|已关闭"]),
        ("-status:new,closed", [], [], ["-status:new|closed"]),
        ("status:new,-closed", [], ["closed"], ["status:new"]),
        ("status:a,unknown:b,10:20", [], [], ["status:a|unknown:b|10:20"]),
        ("status:,open,,new,", [], [], ["status:open|new"]),
        # Quotes hold a value together.
        ('申请人："O’Brien, Pat（外包）",王敏', [], [], ["requester:o’brien, pat(外包)|王敏"]),
        ("申请人：“王敏，李强；张”，打印机", ["打印机"], [], ["requester:王敏,李强;张"]),
        # Nothing stands behind it.
        ('status:, assignee:"" -状态：、', [], [], ["status:", "assignee:", "-status:"]),
        ("状态：，打印机", ["状态", "打印机"], [], []),
        ('status:"open', ["status", "open"], [], []),
    ],
)
def test_a_query_is_taken_apart(text: str, terms: list[str], without: list[str], fields: list[str]) -> None:
    assert read(text) == (terms, without, fields)


def test_a_quoted_word_is_meant_as_a_whole() -> None:
    assert not parse('"print"').terms[0].is_prefix
    assert parse("print").terms[0].is_prefix


def test_a_hundred_kilobytes_are_cut_before_they_are_read() -> None:
    for text in ("中央 a" * 25_000, "status:a " * 12_000, '"' * 100_000, "-" * 100_000, "ﷺ" * 100_000):
        query = parse(text, NAMES)
        assert len(query.terms) <= MOST_TERMS and len(query.fields) <= MOST_FIELDS
        assert sum(len(run) for term in query.terms for run in term.runs) <= LONGEST_QUERY
        assert query.is_cut


@pytest.mark.parametrize(
    "text",
    ["a " * MOST_TERMS, "-a " * MOST_TERMS, "status:a " * MOST_FIELDS, "a" * LONGEST_QUERY, "中" * LONGEST_QUERY],
)
def test_a_query_knows_whether_all_of_it_counts(text: str) -> None:
    assert not parse(text, NAMES).is_cut
    assert parse(text + (text if " " in text else "a"), NAMES).is_cut


@given(st.text())
def test_any_text_is_a_query(text: str) -> None:
    query = parse(text, NAMES)
    assert not any(sign in value for field in query.fields for value in field.values for sign in "\x00\x1f")


@given(st.text(alphabet='ab状态status:：,，、;； "“”-#1\x1f', max_size=60))
def test_no_letter_of_a_query_is_lost(text: str) -> None:
    """Each stands in a word or in a field."""
    query = parse(text, NAMES)
    kept = [run for term in (*query.terms, *query.without) for run in term.runs]
    kept += [part for field in query.fields for part in (field.written, *field.values)]
    assert Counter(filter(str.isalnum, "".join(kept))) == Counter(filter(str.isalnum, normalise(text)))


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("today", (date(2026, 11, 28), date(2026, 11, 29))),
        ("昨天", (date(2026, 11, 27), date(2026, 11, 28))),
        ("7d", (date(2026, 11, 22), date(2026, 11, 29))),
        ("2周", (date(2026, 11, 15), date(2026, 11, 29))),
        ("2026-11", (date(2026, 11, 1), date(2026, 12, 1))),
        ("2026-12", (date(2026, 12, 1), date(2027, 1, 1))),
        ("2026年3月2日", (date(2026, 3, 2), date(2026, 3, 3))),
        ("2025", (date(2025, 1, 1), date(2026, 1, 1))),
        (">2026-11-01", (date(2026, 11, 2), date(2200, 1, 1))),
        (">=2026-11-01", (date(2026, 11, 1), date(2200, 1, 1))),
        ("<2026-11", (date(1970, 1, 1), date(2026, 11, 1))),
        ("<=2026-11", (date(1970, 1, 1), date(2026, 12, 1))),
        ("2026-11..2026-12-05", (date(2026, 11, 1), date(2026, 12, 6))),
        ("2026-13", None),
        ("2026-02-30", None),
        ("0001", None),
        ("9999", None),
        ("soon", None),
        (">", None),
    ],
)
def test_periods(text: str, period: tuple[date, date] | None) -> None:
    assert read_period(text, TODAY) == period


@given(st.text(alphabet="0123456789-./<>=dw年月日天today昨今 ", max_size=20))
def test_any_text_is_a_period_or_none(text: str) -> None:
    period = read_period(text, TODAY)
    assert period is None or period[0] <= period[1]


def shown(segments: tuple[Segment, ...]) -> str:
    return "".join(f"[{segment.text}]" if segment.is_hit else segment.text for segment in segments)


@pytest.mark.parametrize(
    ("query", "text", "result"),
    [
        ("中央", "从中央到地方", "从[中央]到地方"),
        ("vpn", "ＶＰＮ 断了，avpn 没断", "[ＶＰＮ] 断了，avpn 没断"),
        ("print", "Printing prints", "[Print]ing [print]s"),
        ('"print"', "Printing print", "Printing [print]"),
        ('"vpn 断线"', "VPN，断线了", "[VPN，断线]了"),
        ("srv-042", "SRV 042x, srv-043", "[SRV 042]x, srv-043"),
        ("中央 央到", "从中央到地方", "从[中央到]地方"),
        ("ﬁle", "a file", "a [file]"),
        ("<b>", "<b>x</b>", "<[b]>x</[b]>"),
        ("café", "One Cafe\u0301, please", "One [Cafe\u0301], please"),
        ("プリンタ", "新しいﾌﾟﾘﾝﾀが", "新しい[ﾌﾟﾘﾝﾀ]が"),
        ("고장", "\u1100\u1169\u110c\u1161\u11bc", "[\u1100\u1169\u110c\u1161\u11bc]"),
        ("σοφος", "ὁ ΣΟΦΟΣ", "ὁ [ΣΟΦΟΣ]"),
        ("x", "", ""),
    ],
)
def test_hits_are_shown_in_the_text_as_it_was_written(query: str, text: str, result: str) -> None:
    assert shown(marked(text, parse(query).terms)) == result


def test_a_snippet_stands_around_its_first_hit() -> None:
    found = snippet("前 " * 300 + "打印机卡纸" + " 后" * 300, parse("打印机").terms)
    text = "".join(segment.text for segment in found)
    assert text.startswith("…") and text.endswith("…") and len(text) <= SNIPPET + 2
    assert Segment("打印机", is_hit=True) in found


def test_a_snippet_stands_around_what_is_spelled_in_another_way() -> None:
    found = snippet("前 " * 300 + "ﾌﾟﾘﾝﾀ" + " 后" * 300, parse("プリンタ").terms)
    assert Segment("ﾌﾟﾘﾝﾀ", is_hit=True) in found


@given(st.text(alphabet="éÖプがか각가İΣab 中ﬁ", max_size=30), st.sampled_from(["NFD", "NFC", "NFKD"]), st.data())
def test_hits_are_marked_however_their_letters_are_put_together(text: str, form: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    word = text[start : data.draw(st.integers(start, len(text)))]
    written = unicodedata.normalize(form, text)  # type: ignore[arg-type]
    terms = parse(word).terms
    found = [segment.text for segment in marked(written, terms) if segment.is_hit]
    assert bool(found) == any(counts(written, terms))
    assert all(any(term.runs[0] in normalise(hit) for term in terms) for hit in found)


@given(st.text(max_size=400), st.text(max_size=20))
def test_pieces_make_up_the_text_again(text: str, query: str) -> None:
    segments = marked(text, parse(query).terms)
    assert "".join(segment.text for segment in segments) == text


@given(
    st.text(alphabet="中央地方到从ＶＰvpnA1 ，", max_size=40), st.text(alphabet="中央地方到从", min_size=1, max_size=4)
)
def test_chinese_is_marked_wherever_it_stands(text: str, word: str) -> None:
    assert bool(hits(text, parse(word).terms)) == (word in normalise(text))
