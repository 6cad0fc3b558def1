"""Things like a text: those that share its rarest words (docs/search.md).

A search asks for all words of a query; somebody's sentence has words that stand everywhere and words that tell. How common
a token is, is counted in the newest rows of the table and kept for an hour: a word that isn't known to be common is rare.
Then each telling token is asked for its newest rows, and the rows that come up most often, by the weight of the tokens, win.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from math import log

from django.core.cache import cache
from django.db import connections

from helpdesk.common.search import Term, fts5_query, index_tokens, tsquery
from helpdesk.common.search_table import PUBLIC, SearchTable

SAMPLE = 2000  # rows
FEW = 50  # rows: where there are no more than these, nothing is known to be common
KEPT_FOR = 3600  # seconds
MOST_WORDS = 12
PER_WORD = 200  # newest rows
LONGEST = 400  # characters of the text that count
# A token that stands in every third row tells nothing.
TOO_COMMON = 0.3
# Rows that share only one token of several aren't alike.
LEAST_SHARE = 0.25


def similar(
    table: SearchTable,
    text: str,
    *,
    but: int | None = None,
    among: list[int] | None = None,
    using: str = "default",
    limit: int = 100,
) -> list[int]:
    """The keys of the rows most like `text`, best first. Only what everybody may read of a row is compared.

    `but` is the row that the text is from. With `among` these few rows only, however old they are; else what the viewer may see is for the caller to say.
    """
    words = telling_words(table, text, using=using)
    if not words or among == []:
        return []
    scores: defaultdict[int, float] = defaultdict(float)
    found = _newest_with(table, list(words), using) if among is None else _of_these(table, list(words), among, using)
    found = {token: [key for key in keys if key != but] for token, keys in found.items()}
    for token, keys in found.items():
        for key in keys:
            scores[key] += words[token]
    # A word that stands nowhere, such as half of two neighbours, tells nothing against a row.
    least = sum(words[token] for token, keys in found.items() if keys) * LEAST_SHARE
    best = sorted(((score, key) for key, score in scores.items() if score >= least), reverse=True)
    return [key for _score, key in best[:limit]]


def telling_words(table: SearchTable, text: str, *, using: str = "default") -> dict[str, float]:
    """The rarest tokens of a text with their weights, at most twelve. Single characters and digits alone tell nothing."""
    shares = _shares(table, using)
    weights = {}
    for token in dict.fromkeys(index_tokens(text[:LONGEST]).split()):
        share = shares.get(token, 0.0)
        if len(token) > 1 and not token.isdigit() and share < TOO_COMMON:
            weights[token] = log(1 / max(share, 1 / (2 * SAMPLE)))
    rarest = sorted(weights, key=lambda token: -weights[token])[:MOST_WORDS]
    return {token: weights[token] for token in rarest}


def _shares(table: SearchTable, using: str) -> dict[str, float]:
    """In which part of the newest rows a token stands; those that stand in one row only are left out."""
    key = f"token-shares:{table.name}"
    known: dict[str, float] | None = cache.get(key)
    if known is None:
        with connections[using].cursor() as cursor:
            cursor.execute(f"SELECT {PUBLIC} FROM {table.name} ORDER BY {table.key} DESC LIMIT {SAMPLE}")
            rows = cursor.fetchall()
        counts = Counter(token for (tokens,) in rows for token in set(tokens.split()))
        known = {token: count / (len(rows) + FEW) for token, count in counts.items() if count > 1}
        cache.set(key, known, KEPT_FOR)
    return known


def _of_these(table: SearchTable, tokens: list[str], keys: list[int], using: str) -> dict[str, list[int]]:
    """By token those of these rows in which it stands."""
    places = ", ".join(["%s"] * len(keys))
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT {table.key}, {PUBLIC} FROM {table.name} WHERE {table.key} IN ({places})", keys)
        rows = [(key, set(text.split())) for key, text in cursor.fetchall()]
    return {token: [key for key, known in rows if token in known] for token in tokens}


def _newest_with(table: SearchTable, tokens: list[str], using: str) -> dict[str, list[int]]:
    """By token the newest rows in which it stands, in one statement."""
    is_postgres = connections[using].vendor == "postgresql"
    if is_postgres:
        part = f"SELECT %s, {table.key} FROM {table.name} WHERE public_vector @@ to_tsquery('simple', %s) ORDER BY {table.key}"
    else:
        part = f"SELECT %s, rowid FROM {table.name}_fts WHERE {table.name}_fts MATCH %s ORDER BY rowid"
    parts, parameters = [], []
    for token in tokens:
        term = Term((token,), is_prefix=False)
        parts.append(f"SELECT * FROM ({part} DESC LIMIT {PER_WORD}) AS t")
        parameters += [token, tsquery(term) if is_postgres else fts5_query([term], PUBLIC)]
    found: dict[str, list[int]] = {token: [] for token in tokens}
    with connections[using].cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), parameters)
        for token, key in cursor.fetchall():
            found[token].append(key)
    return found
