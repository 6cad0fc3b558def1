"""Recall and precision of the index against plain substring search, over a corpus, on both databases.

The truth is made without the tokeniser: text and query are brought to one spelling, everything that is no letter or digit
becomes one blank, and a blank parts Latin from Chinese. Then Chinese must stand anywhere, Latin at the beginning of a word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from random import Random

import pytest
from django.db import connection

from helpdesk.common.highlight import hits
from helpdesk.common.search import index_tokens
from helpdesk.common.search_query import parse
from helpdesk.common.search_table import SearchTable
from helpdesk.common.similar import rare_terms, similar
from tests.search.corpus import HARD, texts

pytestmark = pytest.mark.django_db

TABLE = SearchTable("corpus", "id")
CORPUS = texts()
PER_SORT = 120  # queries of each sort
IDEOGRAPH = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U0003ffff"
HAN_RUN = re.compile("[\u4e00-\u9fff]+")
LATIN_WORD = re.compile("[a-z0-9]+")


def spelled(text: str) -> str:
    """One spelling: NFKC, small letters, blanks for all else, and between Latin and Chinese."""
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).lower())
    text = re.sub(rf"([{IDEOGRAPH}])(?=[a-z0-9])|([a-z0-9])(?=[{IDEOGRAPH}])", r"\1\2 ", text)
    words = re.sub(r"[\W_]+", " ", text).strip()
    return f" {words} "


SPELLED = [spelled(text) for text in CORPUS]


def truth(query: str, *, is_whole: bool = False) -> set[int]:
    wanted = spelled(query).strip()
    if not wanted:
        return set()
    starts = wanted if re.match(f"[{IDEOGRAPH}]", wanted) else f" {wanted}"
    if is_whole and re.search("[a-z0-9]$", wanted):
        starts = f"{starts} "
    return {number for number, text in enumerate(SPELLED) if starts in text}


@pytest.fixture
def corpus() -> None:
    """The corpus in a table of its own, with the index that all kinds of things have."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE corpus (id integer PRIMARY KEY, public_tokens text, internal_tokens text)")
    TABLE.add_index(None, connection.schema_editor(atomic=False))
    with connection.cursor() as cursor:
        rows = [(number, index_tokens(text), "") for number, text in enumerate(CORPUS)]
        cursor.executemany("INSERT INTO corpus (id, public_tokens, internal_tokens) VALUES (%s, %s, %s)", rows)


def found(query: str) -> set[int]:
    parsed = parse(query)
    if not parsed.terms:
        return set()
    keys = TABLE.matching(parsed.terms, with_internal=False, using="default", without=parsed.without)
    with connection.cursor() as cursor:
        cursor.execute(keys.sql, keys.params)
        return {row[0] for row in cursor.fetchall()}


def sample(queries: set[str]) -> list[str]:
    return Random(7).sample(sorted(queries), min(PER_SORT, len(queries)))


def han(size: int) -> list[str]:
    """Stretches of so many Chinese characters that stand in the corpus, and some that stand nowhere."""
    runs = [run for text in CORPUS for run in HAN_RUN.findall(text)]
    parts = {run[at : at + size] for run in runs for at in range(len(run) - size + 1)}
    return [*sample(parts), *(part[::-1] for part in sample(parts)[:20])]


def latin() -> list[str]:
    words = {word for text in SPELLED for word in LATIN_WORD.findall(text)}
    return sample(
        words | {word[:-1] for word in words if len(word) > 2} | {word[1:] for word in words if len(word) > 3}
    )


def windows(pattern: str) -> list[str]:
    return sample({match[1] for text in CORPUS for match in re.finditer(rf"(?=({pattern}))", text)})


def phrases() -> Iterator[str]:
    for text in Random(8).sample(CORPUS, PER_SORT):
        words = spelled(text).split()
        if words:
            at = Random(text).randrange(len(words))
            yield " ".join(words[at : at + 3])


@pytest.mark.parametrize("size", range(1, 7))
def test_chinese_of_any_length(corpus: None, size: int) -> None:
    for query in han(size):
        assert found(query) == truth(query), query


def test_latin_words_from_their_beginning(corpus: None) -> None:
    for query in latin():
        assert found(query) == truth(query), query


def test_latin_and_chinese_together(corpus: None) -> None:
    for query in [*windows("[\u4e00-\u9fff]{1,3}[A-Za-z0-9]{2,12}"), *windows(r"\b[A-Za-z]{2,9}[\u4e00-\u9fff]{1,3}")]:
        assert found(query) == truth(query), query


def test_addresses_hosts_serials_and_codes(corpus: None) -> None:
    for pattern in (
        r"\b10(?:\.\d+){1,3}",
        r"\b(?:PC|srv)-\d{2,4}",
        r"\bSN5CG\d+",
        r"\bERR_[A-Z_]+",
        r"\bC#",
        r"\b0x\w+",
    ):
        for query in windows(pattern):
            assert found(query) == truth(query), query
    for query in ("srv-042", "SRV_042", "srv 042", "10.2.0.4", "5CG0-12X9", "c#", "C++", "0x80070005", "②", "㎏"):
        if " " not in query:
            assert found(query) == truth(query), query


