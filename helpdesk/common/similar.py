"""Texts that are like another one: those that share its rarest words. Ask for candidates here, then keep the visible ones.

How rare a token is comes cheaply: PostgreSQL has it in its statistics; on SQLite the distance to the 200th newest row that
holds it tells. Both look at few rows however large the table is (docs/search.md has the figures).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from django.db import connections

from helpdesk.common.search import index_tokens
from helpdesk.common.search_table import PUBLIC, SearchTable

LOOKED_AT = 40  # different tokens of a text
RARE = 8  # of them that are searched for
NEWEST = 200  # rows of each of these
LEAST = 3  # tokens that are searched for however common they are
FEW = 50  # rows: where there are no more than these, nothing is known to stand everywhere
MOST_SHARE = 0.15  # of all rows that the tokens may stand in together
# Words that everybody's sentences share, whatever they are about.
_EMPTY_WORDS = """
    没有 不能 无法 不了 怎么 什么 一个 可以 我的 问题 之后 还是 出现 提示 现在 已经 这个 那个 时候
    the and not with for from can cannot is are was my on in to of it at when after does no
"""
_EMPTY = frozenset(_EMPTY_WORDS.split())
_READ = 4_000  # characters of a text
_LEAST_SHARE = 1e-5  # of a token that the statistics don't know


@dataclass(frozen=True)
class RareTerm:
    """A token and in which share of all rows it stands, roughly."""

    token: str
    share: float

    @property
    def weight(self) -> float:
        """What sharing it is worth: much for a rare one, nothing for one that stands everywhere."""
        return max(0.0, -log(max(self.share, _LEAST_SHARE)))


@dataclass(frozen=True)
class Candidate:
    """A row that shares rare tokens: its key, how many, and what these are worth together."""

    key: int
    shared: int
    score: float


def rare_terms(table: SearchTable, text: str, *, limit: int = RARE, using: str = "default") -> list[RareTerm]:
    """The tokens of a text that stand in the fewest rows of the table (in its column for everybody), rarest first.

    Tokens that stand in no row help nobody and are left out where that is known.
    """
    tokens = _telling(text)
    if not tokens:
        return []
    in_postgresql = connections[using].vendor == "postgresql"
    shares = (_shares_in_postgresql if in_postgresql else _shares_in_sqlite)(table, tokens, using)
    found = [RareTerm(token, shares[token]) for token in tokens if token in shares]
    return sorted(found, key=lambda term: term.share)[:limit]


def similar(
    table: SearchTable, text: str, *, limit: int, without: int | None = None, using: str = "default"
) -> list[Candidate]:
    """At most `limit` rows that share the most of a text's rare tokens, the best first, the newest of equals.

    Of each token the newest 200 rows count. `without` is a key to leave out: the text's own row. Visibility is not checked.
    """
    terms = _affordable(rare_terms(table, text, using=using))
    shared: Counter[int] = Counter()
    scores: Counter[int] = Counter()
    weights = [term.weight for term in terms]
    for number, key in _newest(table, [term.token for term in terms], using):
        shared[key] += 1
        scores[key] += weights[number]  # type: ignore[assignment]
    shared.pop(without or 0, None)
    best = sorted(shared, key=lambda key: (-scores[key], -key))[:limit]
    return [Candidate(key, shared[key], float(scores[key])) for key in best]


def similar_among(
    table: SearchTable, text: str, keys: Sequence[int], *, limit: int, using: str = "default"
) -> list[Candidate]:
    """As `similar`, of these few rows only, however old they are: somebody's own."""
    terms = rare_terms(table, text, using=using) if keys else []
    if not terms:
        return []
    places = ", ".join(["%s"] * len(keys))
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT {table.key}, {PUBLIC} FROM {table.name} WHERE {table.key} IN ({places})", list(keys))
        rows = [(key, set(tokens.split())) for key, tokens in cursor.fetchall()]
    found = []
    for key, tokens in rows:
        shared = [term for term in terms if term.token in tokens]
        if shared:
            found.append(Candidate(key, len(shared), sum(term.weight for term in shared)))
    return sorted(found, key=lambda row: (-row.score, -row.key))[:limit]


def _affordable(terms: Sequence[RareTerm]) -> list[RareTerm]:
    """As many as look at few rows; three at least, for a text of common words is like others too."""
    found: list[RareTerm] = []
    for term in terms:
        if len(found) >= LEAST and sum(each.share for each in found) + term.share > MOST_SHARE:
            break
        if term.weight > 0:
            found.append(term)
    return found


def _telling(text: str) -> list[str]:
    """Pairs of characters and words; single characters and short numbers stand everywhere."""
    tokens = dict.fromkeys(index_tokens(text[:_READ]).split())
    telling = [token for token in tokens if len(token) > (2 if token.isdecimal() else 1) and token not in _EMPTY]
    return telling[:LOOKED_AT]


def _shares_in_sqlite(table: SearchTable, tokens: Sequence[str], using: str) -> dict[str, float]:
    """By the newest rows alone, which FTS5 reads from the end of each token's list."""
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT max({table.key}) FROM {table.name}")
        last = cursor.fetchone()[0] or 0
    counted: dict[int, list[int]] = {}
    for number, key in _newest(table, tokens, using):
        counted.setdefault(number, []).append(key)
    shares = {}
    for number, keys in counted.items():
        span = last + FEW if len(keys) < NEWEST else max(last - min(keys), NEWEST)
        shares[tokens[number]] = len(keys) / max(span, 1)
    return shares


def _shares_in_postgresql(table: SearchTable, tokens: Sequence[str], using: str) -> dict[str, float]:
    shares = table.shares([(token, False) for token in tokens], with_internal=False, using=using)
    return dict(zip(tokens, shares, strict=True))


def _newest(table: SearchTable, tokens: Sequence[str], using: str) -> list[tuple[int, int]]:
    """The newest rows of each token, as pairs of the token's place and the row's key."""
    if not tokens:
        return []
    if connections[using].vendor == "postgresql":
        # By the plain key it would walk backwards and take apart the text of each row; so it asks the index.
        one = f"""(SELECT %s::int, {table.key} FROM {table.name} WHERE public_vector @@ %s::tsquery
            ORDER BY {table.key} + 0 DESC LIMIT {NEWEST})"""
        parameters = [(number, f"'{token}'") for number, token in enumerate(tokens)]
    else:
        fts = f"{table.name}_fts"
        one = f"""SELECT * FROM (SELECT %s, rowid FROM {fts} WHERE {fts} MATCH %s ORDER BY rowid DESC LIMIT {NEWEST})"""
        parameters = [(number, f'{PUBLIC} : "{token}"') for number, token in enumerate(tokens)]
    with connections[using].cursor() as cursor:
        cursor.execute(" UNION ALL ".join([one] * len(tokens)), [value for pair in parameters for value in pair])
        return list(cursor.fetchall())
