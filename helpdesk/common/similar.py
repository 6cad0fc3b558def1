"""Texts that are like another one: those that share its rarest words, among rows that the caller may show.

How rare a token is comes cheaply: PostgreSQL has it in its statistics; on SQLite the distance to the 1,000th newest row that
holds it tells. Both look at few rows however large the table is (docs/search.md has the figures).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Any

from django.db import connections
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from helpdesk.common.search import index_tokens
from helpdesk.common.search_table import PUBLIC, SearchTable

LOOKED_AT = 40  # different tokens of a text
RARE = 8  # of them that are searched for
NEWEST = 200  # rows of each of these
COUNTED = 1_000  # rows that tell how rare a token is
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
    table: SearchTable, text: str, *, limit: int, among: QuerySet[Any] | None = None, using: str = "default"
) -> list[Candidate]:
    """At most `limit` rows that share the most of a text's rare tokens, the best first, the newest of equals.

    Only those `among` these things are found, all of the table without it. Of each token the newest 200 of them count.
    """
    terms = _affordable(rare_terms(table, text, using=using))
    shared: Counter[int] = Counter()
    scores: Counter[int] = Counter()
    weights = [term.weight for term in terms]
    for number, key in _newest(table, [term.token for term in terms], among, using):
        shared[key] += 1
        scores[key] += weights[number]  # type: ignore[assignment]
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
    fts = f"{table.name}_fts"
    newest = f"SELECT rowid FROM {fts} WHERE {fts} MATCH %s ORDER BY rowid DESC LIMIT {COUNTED}"
    one = f"SELECT %s, count(*), min(rowid) FROM ({newest})"
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT max({table.key}) FROM {table.name}")
        last = cursor.fetchone()[0] or 0
        parameters = [value for token in tokens for value in (token, f'{PUBLIC} : "{token}"')]
        cursor.execute(" UNION ALL ".join([one] * len(tokens)), parameters)
        counted = cursor.fetchall()
    spans = {token: last + FEW if count < COUNTED else last - oldest + 1 for token, count, oldest in counted if count}
    return {token: count / spans[token] for token, count, _oldest in counted if count}


def _shares_in_postgresql(table: SearchTable, tokens: Sequence[str], using: str) -> dict[str, float]:
    shares = table.shares([(token, False) for token in tokens], with_internal=False, using=using)
    return dict(zip(tokens, shares, strict=True))


def _newest(
    table: SearchTable, tokens: Sequence[str], among: QuerySet[Any] | None, using: str
) -> list[tuple[int, int]]:
    """The newest rows of each token, as pairs of the token's place and the row's key."""
    if not tokens:
        return []
    condition, values = _is_among(among, using)
    if connections[using].vendor == "postgresql":
        # By the plain key it would walk backwards and take apart the text of each row; so it asks the index.
        matches = f"SELECT {table.key} + 0 AS key FROM {table.name} WHERE public_vector @@ %s::tsquery"
        # Twice, so that it seems rarer: for a common token the planner would take apart the texts of all rows instead.
        likely = [f"'{token}' & '{token}'" for token in tokens]
    else:
        fts = f"{table.name}_fts"
        matches = f"SELECT rowid AS key FROM {fts} WHERE {fts} MATCH %s"
        likely = [f'{PUBLIC} : "{token}"' for token in tokens]
    # Asked for each match, the newest first, until there are enough.
    one = f"""SELECT * FROM (SELECT %s AS number, key FROM ({matches} ORDER BY key DESC) AS likely
        WHERE {condition} ORDER BY key DESC LIMIT {NEWEST}) AS found"""
    parameters = [value for number, match in enumerate(likely) for value in (number, match, *values)]
    with connections[using].cursor() as cursor:
        cursor.execute(" UNION ALL ".join([one] * len(tokens)), parameters)
        return list(cursor.fetchall())


def _is_among(among: QuerySet[Any] | None, using: str) -> tuple[str, tuple[Any, ...]]:
    """The condition that the row `likely.key` is one of these, with its parameters."""
    if among is None:
        return "true", ()
    rows = among.filter(pk=RawSQL("likely.key", ())).order_by().values("pk")
    sql, values = rows.query.get_compiler(using).as_sql()
    return f"EXISTS ({sql})", values