def test_digits_and_letters_stay_one_word(corpus: None) -> None:
    """PostgreSQL's own parser takes `1e5` for a number, wherever a word begins so."""
    for query in ("00e04c680001", "00e04", "c680001", "1e5", "1e5abc", "abc", "12e34xyz", "12e34", "34xyz", "xyz"):
        assert found(query) == truth(query) != set(), query
        assert found(f'"{query}"') == truth(query, is_whole=True), query
        assert found(f"the -{query}") == truth("the") - truth(query), query
        assert found(f"{query} -the") == truth(query) - truth("the"), query


def test_full_and_half_width_are_alike(corpus: None) -> None:
    for query in ("vpn", "809", "outlook", "srv-042", "10.2.0.4"):
        wide = "".join(chr(ord(char) + 0xFEE0) if char > " " else char for char in query)
        assert found(wide) == found(query) == truth(query) != set(), query


def test_phrases_stand_behind_each_other(corpus: None) -> None:
    checked = 0
    for query in phrases():
        assert found(f'"{query}"') == truth(query, is_whole=True), query
        checked += 1
    assert checked > 100
    assert found('"VPN 断线"') == truth("VPN 断线", is_whole=True) != set()
    assert found("“断线 VPN”") == truth("断线 VPN", is_whole=True) != set()


def test_several_words_and_words_that_must_be_missing(corpus: None) -> None:
    random = Random(9)
    words = [*han(2)[:40], *latin()[:40]]
    for _number in range(PER_SORT):
        one, two = random.sample(words, 2)
        assert found(f"{one} {two}") == truth(one) & truth(two), (one, two)
        assert found(f"{one} -{two}") == truth(one) - truth(two), (one, two)


def test_what_dictionaries_miss(corpus: None) -> None:
    for query in ("中央", "保障房", "建设", "央到", "障房建", "地方", "𠮷野", "カメラ", "카메라"):
        assert 0 in found(query) or found(query) == truth(query) != set(), query
        assert found(query) == truth(query), query


def test_endless_texts_are_found_to_their_end(corpus: None) -> None:
    pairs = [chr(0x4E00 + number % 5_000) + chr(0x6000 + number // 5_000) for number in range(20_000)]
    texts = {
        5_000: " ".join(pairs) + " 打印机卡纸 srv-042",
        5_001: "word " * 300 + "打印 " * 300 + "打印机 word-042",
        # The same tokens, never behind each other.
        5_002: " ".join(pairs) + " 打印 机卡 卡纸 印机 042 srv",
    }
    with connection.cursor() as cursor:
        rows = [(number, index_tokens(text), "") for number, text in texts.items()]
        cursor.executemany("INSERT INTO corpus (id, public_tokens, internal_tokens) VALUES (%s, %s, %s)", rows)
    for query, expected in (
        ("打印机卡纸", {5_000}),
        ("打印机", {5_000, 5_001}),
        ("srv-042", {5_000}),
        ("srv-0", {5_000}),
        ("word-042", {5_001}),
        (pairs[-1] + pairs[-1], set()),
        ("打印 -打印机", {5_002}),
    ):
        assert found(query) & set(texts) == expected, query


def test_nothing_breaks_it(corpus: None) -> None:
    for text in [*HARD, "'; DROP TABLE corpus; --", '"', "((((*", "&|!<->", "%_", "\\", "\x00", "* -a"]:
        for query in (text, text * 5_000):
            assert found(query) <= set(range(len(CORPUS))), text


def test_hits_are_shown_in_every_text_that_is_found(corpus: None) -> None:
    for query in [*han(1)[:20], *han(3)[:40], *latin()[:60]]:
        terms = parse(query).terms
        shown = {number for number, text in enumerate(CORPUS) if hits(text, terms)}
        assert shown == found(query), query


def test_rare_words_lead_to_texts_like_this_one(corpus: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE corpus" if connection.vendor == "postgresql" else "SELECT 1")
    text = "Please help: customs declaration export on SN5CG77, 深圳办公室的扫描仪蓝屏"
    terms = rare_terms(TABLE, text, limit=5)
    assert len(terms) == 5 and terms == sorted(terms, key=lambda term: term.share)
    assert all(term.share < 0.5 for term in terms)
    best = similar(TABLE, text, limit=10)
    assert 0 < len(best) <= 10 and best[0].shared >= 2
    assert [candidate.score for candidate in best] == sorted((c.score for c in best), reverse=True)


def test_texts_without_telling_words_are_like_few_or_nothing(corpus: None) -> None:
    for text in ("", "？！", "的", "a", "龘龘龘", "' OR 1=1", "\x00", "中" * 50_000):
        assert len(similar(TABLE, text, limit=5)) <= 5
