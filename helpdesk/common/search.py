"""Search tokens for Chinese and English text, the same for both databases. Pure; docs/search.md explains.

A Chinese run becomes its overlapping pairs and its last single character, so that every character starts exactly
one token: 从中央到 → 从中 中央 央到 到. Latin letters and digits stay as they are: srv-042 → srv 042.
A query becomes phrases of the same tokens. Thus a phrase of pairs matches exactly where the text stands, whether
or not it is a word, and no dictionary is needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from helpdesk.common.unicode_forms import normal_form

# Han with its extensions and marks, kana, bopomofo, hangul syllables.
CJK = "\u3005-\u3007\u3040-\u30ff\u3100-\u312f\u31a0-\u31bf\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(rf"(?P<cjk>[{CJK}]+)|(?P<word>(?:(?![{CJK}])[^\W_])+)")
# What stands between two runs of one word: srv-042, 10.200.203.204, ERR_TIMED_OUT, user@host. All else parts words.
_JOINT = re.compile(r"[-._@/\\:+#&'’]*")

# Stands between the tokens of two texts. No query holds it: it is no letter. Nor ASCII, where FTS5 would part tokens.
BARRIER = "¶"
LONGEST_WORD = 64  # characters of a Latin run that count; the rest of a blob isn't worth its space
LONGEST_QUERY = 200  # characters
MOST_TERMS = 12  # words of a query that count


@dataclass(frozen=True)
class Term:
    """One word of a query: tokens that must follow each other; the last one may go on, if `is_prefix`.

    `runs` are the pieces that the tokens were made of, as a reader sees them in the text.
    """

    tokens: tuple[str, ...]
    is_prefix: bool
    runs: tuple[str, ...] = ()


def normalise(text: str) -> str:
    """The spelling in which texts are compared: compatibility forms (full width, ligatures) unified, small letters."""
    if text.isascii():
        return text.lower()
    return normal_form("NFKC", normal_form("NFKC", text).lower())


def _is_cjk(run: re.Match[str]) -> bool:
    return run.lastgroup == "cjk"


def _of_run(run: re.Match[str]) -> Iterator[str]:
    """The tokens of one run in a document."""
    text = run[0]
    if not _is_cjk(run):
        yield text[:LONGEST_WORD]
        return
    for index in range(len(text) - 1):
        yield text[index : index + 2]
    yield text[-1]


def index_tokens(text: str) -> str:
    """The tokens of a document, joined by spaces, as they are stored."""
    return " ".join(token for run in _RUN.finditer(normalise(text)) for token in _of_run(run))


def index_texts(texts: Iterable[str]) -> str:
    """The tokens of several texts: fields, messages. No phrase goes from one text into the next."""
    return join_tokens(map(index_tokens, texts))


def join_tokens(documents: Iterable[str]) -> str:
    """One document out of the tokens of several."""
    return f" {BARRIER} ".join(filter(None, documents))


def parse_query(text: str) -> list[Term]:
    """The words somebody searches for; all of them must match. Empty when there is nothing to search for.

    Only the first 200 characters and 12 words count, so that no query is expensive to take apart.
    """
    return terms_of(normalise(text[:LONGEST_QUERY]))[:MOST_TERMS]


def terms_of(text: str, *, is_phrase: bool = False) -> list[Term]:
    """The words of a normalised text; as a phrase all of them behind each other, the last one complete."""
    words: list[list[re.Match[str]]] = []
    end = -1
    for run in _RUN.finditer(text):
        if end < 0 or not (is_phrase or _JOINT.fullmatch(text, end, run.start())):
            words.append([])
        words[-1].append(run)
        end = run.end()
    return [_term(runs, is_phrase=is_phrase) for runs in words]


def _term(runs: list[re.Match[str]], *, is_phrase: bool) -> Term:
    """A run inside the word ends there, so it is complete; the last one may go on in the document."""
    tokens = [token for run in runs[:-1] for token in _of_run(run)]
    last = list(_of_run(runs[-1]))
    shown = tuple(run[0] for run in runs)
    if not _is_cjk(runs[-1]):
        return Term((*tokens, *last), is_prefix=not is_phrase, runs=shown)
    # One character begins a pair wherever it isn't the last of its run.
    return Term((*tokens, *(last[:-1] or last)), is_prefix=len(last) == 1, runs=shown)


def fts5_query(terms: Sequence[Term], column: str = "", *, without: Sequence[Term] = ()) -> str:
    """The terms for SQLite's FTS5, limited to a column if one is named. Tokens hold letters and digits only."""
    query = " AND ".join(_fts5_phrase(term) for term in terms)
    if without:
        query = f"({query}) NOT ({' OR '.join(_fts5_phrase(term) for term in without)})"
    return f"{column} : ({query})" if column else query


def _fts5_phrase(term: Term) -> str:
    return f'"{" ".join(term.tokens)}"{"*" if term.is_prefix else ""}'


def tsquery(term: Term) -> str:
    """All tokens of a term, wherever they stand, for PostgreSQL, as a `tsquery` that its parser doesn't touch."""
    quoted = [f"'{token}'" for token in term.tokens]
    if term.is_prefix:
        quoted[-1] += ":*"
    return " & ".join(quoted)


def phrase(term: Term) -> str:
    """What the tokens of a document hold, blanks around them, where this term stands."""
    return f" {' '.join(term.tokens)}" + ("" if term.is_prefix else " ")
