"""The tokeniser by itself: what a text becomes, what a query becomes, and that nothing breaks it."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.common.search import (
    BARRIER,
    LONGEST_QUERY,
    MOST_TERMS,
    fts5_query,
    index_texts,
    index_tokens,
    parse_query,
    phrase,
    tsquery,
)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("从中央到地方", "从中 中央 央到 到地 地方 方"),
        ("网", "网"),
        ("ＶＰＮ　连接", "vpn 连接 接"),
        ("srv-042 10.200.203.204", "srv 042 10 200 203 204"),
        ("财务system白屏", "财务 务 system 白屏 屏"),
        ("ERR_TIMED_OUT C#", "err timed out c"),
        ("①号楼 ㎏", "1 号楼 楼 kg"),
        ("", ""),
        ("？！…", ""),
    ],
)
def test_text_becomes_pairs_and_words(text: str, tokens: str) -> None:
    assert index_tokens(text) == tokens


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("中央", '"中央"'),
        ("保障房", '"保障 障房"'),
        ("中", '"中"*'),
        ("print", '"print"*'),
        ("srv-042", '"srv 042"*'),
        ("财务 vpn", '"财务" AND "vpn"*'),
        ("财务，系统", '"财务" AND "系统"'),
        ("财务system", '"财务 务 system"*'),
        ('"); DROP TABLE x; --', '"drop"* AND "table"* AND "x"*'),
        ("NOT (a OR b) NEAR/2 c*", '"not"* AND "a"* AND "or"* AND "b"* AND "near 2"* AND "c"*'),
        ("c#", '"c"*'),
    ],
)
def test_query_becomes_phrases(text: str, query: str) -> None:
    assert fts5_query(parse_query(text)) == query


def test_desk_column_can_be_left_out() -> None:
    assert fts5_query(parse_query("a 中"), "public_tokens") == 'public_tokens : ("a"* AND "中"*)'


def test_postgresql_gets_the_same_phrases() -> None:
    terms = parse_query("保障房 srv-042")
    assert [tsquery(term) for term in terms] == ["'保障' & '障房'", "'srv' & '042':*"]
    assert [phrase(term) for term in terms] == [" 保障 障房 ", " srv 042"]


def test_query_of_a_hundred_kilobytes_is_cut() -> None:
    assert len(parse_query("a b " * 25_000)) == MOST_TERMS
    assert len(parse_query("中" * 100_000)[0].tokens) == LONGEST_QUERY - 1


def test_texts_are_kept_apart() -> None:
    assert index_texts(["丁某", "", "？", "042 是"]) == f"丁某 某 {BARRIER} 042 是"
    assert BARRIER not in index_tokens(f"a{BARRIER}b") and not parse_query(BARRIER)


def test_word_without_end_takes_no_space() -> None:
    assert len(index_tokens("a" * 1_000_000)) == 64


@given(st.text())
def test_any_text_gives_plain_tokens(text: str) -> None:
    """Nothing that a query language of either database could take for its own."""
    assert not set(index_tokens(text)) & set("\"'*:()&|!<>\\-+^~{}[]_.,;@#%$\n\t\0")


@given(st.text(max_size=300))
def test_any_query_is_understood_by_fts5(text: str) -> None:
    terms = parse_query(text)
    if not terms:
        return
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE VIRTUAL TABLE t USING fts5(public_tokens, tokenize='ascii')")
        database.execute("INSERT INTO t VALUES (?)", [index_tokens(text)])
        found = database.execute("SELECT count(*) FROM t WHERE t MATCH ?", [fts5_query(terms, "public_tokens")])
        assert found.fetchone() == (1,)


@given(st.text(alphabet="中央地方到从A1 b", max_size=30), st.data())
def test_every_part_of_a_chinese_text_is_found_in_it(text: str, data: st.DataObject) -> None:
    """Recall on the token level: the tokens of a part follow each other in the tokens of the whole."""
    start = data.draw(st.integers(0, len(text)))
    part = text[start : data.draw(st.integers(start, len(text)))]
    document = index_tokens(text).split(" ")
    for term in parse_query(part):
        if term.tokens[0].isascii():
            continue  # Latin words are found from their beginning, not from their middle
        assert any(_stands_at(document, position, term.tokens, term.is_prefix) for position in range(len(document)))


def _stands_at(document: list[str], position: int, tokens: tuple[str, ...], is_prefix: bool) -> bool:
    there = document[position : position + len(tokens)]
    if len(there) < len(tokens) or there[:-1] != list(tokens[:-1]):
        return False
    return there[-1].startswith(tokens[-1]) if is_prefix else there[-1] == tokens[-1]
