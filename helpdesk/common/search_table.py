"""A table of search tokens with the database's own full text index over it: FTS5 on SQLite, vectors on PostgreSQL.

Each kind of thing that can be found (tickets, articles, assets) has one such table, a row per thing, with a column of tokens
for everybody and one for the desk alone. docs/search.md explains.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import connections
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from helpdesk.common.search import Term, fts5_query, phrase, tsquery
from helpdesk.common.search_query import Query

PUBLIC, INTERNAL = "public_tokens", "internal_tokens"
# Characters of tokens per column. PostgreSQL refuses a vector above 1 MB.
LONGEST = 150_000
# Rows with a word from which on SQLite walks instead of sorting.
COMMON = 3_000

Rows = TypeVar("Rows", bound=QuerySet[Any])


@dataclass(frozen=True)
class SearchTable:
    """`name` is the table, `key` its primary key: the id of the thing found."""

    name: str
    key: str

    def matching(
        self, terms: Sequence[Term], *, with_internal: bool, using: str, without: Sequence[Term] = ()
    ) -> RawSQL:
        """The keys of the rows in which every term stands, as a subquery, and none of `without`.

        With `with_internal` in either column. At least one term must be given.
        """
        if connections[using].vendor == "postgresql":
            return self._in_postgresql(terms, without, with_internal=with_internal)
        query = fts5_query(terms, "" if with_internal else PUBLIC, without=without)
        return RawSQL(f"SELECT rowid FROM {self.name}_fts WHERE {self.name}_fts MATCH %s", [query])

    def narrowed(self, rows: Rows, query: Query, *, with_internal: bool) -> Rows:
        """Those of `rows` in which all words of the query stand, and none that it excludes. Its fields are not asked."""
        how: dict[str, Any] = {"with_internal": with_internal, "using": rows.db}
        if query.terms:
            return rows.filter(pk__in=self.matching(query.terms, without=query.without, **how))
        for term in query.without:
            rows = rows.exclude(pk__in=self.matching([term], **how))
        return rows

    def is_common(self, terms: Sequence[Term], *, with_internal: bool, using: str) -> bool:
        """Whether SQLite finds so many rows that it should walk through the things and look each one up among them.

        It would rather fetch and sort all of them for the newest few. PostgreSQL knows by its statistics which is better.
        """
        if connections[using].vendor == "postgresql":
            return False
        query = fts5_query(terms, "" if with_internal else PUBLIC)
        rows = f"SELECT 1 FROM {self.name}_fts WHERE {self.name}_fts MATCH %s LIMIT {COMMON}"
        with connections[using].cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM ({rows})", [query])
            return bool(cursor.fetchone()[0] == COMMON)

    def _in_postgresql(self, terms: Sequence[Term], without: Sequence[Term], *, with_internal: bool) -> RawSQL:
        """One condition per word, because the words of a match may stand in different columns.

        A vector knows 256 places of a token and none behind the 16,383rd, so only the tokens themselves tell where tokens
        follow each other. They are looked at where the index has found all of them.
        """
        conditions, parameters = [], []
        columns = ((PUBLIC, "public_vector"), (INTERNAL, "internal_vector"))[: 2 if with_internal else 1]
        for term in (*terms, *without):
            has = "{vector} @@ to_tsquery('simple', %s)"
            given = [tsquery(term)]
            if len(term.tokens) > 1:
                # The planner takes this for true of nearly every row, but `> 0` for true of a third: then it would fetch
                # and sort all rows with a common word.
                has += " AND strpos(' ' || {tokens} || ' ', %s) <> 0"
                given.append(phrase(term))
            either = " OR ".join(has.format(tokens=tokens, vector=vector) for tokens, vector in columns)
            conditions.append(f"({either})")
            parameters += given * len(columns)
        for index in range(len(terms), len(conditions)):
            conditions[index] = f"NOT {conditions[index]}"
        return RawSQL(f"SELECT {self.key} FROM {self.name} WHERE {' AND '.join(conditions)}", parameters)

    def add_index(self, _apps: Any, schema_editor: Any) -> None:
        """For migrations: the index over the two token columns, which the database keeps by itself.

        FTS5 has external content and is kept by triggers. Its `ascii` tokenizer parts tokens at spaces only, since tokens
        hold nothing but letters and digits. PostgreSQL's vectors are stored generated columns; their statistics target is
        raised, or the planner takes every word for a common one and walks through the whole table for a rare one.
        """
        statements = self._postgresql() if schema_editor.connection.vendor == "postgresql" else self._sqlite()
        for statement in statements:
            schema_editor.execute(statement)

    def remove_index(self, _apps: Any, schema_editor: Any) -> None:
        """PostgreSQL's columns and SQLite's triggers go with the table that they are on."""
        if schema_editor.connection.vendor == "sqlite":
            schema_editor.execute(f"DROP TABLE {self.name}_fts")

    def _sqlite(self) -> list[str]:
        fts, columns = f"{self.name}_fts", f"{PUBLIC}, {INTERNAL}"
        forget = f"INSERT INTO {fts}({fts}, rowid, {columns}) VALUES ('delete', old.{self.key}, old.{PUBLIC}, old.{INTERNAL});"
        learn = f"INSERT INTO {fts}(rowid, {columns}) VALUES (new.{self.key}, new.{PUBLIC}, new.{INTERNAL});"
        return [
            f"CREATE VIRTUAL TABLE {fts} USING fts5({columns}, content='{self.name}', content_rowid='{self.key}', "
            "tokenize='ascii', prefix='1', columnsize=0)",
            f"CREATE TRIGGER {self.name}_insert AFTER INSERT ON {self.name} BEGIN {learn} END",
            f"CREATE TRIGGER {self.name}_delete AFTER DELETE ON {self.name} BEGIN {forget} END",
            f"CREATE TRIGGER {self.name}_update AFTER UPDATE ON {self.name} BEGIN {forget} {learn} END",
        ]

    def _postgresql(self) -> list[str]:
        found = []
        for column, vector in ((PUBLIC, "public_vector"), (INTERNAL, "internal_vector")):
            made = f"to_tsvector('simple'::regconfig, {column})"
            found += [
                f"ALTER TABLE {self.name} ADD COLUMN {vector} tsvector GENERATED ALWAYS AS ({made}) STORED",
                f"ALTER TABLE {self.name} ALTER COLUMN {vector} SET STATISTICS 1000",
                f"CREATE INDEX {self.name}_{vector} ON {self.name} USING gin ({vector})",
            ]
        return found
